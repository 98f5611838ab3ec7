//! A server, or whatever stands before it, that takes connections and lets them wait: there are never
//! more of them than the pool has, and one to watch.

use std::thread;

use serde_json::json;

use crate::faults::servers;
use crate::support::{Gate, Issuer, Legacy, Network, Proxy, Token, wait_until};

/// All three endpoints, many at once, with deadlines that pass again and again.
fn press(gate: &Gate, token: &str) {
    thread::scope(|scope| {
        for caller in 0..9 {
            scope.spawn(move || {
                for _ in 0..4 {
                    let (path, body) = match caller % 3 {
                        0 => ("/get_user", json!({ "identifier": "ada" })),
                        1 => ("/login", json!({ "identifier": "grace", "password": "wrong" })),
                        _ => ("/mark_migrated", json!({ "user_id": "3" })),
                    };
                    let answer = gate.ask(path, token, &body);
                    assert!([200, 403, 503].contains(&answer.status), "{}", answer.text());
                }
            });
        }
    });
}

fn expect_bound(legacy: &Legacy, size: usize, at_the_start: bool) {
    let (issuer, token) = (Issuer::start(), Token::auth0().sign());
    let (proxy, url) = Proxy::before(legacy.url());
    if at_the_start {
        proxy.set(Network::Silent);
    }
    let gate = Gate::builder(&issuer, legacy)
        .config("database.url", url)
        .config("database.pool_size", size)
        .config("database.connect_timeout", "100ms")
        .config("database.acquire_timeout", "100ms")
        .config("database.statement_timeout", "100ms")
        .config("limits.attempts_per_user", 0)
        .config("server.workers", 2)
        .config("management.bind", "127.0.0.1:0")
        .start();
    if !at_the_start {
        press(&gate, &token);
        proxy.set(Network::Silent);
    }
    for _ in 0..3 {
        press(&gate, &token);
    }
    let most = size + 1;
    assert!(proxy.most() <= most, "{} connections, {most} at most", proxy.most());
    proxy.set(Network::Open);
    wait_until("all is well", std::time::Duration::from_secs(10), || {
        gate.ask("/get_user", &token, &json!({ "identifier": "ada" })).status == 200
            && gate.ask("/mark_migrated", &token, &json!({ "user_id": "3" })).status == 200
    });
    press(&gate, &token);
    assert!(proxy.most() <= most, "{} connections, {most} at most", proxy.most());
    gate.assert_sound();
}

#[test]
fn there_are_never_more_connections_than_the_pool_has_and_one_to_watch() {
    servers(|legacy| {
        for size in [1, 2, 10] {
            for at_the_start in [false, true] {
                println!("pool_size {size}, silent at the start: {at_the_start}");
                expect_bound(&legacy, size, at_the_start);
            }
        }
    });
}
