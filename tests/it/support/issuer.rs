//! A token issuer's key-set endpoint on loopback: a real server, one thread a connection, that can
//! also misbehave.

use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use rustls::ServerConfig;
use serde_json::{Value, json};

use super::endpoint::{Behaviour, State, accept};
use super::keys::key;
use super::token::Token;
use super::wait_until;

/// The server. It lies down when dropped.
#[derive(Debug)]
pub struct Issuer {
    port: u16,
    state: Arc<State>,
    tls: Option<Arc<ServerConfig>>,
}

impl Issuer {
    /// Up, publishing key `main` under the kid `main`.
    pub fn start() -> Self {
        let issuer = Self::start_down();
        issuer.come_up();
        issuer
    }

    /// The port is chosen but nobody listens yet.
    pub fn start_down() -> Self {
        Self::new(None)
    }

    /// Speaks TLS with this configuration.
    pub fn start_tls(tls: ServerConfig) -> Self {
        let issuer = Self::new(Some(Arc::new(tls)));
        issuer.come_up();
        issuer
    }

    fn new(tls: Option<Arc<ServerConfig>>) -> Self {
        let state = State {
            keys: Mutex::new(json!({ "keys": [key("main").public("main")] })),
            behaviour: Mutex::new(Behaviour::Serve),
            cache_control: Mutex::new("public, max-age=15"),
            fetches: AtomicUsize::new(0),
            up: AtomicBool::new(false),
        };
        Self { port: free_port(), state: Arc::new(state), tls }
    }

    pub fn jwks_uri(&self) -> String {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        format!("{scheme}://127.0.0.1:{}/.well-known/jwks.json", self.port)
    }

    /// The same place by its name instead of its address.
    pub fn jwks_uri_by_name(&self) -> String {
        self.jwks_uri().replace("127.0.0.1", "localhost")
    }

    /// A good token to change and sign.
    #[expect(clippy::unused_self, reason = "reads as what it is: a token of this issuer")]
    pub fn token(&self) -> Token {
        Token::auth0()
    }

    /// Publishes exactly these keys and behaves again.
    pub fn publish(&self, keys: impl Into<Vec<Value>>) {
        *self.state.keys.lock().unwrap() = json!({ "keys": keys.into() });
        self.behave(Behaviour::Serve);
    }

    pub fn behave(&self, behaviour: Behaviour) {
        *self.state.behaviour.lock().unwrap() = behaviour;
    }

    pub fn cache_control(&self, value: &'static str) {
        *self.state.cache_control.lock().unwrap() = value;
    }

    /// Requests received so far, whatever was answered.
    pub fn fetches(&self) -> usize {
        self.state.fetches.load(Ordering::SeqCst)
    }

    /// Waits until `more` further requests have come in.
    #[track_caller]
    pub fn wait_for_fetches(&self, more: usize) {
        let goal = self.fetches() + more;
        wait_until("the key set is fetched again", Duration::from_secs(20), || {
            self.fetches() >= goal
        });
    }

    /// Nobody listens on the port any more.
    pub fn go_down(&self) {
        self.state.up.store(false, Ordering::SeqCst);
        wait_until("the issuer is down", Duration::from_secs(5), || {
            TcpStream::connect(("127.0.0.1", self.port)).is_err()
        });
    }

    pub fn come_up(&self) {
        let mut bound = None;
        // Somebody else's short connection may be on the port just now.
        wait_until("the issuer's own port is free", Duration::from_secs(10), || {
            bound = TcpListener::bind(("127.0.0.1", self.port)).ok();
            bound.is_some()
        });
        let listener = bound.expect("the issuer's own port");
        listener.set_nonblocking(true).expect("non-blocking accept");
        self.state.up.store(true, Ordering::SeqCst);
        let (state, tls) = (self.state.clone(), self.tls.clone());
        thread::spawn(move || accept(&listener, &state, tls.as_ref()));
    }
}

impl Drop for Issuer {
    fn drop(&mut self) {
        self.state.up.store(false, Ordering::SeqCst);
    }
}

/// A port below the range from which the system picks, so that nobody takes it while the issuer is
/// down.
pub fn free_port() -> u16 {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    loop {
        let step = NEXT.fetch_add(1, Ordering::SeqCst);
        let port = 20_000 + (std::process::id() as usize * 97 + step) % 12_000;
        let port = u16::try_from(port).expect("below 65536");
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}
