//! 33–66: which key signs, and nobody but the configured key set says so.

use serde_json::{Value, json};

use super::{ACCEPTED_OR_INVALID, INVALID, Row, World};
use crate::support::keys::{SHA256_INFO, hs256, key, pkcs1_block, sha256};
use crate::support::{Issuer, Token};

/// `trap` is where the hostile headers point; nobody may call there.
pub fn rows(trap: &str) -> Vec<Row> {
    let mut rows = strangers(trap);
    rows.extend(kids());
    rows.extend(published_but_unusable());
    rows
}

fn strangers(trap: &str) -> Vec<Row> {
    let stranger = key("stranger");
    let by_stranger =
        |name: &str, value: Value| Token::auth0().by("main", stranger).header(name, value).sign();
    let address = format!("{trap}/.well-known/jwks.json");
    let good = Token::auth0().header("jku", address.as_str()).sign();
    vec![
        Row::token(
            33,
            "a stranger's signature under a good kid",
            Token::auth0().by("main", stranger),
            INVALID,
        ),
        Row::token(34, "embedded jwk", by_stranger("jwk", stranger.public("main")), INVALID),
        Row::token(35, "jku", by_stranger("jku", json!(address)), INVALID),
        Row::token(36, "x5u", by_stranger("x5u", json!(address)), INVALID),
        Row::token(
            37,
            "x5c",
            by_stranger("x5c", json!(["MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A"])),
            INVALID,
        ),
        Row::token(38, "a good token that carries a jku", good, ACCEPTED_OR_INVALID),
    ]
}

fn kids() -> Vec<Row> {
    let kid = |value: Value| Token::auth0().header("kid", value).sign();
    let hostile: [(&str, Value); 18] = [
        ("null", json!(null)),
        ("empty", json!("")),
        ("number", json!(1)),
        ("array", json!(["main"])),
        ("object", json!({ "kid": "main" })),
        ("in other case", json!("MAIN")),
        ("with a trailing space", json!("main ")),
        ("with NUL", json!("main\0")),
        ("a path", json!("../../../../dev/null")),
        ("a file URL", json!("file:///dev/null")),
        ("SQL", json!("main' OR '1'='1")),
        ("SQL union", json!("x' UNION SELECT 'key' -- ")),
        ("shell", json!("main; $(sleep 5) `sleep 5` | sleep 5")),
        ("template", json!("{{7*7}}${7*7}%{7*7}<%= 7*7 %>")),
        ("CRLF", json!("main\r\n{\"level\":\"INFO\",\"message\":\"forged\"}\r\n")),
        ("of 10 kB", json!("k".repeat(10_000))),
        ("unknown", json!("no-such-key")),
        ("__proto__", json!("__proto__")),
    ];
    let mut rows =
        vec![Row::token(39, "kid absent", Token::auth0().without_header("kid"), INVALID)];
    rows.extend((40..).zip(hostile).map(|(number, (name, value))| {
        Row::token(number, &format!("kid {name}"), kid(value), INVALID)
    }));
    let null_device = Token::auth0().header("alg", "HS256").header("kid", "../../../../dev/null");
    rows.push(Row::token(
        58,
        "kid a path, HS256 with the empty secret",
        null_device.signed_with(|input| hs256(b"", input)),
        INVALID,
    ));
    rows
}

fn published_but_unusable() -> Vec<Row> {
    let third = |kid: &str| Token::auth0().by(kid, key("third")).sign();
    let small = Token::auth0()
        .header("kid", "small")
        .signed_with(|input| key("rsa1024").rs256_by_hand(input));
    // With e = 1 a signature is the padded block itself: anybody can make it.
    let one = |input: &[u8]| pkcs1_block(256, &[&SHA256_INFO[..], &sha256(input)].concat());
    vec![
        Row::token(59, "key with use=enc", third("enc"), INVALID),
        Row::token(60, "key with alg=RSA-OAEP", third("oaep"), INVALID),
        Row::token(61, "key with alg=PS256", third("ps"), INVALID),
        Row::token(62, "key with key_ops=[encrypt]", third("ops"), INVALID),
        Row::token(63, "1024-bit key", small, INVALID),
        Row::token(
            64,
            "64-kbit modulus",
            Token::auth0().header("kid", "absurd").signed_with(|_| vec![1; 256]),
            INVALID,
        ),
        Row::token(
            65,
            "key with e=1",
            Token::auth0().header("kid", "one").signed_with(one),
            INVALID,
        ),
        Row::token(66, "kid of another key", Token::auth0().header("kid", "second"), INVALID),
    ]
}

#[test]
fn only_keys_of_the_configured_set() {
    let (world, trap) = (World::start(), Issuer::start());
    let address = trap.jwks_uri().replace("/.well-known/jwks.json", "");
    world.check(&rows(&address));
    assert_eq!(trap.fetches(), 0, "a token made the gate call somewhere");
    let forged = world.gate.entries().into_iter().any(|entry| entry["message"] == "forged");
    assert!(!forged, "a kid wrote a log line of its own");
}

/// Whoever sends a kid nobody knows must not learn that it is unknown.
#[test]
fn an_unknown_kid_looks_like_a_bad_signature() {
    let world = World::start();
    let ask = |token: String| {
        world.gate.ask("/get_user", &token, &json!({ "identifier": "nobody@example.test" }))
    };
    let face = |answer: &crate::support::Answer| {
        let body = answer.text().replace(answer.header("x-request-id").unwrap_or("?"), "");
        (answer.status, body, answer.header("www-authenticate").map(str::to_owned))
    };
    let unknown = ask(Token::auth0().header("kid", "no-such-key").sign());
    let forged = ask(Token::auth0().by("main", key("stranger")).sign());
    assert_eq!(face(&unknown), face(&forged));
}
