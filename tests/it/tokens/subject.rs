//! 206–237: a machine, not a user who looks like one. A user may own an id that ends in `@clients`.

use serde_json::{Value, json};

use super::{ACCEPTED, FORBIDDEN_OR_INVALID, INVALID, Row, World};
use crate::support::{CLIENT, Token};

fn sub(value: impl Into<Value>) -> Token {
    Token::auth0().claim("sub", value)
}

pub fn rows() -> Vec<Row> {
    let mut rows = users();
    rows.extend(look_alikes());
    rows
}

fn users() -> Vec<Row> {
    let texts = [
        (206, "a user", "auth0|5f7c8ec7c33c6c004bbafe82"),
        (207, "a user whose own id ends in @clients", "auth0|mallory@clients"),
        (208, "a social user", "google-oauth2|103547991597142817347"),
        (209, "a bar first", "|client123@clients"),
        (210, "empty", ""),
        (217, "the bare suffix", "@clients"),
    ];
    let mut rows: Vec<_> = texts
        .map(|(number, name, text)| {
            Row::token(number, &format!("sub {name}"), sub(text), FORBIDDEN_OR_INVALID)
        })
        .into();
    let kinds = [
        json!(123),
        json!(null),
        json!(["client123@clients"]),
        json!({ "sub": "client123@clients" }),
        json!(true),
    ];
    for (number, value) in (211..).zip(kinds) {
        rows.push(Row::token(number, &format!("sub {value}"), sub(value), INVALID));
    }
    rows.push(Row::token(216, "sub absent", Token::auth0().without("sub"), FORBIDDEN_OR_INVALID));
    rows
}

fn look_alikes() -> Vec<Row> {
    let long = format!("{}@clients", "c".repeat(6_000));
    let texts = [
        (218, "with a trailing space", "client123@clients "),
        (219, "with a trailing newline", "client123@clients\n"),
        (220, "with a trailing NUL", "client123@clients\0"),
        (221, "with a newline inside", "auth0|mallory\nclient123@clients"),
        (222, "in capitals", "client123@CLIENTS"),
        (223, "with the suffix doubled", "client123@clients@clients"),
        (224, "with more after the suffix", "client123@clients.evil"),
        (225, "with a full-width @", "client123\u{ff20}clients"),
        (226, "with a Cyrillic letter", "client123@\u{441}lients"),
        (227, "with a zero-width space", "client123\u{200b}@clients"),
        (228, "with a soft hyphen", "client123\u{ad}@clients"),
        (229, "with a combining mark", "client123\u{301}@clients"),
        (230, "with a right-to-left override", "\u{202e}client123@clients"),
        (231, "of another client", "other456@clients"),
        (232, "of 6 kB", &long),
        (233, "with a leading space", " client123@clients"),
        (234, "of the client in other case", "CLIENT123@clients"),
        (235, "with an escaped @", "client123%40clients"),
    ];
    let mut rows: Vec<_> = texts
        .map(|(number, name, text)| {
            Row::token(number, &format!("sub {name}"), sub(text), FORBIDDEN_OR_INVALID)
        })
        .into();
    rows.extend(agreeing());
    rows
}

/// Party claims that agree with each other and still are not this machine's: `gty` and `azp` copied
/// by a rule, and the like.
fn agreeing() -> Vec<Row> {
    let agreeing = |client: &str| sub(format!("{client}@clients")).claim("azp", client);
    let acting = json!({ "sub": "auth0|mallory" });
    let tokens = [
        (236, "sub and azp of a user, gty copied", agreeing("auth0|mallory")),
        (237, "sub and azp with a space", agreeing("client 123")),
        (0, "sub and azp empty", agreeing("")),
        (0, "sub and azp with a dot", agreeing("client.123")),
        (0, "sub and azp of a client not on the list", agreeing("other456")),
        (0, "sub without the suffix", sub(CLIENT)),
        (0, "an RFC 9068 user", Token::rfc9068().claim("sub", "auth0|mallory@clients")),
        (0, "with sub_profile", Token::auth0().claim("sub_profile", "ai_agent")),
        (0, "with act", Token::auth0().claim("act", acting)),
    ];
    let mut rows = Row::tokens(FORBIDDEN_OR_INVALID, tokens);
    rows.push(Row::token(0, "the machine itself", Token::auth0(), ACCEPTED));
    rows
}

#[test]
fn only_a_machine_by_its_exact_name() {
    World::start().check(&rows());
}
