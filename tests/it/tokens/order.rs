//! What is looked at first. Whoever has no token learns nothing but that, and costs nothing more.

use std::io::Write;
use std::time::{Duration, Instant};

use serde_json::json;

use super::World;
use crate::support::keys::key;
use crate::support::{Request, Token, wire};

fn forged() -> String {
    Token::auth0().by("main", key("stranger")).sign()
}

#[test]
fn a_bad_token_outranks_everything_about_the_body() {
    let world = World::start();
    let huge = "x".repeat(1_000_000);
    for path in ["/login", "/get_user", "/mark_migrated"] {
        for body in ["", "{", "null", "{\"identifier\":1}", &huge] {
            world
                .gate
                .send(&Request::post(path, body).bearer(&forged()))
                .expect(401, "invalid_token");
            world.gate.send(&Request::post(path, body)).expect(401, "missing_token");
        }
        let form = Request::new("POST", path).header("Content-Type", "text/plain").body("x");
        world.gate.send(&form.clone().bearer(&forged())).expect(401, "invalid_token");
        world.gate.send(&form).expect(401, "missing_token");
    }
    world.gate.assert_calm();
}

#[test]
fn a_missing_scope_outranks_the_body_and_the_body_type() {
    let world = World::start();
    let token = Token::auth0().scope("none").sign();
    world.gate.send(&Request::post("/login", "{").bearer(&token)).expect(403, "insufficient_scope");
    let form = Request::new("POST", "/login")
        .header("Content-Type", "text/plain")
        .body("x".repeat(100_000));
    world.gate.send(&form.bearer(&token)).expect(403, "insufficient_scope");
    world.gate.assert_calm();
}

/// And the other way round: a good token gets as far as the body.
#[test]
fn a_good_token_gets_to_the_body() {
    let world = World::start();
    let token = Token::auth0().sign();
    world.gate.send(&Request::post("/get_user", "{").bearer(&token)).expect(400, "invalid_request");
    world
        .gate
        .send(&Request::post("/get_user", "x".repeat(20_000)).bearer(&token))
        .expect(413, "payload_too_large");
    let form = Request::new("POST", "/get_user")
        .header("Content-Type", "application/x-www-form-urlencoded")
        .body("a=b");
    world.gate.send(&form.bearer(&token)).expect(415, "unsupported_media_type");
    world.gate.assert_calm();
}

#[test]
fn route_and_method_come_before_the_token() {
    let world = World::start();
    for path in [
        "/",
        "/users",
        "/login/",
        "/LOGIN",
        "/login/x",
        "/live",
        "/ready",
        "/metrics",
        "/.well-known/jwks.json",
        "/get_user;x",
    ] {
        for request in [
            Request::post(path, "{}"),
            Request::new("GET", path),
            Request::post(path, "{}").bearer(&forged()),
        ] {
            world.gate.send(&request).expect(404, "no_such_endpoint");
        }
    }
    for method in ["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"] {
        for request in
            [Request::new(method, "/get_user"), Request::new(method, "/get_user").bearer(&forged())]
        {
            let answer = world.gate.send(&request);
            answer.expect(405, "method_not_allowed");
            assert_eq!(answer.header("allow"), Some("POST"), "{method}");
        }
    }
    world.gate.assert_calm();
}

/// The body of a refused request is not waited for.
#[test]
fn a_refusal_does_not_wait_for_the_body() {
    let world = World::start();
    for token in [forged(), Token::auth0().scope("none").sign()] {
        let start = Instant::now();
        let mut stream = wire::connect(world.gate.address).expect("connected");
        let head = Request::new("POST", "/login")
            .bearer(&token)
            .header("Content-Type", "application/json")
            .header("Content-Length", "64");
        stream.write_all(&head.bytes()).expect("head sent");
        let answer = wire::read_answer(&mut stream).expect("an answer");
        assert!(matches!(answer.status, 401 | 403), "{}", answer.status);
        assert!(start.elapsed() < Duration::from_secs(1), "waited {:?}", start.elapsed());
    }
}

/// A trace of the caller's is taken over where it is exactly right.
#[test]
fn a_trace_is_part_of_the_decision() {
    let world = World::start();
    let asked = |trace: &str, id: &str| {
        let body = json!({ "identifier": "nobody@example.test" }).to_string();
        let request = Request::post("/get_user", body).bearer(&Token::auth0().sign());
        let request = request.header("traceparent", trace).header("X-Correlation-Id", id);
        world.gate.decision(&world.gate.send(&request))
    };
    let entry = asked("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "txn:7");
    assert_eq!(entry["correlation_id"], "txn:7");
    assert_eq!(entry["trace_id"], "4bf92f3577b34da6a3ce929d0e0e4736");
    assert_eq!(entry["span_id"], "00f067aa0ba902b7");
    let entry = asked("00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01", "ada@example.com");
    for field in ["trace_id", "span_id", "correlation_id"] {
        assert!(entry.get(field).is_none(), "{entry}");
    }
}

/// A decision names its cause, the client only once it is proven, and never the token.
#[test]
fn decisions_are_logged_without_the_token() {
    let world = World::start();
    let (good, bad) = (Token::auth0().sign(), forged());
    let body = json!({ "identifier": "nobody@example.test" });
    let entry = world.gate.decision(&world.gate.ask("/get_user", &good, &body));
    assert_eq!(
        (&entry["status"], &entry["client_id"], &entry["endpoint"]),
        (&json!(404), &json!("client123"), &json!("/get_user"))
    );
    let entry = world.gate.decision(&world.gate.ask("/get_user", &bad, &body));
    assert_eq!((&entry["status"], &entry["code"]), (&json!(401), &json!("invalid_token")));
    assert!(entry["reason"].is_string(), "the cause is missing: {entry}");
    assert!(entry.get("client_id").is_none(), "an unproven client is logged: {entry}");
    let log = world.gate.log().join("\n");
    for token in [good, bad] {
        let signature = token.rsplit('.').next().expect("a signature");
        assert!(
            !log.contains(signature) && !log.contains("nobody@example.test"),
            "the log holds what it must not"
        );
    }
}
