//! 238–253: which client, by which grant. A claim of the wrong JSON type may count as syntax (401)
//! or as the wrong party (403): section 3.1 gives the first, the catalogue's row the second.

use serde_json::{Value, json};

use super::{FORBIDDEN, FORBIDDEN_OR_INVALID, Row, World};
use crate::support::{CLIENT, Token};

pub fn rows() -> Vec<Row> {
    let azp = |value: Value| Token::auth0().claim("azp", value).sign();
    let gty = |value: Value| Token::auth0().claim("gty", value).sign();
    let mut rows = vec![
        Row::token(238, "azp absent", Token::auth0().without("azp"), FORBIDDEN),
        Row::token(239, "azp another", azp(json!("other456")), FORBIDDEN),
        Row::token(240, "azp an array", azp(json!([CLIENT])), FORBIDDEN_OR_INVALID),
        Row::token(241, "azp null", azp(json!(null)), FORBIDDEN_OR_INVALID),
        Row::token(242, "azp in other case", azp(json!("CLIENT123")), FORBIDDEN),
        Row::token(243, "azp a number", azp(json!(123)), FORBIDDEN_OR_INVALID),
        Row::token(
            244,
            "azp is not client_id",
            Token::auth0().claim("client_id", "other456"),
            FORBIDDEN,
        ),
    ];
    for (number, grant) in (245..).zip([
        "password",
        "authorization_code",
        "refresh_token",
        "implicit",
        "client-credentials ",
    ]) {
        rows.push(Row::token(number, &format!("gty {grant:?}"), gty(json!(grant)), FORBIDDEN));
    }
    rows.extend([
        Row::token(250, "gty an array", gty(json!(["client-credentials"])), FORBIDDEN_OR_INVALID),
        Row::token(251, "gty null", gty(json!(null)), FORBIDDEN_OR_INVALID),
        Row::token(252, "gty absent", Token::auth0().without("gty"), FORBIDDEN),
        Row::token(253, "gty with an underscore", gty(json!("client_credentials")), FORBIDDEN),
        // Ours: the RFC 9068 dialect has its own client claim, never a union of the two.
        Row::token(
            0,
            "RFC 9068 without client_id",
            Token::rfc9068().without("client_id"),
            FORBIDDEN_OR_INVALID,
        ),
        Row::token(
            0,
            "RFC 9068 with azp alone",
            Token::rfc9068().without("client_id").claim("azp", CLIENT),
            FORBIDDEN_OR_INVALID,
        ),
        Row::token(
            0,
            "RFC 9068 with another client_id",
            Token::rfc9068().claim("client_id", "other456"),
            FORBIDDEN,
        ),
        Row::token(
            0,
            "RFC 9068 claims under typ JWT",
            Token::rfc9068().header("typ", "JWT"),
            FORBIDDEN_OR_INVALID,
        ),
        Row::token(
            0,
            "Auth0 claims under typ at+jwt",
            Token::auth0().header("typ", "at+jwt"),
            FORBIDDEN_OR_INVALID,
        ),
    ]);
    rows
}

#[test]
fn only_the_client_by_its_own_grant() {
    World::start().check(&rows());
}
