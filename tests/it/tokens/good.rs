//! Tokens that must pass: a gate that refuses everything would pass the rest of the catalogue.

use serde_json::{Value, json};

use super::{ACCEPTED, ACCEPTED_OR_INVALID, FORBIDDEN, INVALID, Row, World, key_set};
use crate::support::keys::key;
use crate::support::token::{ALL_SCOPES, now};
use crate::support::{AUDIENCE, Gate, Issuer, Legacy, Token};

fn rows() -> Vec<Row> {
    let token = Token::auth0;
    let spaced = " { \"alg\" : \"RS256\" ,\n\t\"typ\":\"JWT\", \"kid\":\"main\" } ";
    let organisation = token().claim("org_id", "org_1").claim("org_name", "acme");
    let thumbprint = "NjVBRjY5MDlCMUIwNzU4RTA2QzZFMDQ4QzQ2MDAyQjVDNjk1RTM2Qg";
    let other_order = "mark:users other login:users read:users";
    let good = [
        (0, "the plain machine token", token()),
        (0, "RFC 9068", Token::rfc9068()),
        (0, "by the second key", token().by("second", key("second"))),
        (0, "by a 3072-bit key without use and alg", token().by("plain", key("rsa3072"))),
        (0, "aud as an array", token().claim("aud", json!([AUDIENCE]))),
        (0, "with an organisation", organisation),
        (0, "with permissions", token().claim("permissions", json!(["read:users"]))),
        (0, "with custom claims", token().claim("https://app.test/x", json!({ "a": [1, null] }))),
        (0, "with x5t in the header", token().header("x5t", thumbprint)),
        (0, "with jti in the Auth0 profile", token().claim("jti", "abc")),
        (0, "with white space in the header", token().raw_header(spaced)),
        (0, "scopes in another order", token().scope(other_order)),
        (0, "issued an hour ago", token().claim("iat", now() - 3600)),
    ];
    let mut rows = Row::tokens(ACCEPTED, good);
    let full_typ = Token::rfc9068().header("typ", "application/at+jwt");
    rows.push(Row::token(0, "RFC 9068 with its full typ", full_typ, ACCEPTED_OR_INVALID));
    rows
}

#[test]
fn good_tokens_pass() {
    World::start().check(&rows());
}

/// A setting that is null is left out.
fn gate_with(settings: &[(&str, Value)]) -> World {
    let (issuer, legacy) = (Issuer::start(), Legacy::sqlite());
    issuer.publish(key_set());
    let builder = Gate::builder(&issuer, &legacy).config("limits.attempts_per_user", 0);
    let gate = settings
        .iter()
        .fold(builder, |builder, (name, value)| match value {
            Value::Null => builder.without(name),
            value => builder.config(name, value.clone()),
        })
        .start();
    World { issuer, _legacy: legacy, gate }
}

#[test]
fn without_a_client_list_any_machine_passes_but_no_user() {
    let world = gate_with(&[("auth.clients", Value::Null)]);
    let machine = |client: &str| {
        Token::auth0().claim("azp", client).claim("sub", format!("{client}@clients")).sign()
    };
    world.check(&[
        Row::token(0, "another machine", machine("other456"), ACCEPTED),
        Row::token(0, "a machine with - and _", machine("a-B_9"), ACCEPTED),
        Row::token(0, "a user named like a machine", machine("auth0|mallory"), FORBIDDEN),
        Row::token(0, "a name beyond ASCII", machine("client\u{e9}"), FORBIDDEN),
        Row::token(0, "no name", machine(""), FORBIDDEN),
    ]);
}

#[test]
fn several_issuers_may_be_configured() {
    let world = gate_with(&[(
        "auth.issuer",
        json!(["https://login.example.test/", "https://tenant.test/"]),
    )]);
    world.check(&[
        Row::token(
            0,
            "the first issuer",
            Token::auth0().claim("iss", "https://login.example.test/"),
            ACCEPTED,
        ),
        Row::token(0, "the second issuer", Token::auth0(), ACCEPTED),
        Row::token(
            0,
            "a third issuer",
            Token::auth0().claim("iss", "https://other.test/"),
            INVALID,
        ),
    ]);
}

#[test]
fn other_algorithms_pass_when_configured_each_with_its_own_key() {
    let world = gate_with(&[("auth.algorithms", json!(["PS256", "ES256"]))]);
    let ps = |kid: &str, name: &'static str| {
        Token::auth0()
            .header("alg", "PS256")
            .header("kid", kid)
            .signed_with(|i| key(name).ps256(i))
            .sign()
    };
    let es = || Token::auth0().header("alg", "ES256").header("kid", "ec");
    world.check(&[
        Row::token(0, "PS256 by a key marked so", ps("ps", "third"), ACCEPTED),
        Row::token(0, "PS256 by an unmarked RSA key", ps("plain", "rsa3072"), ACCEPTED),
        Row::token(0, "ES256", es().signed_with(|i| key("p256").es256(i)), ACCEPTED),
        Row::token(0, "PS256 by a key marked RS256", ps("main", "main"), INVALID),
        Row::token(0, "RS256 when it is not configured", Token::auth0(), INVALID),
        Row::token(0, "ES256 of zeros", es().signed_with(|_| vec![0; 64]), INVALID),
        Row::token(
            0,
            "ES256 naming an RSA key",
            es().header("kid", "ps").signed_with(|i| key("p256").es256(i)),
            INVALID,
        ),
        Row::token(0, "PS256 naming the EC key", ps("ec", "third"), INVALID),
    ]);
}

/// Symmetric algorithms and `none` cannot be configured at all.
#[test]
fn unsafe_algorithms_are_refused_as_configuration() {
    let (issuer, legacy) = (Issuer::start(), Legacy::sqlite());
    for algorithm in ["HS256", "none", "RS1", "EdDSA"] {
        let builder =
            Gate::builder(&issuer, &legacy).config("auth.algorithms", json!(["RS256", algorithm]));
        let (code, output) = builder.run("serve");
        assert_eq!(code, Some(2), "{algorithm}: {output}");
        assert!(output.contains("auth.algorithms"), "{algorithm}: {output}");
    }
}

/// Scopes beyond ours neither help nor hurt; one gate serves both dialects side by side.
#[test]
fn both_dialects_side_by_side() {
    let world = World::start();
    let scope = format!("openid {ALL_SCOPES}");
    world.check(&[
        Row::token(0, "Auth0", Token::auth0().scope(&scope), ACCEPTED),
        Row::token(0, "RFC 9068", Token::rfc9068().scope(&scope), ACCEPTED),
    ]);
}
