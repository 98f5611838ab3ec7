//! The database away, as networks and busy servers take it away: at the start, under requests, and
//! back again. Unavailable is never absent, and nobody has to do anything.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::{
    Behind, RECOVERY, SOON, await_recovery, defaults, expect_unavailable, knows_outage, promptly,
    questions, ready, servers,
};
use crate::support::sample::World;
use crate::support::{Engine, Legacy, Network, Proxy, Request, wait_until};

/// As operators get it when they set none.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(3);
/// For a busy machine.
const SLACK: Duration = Duration::from_secs(4);

/// What a server says that takes nobody yet, or nobody more.
fn not_now(engine: Engine) -> Network {
    Network::Saying(match engine {
        Engine::Postgresql => {
            b"E\0\0\0\x41SFATAL\0VFATAL\0C57P03\0Mthe database system is starting up\0Fx\0\0"
        }
        _ => b"\x17\0\0\0\xff\x10\x04Too many connections",
    })
}

/// Twenty questions in a time in which not even a few could wait for their deadlines.
#[track_caller]
fn expect_unavailable_at_once(world: &World) {
    let start = Instant::now();
    for _ in 0..20 {
        expect_unavailable(&world.get_user("ada"));
    }
    assert!(start.elapsed() < SOON, "20 refusals took {:?}", start.elapsed());
}

fn starts_without(legacy: Legacy, network: Network) {
    let (proxy, url) = Proxy::before(legacy.url());
    proxy.set(network);
    let world = World::with(legacy, |gate| defaults(gate).config("database.url", url));
    assert_eq!(world.gate.manage("/live").status, 200);
    assert_eq!(ready(&world), 503);
    for (endpoint, answer) in questions(&world) {
        println!("{endpoint}");
        expect_unavailable(&answer);
    }
    expect_unavailable_at_once(&world);
    world.gate.send(&Request::post("/get_user", "{}")).expect(401, "missing_token");
    assert_eq!(world.gate.manage("/live").status, 200);

    proxy.set(Network::Open);
    wait_until("the gate is ready", RECOVERY, || ready(&world) == 200);
    wait_until("all is well", RECOVERY, || {
        questions(&world).iter().all(|(_, answer)| answer.status == 200)
    });
    world.gate.assert_sound();
}

#[test]
fn a_database_that_is_down_at_the_start() {
    servers(|legacy| starts_without(legacy, Network::Refusing));
}

#[test]
fn a_database_that_is_silent_at_the_start() {
    servers(|legacy| starts_without(legacy, Network::Silent));
}

#[test]
fn a_database_that_is_starting_or_full_at_the_start() {
    servers(|legacy| {
        let words = not_now(legacy.engine);
        starts_without(legacy, words);
    });
}

/// Whoever still asks a gate that drains is not refused for an outage that is over.
#[test]
fn a_database_that_comes_back_while_the_gate_drains() {
    servers(|legacy| {
        let (proxy, url) = Proxy::before(legacy.url());
        let world = World::with(legacy, |gate| {
            defaults(gate).config("database.url", url).config("server.drain_delay", "1m")
        });
        world.get_user("ada").expect(200, "");
        proxy.set(Network::Refusing);
        wait_until("the gate knows", RECOVERY, || knows_outage(&world));
        world.gate.sigterm();
        let drains = |entry: &serde_json::Value| entry["message"] == "draining";
        wait_until("it drains", SOON, || world.gate.entries().iter().any(drains));
        proxy.set(Network::Open);
        wait_until("all is well", RECOVERY, || world.get_user("ada").status == 200);
    });
}

/// Tells the callers to stop, also when the test fails.
struct Stop<'a>(&'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// Callers in parallel until `done`. Every answer comes in time, and is 200 or 503.
pub(super) fn ask_all_the_while(world: &World, callers: usize, done: impl FnOnce()) {
    let stop = &AtomicBool::new(false);
    let ask = || {
        while !stop.load(Ordering::SeqCst) {
            let start = Instant::now();
            let answer = world.get_user("ada");
            let took = start.elapsed();
            assert!(took < REQUEST_TIMEOUT + SLACK, "{} after {took:?}", answer.status);
            if answer.status != 200 {
                expect_unavailable(&answer);
            }
            thread::sleep(Duration::from_millis(10));
        }
    };
    thread::scope(|scope| {
        let callers: Vec<_> = (0..callers).map(|_| scope.spawn(ask)).collect();
        let stop = Stop(stop);
        done();
        drop(stop);
        callers.into_iter().for_each(|caller| caller.join().expect("200 or 503 in time"));
    });
}

/// `request_timeout` ends what was under way; then the gate knows, and answers at once.
#[test]
fn a_database_that_falls_silent_under_requests() {
    servers(|legacy| {
        let it = Behind::with_defaults(legacy);
        ask_all_the_while(&it.world, 4, || {
            thread::sleep(Duration::from_millis(500));
            it.proxy.set(Network::Silent);
            wait_until("the outage is known", SOON, || knows_outage(&it.world));
        });
        expect_unavailable_at_once(&it.world);
        it.proxy.set(Network::Open);
        wait_until("the outage is over", RECOVERY, || !knows_outage(&it.world));
        await_recovery(&it.world);
        it.world.gate.assert_sound();
    });
}

/// A firewall forgot the connections: they are there, and never carry a byte again. New ones do.
#[test]
fn connections_that_died_without_a_word() {
    servers(|legacy| {
        let it = Behind::with_defaults(legacy);
        ask_all_the_while(&it.world, 4, || thread::sleep(Duration::from_millis(300)));
        it.proxy.strand();
        ask_all_the_while(&it.world, 4, || {
            let mut good = 0;
            wait_until("ten good answers in a row", SOON * 2, || {
                good =
                    if promptly(|| it.world.get_user("ada")).status == 200 { good + 1 } else { 0 };
                good == 10
            });
        });
        it.world.gate.assert_sound();
    });
}

/// The whole way fell silent, and came back for new connections alone: what was begun in between is stuck as well.
#[test]
fn a_silence_that_ends_for_new_connections_alone() {
    servers(|legacy| {
        let it = Behind::with_defaults(legacy);
        ask_all_the_while(&it.world, 4, || {
            thread::sleep(Duration::from_millis(300));
            it.proxy.set(Network::Silent);
            wait_until("the outage is known", SOON, || knows_outage(&it.world));
            // Long enough for connections to be tried, each of which is stuck.
            thread::sleep(Duration::from_secs(6));
            it.proxy.strand();
            it.proxy.set(Network::Open);
            wait_until("the outage is over", SOON * 2, || !knows_outage(&it.world));
        });
        await_recovery(&it.world);
        it.world.gate.assert_sound();
    });
}

/// The probe's own connection is lost, and the server has no room for another: the requests' connections
/// work, so requests are served.
#[test]
fn the_probe_alone_is_without_a_connection() {
    servers(|legacy| {
        let it = Behind::with_defaults(legacy);
        let of_the_probe = it.proxy.accepted();
        ask_all_the_while(&it.world, 4, || thread::sleep(Duration::from_millis(300)));
        assert!(it.proxy.accepted() > of_the_probe);
        let turned_away = not_now(it.world.legacy.engine);
        it.proxy.set(turned_away);
        it.proxy.cut_first(of_the_probe);
        let until = Instant::now() + Duration::from_secs(6);
        while Instant::now() < until {
            let answer = it.world.get_user("ada");
            assert_eq!(answer.status, 200, "{}", answer.text());
            assert!(!knows_outage(&it.world));
            thread::sleep(Duration::from_millis(20));
        }
        it.world.gate.assert_sound();
    });
}

/// Connections cut while idle, cut under requests, reset by the far side, turned away. (Refused
/// under requests they are in `restart`.)
#[test]
fn connections_that_end() {
    servers(|legacy| {
        let words = not_now(legacy.engine);
        let it = Behind::with_defaults(legacy);
        await_recovery(&it.world);
        it.proxy.cut();
        await_recovery(&it.world);
        for network in [Network::Resetting, words] {
            println!("{network:?}");
            ask_all_the_while(&it.world, 4, || {
                it.proxy.cut();
                it.proxy.set(network);
                thread::sleep(Duration::from_millis(300));
                it.proxy.cut();
                wait_until("the outage is known", SOON, || knows_outage(&it.world));
                it.proxy.set(Network::Open);
                wait_until("the outage is over", RECOVERY, || !knows_outage(&it.world));
            });
            await_recovery(&it.world);
        }
        it.world.gate.assert_sound();
    });
}

/// A far side that vanished says nothing. Idle connections have to ask it, every ten seconds at
/// most, or a question will be lost on each of them.
#[test]
fn a_far_side_that_vanished_is_noticed_while_idle() {
    let Ok(_) = std::fs::read_to_string("/proc/net/tcp") else { return };
    servers(|legacy| {
        let it = Behind::with_defaults(legacy);
        await_recovery(&it.world);
        let port = format!("0100007F:{:04X}", it.proxy.address.port());
        let table = std::fs::read_to_string("/proc/net/tcp").expect("the system's sockets");
        let sockets: Vec<Vec<_>> = table
            .lines()
            .map(|line| line.split_whitespace().collect())
            .filter(|fields: &Vec<_>| fields[2] == port && fields[3] == "01")
            .collect();
        assert!(!sockets.is_empty(), "no connection to the database");
        for socket in sockets {
            // Kind of timer (2 is keep-alive) and hundredths of a second until it fires.
            let (kind, left) = socket[5].split_once(':').expect("a timer");
            let left = u64::from_str_radix(left, 16).expect("a number") / 100;
            assert!(kind == "02" && left <= 10, "timer {kind} fires in {left} s");
        }
    });
}
