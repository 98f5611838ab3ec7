//! What is on a connection beside well-made requests: every answer is the service's own and is told of, and after the
//! last one nothing happens.

mod gone;
mod own_answers;
mod paths;
mod strangers;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use crate::support::sample::World;
use crate::support::wire::{connect, read_answer};
use crate::support::{Answer, Legacy, Request, Token, wait_until};

const BODY: &str = r#"{"identifier":"ada"}"#;

fn world() -> World {
    World::on(Legacy::sqlite())
}

fn good(world: &World) -> Request {
    Request::post("/get_user", BODY).bearer(&world.token)
}

/// Sends these bytes and hears all that comes until the connection ends.
fn hear(world: &World, bytes: &[u8]) -> Vec<Answer> {
    let mut stream = connect(world.gate.address).expect("a connection");
    let _ = stream.write_all(bytes); // refused once the other side has closed
    hear_out(&mut stream)
}

fn hear_out(stream: &mut TcpStream) -> Vec<Answer> {
    let mut heard = vec![];
    stream.read_to_end(&mut heard).expect("the connection ends without a reset");
    let (mut rest, mut answers) = (&heard[..], vec![]);
    while !rest.is_empty() {
        answers.push(read_answer(&mut rest).expect("an answer"));
        // The reader takes more than the answer at once; the rest is found by its beginning.
        let seen = answers.len();
        let text = String::from_utf8_lossy(&heard).into_owned();
        let next = text.match_indices("HTTP/1.1 ").nth(seen).map(|(at, _)| at);
        rest = next.map_or(&[][..], |at| &heard[at..]);
    }
    answers
}

fn statuses(answers: &[Answer]) -> Vec<u16> {
    answers.iter().map(|answer| answer.status).collect()
}

/// As many lines as counts; none of a fault.
#[track_caller]
fn expect_told(world: &World, requests: u64) {
    let lines = || {
        let entries = world.gate.entries();
        entries.iter().filter(|entry| entry["message"] == "decision").count() as u64
    };
    wait_until("every request is told of", Duration::from_secs(20), || lines() >= requests);
    assert_eq!((lines(), world.counter("narrowgate_requests_total")), (requests, requests));
    let errors = world.gate.entries().into_iter().filter(|entry| entry["level"] == "ERROR");
    assert_eq!(errors.count(), 0);
}

#[test]
fn nothing_is_processed_behind_the_last_answer() {
    let world = world();
    let refused = Request::post("/get_user", BODY).bytes();
    let forged = Request::post("/get_user", BODY).bearer("a.b.c").bytes();
    let (good, last) = (good(&world).bytes(), good(&world).header("Connection", "close").bytes());
    for (bytes, expected) in [
        ([&refused[..], &good].concat(), &[401][..]),
        ([&forged[..], &good].concat(), &[401]),
        (refused.repeat(3000), &[401]),
        ([&last[..], &good].concat(), &[200]),
        ([&good[..], &good, &last, &good].concat(), &[200, 200, 200]),
        ([&good[..], &refused, &good].concat(), &[200, 401]),
        ([&last[..], b"x"].concat(), &[200]),
    ] {
        let answers = hear(&world, &bytes);
        assert_eq!(statuses(&answers), expected);
        let closes: Vec<_> =
            answers.iter().map(|answer| answer.header("connection") == Some("close")).collect();
        let due: Vec<_> = (1..=answers.len()).map(|number| number == answers.len()).collect();
        assert_eq!(closes, due, "the last answer says that it is the last");
    }
    expect_told(&world, 10);
}

/// What is odd beside the request does not keep the caller from an answer.
#[test]
fn an_odd_request_has_an_answer() {
    let world = world();
    let mut stream = connect(world.gate.address).expect("a connection");
    stream.write_all(&[&good(&world).bytes()[..], b"x"].concat()).expect("taken");
    read_answer(&mut stream).expect("an answer").expect(200, "");
    let upgrade = good(&world).header("Connection", "Upgrade").header("Upgrade", "websocket");
    assert_eq!(statuses(&hear(&world, &upgrade.header("Connection", "close").bytes())), [200]);
    let upgrade = Request::new("GET", "/login").header("Upgrade", "websocket");
    world.gate.send(&upgrade.header("Connection", "Upgrade")).expect(405, "method_not_allowed");
    let old = good(&world).bytes();
    let old = String::from_utf8(old).expect("text").replace("HTTP/1.1", "HTTP/1.0");
    assert_eq!(statuses(&hear(&world, old.as_bytes())), [200]);
    let mut stream = connect(world.gate.address).expect("a connection");
    stream.write_all(&Request::new("HEAD", "/login").bytes()).expect("taken");
    let mut heard = String::new();
    stream.read_to_string(&mut heard).expect("the connection ends");
    assert!(heard.starts_with("HTTP/1.1 405 ") && heard.ends_with("\r\n\r\n"), "{heard}");
}

/// A body is asked for only when it would be read.
#[test]
fn a_body_that_is_held_back_is_asked_for_once_the_token_passed() {
    let world = world();
    let expecting = |request: Request| {
        let bytes = request.header("Expect", "100-continue").body(BODY).bytes();
        bytes[..bytes.len() - BODY.len()].to_vec()
    };
    let post = Request::new("POST", "/get_user").header("Content-Type", "application/json");
    let mut stream = connect(world.gate.address).expect("a connection");
    stream.write_all(&expecting(post.clone().bearer(&world.token))).expect("taken");
    assert_eq!(read_answer(&mut stream).expect("a word").status, 100);
    stream.write_all(BODY.as_bytes()).expect("taken");
    read_answer(&mut stream).expect("an answer").expect(200, "");
    let other = Token::auth0().scope("none").sign();
    for (request, status) in [(post.clone().bearer("a.b.c"), 401), (post.bearer(&other), 403)] {
        assert_eq!(statuses(&hear(&world, &expecting(request))), [status]);
    }
    expect_told(&world, 3);
}

#[test]
fn chunks_are_a_body_like_any_other() {
    let world = world();
    let chunked = |body: &[u8]| {
        let request = Request::new("POST", "/get_user").header("Content-Type", "application/json");
        let request = request.header("Transfer-Encoding", "chunked").bearer(&world.token);
        hear(&world, &[&request.header("Connection", "close").bytes()[..], body].concat())
    };
    let one_by_one: String = BODY.chars().map(|letter| format!("1;x=y\r\n{letter}\r\n")).collect();
    for (body, status) in [
        (format!("{:x}\r\n{BODY}\r\n0\r\n\r\n", BODY.len()), 200),
        (format!("{one_by_one}0\r\nTrailer: x\r\n\r\n"), 200),
        (format!("{:x}\n{BODY}\r\n0\r\n\r\n", BODY.len()), 400),
        (format!("0x14\r\n{BODY}\r\n0\r\n\r\n"), 400),
        (format!("{}0\r\n\r\n", "2000\r\n".to_owned() + &" ".repeat(8192) + "\r\n1\r\n \r\n"), 413),
        ("fffffff\r\n".to_owned(), 413),
    ] {
        assert_eq!(statuses(&chunked(body.as_bytes())), [status], "{body:.40}");
    }
    world.gate.assert_calm();
}

/// Idle connections stay longer than balancers keep theirs: the head's deadline is none of theirs.
#[test]
fn an_idle_connection_is_kept_as_long_as_is_said() {
    let world = World::with(Legacy::sqlite(), |gate| {
        gate.config("server.header_timeout", "300ms").config("server.keep_alive", "30s")
    });
    let mut stream = connect(world.gate.address).expect("a connection");
    for _ in 0..2 {
        stream.write_all(&good(&world).bytes()).expect("taken");
        read_answer(&mut stream).expect("an answer").expect(200, "");
        std::thread::sleep(Duration::from_millis(900));
    }
    // An empty line is no beginning of a request (RFC 9112 section 2.2).
    for empty in ["\r\n", "\r\n\r\n"] {
        stream.write_all(&[&good(&world).bytes(), empty.as_bytes()].concat()).expect("taken");
        read_answer(&mut stream).expect("an answer").expect(200, "");
        std::thread::sleep(Duration::from_millis(900));
        stream.write_all(empty.as_bytes()).expect("taken");
        std::thread::sleep(Duration::from_millis(900));
    }
    stream.write_all(&good(&world).bytes()).expect("taken");
    read_answer(&mut stream).expect("an answer").expect(200, "");
    let world = World::with(Legacy::sqlite(), |gate| gate.config("server.keep_alive", "300ms"));
    assert_eq!(statuses(&hear(&world, &good(&world).bytes())), [200]);
    expect_told(&world, 1);
}

/// Nobody can make the service keep answers that are not taken.
#[test]
fn a_caller_that_does_not_read_is_given_up() {
    let world = World::with(Legacy::sqlite(), |gate| gate.config("server.header_timeout", "500ms"));
    let requests = good(&world).bytes().repeat(20);
    let mut stream = connect(world.gate.address).expect("a connection");
    let mut sent = 0;
    while sent < 200_000 && stream.write_all(&requests).is_ok() {
        sent += 20;
    }
    assert!(sent < 200_000, "requests are taken for ever");
    wait_until("it is told of what was answered", Duration::from_secs(10), || {
        let entries = world.gate.entries();
        let lines = entries.iter().filter(|entry| entry["message"] == "decision").count() as u64;
        lines == world.counter("narrowgate_requests_total")
    });
    world.get_user("ada").expect(200, "");
    world.gate.assert_calm();
}
