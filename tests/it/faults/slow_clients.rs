//! Callers that take their time: a head or a body that never comes whole costs a connection for as
//! long as its deadline, and nothing else.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use super::{SHORT, SOON, without_deadlines};
use crate::support::sample::World;
use crate::support::wire::{connect, read_answer};
use crate::support::{Answer, Legacy, Request};

fn world(deadline: &str) -> World {
    World::with(Legacy::sqlite(), |gate| without_deadlines(gate).config(deadline, SHORT))
}

/// The head of a good request whose body is announced and not sent.
fn head(world: &World, framing: (&str, &str)) -> Vec<u8> {
    Request::post("/get_user", "").bearer(&world.token).header(framing.0, framing.1).bytes()
}

/// Sends `start`, then `piece` again and again, until the other side answers or closes. Gives all
/// that it said.
fn drip(world: &World, start: &[u8], piece: &[u8]) -> Vec<u8> {
    let mut stream = connect(world.gate.address).expect("a connection");
    stream.write_all(start).expect("the start is taken");
    stream.set_read_timeout(Some(Duration::from_millis(100))).expect("a timeout");
    let begun = Instant::now();
    let (mut heard, mut chunk) = (Vec::new(), [0; 4096]);
    loop {
        match stream.read(&mut chunk) {
            Ok(n @ 1..) => heard.extend_from_slice(&chunk[..n]),
            Err(e) if e.kind() == std::io::ErrorKind::WouldBlock => {}
            _ => return heard,
        }
        assert!(begun.elapsed() < SOON, "still open; heard {}", String::from_utf8_lossy(&heard));
        let _ = stream.write_all(piece); // refused once the other side has closed
    }
}

fn answer(mut bytes: &[u8]) -> Answer {
    read_answer(&mut bytes).unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(bytes)))
}

/// No bytes at all, half a head, and a head that grows by one byte at a time.
#[test]
fn header_timeout_ends_a_head_that_never_comes_whole() {
    let world = world("server.header_timeout");
    let half = b"POST /get_user HTTP/1.1\r\nHost: gate.test\r\nX-Slow: ";
    for (start, piece) in [(&b""[..], &b""[..]), (half, b""), (half, b"a")] {
        let heard = drip(&world, start, piece);
        assert!(
            heard.is_empty() || answer(&heard).status == 408,
            "answered {}",
            String::from_utf8_lossy(&heard)
        );
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
    let start = [&first[..], b"POST /get_user HTTP/1.1\r\nX-Slow: "].concat();
    for piece in [&b""[..], b"a"] {
        let heard = drip(&world, &start, piece);
        answer(&heard).expect(200, "");
        let text = String::from_utf8_lossy(&heard);
        assert!(text.matches("HTTP/1.1 ").count() == 1 || text.contains("HTTP/1.1 408"), "{text}");
    }
    world.gate.assert_calm();
}

const LENGTH: (&str, &str) = ("Content-Length", "1000");
const CHUNKED: (&str, &str) = ("Transfer-Encoding", "chunked");

#[test]
fn body_timeout_ends_a_body_that_never_comes_whole() {
    let world = world("server.body_timeout");
    for (framing, piece) in
        [(LENGTH, &b""[..]), (LENGTH, b" "), (CHUNKED, b""), (CHUNKED, b"1\r\n \r\n")]
    {
        // `drip` comes back only when the connection is closed.
        answer(&drip(&world, &head(&world, framing), piece)).expect(400, "invalid_request");
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
        let no_token = post("/get_user", "application/json");
        let no_path = post("/users", "application/json").bearer(&world.token);
        let no_json = post("/get_user", "text/plain").bearer(&world.token);
        for (request, status, code) in [
            (no_token, 401, "missing_token"),
            (no_path, 404, "no_such_endpoint"),
            (no_json, 415, "unsupported_media_type"),
        ] {
            let request = request.header(framing.0, framing.1);
            answer(&drip(&world, &request.bytes(), b"")).expect(status, code);
        }
    }
    world.gate.assert_calm();
}

/// Hundreds of connections that are stuck in every phase do not stand in the way of a good caller.
#[test]
fn stuck_callers_do_not_stand_in_the_way() {
    let world = World::with(Legacy::sqlite(), without_deadlines);
    let body = head(&world, ("Content-Length", "1000"));
    let starts = [&b""[..], b"POST /get_user HTTP/1.1\r\nX-Slow: ", &body];
    let stuck: Vec<TcpStream> = starts
        .iter()
        .cycle()
        .take(600)
        .map(|start| {
            let mut stream = connect(world.gate.address).expect("a connection");
            stream.write_all(start).expect("the start is taken");
            stream
        })
        .collect();
    for _ in 0..20 {
        super::promptly(|| world.get_user("ada")).expect(200, "");
    }
    drop(stuck);
    world.gate.assert_calm();
}
