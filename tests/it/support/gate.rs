//! The program under test, running: its wire, its log, its signals.

use std::net::SocketAddr;
use std::process::{Child, Command, ExitStatus};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::answer::Answer;
use super::builder::GateBuilder;
use super::issuer::Issuer;
use super::legacy::Legacy;
use super::token::{AUDIENCE, CLIENT, ISSUER};
use super::wait_until;
use super::wire::{self, Request};

const START: Duration = Duration::from_secs(20);

/// What the program printed, both streams, in order of arrival.
pub type Lines = Arc<Mutex<Vec<String>>>;

/// A running gate. Killed when dropped; prints its log when the test fails.
#[derive(Debug)]
pub struct Gate {
    child: Child,
    lines: Lines,
    paused: Arc<AtomicBool>,
    readers: Vec<JoinHandle<()>>,
    pub address: SocketAddr,
    pub management: Option<SocketAddr>,
    pub client: reqwest::Client,
    _dir: TempDir,
}

impl Gate {
    /// The configuration most tests want: this issuer, this legacy database, no waiting on
    /// refusals.
    pub fn builder(issuer: &Issuer, legacy: &Legacy) -> GateBuilder {
        GateBuilder::default()
            .config("server.bind", "127.0.0.1:0")
            .config("auth.issuer", ISSUER)
            .config("auth.audience", AUDIENCE)
            .config("auth.jwks_uri", issuer.jwks_uri())
            .config("auth.clients", json!([CLIENT]))
            .config("database.url", legacy.url())
            .config("passwords.min_response", "1ms")
    }

    #[track_caller]
    pub fn start(issuer: &Issuer, legacy: &Legacy) -> Self {
        Self::builder(issuer, legacy).start()
    }

    pub(super) fn new(
        child: Child,
        lines: Lines,
        paused: Arc<AtomicBool>,
        readers: Vec<JoinHandle<()>>,
        dir: TempDir,
    ) -> Self {
        let builder = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(30));
        let client = builder.build().expect("an HTTP client");
        Self {
            child,
            lines,
            paused,
            readers,
            address: ([127, 0, 0, 1], 0).into(),
            management: None,
            client,
            _dir: dir,
        }
    }

    #[track_caller]
    pub(super) fn await_listeners(&mut self, management: bool) {
        self.address = self.listening("listening");
        if management {
            self.management = Some(self.listening("management listening"));
        }
    }

    #[track_caller]
    fn listening(&mut self, message: &str) -> SocketAddr {
        let mut address = None;
        wait_until(message, START, || {
            if let Ok(Some(status)) = self.child.try_wait() {
                panic!(
                    "the gate ended with {status} instead of listening:\n{}",
                    self.log().join("\n")
                );
            }
            let entry = self.entries().into_iter().find(|entry| entry["message"] == message);
            address = entry.and_then(|entry| entry["address"].as_str()?.parse().ok());
            address.is_some()
        });
        address.expect("an address")
    }

    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// A POST of JSON with a bearer token, over a pooled connection.
    pub async fn post(&self, path: &str, token: &str, body: &Value) -> Answer {
        let request = self.client.post(format!("{}{path}", self.base_url())).bearer_auth(token);
        let request = request.header("Content-Type", "application/json").body(body.to_string());
        let response = request.send().await.expect("an answer");
        let text = |value: &reqwest::header::HeaderValue| {
            String::from_utf8_lossy(value.as_bytes()).into_owned()
        };
        let headers = response
            .headers()
            .iter()
            .map(|(name, value)| (name.to_string(), text(value)))
            .collect();
        let status = response.status().as_u16();
        Answer { status, headers, body: response.bytes().await.expect("a body").to_vec() }
    }

    /// The same without a runtime, on a connection of its own.
    #[track_caller]
    pub fn ask(&self, path: &str, token: &str, body: &Value) -> Answer {
        self.send(&Request::post(path, body.to_string()).bearer(token))
    }

    #[track_caller]
    pub fn send(&self, request: &Request) -> Answer {
        request.send(self.address).unwrap_or_else(|e| panic!("no answer: {e}"))
    }

    /// Raw bytes in, one answer out.
    #[track_caller]
    pub fn raw(&self, bytes: &[u8]) -> Answer {
        wire::exchange(self.address, bytes).unwrap_or_else(|e| panic!("no answer: {e}"))
    }

    /// GET on the management listener.
    #[track_caller]
    pub fn manage(&self, path: &str) -> Answer {
        let address = self.management.expect("management.bind is configured");
        Request::new("GET", path).send(address).unwrap_or_else(|e| panic!("no answer: {e}"))
    }

    /// Whether what the program prints is read; it is, unless a test says no.
    pub fn read_log(&self, yes: bool) {
        self.paused.store(!yes, Ordering::SeqCst);
    }

    /// Everything printed so far.
    pub fn log(&self) -> Vec<String> {
        self.lines.lock().unwrap().clone()
    }

    /// The lines that are JSON objects.
    pub fn entries(&self) -> Vec<Value> {
        self.log()
            .iter()
            .filter_map(|line| serde_json::from_str(line).ok())
            .filter(Value::is_object)
            .collect()
    }

    /// The decision logged for an answer. The line may come a moment after the answer.
    #[track_caller]
    pub fn decision(&self, answer: &Answer) -> Value {
        let id = answer.header("x-request-id").expect("a request id").to_owned();
        let mut found = None;
        wait_until("the decision is logged", Duration::from_secs(5), || {
            found = self
                .entries()
                .into_iter()
                .find(|entry| entry["request_id"] == id.as_str() && entry["message"] == "decision");
            found.is_some()
        });
        found.expect("a decision")
    }

    /// No panic, nothing but one JSON object a line, and no 5xx among the decisions.
    #[track_caller]
    pub fn assert_calm(&self) {
        self.assert_sound();
        let faults: Vec<_> = self
            .entries()
            .into_iter()
            .filter(|e| e["status"].as_u64().is_some_and(|s| s >= 500))
            .collect();
        assert!(faults.is_empty(), "answered 5xx: {faults:#?}");
    }

    /// As `assert_calm`, for tests that provoke 5xx on purpose.
    #[track_caller]
    pub fn assert_sound(&self) {
        for line in self.log() {
            assert!(!line.contains("panicked"), "{line}");
            let object = serde_json::from_str::<Value>(&line).is_ok_and(|v| v.is_object());
            assert!(object, "not one JSON object: {line:?}");
        }
    }

    /// Sends SIGTERM. By the `kill` program: the suite is free of `unsafe`, as the service is.
    pub fn sigterm(&self) {
        let status = Command::new("kill")
            .args(["-TERM", &self.pid().to_string()])
            .status()
            .expect("kill runs");
        assert!(status.success());
    }

    #[track_caller]
    pub fn wait_exit(&mut self, patience: Duration) -> ExitStatus {
        let mut status = None;
        wait_until("the gate ends", patience, || {
            status = self.child.try_wait().expect("a child to wait for");
            status.is_some()
        });
        self.read_log(true);
        for reader in self.readers.drain(..) {
            reader.join().expect("log reader");
        }
        status.expect("a status")
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.read_log(true);
        self.child.kill().ok();
        self.child.wait().ok();
        if thread::panicking() {
            let log = self.log();
            let shown = log.len().saturating_sub(12);
            eprintln!("last lines of the gate's log:\n{}", log[shown..].join("\n"));
        }
    }
}
