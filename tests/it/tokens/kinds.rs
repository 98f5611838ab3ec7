//! 262–268: genuine tokens of the same tenant, signed by the same key, meant for something else.

use serde_json::{Value, json};

use super::{FORBIDDEN_OR_INVALID, Row, World};
use crate::support::token::ALL_SCOPES;
use crate::support::{AUDIENCE, CLIENT, ISSUER, Token};

const USER: &str = "auth0|5f7c8ec7c33c6c004bbafe82";

fn id_token() -> Token {
    let token = Token::auth0().without("azp").without("gty").without("scope");
    let token = token.claim("sub", USER).claim("aud", CLIENT);
    token.claim("nonce", "n-0S6").claim("email", "ada@example.test")
}

fn users_token() -> Token {
    let both = json!([AUDIENCE, "https://tenant.test/userinfo"]);
    let token = Token::auth0().without("gty").claim("sub", USER).claim("aud", both);
    token.scope(&format!("openid {ALL_SCOPES}"))
}

fn logout_token() -> Token {
    let events = json!({ "http://schemas.openid.net/event/backchannel-logout": {} });
    id_token().header("typ", "logout+jwt").claim("events", events).claim("sid", "s1")
}

/// Names itself as issuer and subject, and the authorisation server as audience (RFC 7523).
fn client_assertion() -> Token {
    let token = Token::auth0().claim("iss", CLIENT).claim("sub", CLIENT);
    token.claim("aud", ISSUER).claim("jti", "1")
}

pub fn rows() -> Vec<Row> {
    let bound = |confirmation: Value| Token::auth0().claim("cnf", confirmation);
    let thumbprint = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I";
    let tokens = [
        (262, "an ID token", id_token()),
        (263, "an ID token for our audience", id_token().claim("aud", AUDIENCE)),
        (264, "a user's token for the API and /userinfo", users_token()),
        (265, "a logout token", logout_token()),
        (266, "a client assertion", client_assertion()),
        (267, "bound to a DPoP key", bound(json!({ "jkt": thumbprint }))),
        (268, "bound to a certificate", bound(json!({ "x5t#S256": thumbprint }))),
        (0, "cnf empty", bound(json!({}))),
        (0, "cnf of another type", bound(json!("x"))),
    ];
    Row::tokens(FORBIDDEN_OR_INVALID, tokens)
}

#[test]
fn no_other_kind_of_genuine_token() {
    World::start().check(&rows());
}
