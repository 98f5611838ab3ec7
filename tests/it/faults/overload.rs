//! More logins than can be hashed: the rest is told so at once, and nothing else suffers.

use std::io::Write;
use std::net::TcpStream;
use std::num::NonZeroU32;
use std::thread;
use std::time::{Duration, Instant};

use aws_lc_rs::pbkdf2;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::{NEVER, SHORT, expect_503, promptly, without_deadlines};
use crate::support::sample::World;
use crate::support::wire::connect;
use crate::support::{GateBuilder, Legacy, Request};

const PASSWORD: &str = "as dear as it is long";
const LOGINS: usize = 60;
const GONE: u64 = 12;

/// A gate with one hashing thread, before a user whose hash takes its time.
fn world(settings: impl FnOnce(GateBuilder) -> GateBuilder) -> World {
    let (rounds, salt) = (NonZeroU32::new(200_000).expect("not zero"), "salt");
    let mut digest = [0; 32];
    let (salted, password) = (salt.as_bytes(), PASSWORD.as_bytes());
    pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, rounds, salted, password, &mut digest);
    let hash = format!("pbkdf2_sha256${rounds}${salt}${}", STANDARD.encode(digest));
    let legacy = Legacy::sqlite();
    legacy.add_user(1000, Some("dear"), None, Some(&hash));
    World::with(legacy, |gate| {
        settings(without_deadlines(gate).config("passwords.max_concurrent", 1))
    })
}

/// All series of a counter together.
fn total(world: &World, counter: &str) -> u64 {
    let page = world.gate.manage("/metrics").text();
    let series = page.lines().filter(|line| {
        line.strip_prefix(counter).is_some_and(|rest| rest.starts_with([' ', '{']))
    });
    series.filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok()).sum()
}

#[test]
fn more_logins_than_can_be_hashed() {
    let world = world(|gate| gate.config("passwords.max_wait", SHORT));
    thread::scope(|scope| {
        let login = || promptly(|| world.login("dear", PASSWORD));
        let logins: Vec<_> = (0..LOGINS).map(|_| scope.spawn(login)).collect();
        let mut meanwhile = 0;
        while logins.iter().any(|login| !login.is_finished()) {
            promptly(|| world.get_user("ada")).expect(200, "");
            meanwhile += 1;
        }
        let answers: Vec<_> = logins.into_iter().map(|login| login.join().expect("in time")).collect();
        let refused = answers.iter().filter(|answer| answer.status != 200).count();
        answers.iter().filter(|answer| answer.status != 200).for_each(|answer| {
            expect_503(answer, "overloaded");
        });
        assert!(refused >= LOGINS / 2 && refused < LOGINS, "{refused} of {LOGINS} were refused");
        assert!(meanwhile >= 5, "only {meanwhile} other questions were answered meanwhile");
    });
    promptly(|| world.login("dear", PASSWORD)).expect(200, "");
    world.gate.assert_sound();
}

/// Whoever hangs up while waiting costs no hash. The queue is kept busy for two seconds or so,
/// which is time enough to join it and to leave it, on a slow machine and on a fast one.
#[test]
fn clients_that_close_while_queued_are_not_hashed() {
    let world = world(|gate| gate.config("passwords.max_wait", NEVER));
    let login = || world.login("dear", PASSWORD).expect(200, "").status;
    let start = Instant::now();
    login();
    let ahead = (2.0 / start.elapsed().as_secs_f64()).ceil().clamp(2.0, 50.0) as u64;
    let body = json!({ "identifier": "dear", "password": PASSWORD }).to_string();
    let request = Request::post("/login", body).bearer(&world.token).bytes();
    let send = |_| {
        let mut stream = connect(world.gate.address).expect("a connection");
        stream.write_all(&request).expect("the request is taken");
        stream
    };
    thread::scope(|scope| {
        (0..ahead).for_each(|_| drop(scope.spawn(login)));
        thread::sleep(Duration::from_millis(200));
        let gone: Vec<TcpStream> = (0..GONE).map(send).collect();
        thread::sleep(Duration::from_millis(200));
        drop(gone);
    });
    // The queue is served in order: once this login is through, all before it are.
    login();
    let (hashed, abandoned) =
        (total(&world, "narrowgate_hashes_total"), total(&world, "narrowgate_hashes_abandoned_total"));
    assert_eq!(hashed, 1 + ahead + 1, "{} hashes for nobody", hashed - ahead - 2);
    assert!((1..=GONE).contains(&abandoned), "{abandoned} abandoned, and {GONE} left the queue");
    world.gate.assert_calm();
}
