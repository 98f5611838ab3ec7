//! Callers that hang up: what was decided is told, and what was done is finished.

use std::io::Write;
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use super::expect_told;
use crate::faults::servers;
use crate::support::sample::World;
use crate::support::wire::connect;
use crate::support::{Engine, GateBuilder, Legacy, Network, Proxy, Request, wait_until};

const MARKS: u32 = 240;

/// Sends the request and closes the connection so many microseconds later.
fn hang_up(world: &World, path: &str, body: &str, after: u64) {
    let request = Request::post(path, body).bearer(&world.token).bytes();
    let mut stream = connect(world.gate.address).expect("a connection");
    stream.write_all(&request).expect("taken");
    thread::sleep(Duration::from_micros(after));
}

fn lines(world: &World, path: &str, code: &str) -> usize {
    let entries = world.gate.entries();
    entries.iter().filter(|entry| entry["endpoint"] == path && entry["code"] == code).count()
}

/// 240 marks whose callers close between 0 and 6 ms later.
fn marks_leave_a_trace(legacy: Legacy) {
    for id in 0..MARKS {
        legacy.add_user(1000 + id, Some(&format!("own.{id}")), None, None);
    }
    let world = World::on(legacy);
    let before = world.legacy.marks().len();
    // The token is known from now on: who goes while a key is awaited has asked for nothing yet.
    world.get_user("ada").expect(200, "");
    let told = MARKS as usize + 1;
    thread::scope(|scope| {
        for caller in 0..4 {
            let world = &world;
            scope.spawn(move || {
                for id in (caller..MARKS).step_by(4) {
                    let body = json!({ "user_id": (1000 + id).to_string() }).to_string();
                    hang_up(world, "/mark_migrated", &body, u64::from(id) * 25);
                }
            });
        }
    });
    // Every request that was whole is decided, so nothing is left to chance but how many were.
    let marks = || world.legacy.marks().len() - before;
    wait_until("the marks are told of", Duration::from_secs(20), || {
        let entries = world.gate.entries().into_iter();
        entries.filter(|entry| entry["message"] == "decision").count() == told
    });
    let entries = world.gate.entries().into_iter();
    let others = entries.filter(|entry| entry["message"] == "decision" && entry["code"] != "ok");
    assert_eq!(others.collect::<Vec<_>>(), Vec::<Value>::new());
    assert_eq!(marks(), MARKS as usize);
    expect_told(&world, told as u64);
    assert_eq!(
        world.counter("narrowgate_requests_total{endpoint=\"/mark_migrated\",code=\"ok\"}"),
        u64::from(MARKS)
    );
    world.legacy.remove_own_users();
}

#[test]
fn marks_leave_a_trace_on_sqlite() {
    marks_leave_a_trace(Legacy::sqlite());
}

#[test]
fn marks_leave_a_trace_on_servers() {
    servers(marks_leave_a_trace);
}

/// Reading for somebody who has gone ends; the line says that nobody heard.
#[test]
fn a_question_of_somebody_who_has_gone_is_told_of() {
    let world = World::on(Legacy::sqlite());
    for number in 0..60 {
        hang_up(&world, "/get_user", r#"{"identifier":"ada"}"#, number * 50);
        hang_up(&world, "/login", r#"{"identifier":"ada","password":"x"}"#, number * 50);
    }
    expect_told(&world, 120);
    let told = |path: &str, code: &str| lines(&world, path, code) as u64;
    assert_eq!(told("/get_user", "ok") + told("/get_user", "caller_gone"), 60);
    let gone = world.gate.entries().into_iter().find(|entry| entry["code"] == "caller_gone");
    assert_eq!(gone.expect("some were gone")["status"], 499);
}

/// The caller is told in time that it cannot be known; the line, which comes later, knows.
#[test]
fn a_mark_behind_the_deadline_is_told_of() {
    servers(|legacy| {
        let (proxy, url) = Proxy::before(legacy.url());
        legacy.add_user(1000, Some("own.late"), None, None);
        let engine = legacy.engine;
        let settings = |gate: GateBuilder| {
            gate.config("database.url", url).config("server.request_timeout", "1s")
        };
        let world = World::with(legacy, settings);
        world.mark("1").expect(200, "");
        proxy.set(Network::Silent);
        let answer = world.mark("1000");
        answer.expect(503, "unavailable");
        proxy.set(Network::Open);
        wait_until("the end is told of", Duration::from_secs(30), || {
            lines(&world, "/mark_migrated", "unavailable") > 0
        });
        let decision = world.gate.decision(&answer);
        let reason = decision["reason"].as_str().expect("a reason");
        assert!(
            reason.starts_with("the request's deadline passed; what was asked for: "),
            "{reason}"
        );
        let marked = world.legacy.marks().iter().any(|id| id == "1000");
        // MySQL tries a connection before it is used, and makes another.
        assert!(marked == reason.ends_with("done") || engine == Engine::Mysql, "{marked} {reason}");
        world.legacy.remove_own_users();
    });
}
