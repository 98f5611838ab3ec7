//! Callers that take their time: a head or a body that never comes whole costs a connection for as
//! long as its deadline, and nothing else.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use super::{SHORT, SOON, promptly, without_deadlines};
use crate::support::sample::World;
use crate::support::wire::{connect, read_answer};
use crate::support::{Answer, Legacy, Request};

const LENGTH: (&str, &str) = ("Content-Length", "1000");
const CHUNKED: (&str, &str) = ("Transfer-Encoding", "chunked");
const HALF_A_HEAD: &[u8] = b"POST /get_user HTTP/1.1\r\nHost: gate.test\r\nX-Slow: ";

fn world(deadline: &str) -> World {
    World::with(Legacy::sqlite(), |gate| without_deadlines(gate).config(deadline, SHORT))
}

/// The head of a good request whose body is announced and not sent.
fn head(world: &World, framing: (&str, &str)) -> Vec<u8> {
    Request::post("/get_user", "").bearer(&world.token).header(framing.0, framing.1).bytes()
}

/// Sends `start`, then `piece` again and again, until the other side closes. Gives all it said.
fn drip(world: &World, start: &[u8], piece: &[u8]) -> Vec<u8> {
    let mut stream = connect(world.gate.address).expect("a connection");
    stream.write_all(start).expect("the start is taken");
    stream.set_read_timeout(Some(Duration::from_millis(100))).expect("a timeout");
    let begun = Instant::now();
    let (mut heard, mut chunk) = (Vec::new(), [0; 4096]);
    loop {
        match stream.read(&mut chunk) {
            Ok(n @ 1..) => heard.extend_from_slice(&chunk[..n]),
            Err(e) if e.kind() == ErrorKind::WouldBlock => {}
            _ => return heard,
        }
        assert!(begun.elapsed() < SOON, "still open; heard {}", String::from_utf8_lossy(&heard));
        let _ = stream.write_all(piece); // refused once the other side has closed
    }
}

/// Drips each of these into a connection of its own, all at once, and gives what was heard.
fn drip_all(world: &World, cases: &[(Vec<u8>, &[u8])]) -> Vec<Vec<u8>> {
    thread::scope(|scope| {
        let runs: Vec<_> =
            cases.iter().map(|(start, piece)| scope.spawn(|| drip(world, start, piece))).collect();
        runs.into_iter().map(|run| run.join().expect("the connection ends")).collect()
    })
}

fn answer(mut bytes: &[u8]) -> Answer {
    read_answer(&mut bytes).unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(bytes)))
}

/// No bytes at all, half a head, and a head that grows by one byte at a time.
#[test]
fn header_timeout_ends_a_head_that_never_comes_whole() {
    let world = world("server.header_timeout");
    let half = HALF_A_HEAD.to_vec();
    let cases: [(Vec<u8>, &[u8]); 3] = [(vec![], b""), (half.clone(), b""), (half, b"a")];
    for heard in drip_all(&world, &cases) {
        let silent_or_late = heard.is_empty() || answer(&heard).status == 408;
        assert!(silent_or_late, "answered {}", String::from_utf8_lossy(&heard));
    }
    world.get_user("ada").expect(200, "");
    world.gate.assert_calm();
}

/// A connection that was good for one request gets no more time for the next.
#[test]
fn header_timeout_counts_on_a_kept_connection() {
    let world = world("server.header_timeout");
    let body = r#"{"identifier":"ada"}"#;
    let first = Request::post("/get_user", body).bearer(&world.token).bytes();
    let start = [&first[..], HALF_A_HEAD].concat();
    for heard in drip_all(&world, &[(start.clone(), b""), (start, b"a")]) {
        answer(&heard).expect(200, "");
        let text = String::from_utf8_lossy(&heard);
        assert!(text.matches("HTTP/1.1 ").count() == 1 || text.contains("HTTP/1.1 408"), "{text}");
    }
    world.gate.assert_calm();
}

#[test]
fn body_timeout_ends_a_body_that_never_comes_whole() {
    let world = world("server.body_timeout");
    let (length, chunked) = (head(&world, LENGTH), head(&world, CHUNKED));
    let cases: [(Vec<u8>, &[u8]); 4] =
        [(length.clone(), b""), (length, b" "), (chunked.clone(), b""), (chunked, b"1\r\n \r\n")];
    for heard in drip_all(&world, &cases) {
        answer(&heard).expect(400, "invalid_request");
    }
    world.get_user("ada").expect(200, "");
    world.gate.assert_calm();
}

/// Whoever is refused is told so without waiting for the body, and cannot keep the connection by
/// never sending it.
#[test]
fn a_refusal_before_the_body_ends_the_connection() {
    let world = world("server.body_timeout");
    let post = |path, kind| Request::new("POST", path).header("Content-Type", kind);
    for framing in [LENGTH, CHUNKED] {
        let requests = [
            post("/get_user", "application/json"),
            post("/users", "application/json").bearer(&world.token),
            post("/get_user", "text/plain").bearer(&world.token),
        ];
        let cases =
            requests.map(|request| (request.header(framing.0, framing.1).bytes(), &b""[..]));
        let heard = drip_all(&world, &cases);
        answer(&heard[0]).expect(401, "missing_token");
        answer(&heard[1]).expect(404, "no_such_endpoint");
        answer(&heard[2]).expect(415, "unsupported_media_type");
    }
    world.gate.assert_calm();
}

/// Hundreds of connections that are stuck in every phase do not stand in the way of a good caller.
#[test]
fn stuck_callers_do_not_stand_in_the_way() {
    let world = World::with(Legacy::sqlite(), without_deadlines);
    let starts = [vec![], HALF_A_HEAD.to_vec(), head(&world, LENGTH)];
    let stick = |start: &Vec<u8>| {
        let mut stream = connect(world.gate.address).expect("a connection");
        stream.write_all(start).expect("the start is taken");
        stream
    };
    let stuck: Vec<TcpStream> = starts.iter().cycle().take(600).map(stick).collect();
    for _ in 0..20 {
        promptly(|| world.get_user("ada")).expect(200, "");
    }
    drop(stuck);
    world.gate.assert_calm();
}
