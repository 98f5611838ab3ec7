//! The management listener: `/live`, `/ready` and `/metrics`, never on the public port.

use std::net::SocketAddr;
use std::time::Duration;

use super::StartError;
use super::health::Health;
use crate::wire::{self, Answer, Exchange, Fault, Handler, Limits, Server};

const LIMITS: Limits = Limits {
    head: Duration::from_secs(5),
    keep_alive: Duration::from_mins(1),
    grace: Duration::ZERO,
};
const TEXT: &str = "text/plain; charset=utf-8";

pub(super) fn listen(bind: SocketAddr, health: &Health) -> Result<Server, StartError> {
    let failed = |cause| StartError::Listen { key: "management.bind", address: bind, cause };
    let (listener, address) = wire::bind(bind).map_err(failed)?;
    let health = health.clone();
    let server =
        wire::serve(listener, 1, LIMITS, Default::default(), move |_| Management(health.clone()));
    let server = server.map_err(failed)?;
    tracing::info!(%address, "management listening");
    Ok(server)
}

struct Management(Health);

impl Handler for Management {
    async fn answer(&self, exchange: &mut Exchange<'_>) -> Answer {
        let reads = exchange.is("GET") || exchange.is("HEAD");
        match exchange.path() {
            "/live" | "/ready" | "/metrics" if !reads => text(405, "only GET is allowed\n"),
            "/live" => text(200, "live\n"),
            "/ready" => match self.0.not_ready() {
                None => text(200, "ready\n"),
                Some(missing) => text(503, format!("not ready: {missing}\n")),
            },
            "/metrics" => Answer::new(200, "text/plain; version=0.0.4", self.0.page().into()),
            _ => text(404, "no such page\n"),
        }
    }

    fn refuse(&self, fault: Fault) -> Answer {
        match fault {
            Fault::Malformed(reason) => text(400, format!("{reason}\n")),
            Fault::TooLarge => text(431, "the head is too large\n"),
            Fault::Late => text(408, "the head did not arrive in time\n"),
        }
    }
}

fn text(status: u16, words: impl Into<String>) -> Answer {
    Answer::new(status, TEXT, words.into().into_bytes())
}
