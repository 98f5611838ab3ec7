//! `narrowgate health`: what a container without curl asks a gate with.

use std::time::Duration;

use super::folder;
use crate::support::program::Program;
use crate::support::{Gate, GateBuilder, Issuer, Legacy, wait_until};

fn ask(url: &str) -> (Option<i32>, String) {
    Program::run(folder().path(), &["health", "--url", url], &[])
}

fn start(issuer: &Issuer, legacy: &Legacy, more: impl Fn(GateBuilder) -> GateBuilder) -> Gate {
    let gate = Gate::builder(issuer, legacy).config("management.bind", "127.0.0.1:0");
    more(gate).start()
}

fn url(gate: &Gate, path: &str) -> String {
    format!("http://{}{path}", gate.management.expect("a management listener"))
}

#[test]
fn it_says_yes_no_and_why() {
    let (issuer, legacy) = (Issuer::start(), Legacy::sqlite());
    let mut gate = start(&issuer, &legacy, |gate| gate.config("server.drain_delay", "3s"));
    let (ready, live) = (url(&gate, "/ready"), url(&gate, "/live"));
    let patience = Duration::from_secs(10);
    wait_until("it is ready", patience, || ask(&ready) == (Some(0), String::new()));
    assert_eq!(ask(&live), (Some(0), String::new()));
    assert_eq!(ask(&url(&gate, "/nowhere")), (Some(1), "no such page\n".to_owned()));
    gate.sigterm();
    wait_until("it drains", patience, || {
        ask(&ready) == (Some(1), "not ready: draining\n".to_owned())
    });
    assert_eq!(ask(&live), (Some(0), String::new()));
    assert!(gate.wait_exit(patience).success());
    let (code, told) = ask(&ready);
    assert_eq!(code, Some(1));
    assert!(told.contains("is management.bind set?"), "{told}");
    // Never seen its database, and without keys.
    let nowhere = "postgres://narrowgate_api:x@127.0.0.1:9/app";
    let without = start(&issuer, &legacy, |gate| gate.config("database.url", nowhere));
    assert_eq!(ask(&url(&without, "/ready")), (Some(1), "not ready: database\n".to_owned()));
    let without = start(&Issuer::start_down(), &legacy, |gate| gate);
    assert_eq!(ask(&url(&without, "/ready")), (Some(1), "not ready: key set\n".to_owned()));
    for (wrong, code, words) in [
        ("https://127.0.0.1:9/ready", 1, "only http://"),
        ("unix:/run/gate", 1, "only http://"),
        ("ready", 2, "invalid value"),
    ] {
        let (ended, told) = ask(wrong);
        assert_eq!(ended, Some(code), "{told}");
        assert!(told.contains(words), "{told}");
    }
}
