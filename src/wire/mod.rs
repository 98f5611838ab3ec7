//! HTTP/1.1 (RFC 9112), as narrow as the service needs it: one request at a time on a connection,
//! small heads and bodies, an end to every wait, and no answer that the service did not make.
//!
//! The syntax is httparse's to read. What could be read in two ways is refused, so that a proxy in
//! front and the service always see the same request: bare line feeds, several or odd lengths, a
//! length beside chunks, a fragment, several hosts.

mod answer;
mod body;
mod connection;
mod deadline;
mod ends;
mod exchange;
mod handshake;
mod head;
mod listener;
mod peers;
mod serve;
mod stream;

use std::time::Duration;

pub use answer::Answer;
pub use body::BodyFault;
pub use connection::Ended;
pub use ends::Ends;
pub use exchange::Exchange;
pub use listener::{Server, bind, serve, tell_room};

/// The largest head of a request, in bytes: a token, and room for what proxies add.
pub const MAX_HEAD_BYTES: usize = 16 * 1024;

/// What answers requests. Each worker has one of its own.
pub trait Handler: 'static {
    /// Answers one request.
    async fn answer(&self, exchange: &mut Exchange<'_>) -> Answer;

    /// Answers what is no request. The connection ends with it.
    fn refuse(&self, fault: Fault) -> Answer;
}

/// Why there is no request to answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It breaks the syntax, or could be read in two ways.
    Malformed(&'static str),
    /// The head is larger than [`MAX_HEAD_BYTES`], or has too many fields.
    TooLarge,
    /// The head began and did not end in time.
    Late,
}

/// How long connections may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// For a head to arrive, and for an answer to be taken.
    pub head: Duration,
    /// Between an answer and the next request.
    pub keep_alive: Duration,
    /// For what is under way to finish once the server stops.
    pub grace: Duration,
}
