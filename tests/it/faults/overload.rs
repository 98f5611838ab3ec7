//! More logins than can be hashed: the rest is told so at once, and nothing else suffers.

use std::io::Write;
use std::num::NonZeroU32;
use std::thread;
use std::time::{Duration, Instant};

use aws_lc_rs::pbkdf2;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::{NEVER, SHORT, SOON, expect_503, promptly, without_deadlines};
use crate::support::sample::World;
use crate::support::wire::connect;
use crate::support::{GateBuilder, Legacy, Request, wait_until};

const PASSWORD: &str = "as dear as it is long";
const LOGINS: usize = 60;

/// A gate with one hashing thread, before a user whose hash takes a good part of a second.
fn world(settings: impl FnOnce(GateBuilder) -> GateBuilder) -> World {
    let (rounds, salt) = (NonZeroU32::new(600_000).expect("not zero"), "salt");
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

/// One after the other they would take far longer than `SOON`.
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

/// Whoever hangs up while waiting costs no hash.
#[test]
fn clients_that_close_while_queued_are_not_hashed() {
    const AHEAD: u64 = 4;
    const GONE: usize = 12;
    let world = world(|gate| gate.config("passwords.max_wait", NEVER));
    let body = json!({ "identifier": "dear", "password": PASSWORD }).to_string();
    let request = Request::post("/login", body).bearer(&world.token).bytes();
    thread::scope(|scope| {
        let ahead: Vec<_> =
            (0..AHEAD).map(|_| scope.spawn(|| world.login("dear", PASSWORD))).collect();
        // All of these are in the queue before the first few hashes are done.
        thread::sleep(Duration::from_millis(200));
        let gone: Vec<_> = (0..GONE)
            .map(|_| {
                let mut stream = connect(world.gate.address).expect("a connection");
                stream.write_all(&request).expect("the request is taken");
                stream
            })
            .collect();
        thread::sleep(Duration::from_millis(200));
        drop(gone);
        for login in ahead {
            login.join().expect("an answer").expect(200, "");
        }
    });
    let abandoned = || total(&world, "narrowgate_hashes_abandoned_total");
    let start = Instant::now();
    wait_until("the abandoned logins are counted", SOON, || abandoned() == GONE as u64);
    println!("counted after {:?}", start.elapsed());
    assert_eq!(total(&world, "narrowgate_hashes_total"), AHEAD, "hashes were computed for nobody");
    world.login("dear", PASSWORD).expect(200, "");
    assert_eq!(total(&world, "narrowgate_hashes_total"), AHEAD + 1);
    world.gate.assert_calm();
}
