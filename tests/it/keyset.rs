//! J01–J35: the key set's endpoint in every mood. Two rules run through all of it: good keys at
//! hand outlive any trouble at the issuer, and no number of tokens makes the gate ask more often
//! than its cooldown allows.

mod contents;
mod manners;
mod material;
mod rotation;
mod tls;
mod trouble;

use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::keys::key;
use crate::support::{Answer, Gate, GateBuilder, Issuer, Legacy, Token};

/// Whether a token was let in: the question is about nobody, so that the answer tells of the token
/// alone.
fn ask(gate: &Gate, token: &str) -> Answer {
    gate.ask("/get_user", token, &json!({ "identifier": "nobody@example.test" }))
}

/// A good token by this fixture key under this kid.
fn by(kid: &str, name: &str) -> String {
    Token::auth0().by(kid, key(name)).sign()
}

fn main_token() -> String {
    by("main", "main")
}

#[track_caller]
fn expect_accepted(gate: &Gate, token: &str) {
    ask(gate, token).expect(404, "user_not_found");
}

#[track_caller]
fn expect_refused(gate: &Gate, token: &str) {
    ask(gate, token).expect(401, "invalid_token");
}

#[track_caller]
fn expect_unavailable(gate: &Gate, token: &str) {
    let answer = ask(gate, token);
    answer.expect(503, "unavailable");
    let seconds = answer.header("retry-after").and_then(|value| value.parse::<u32>().ok());
    assert!(
        seconds.is_some_and(|s| (1..=60).contains(&s)),
        "Retry-After: {:?}",
        answer.header("retry-after")
    );
    assert!(answer.header("www-authenticate").is_none(), "an outage is not the caller's fault");
}

/// Asks until the token gets this status.
#[track_caller]
fn await_status(gate: &Gate, token: &str, status: u16, patience: Duration) {
    let start = Instant::now();
    loop {
        let answer = ask(gate, token);
        if answer.status == status {
            return;
        }
        assert!(
            start.elapsed() < patience,
            "still {} {} after {patience:?}",
            answer.status,
            answer.code()
        );
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// A gate that refreshes three times a second, so that what takes minutes in earnest takes seconds
/// here.
fn hasty(issuer: &Issuer, legacy: &Legacy) -> GateBuilder {
    Gate::builder(issuer, legacy)
        .config("auth.jwks_refresh", "300ms")
        .config("auth.jwks_cooldown", "300ms")
        .config("auth.jwks_timeout", "800ms")
}
