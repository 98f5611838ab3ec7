//! 238–253: which client, by which grant. A claim of the wrong JSON type may count as syntax (401)
//! or as the wrong party (403): section 3.1 gives the first, the catalogue's row the second.

use serde_json::{Value, json};

use super::{FORBIDDEN, FORBIDDEN_OR_INVALID, Row, World};
use crate::support::{CLIENT, Token};

fn azp(value: impl Into<Value>) -> Token {
    Token::auth0().claim("azp", value)
}

fn gty(value: impl Into<Value>) -> Token {
    Token::auth0().claim("gty", value)
}

pub fn rows() -> Vec<Row> {
    let wrong = [
        (238, "azp absent", Token::auth0().without("azp")),
        (239, "azp another", azp("other456")),
        (242, "azp in other case", azp("CLIENT123")),
        (244, "azp is not client_id", Token::auth0().claim("client_id", "other456")),
        (245, "gty password", gty("password")),
        (246, "gty authorization_code", gty("authorization_code")),
        (247, "gty refresh_token", gty("refresh_token")),
        (248, "gty implicit", gty("implicit")),
        (249, "gty with a trailing space", gty("client-credentials ")),
        (252, "gty absent", Token::auth0().without("gty")),
        (253, "gty with an underscore", gty("client_credentials")),
        (0, "RFC 9068 with another client_id", Token::rfc9068().claim("client_id", "other456")),
    ];
    let no_client = || Token::rfc9068().without("client_id");
    let wrong_or_ill_typed = [
        (240, "azp an array", azp(json!([CLIENT]))),
        (241, "azp null", azp(json!(null))),
        (243, "azp a number", azp(123)),
        (250, "gty an array", gty(json!(["client-credentials"]))),
        (251, "gty null", gty(json!(null))),
        // Ours: the RFC 9068 dialect has its own client claim, never a union of the two.
        (0, "RFC 9068 without client_id", no_client()),
        (0, "RFC 9068 with azp alone", no_client().claim("azp", CLIENT)),
        (0, "RFC 9068 claims under typ JWT", Token::rfc9068().header("typ", "JWT")),
        (0, "Auth0 claims under typ at+jwt", Token::auth0().header("typ", "at+jwt")),
    ];
    [Row::tokens(FORBIDDEN, wrong), Row::tokens(FORBIDDEN_OR_INVALID, wrong_or_ill_typed)]
        .into_iter()
        .flatten()
        .collect()
}

#[test]
fn only_the_client_by_its_own_grant() {
    World::start().check(&rows());
}
