//! More logins than can be hashed: the rest is told so at once, and nothing else suffers.

use std::io::Write;
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use super::{NEVER, SHORT, expect_503, promptly, without_deadlines};
use crate::support::dear::dear_login;
use crate::support::sample::World;
use crate::support::wire::connect;
use crate::support::{GateBuilder, Legacy, Request};

const LOGINS: usize = 60;
const GONE: u64 = 12;

/// A gate with one hashing thread.
fn world(settings: impl FnOnce(GateBuilder) -> GateBuilder) -> World {
    let legacy = Legacy::sqlite();
    legacy.add_dear_user();
    World::with(legacy, |gate| {
        settings(without_deadlines(gate).config("passwords.max_concurrent", 1))
    })
}

/// All series of a counter together.
fn total(world: &World, counter: &str) -> u64 {
    let page = world.gate.manage("/metrics").text();
    let series = page
        .lines()
        .filter(|line| line.strip_prefix(counter).is_some_and(|rest| rest.starts_with([' ', '{'])));
    series.filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok()).sum()
}

#[test]
fn more_logins_than_can_be_hashed() {
    let world = world(|gate| gate.config("passwords.max_wait", SHORT));
    thread::scope(|scope| {
        let login = || promptly(|| world.login_dear());
        let logins: Vec<_> = (0..LOGINS).map(|_| scope.spawn(login)).collect();
        let mut meanwhile = 0;
        while logins.iter().any(|login| !login.is_finished()) {
            promptly(|| world.get_user("ada")).expect(200, "");
            meanwhile += 1;
        }
        let answers: Vec<_> =
            logins.into_iter().map(|login| login.join().expect("in time")).collect();
        let refused = answers.iter().filter(|answer| answer.status != 200).count();
        answers.iter().filter(|answer| answer.status != 200).for_each(|answer| {
            expect_503(answer, "overloaded");
        });
        assert!((LOGINS / 2..LOGINS).contains(&refused), "{refused} of {LOGINS} were refused");
        assert!(meanwhile >= 5, "only {meanwhile} other questions were answered meanwhile");
    });
    promptly(|| world.login_dear()).expect(200, "");
    world.gate.assert_sound();
}

/// Whoever hangs up while waiting costs no hash. The queue is kept busy for two seconds or so,
/// which is time enough to join it and to leave it, on a slow machine and on a fast one.
#[test]
fn clients_that_close_while_queued_are_not_hashed() {
    let world = world(|gate| gate.config("passwords.max_wait", NEVER));
    let login = || world.login_dear().expect(200, "").status;
    let ahead = world.dear_logins_in(Duration::from_secs(2));
    let request = Request::post("/login", dear_login()).bearer(&world.token).bytes();
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
    let (hashed, abandoned) = (
        total(&world, "narrowgate_hashes_total"),
        total(&world, "narrowgate_hashes_abandoned_total"),
    );
    assert_eq!(hashed, 1 + ahead + 1, "{} hashes for nobody", hashed - ahead - 2);
    assert!((1..=GONE).contains(&abandoned), "{abandoned} abandoned, and {GONE} left the queue");
    world.gate.assert_calm();
}
