//! 254–261: one scope an endpoint, by its whole name.

use serde_json::{Value, json};

use super::{ENDPOINTS, FORBIDDEN, FORBIDDEN_OR_INVALID, Row, World};
use crate::support::Token;

pub fn rows() -> Vec<Row> {
    let scope = |value: Value| Token::auth0().claim("scope", value).sign();
    vec![
        Row::token(254, "scope absent", Token::auth0().without("scope"), FORBIDDEN),
        Row::token(255, "scope empty", scope(json!("")), FORBIDDEN),
        Row::token(256, "another scope", scope(json!("openid profile")), FORBIDDEN),
        Row::token(
            257,
            "longer names",
            scope(json!("login:users2 read:users_all xmark:users")),
            FORBIDDEN,
        ),
        Row::token(258, "other case", scope(json!("Login:users READ:USERS mark:Users")), FORBIDDEN),
        Row::token(259, "commas", scope(json!("login:users,read:users,mark:users")), FORBIDDEN),
        // The wrong JSON type may count as syntax as well.
        Row::token(260, "scope a number", scope(json!(1)), FORBIDDEN_OR_INVALID),
        Row::token(
            261,
            "scope an object",
            scope(json!({ "login:users": true })),
            FORBIDDEN_OR_INVALID,
        ),
        Row::token(
            0,
            "scope an array",
            scope(json!(["login:users", "read:users", "mark:users"])),
            FORBIDDEN_OR_INVALID,
        ),
        Row::token(
            0,
            "permissions instead of scope",
            Token::auth0()
                .without("scope")
                .claim("permissions", json!(["login:users", "read:users", "mark:users"])),
            FORBIDDEN,
        ),
        Row::token(
            0,
            "joined by a tab",
            scope(json!("login:users\tread:users\tmark:users")),
            FORBIDDEN,
        ),
        Row::token(
            0,
            "joined by a no-break space",
            scope(json!("login:users\u{a0}read:users\u{a0}mark:users")),
            FORBIDDEN,
        ),
    ]
}

#[test]
fn only_with_the_scope_by_name() {
    World::start().check(&rows());
}

/// Every scope opens its own endpoint and no other; two of three do not open the third.
#[test]
fn each_scope_opens_one_endpoint() {
    let world = World::start();
    for (path, scope, body, accepted) in ENDPOINTS {
        let others: Vec<_> =
            ENDPOINTS.iter().map(|endpoint| endpoint.1).filter(|other| *other != scope).collect();
        let ask = |scopes: &str| {
            world.gate.ask(
                path,
                &Token::auth0().scope(scopes).sign(),
                &serde_json::from_str(body).expect("JSON"),
            )
        };
        ask(scope).expect(accepted.0, accepted.1);
        ask(&format!("openid {scope} offline_access")).expect(accepted.0, accepted.1);
        let refused = ask(&others.join(" "));
        refused.expect(403, "insufficient_scope");
        let challenge =
            format!("Bearer realm=\"narrowgate\", error=\"insufficient_scope\", scope=\"{scope}\"");
        assert_eq!(refused.header("www-authenticate"), Some(challenge.as_str()));
    }
    world.gate.assert_calm();
}

/// A token that was just accepted is known, but still good for its own endpoint alone.
#[test]
fn an_accepted_token_opens_no_other_endpoint() {
    let world = World::start();
    let token = Token::auth0().scope("read:users").sign();
    for (path, _, body, accepted) in [ENDPOINTS[1], ENDPOINTS[0], ENDPOINTS[2], ENDPOINTS[1]] {
        let answer = world.gate.ask(path, &token, &serde_json::from_str(body).expect("JSON"));
        let expected = if path == "/get_user" { accepted } else { (403, "insufficient_scope") };
        answer.expect(expected.0, expected.1);
    }
}
