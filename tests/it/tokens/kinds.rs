//! 262–268: genuine tokens of the same tenant, signed by the same key, meant for something else.

use serde_json::json;

use super::{FORBIDDEN_OR_INVALID, Row, World};
use crate::support::token::ALL_SCOPES;
use crate::support::{AUDIENCE, CLIENT, ISSUER, Token};

pub fn rows() -> Vec<Row> {
    let id_token = || {
        let token = Token::auth0().without("azp").without("gty").without("scope");
        token
            .claim("sub", "auth0|5f7c8ec7")
            .claim("aud", CLIENT)
            .claim("nonce", "n-0S6")
            .claim("email", "ada@example.test")
    };
    let user = Token::auth0().without("gty").claim("sub", "auth0|5f7c8ec7");
    let user = user
        .claim("aud", json!([AUDIENCE, "https://tenant.test/userinfo"]))
        .scope(&format!("openid {ALL_SCOPES}"));
    let logout = id_token()
        .claim("events", json!({ "http://schemas.openid.net/event/backchannel-logout": {} }))
        .claim("sid", "s1");
    // A client assertion names itself as issuer and subject, and the authorisation server as
    // audience.
    let assertion = Token::auth0()
        .claim("iss", CLIENT)
        .claim("sub", CLIENT)
        .claim("aud", ISSUER)
        .claim("jti", "1");
    let bound = |confirmation: serde_json::Value| Token::auth0().claim("cnf", confirmation).sign();
    vec![
        Row::token(262, "an ID token", id_token(), FORBIDDEN_OR_INVALID),
        Row::token(
            263,
            "an ID token for our audience",
            id_token().claim("aud", AUDIENCE),
            FORBIDDEN_OR_INVALID,
        ),
        Row::token(
            264,
            "a user's token for the API and /userinfo",
            user,
            FORBIDDEN_OR_INVALID,
        ),
        Row::token(
            265,
            "a logout token",
            logout.header("typ", "logout+jwt"),
            FORBIDDEN_OR_INVALID,
        ),
        Row::token(266, "a client assertion", assertion, FORBIDDEN_OR_INVALID),
        Row::token(
            267,
            "bound to a DPoP key",
            bound(json!({ "jkt": "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I" })),
            FORBIDDEN_OR_INVALID,
        ),
        Row::token(
            268,
            "bound to a certificate",
            bound(json!({ "x5t#S256": "bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2" })),
            FORBIDDEN_OR_INVALID,
        ),
        Row::token(0, "cnf empty", bound(json!({})), FORBIDDEN_OR_INVALID),
        Row::token(0, "cnf of another type", bound(json!("x")), FORBIDDEN_OR_INVALID),
    ]
}

#[test]
fn no_other_kind_of_genuine_token() {
    World::start().check(&rows());
}
