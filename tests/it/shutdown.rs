//! The end of the process: announced, without a request lost, and never later than promised.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::faults::{await_running, drowsy, expect_no_panic, running, servers};
use crate::support::sample::World;
use crate::support::wire::{connect, read_answer};
use crate::support::{Answer, GateBuilder, Legacy, Network, Proxy, Request, signal, wait_until};

/// For a busy machine.
const SLACK: Duration = Duration::from_secs(5);
/// A deadline that would hold the exit, if anything could.
const NEVER: &str = "60s";

fn world(settings: impl FnOnce(GateBuilder) -> GateBuilder) -> World {
    World::with(Legacy::sqlite(), settings)
}

/// Everything that waits, waits longer than any test.
fn patient(mut gate: GateBuilder) -> GateBuilder {
    for key in [
        "server.request_timeout",
        "server.body_timeout",
        "server.header_timeout",
        "database.connect_timeout",
        "database.acquire_timeout",
        "database.statement_timeout",
    ] {
        gate = gate.config(key, NEVER);
    }
    gate
}

/// A question about a user who exists, without a wish for what becomes of the connection.
fn question(world: &World) -> Vec<u8> {
    Request::post("/get_user", r#"{"identifier":"ada"}"#).bearer(&world.token).bytes()
}

fn ask(stream: &mut TcpStream, question: &[u8]) -> std::io::Result<Answer> {
    stream.write_all(question)?;
    read_answer(stream)
}

#[track_caller]
fn expect_exit(world: &mut World, patience: Duration) {
    assert_eq!(world.gate.wait_exit(patience).code(), Some(0));
    expect_no_panic(world);
}

/// The last answer on a connection says so, and the connection ends.
#[track_caller]
fn expect_last_answer(stream: &mut TcpStream, question: &[u8], status: u16) {
    let answer = ask(stream, question).expect("an answer");
    assert_eq!((answer.status, answer.header("connection")), (status, Some("close")));
    assert!(matches!(stream.read(&mut [0]), Ok(0) | Err(_)), "the connection goes on");
}

fn drains(name: &str) {
    let delay = Duration::from_secs(2);
    let mut world = world(|gate| gate.config("server.drain_delay", "2s"));
    let question = question(&world);
    let mut kept = connect(world.gate.address).expect("a connection");
    let answer = ask(&mut kept, &question).expect("an answer");
    answer.expect(200, "");
    assert_eq!(answer.header("connection"), None, "kept until there is a reason to close");
    assert_eq!(world.gate.manage("/ready").status, 200);

    let start = Instant::now();
    signal(world.gate.pid(), name);
    wait_until("/ready says no", SLACK, || world.gate.manage("/ready").status == 503);
    assert_eq!(world.gate.manage("/live").status, 200);
    assert!(world.gate.manage("/metrics").text().contains("narrowgate_requests_total"));
    expect_last_answer(&mut kept, &question, 200);
    for (request, status) in
        [(question.clone(), 200), (Request::post("/get_user", "{}").bytes(), 401), (question, 200)]
    {
        let mut fresh = connect(world.gate.address).expect("the listener is open");
        expect_last_answer(&mut fresh, &request, status);
    }
    expect_exit(&mut world, delay + SLACK);
    assert!(start.elapsed() >= delay, "the listener closed before drain_delay was over");
}

#[test]
fn sigterm_drains_and_serves_on_meanwhile() {
    drains("TERM");
}

#[test]
fn ctrl_c_drains_and_serves_on_meanwhile() {
    drains("INT");
}

#[test]
fn logins_in_flight_are_finished() {
    let legacy = Legacy::sqlite();
    legacy.add_dear_user();
    let mut world = World::with(legacy, |gate| {
        patient(gate).config("passwords.max_concurrent", 1).config("server.shutdown_grace", "30s")
    });
    let number = world.dear_logins_in(Duration::from_secs(2));
    thread::scope(|scope| {
        let logins: Vec<_> = (0..number).map(|_| scope.spawn(|| world.login_dear())).collect();
        thread::sleep(Duration::from_millis(300));
        signal(world.gate.pid(), "TERM");
        assert!(logins.iter().any(|login| !login.is_finished()), "none was in flight any more");
        for login in logins {
            login.join().expect("an answer").expect(200, "");
        }
    });
    expect_exit(&mut world, SLACK);
    world.gate.assert_calm();
}

/// A worker without callers has connections to the database that others' answers come over.
#[test]
fn an_answer_under_way_comes_over_the_connection_that_it_was_asked_on() {
    servers(|legacy| {
        drowsy(&legacy);
        let mut world = World::with(legacy, |gate| patient(gate).config("server.workers", 2));
        let late = serde_json::json!({ "identifier": "late" }).to_string();
        let late = Request::post("/get_user", late).bearer(&world.token).bytes();
        let mut first = connect(world.gate.address).expect("a connection");
        ask(&mut first, &question(&world)).expect("an answer").expect(200, "");
        drop(first);
        // The next caller is the other worker's.
        let mut second = connect(world.gate.address).expect("a connection");
        second.write_all(&late).expect("taken");
        await_running(&world.legacy, 1, SLACK);
        let asked = running(&world.legacy);
        signal(world.gate.pid(), "TERM");
        thread::scope(|scope| {
            let answer = scope.spawn(|| read_answer(&mut second).expect("an answer"));
            while !answer.is_finished() {
                let now = running(&world.legacy);
                assert!(now.iter().all(|one| asked.contains(one)), "asked on another connection");
            }
            answer.join().expect("an answer").expect(404, "user_not_found");
        });
        expect_exit(&mut world, SLACK);
    });
}

/// Connections in every state that would keep a server waiting for ever.
#[test]
fn nothing_that_is_stuck_holds_the_exit() {
    let mut world = world(|gate| patient(gate).config("server.shutdown_grace", "2s"));
    let slow = Request::post("/get_user", "").bearer(&world.token);
    let starts = [
        question(&world), // and idle from then on
        slow.clone().header("Content-Length", "100").bytes(),
        [slow.header("Transfer-Encoding", "chunked").bytes(), b"1\r\n{".to_vec()].concat(),
        b"POST /get_user HTTP/1.1\r\nX-Slow: ".to_vec(),
        vec![],
        Request::new("GET", "/live").bytes(),
        b"GET /li".to_vec(),
    ];
    let management = world.gate.management.expect("a management listener");
    let open = |(to, start): (SocketAddr, &Vec<u8>)| {
        let mut stream = connect(to).expect("a connection");
        stream.write_all(start).expect("the start is taken");
        stream
    };
    let both = [world.gate.address, management];
    let stuck: Vec<_> =
        both.iter().flat_map(|to| starts.iter().map(|start| open((*to, start)))).collect();
    thread::sleep(Duration::from_millis(300));
    signal(world.gate.pid(), "TERM");
    expect_exit(&mut world, Duration::from_secs(2) + SLACK);
    drop(stuck);
}

/// The first request of who has just connected is on its way; only then the connection ends.
#[test]
fn who_has_just_connected_is_answered() {
    let mut world = world(|gate| patient(gate).config("server.shutdown_grace", "30s"));
    let question = question(&world);
    let mut kept = connect(world.gate.address).expect("a connection");
    ask(&mut kept, &question).expect("an answer").expect(200, "");
    let mut fresh: Vec<_> =
        (0..2).map(|_| connect(world.gate.address).expect("a connection")).collect();
    fresh[1].write_all(&question[..9]).expect("the start is taken");
    let open = || world.counter("narrowgate_connections") >= 4;
    wait_until("all are let in", SLACK, open);
    signal(world.gate.pid(), "TERM");
    // Nothing more is to come over this one.
    assert!(matches!(kept.read(&mut [0]), Ok(0)));
    expect_last_answer(&mut fresh[0], &question, 200);
    expect_last_answer(&mut fresh[1], &question[9..], 200);
    expect_exit(&mut world, SLACK);
}

/// A question that the database never answers.
fn exits_with_a_question_under_way(mut world: World, identifier: &str) {
    let body = serde_json::json!({ "identifier": identifier }).to_string();
    let request = Request::post("/get_user", body).bearer(&world.token).bytes();
    let mut waiting = connect(world.gate.address).expect("a connection");
    waiting.write_all(&request).expect("the request is taken");
    thread::sleep(Duration::from_millis(300));
    signal(world.gate.pid(), "TERM");
    expect_exit(&mut world, Duration::from_secs(2) + SLACK);
}

#[test]
fn a_silent_database_does_not_hold_the_exit() {
    servers(|legacy| {
        let (proxy, url) = Proxy::before(legacy.url());
        let world = World::with(legacy, |gate| {
            let gate = patient(gate).config("server.shutdown_grace", "2s");
            gate.config("database.url", url)
        });
        proxy.set(Network::Silent);
        exits_with_a_question_under_way(world, "ada");
    });
}

#[test]
fn a_slow_view_does_not_hold_the_exit() {
    let legacy = Legacy::sqlite();
    legacy.execute(
        "DROP VIEW get_user;
         CREATE VIEW get_user AS SELECT 'slow' AS identifier,
           (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 400000000)
            SELECT max(i) FROM n) AS answer",
    );
    let world = World::with(legacy, |gate| patient(gate).config("server.shutdown_grace", "2s"));
    exits_with_a_question_under_way(world, "slow");
}

/// Also where it is the gate's own look at the database that is stuck.
#[test]
fn a_slow_probe_does_not_hold_the_exit() {
    let mut world = World::with(Legacy::sqlite(), patient);
    world.legacy.execute(
        "DROP VIEW get_user;
         CREATE VIEW get_user AS
           WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 400000000)
           SELECT CAST(i AS TEXT) AS identifier, NULL AS answer FROM n",
    );
    let ticks = || {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", world.gate.pid())).unwrap();
        // User time, in hundredths of a second (proc_pid_stat(5)).
        stat.rsplit(')').next().unwrap().split(' ').nth(12).unwrap().parse::<u64>().unwrap()
    };
    let before = ticks();
    wait_until("a look is under way", Duration::from_secs(60), || ticks() > before + 100);
    signal(world.gate.pid(), "TERM");
    expect_exit(&mut world, SLACK);
}

/// A caller behind a balancer: asks while the gate says it is ready, on one connection for as long
/// as it is kept. Gives the number of answers; any other outcome than 200 is a failure.
fn caller(to: SocketAddr, question: &[u8], keeps: bool, ready: &AtomicBool) -> usize {
    let (mut connection, mut answers) = (None, 0);
    while ready.load(Ordering::SeqCst) {
        let mut stream = connection.take().unwrap_or_else(|| connect(to).expect("a connection"));
        let answer = ask(&mut stream, question).expect("an answer");
        assert_eq!(answer.status, 200, "{}", answer.text());
        answers += 1;
        connection = (keeps && answer.header("connection") != Some("close")).then_some(stream);
    }
    answers
}

/// With a balancer that looks at `/ready` and a delay longer than it takes to look, nobody notices.
#[test]
fn no_request_is_lost() {
    let mut world = world(|gate| gate.config("server.drain_delay", "2s"));
    let (question, ready) = (question(&world), AtomicBool::new(true));
    let (answers, to) = (AtomicUsize::new(0), world.gate.address);
    thread::scope(|scope| {
        for number in 0..8 {
            let (question, ready, answers) = (&question, &ready, &answers);
            scope.spawn(move || {
                let count = caller(to, question, number % 2 == 0, ready);
                answers.fetch_add(count, Ordering::SeqCst);
            });
        }
        thread::sleep(Duration::from_millis(700));
        signal(world.gate.pid(), "TERM");
        // As a balancer does: two looks in a row before it believes it.
        let patience = Instant::now() + SLACK;
        let mut refusals = 0;
        while refusals < 2 && Instant::now() < patience {
            refusals += usize::from(world.gate.manage("/ready").status == 503);
            thread::sleep(Duration::from_millis(100));
        }
        ready.store(false, Ordering::SeqCst);
    });
    expect_exit(&mut world, Duration::from_secs(2) + SLACK);
    world.gate.assert_calm();
    println!("{} answers", answers.load(Ordering::SeqCst));
    assert!(answers.load(Ordering::SeqCst) > 100, "hardly a request was made");
}
