//! Answers to what is no request: they look like all others, and are told of.

use std::io::Write;

use super::{expect_told, hear_out, statuses, world};
use crate::support::sample::World;
use crate::support::wire::connect;
use crate::support::{Answer, Legacy, Request};

fn the_answer(world: &World, bytes: &[u8]) -> Answer {
    let mut stream = connect(world.gate.address).expect("a connection");
    let _ = stream.write_all(bytes); // refused once the other side has closed
    let mut answers = hear_out(&mut stream);
    assert_eq!(answers.len(), 1, "{:?}", statuses(&answers));
    let answer = answers.remove(0);
    assert_eq!(answer.header("connection"), Some("close"));
    assert!(answer.header("date").is_some() && answer.header("content-length").is_some());
    answer
}

#[test]
fn a_malformed_head_is_a_bad_request() {
    let world = world();
    let post = "POST /get_user HTTP/1.1\r\nHost: gate.test\r\n";
    let heads = [
        "\0\0\0\0\r\n\r\n".to_owned(),
        "GET\r\n\r\n".to_owned(),
        "POST /get_user HTTP/3.0\r\nHost: a\r\n\r\n".to_owned(),
        "POST /get_user HTTP/1.1\r\n\r\n".to_owned(),
        "POST /get_user HTTP/1.1\nHost: a\n\n".to_owned(),
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned(),
        format!("{post}Host: other.test\r\n\r\n"),
        format!("{post}X\r\n\r\n"),
        format!("{post}X : y\r\n\r\n"),
        format!("{post}X: a\r\n b\r\n\r\n"),
        format!("{post}X: a\0b\r\n\r\n"),
        format!("{post}Content-Length: 2\r\nContent-Length: 2\r\n\r\n{{}}"),
        format!("{post}Content-Length: -1\r\n\r\n"),
        format!("{post}Content-Length: 2, 2\r\n\r\n{{}}"),
        format!("{post}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        format!("{post}Transfer-Encoding: gzip\r\n\r\n"),
        format!("{post}Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n"),
    ];
    for head in &heads {
        let answer = the_answer(&world, head.as_bytes());
        assert_eq!((answer.status, answer.code()), (400, "invalid_request".into()), "{head:?}");
        answer.expect(400, "invalid_request");
        let decision = world.gate.decision(&answer);
        assert!(decision["endpoint"] == "other" && decision["reason"].is_string(), "{decision}");
    }
    expect_told(&world, heads.len() as u64);
}

#[test]
fn a_head_that_is_too_large_is_told_so() {
    let world = world();
    let many = (0..200).fold(Request::new("POST", "/login"), |request, number| {
        request.header(&format!("X-{number}"), "y")
    });
    for request in [
        Request::new("POST", "/login").header("X", "y".repeat(17_000)),
        Request::new("POST", "/login").header("X", "y".repeat(100_000)),
        Request::new("POST", &format!("/{}", "y".repeat(20_000))),
        many,
    ] {
        the_answer(&world, &request.bytes()).expect(431, "headers_too_large");
    }
    expect_told(&world, 4);
}

/// Whoever has begun a head is told that it came too late; whoever has sent nothing has asked nothing.
#[test]
fn a_head_that_does_not_end_is_told_so() {
    let world = World::with(Legacy::sqlite(), |gate| gate.config("server.header_timeout", "300ms"));
    for start in ["P", "POST /login HTTP/1.1\r\nHost: a\r\nX: "] {
        let answer = the_answer(&world, start.as_bytes());
        answer.expect(408, "request_timeout");
        assert_eq!(world.gate.decision(&answer)["code"], "request_timeout");
    }
    let mut silent = connect(world.gate.address).expect("a connection");
    assert!(hear_out(&mut silent).is_empty());
    expect_told(&world, 2);
}
