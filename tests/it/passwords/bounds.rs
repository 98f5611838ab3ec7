//! How long a field may be, and what it may hold: measured in bytes as they arrive, before anything is looked up.

use serde_json::json;

use super::world_of;
use crate::support::Legacy;
use crate::support::sample::{CHEAP, World};

/// Lengths on both sides of each bound. What is let through meets nobody.
#[test]
fn fields_are_bounded_in_bytes() {
    let world = world_of([CHEAP], |b| b);
    let login = |identifier: &str, password: &str| world.login(identifier, password).code();
    assert_eq!(login("h0", &"p".repeat(512)), "invalid_credentials");
    assert_eq!(login("h0", &"é".repeat(256)), "invalid_credentials");
    assert_eq!(login("h0", &"\u{1f98a}".repeat(128)), "invalid_credentials");
    for password in ["", "\0", "a\0", "\0a", "a\0b"] {
        assert_eq!(login("h0", password), "invalid_request", "{password:?}");
    }
    for password in
        ["p".repeat(513), format!("{}é", "p".repeat(511)), "é".repeat(257), "p".repeat(5000)]
    {
        assert_eq!(login("h0", &password), "invalid_request", "{} bytes", password.len());
    }
    for identifier in ["i".repeat(320), "é".repeat(160), format!("{}@example.com", "i".repeat(308))]
    {
        assert_eq!(login(&identifier, "p"), "invalid_credentials");
        world.get_user(&identifier).expect(404, "user_not_found");
    }
    for identifier in [
        "i".repeat(321),
        "é".repeat(161),
        format!("i{}", "é".repeat(160)),
        "i".repeat(5000),
        String::new(),
    ] {
        assert_eq!(login(&identifier, "p"), "invalid_request");
        world.get_user(&identifier).expect(400, "invalid_request");
    }
    world.gate.assert_calm();
}

/// A password is used as it is: no trimming, no change of case, no Unicode normal form, and odd characters are allowed.
#[test]
fn a_password_is_used_exactly_as_it_is() {
    let odd = " \tpass\u{7f}\u{200b}\r\n\u{1b}word\u{feff}é\u{2028}\u{1f98a} ";
    let world = world_of([ODD, CHEAP], |b| b);
    world.login("h0", odd).expect(200, "");
    let variants = [
        odd.trim().to_owned(),
        odd.replace('é', "e\u{301}"),
        odd.replace("\r\n", "\n"),
        odd.replace('\u{200b}', ""),
        odd.to_uppercase(),
        odd.replace('\u{1f98a}', "\u{fffd}"),
    ];
    for variant in variants {
        world.login("h0", &variant).expect(403, "invalid_credentials");
    }
    // However JSON spells it.
    let spelt: String = odd.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
    world
        .post("/login", format!(r#"{{"identifier":"\u0068\u0030","password":"{spelt}"}}"#))
        .expect(200, "");
    world.gate.assert_calm();
}

/// `pbkdf2_sha256` of the odd password.
const ODD: &str = "pbkdf2_sha256$1$salt$xVRJxaI0f6712tSCxt0i5JEdVT9lXCgDPj6blsQNRS4=";

/// The deployment's pepper goes behind the password, so the plain hash of the password alone matches no more.
#[test]
fn a_pepper_is_appended() {
    let world = World::with(Legacy::sqlite(), |b| b.config("passwords.pepper", " battery staple"));
    world.legacy.add_user(1000, Some("peppered"), None, Some(CHEAP));
    world.login("peppered", "correct horse").expect(200, "");
    world.login("peppered", "correct horse battery staple").expect(403, "invalid_credentials");
    // The password alone is bounded, not what is hashed.
    world.login("peppered", &"p".repeat(512)).expect(403, "invalid_credentials");
    world.gate.assert_calm();
}

/// A refusal of the request's form costs no hash and no lookup, whoever it is about.
#[test]
fn what_is_malformed_is_refused_before_anything_is_spent() {
    let world = world_of([CHEAP], |b| b);
    let hashed = world.counter("narrowgate_hashes_total{scheme=\"django_pbkdf2_sha256\"}");
    for body in [
        json!({ "identifier": "h0", "password": "" }),
        json!({ "identifier": "h0\u{7f}", "password": "p" }),
        json!({ "identifier": "h0" }),
        json!({ "password": "p" }),
        json!({}),
    ] {
        let answer = world.post("/login", body.to_string());
        let decision = world.gate.decision(answer.expect(400, "invalid_request"));
        assert!(decision.get("identifier").is_none(), "{decision}");
    }
    assert_eq!(world.counter("narrowgate_hashes_total{scheme=\"django_pbkdf2_sha256\"}"), hashed);
    world.gate.assert_calm();
}
