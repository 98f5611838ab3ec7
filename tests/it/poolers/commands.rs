//! What is run by hand through a pooler: it is right, or it says why it cannot be.

use std::collections::BTreeSet;
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};
use url::Url;

use crate::support::sample::{CHEAP, PASSWORD, World};
use crate::support::{Gate, Issuer, Legacy, Network, Pooler, Proxy, wait_until};

const MAPPING: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/contract/mapping.example.toml");

/// Exit status, and the findings' codes.
fn check(
    issuer: &Issuer,
    legacy: &Legacy,
    url: &str,
    wait: &str,
) -> (Option<i32>, BTreeSet<String>) {
    let gate = Gate::builder(issuer, legacy)
        .config("database.url", url)
        .config("database.statement_timeout", wait);
    let (code, text) = gate.run("check --format json");
    let report: Value = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {text}"));
    let findings = report["findings"].as_array().expect("findings").iter();
    (code, findings.filter_map(|f| Some(f["code"].as_str()?.to_owned())).collect())
}

#[test]
fn check_names_the_pooler_and_finds_all_else_as_without() {
    let Some(legacy) = Legacy::postgresql() else { return };
    let issuer = Issuer::start();
    let (_, direct) = check(&issuer, &legacy, legacy.url(), "2s");
    for mode in ["transaction", "session"] {
        let pooler = Pooler::before(legacy.url(), mode, 3, "");
        let (code, found) = check(&issuer, &legacy, pooler.url(), "2s");
        let more: Vec<_> = found.difference(&direct).map(String::as_str).collect();
        assert_eq!((more, code), (vec!["pooler_in_between"], Some(11)), "{mode}");
        assert_eq!(direct.difference(&found).count(), 0, "{mode}");
        // The role's own limit, 2 s, does not fit what the service waits.
        let (_, found) = check(&issuer, &legacy, pooler.url(), "1900ms");
        assert!(found.contains("statement_timeout_of_role"), "{mode}");
    }
}

/// One statement at a time cannot be proven with: that is said, and nothing is claimed.
#[test]
fn check_refuses_a_pooler_that_has_no_transactions() {
    let Some(legacy) = Legacy::postgresql() else { return };
    let pooler = Pooler::before(legacy.url(), "statement", 3, "");
    let gate = Gate::builder(&Issuer::start(), &legacy).config("database.url", pooler.url());
    let (code, told) = gate.run("check");
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("nothing is proven"), "{told}");
}

fn describe(url: &str) -> (Option<i32>, String, String) {
    let folder = tempfile::TempDir::new().expect("a folder");
    let file = folder.path().join("url");
    std::fs::write(&file, url).expect("written");
    let file = file.to_str().expect("a path");
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_narrowgate-migrate"))
        .args(["contract", "--mapping", MAPPING, "--engine", "postgresql", "--describe-file", file])
        .output()
        .expect("it runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn a_contract_is_described_through_a_pooler_as_without() {
    let Some(legacy) = Legacy::postgresql() else { return };
    let (code, script, told) = describe(&legacy.owner_url());
    assert_eq!(code, Some(0), "{told}");
    let through = |mode: &str| {
        let pooler = Pooler::before(&legacy.owner_url(), mode, 3, "");
        describe(pooler.url())
    };
    let (code, nothing, told) = through("statement");
    assert_eq!((code, nothing.as_str()), (Some(1), ""), "{told}");
    assert!(
        told.contains("--describe-file: ") && told.contains("transaction blocks not allowed"),
        "{told}"
    );
    for mode in ["transaction", "session"] {
        let (code, through, told) = through(mode);
        assert_eq!(code, Some(0), "{mode}: {told}");
        assert!(through == script, "{mode}: another script");
    }
}

/// The server goes away behind the pooler and comes back, as when a standby takes over: callers are told to try
/// again meanwhile, and never anything wrong.
#[test]
fn a_failover_behind_the_pooler_is_an_outage_and_no_more() {
    let Some(legacy) = Legacy::postgresql() else { return };
    legacy.add_user(1000, Some("cheap"), None, Some(CHEAP));
    let (proxy, server) = Proxy::before(legacy.url());
    let pooler = Pooler::before(&server, "transaction", 3, "server_login_retry = 1");
    let url = Url::parse(pooler.url()).expect("a URL");
    let world = World::with(legacy, |gate| {
        gate.config("database.url", url.as_str())
            .config("database.statement_timeout", "2s")
            .config("database.acquire_timeout", "1s")
            .config("server.request_timeout", "5s")
    });
    let over = &std::sync::atomic::AtomicBool::new(false);
    let ask = |kind: usize| {
        let (path, body, right, code) = [
            ("/get_user", json!({ "identifier": "ada" }), 200, ""),
            ("/get_user", json!({ "identifier": "nobody" }), 404, "user_not_found"),
            ("/login", json!({ "identifier": "cheap", "password": PASSWORD }), 200, ""),
            ("/mark_migrated", json!({ "user_id": "3" }), 200, ""),
        ][kind]
            .clone();
        let answer = world.gate.ask(path, &world.token, &body);
        let is_right = (answer.status, answer.code().as_str()) == (right, code);
        assert!(
            is_right || (answer.status, answer.code().as_str()) == (503, "unavailable"),
            "{path}: {}",
            answer.text()
        );
        is_right
    };
    thread::scope(|scope| {
        for kind in 0..4 {
            scope.spawn(move || {
                while !over.load(std::sync::atomic::Ordering::SeqCst) {
                    ask(kind);
                    thread::sleep(Duration::from_millis(5));
                }
            });
        }
        let stop = Stop(over);
        thread::sleep(Duration::from_millis(300));
        proxy.set(Network::Refusing);
        wait_until("the outage is told", Duration::from_secs(20), || !ask(0));
        thread::sleep(Duration::from_millis(500));
        proxy.set(Network::Open);
        wait_until("all goes on", Duration::from_secs(30), || (0..4).all(ask));
        drop(stop);
    });
    world.gate.assert_sound();
}

/// Ends the callers also where the test fails.
struct Stop<'a>(&'a std::sync::atomic::AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, std::sync::atomic::Ordering::SeqCst);
    }
}
