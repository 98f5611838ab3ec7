//! The body as such: how it is framed, called, coded and built. Every row is sent to all three endpoints.

use super::malformed::malformed;
use crate::support::sample::{CHEAP, World};
use crate::support::{Answer, Legacy, Request, wire};

const ENDPOINTS: [(&str, &str); 3] = [
    ("/login", r#""identifier":"nobody","password":"p""#),
    ("/get_user", r#""identifier":"nobody""#),
    ("/mark_migrated", r#""user_id":"nobody""#),
];

fn world() -> World {
    let world = World::on(Legacy::sqlite());
    world.legacy.add_user(1000, Some("cheap"), None, Some(CHEAP));
    world.login("cheap", "wrong").expect(403, "invalid_credentials");
    world
}

/// The body was understood: nobody has that name.
fn understood(answer: &Answer) -> bool {
    ["invalid_credentials", "user_not_found"].contains(&answer.code().as_str())
}

#[track_caller]
fn send(world: &World, request: Request) -> Answer {
    let answer = world.gate.send(&request.bearer(&world.token));
    if let Err(fault) = answer.well_formed() {
        panic!("{fault}");
    }
    answer
}

#[test]
fn json_that_says_the_same_is_understood() {
    let world = world();
    for (path, members) in ENDPOINTS {
        let escaped =
            members.replace("nobody", "\\u006e\\u006F\\u0062ody").replacen("er", "\\u0065r", 1);
        for body in [
            format!("{{{members}}}"),
            format!(" \t\r\n{{ {} }}\n\n", members.replace(':', " :\n ")),
            format!("{{{escaped}}}"),
            format!("{{{members}}}{}", " ".repeat(4000)),
        ] {
            let answer = send(&world, Request::post(path, body.clone()));
            assert!(understood(&answer), "{path} {body}: {}", answer.text());
        }
    }
    world.gate.assert_calm();
}

#[test]
fn anything_but_the_one_object_is_malformed() {
    let world = world();
    let mut faults = vec![];
    for (path, members) in ENDPOINTS {
        for body in malformed(members) {
            let answer = send(&world, Request::post(path, body.clone()));
            if answer.code() != "invalid_request" {
                let shown: String = String::from_utf8_lossy(&body).chars().take(80).collect();
                faults.push(format!("{path} {shown:?}: {} {}", answer.status, answer.code()));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    world.gate.assert_calm();
}

#[test]
fn only_plain_json_in_utf8_is_a_media_type() {
    let world = world();
    let good = [
        "application/json",
        "Application/JSON",
        "application/json; charset=utf-8",
        "application/json;charset=\"UTF-8\"",
        "application/json ;  charset=UTF-8",
    ];
    let bad = [
        "",
        "json",
        "text/json",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/jsonp",
        "application/json5",
        "application/problem+json",
        "application/vnd.api+json",
        "*/*",
        "application/*",
        "application/json, text/plain",
        "application/json; charset=utf-16",
        "application/json; charset=iso-8859-1",
        "application/json; charset=utf-7",
        "application/json; charset=",
        "application/json; charset",
        "application/ json",
        "application/json\u{e9}",
    ];
    for (path, members) in ENDPOINTS {
        let body = format!("{{{members}}}");
        let typed = |kind: &str| {
            send(&world, Request::new("POST", path).header("Content-Type", kind).body(body.clone()))
        };
        for kind in good {
            assert!(understood(&typed(kind)), "{path} {kind}");
        }
        for kind in bad {
            assert_eq!(typed(kind).expect(415, "unsupported_media_type").status, 415, "{kind}");
        }
        send(&world, Request::new("POST", path).body(body.clone()))
            .expect(415, "unsupported_media_type");
        let twice = Request::post(path, body.clone()).header("Content-Type", "application/json");
        send(&world, twice).expect(415, "unsupported_media_type");
        for coding in ["gzip", "deflate", "br", "zstd", "x-gzip", "compress", "identity, gzip"] {
            let coded = Request::post(path, body.clone()).header("Content-Encoding", coding);
            send(&world, coded).expect(415, "unsupported_media_type");
        }
        assert!(understood(&send(
            &world,
            Request::post(path, body).header("Content-Encoding", "identity")
        )));
    }
    world.gate.assert_calm();
}

/// `parts` as chunks of HTTP/1.1.
fn chunked(path: &str, parts: &[&[u8]]) -> Request {
    let chunk = |part: &&[u8]| [format!("{:x}\r\n", part.len()).as_bytes(), part, b"\r\n"].concat();
    let body = [parts.iter().flat_map(chunk).collect(), b"0\r\n\r\n".to_vec()].concat();
    let head = Request::new("POST", path).header("Content-Type", "application/json");
    head.header("Transfer-Encoding", "chunked").body(body)
}

#[test]
fn a_body_over_8_kib_is_too_large_however_it_is_framed() {
    let world = world();
    for (path, members) in ENDPOINTS {
        let sized = |size: usize| {
            format!("{{{members}}}{}", " ".repeat(size - members.len() - 2)).into_bytes()
        };
        assert!(understood(&send(&world, Request::post(path, sized(8192)))), "{path}");
        assert!(understood(&send(&world, chunked(path, &[&sized(8192)]))), "{path} in a chunk");
        let small: Vec<_> = sized(600);
        let bytes: Vec<_> = small.chunks(1).collect();
        assert!(understood(&send(&world, chunked(path, &bytes))), "{path} byte by byte");
        for size in [8193, 20_000, 1_000_000] {
            send(&world, Request::post(path, sized(size))).expect(413, "payload_too_large");
            let (large, zeros) = (sized(size), vec![b'0'; size]);
            send(&world, chunked(path, &large.chunks(4000).collect::<Vec<_>>()))
                .expect(413, "payload_too_large");
            send(&world, Request::post(path, zeros)).expect(413, "payload_too_large");
        }
    }
    world.gate.assert_calm();
}

/// What is announced is believed: nobody waits for, or reads, a body that is too large anyway.
#[test]
fn an_announced_body_over_8_kib_is_not_waited_for() {
    use std::io::Write;
    let world = world();
    for length in ["8193", "100000000", "18446744073709551615"] {
        let head = Request::new("POST", "/login").header("Content-Type", "application/json");
        let head = head.header("Content-Length", length).bearer(&world.token);
        let mut stream = wire::connect(world.gate.address).expect("connected");
        let start = std::time::Instant::now();
        stream.write_all(&head.bytes()).expect("the head is sent");
        let answer = wire::read_answer(&mut stream).expect("an answer");
        answer.expect(413, "payload_too_large");
        assert!(start.elapsed().as_millis() < 1800, "{length}: {:?}", start.elapsed());
    }
    world.gate.assert_calm();
}
