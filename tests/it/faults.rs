//! What breaks around the service, and what callers see of it: 503 in time, never a wrong "no".
//!
//! No test here measures speed. A deadline under test is short, all others are `NEVER`, and an
//! answer before `SOON` is over shows which of them ended the case.

mod accounts;
mod deadlines;
mod outage;
mod overload;
mod refusals;
mod restart;
mod slow_clients;
mod sqlite;
mod statements;

use std::thread;
use std::time::{Duration, Instant};

pub(crate) use statements::{await_running, drowsy, running};

use crate::support::sample::World;
use crate::support::{Answer, GateBuilder, Legacy, Proxy, wait_until};

/// A deadline that plays no part in a test.
const NEVER: &str = "25s";
/// A deadline that does.
const SHORT: &str = "500ms";
/// By now `SHORT` has long passed, and `NEVER` has not.
const SOON: Duration = Duration::from_secs(10);
/// What the design allows between the database's return and readiness, and some for a busy machine.
const RECOVERY: Duration = Duration::from_secs(5);

/// A gate that reaches its database through a proxy.
#[derive(Debug)]
struct Behind {
    world: World,
    proxy: Proxy,
}

impl Behind {
    /// Nothing ends in time but what the settings shorten.
    fn with(legacy: Legacy, settings: impl FnOnce(GateBuilder) -> GateBuilder) -> Self {
        let (proxy, url) = Proxy::before(legacy.url());
        let world = World::with(legacy, |gate| {
            settings(without_deadlines(gate)).config("database.url", url)
        });
        Self { world, proxy }
    }

    /// With the deadlines that operators get when they set none.
    fn with_defaults(legacy: Legacy) -> Self {
        let (proxy, url) = Proxy::before(legacy.url());
        Self {
            world: World::with(legacy, |gate| defaults(gate).config("database.url", url)),
            proxy,
        }
    }
}

fn without_deadlines(mut gate: GateBuilder) -> GateBuilder {
    for key in [
        "server.request_timeout",
        "server.body_timeout",
        "server.header_timeout",
        "database.connect_timeout",
        "database.acquire_timeout",
        "database.statement_timeout",
        "auth.jwks_timeout",
        "passwords.max_wait",
    ] {
        gate = gate.config(key, NEVER);
    }
    gate.config("server.workers", 1)
}

/// Takes back what the kit chose for tests of other themes.
fn defaults(mut gate: GateBuilder) -> GateBuilder {
    for key in [
        "server.request_timeout",
        "database.acquire_timeout",
        "database.statement_timeout",
        "passwords.max_wait",
    ] {
        gate = gate.without(key);
    }
    gate
}

/// Runs a test before each database server at hand, side by side.
pub fn servers(test: impl Fn(Legacy) + Sync) {
    let makers = [("PostgreSQL", Legacy::postgresql as fn() -> _), ("MySQL", Legacy::mysql)];
    thread::scope(|scope| {
        let runs = makers.map(|(name, make)| {
            let test = &test;
            let run = move || make().map_or((), test);
            thread::Builder::new().name(name.into()).spawn_scoped(scope, run).expect("a thread")
        });
        let fates = runs.map(thread::ScopedJoinHandle::join);
        assert!(fates.iter().all(Result::is_ok), "failed before PostgreSQL or MySQL, see above");
    });
}

/// The three questions about a user who exists, each by its endpoint.
fn questions(world: &World) -> [(&'static str, Answer); 3] {
    [
        ("/login", promptly(|| world.login("ada", crate::support::sample::PASSWORD))),
        ("/get_user", promptly(|| world.get_user("ada"))),
        ("/mark_migrated", promptly(|| world.mark("2"))),
    ]
}

#[track_caller]
fn promptly(ask: impl FnOnce() -> Answer) -> Answer {
    let start = Instant::now();
    let answer = ask();
    let took = start.elapsed();
    assert!(took < SOON, "{} {} only after {took:?}", answer.status, answer.code());
    answer
}

/// 503 that blames nobody and says when to come again.
#[track_caller]
fn expect_unavailable(answer: &Answer) {
    expect_503(answer, "unavailable");
}

#[track_caller]
fn expect_503(answer: &Answer, code: &str) {
    answer.expect(503, code);
    let seconds = answer.header("retry-after").and_then(|value| value.parse::<u32>().ok());
    assert!(seconds.is_some_and(|s| (1..=60).contains(&s)), "Retry-After {seconds:?}");
    assert!(answer.header("www-authenticate").is_none(), "an outage is not the caller's fault");
}

/// Asks about a user who exists until the gate knows; in between only 503 will do.
#[track_caller]
fn await_recovery(world: &World) {
    wait_until("the gate answers again", RECOVERY, || {
        let answer = promptly(|| world.get_user("ada"));
        if answer.status != 200 {
            expect_unavailable(&answer);
        }
        answer.status == 200
    });
}

/// The status of `/ready`.
#[track_caller]
fn ready(world: &World) -> u16 {
    world.gate.manage("/ready").status
}

/// Whether the gate knows of an outage of its database. Once ready, it is ready all the while: what stands in front must
/// not answer in its place.
#[track_caller]
fn knows_outage(world: &World) -> bool {
    assert_eq!(ready(world), 200);
    let up = world.gate.manage("/metrics").text();
    let down = up.lines().any(|line| line == "narrowgate_database_up 0");
    assert!(down || up.lines().any(|line| line == "narrowgate_database_up 1"));
    down
}

/// `assert_sound`, and no panic behind one of the answers either.
#[track_caller]
pub fn expect_no_panic(world: &World) {
    world.gate.assert_sound();
    let panic = world.gate.entries().into_iter().find(|entry| entry["message"] == "panic");
    assert!(panic.is_none(), "{panic:?}");
}
