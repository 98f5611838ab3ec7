//! 122–134: a member said twice. Two readers may each believe another one; this reader believes
//! none.

use super::{INVALID, Row, World};
use crate::support::token::now;
use crate::support::{AUDIENCE, CLIENT, ISSUER, Token};

pub fn rows() -> Vec<Row> {
    let token = Token::auth0;
    let good_sub = format!("{CLIENT}@clients");
    let stranger = "auth0|mallory";
    vec![
        Row::token(
            122,
            "alg twice",
            token().header("alg", "none").header_again(false, "alg", "RS256"),
            INVALID,
        ),
        Row::token(123, "kid twice", token().header_again(true, "kid", "second"), INVALID),
        Row::token(
            124,
            "sub: stranger, then ours",
            token().claim_again(true, "sub", stranger),
            INVALID,
        ),
        Row::token(
            125,
            "sub: ours, then stranger",
            token().claim_again(false, "sub", stranger),
            INVALID,
        ),
        Row::token(
            126,
            "aud: other, then ours",
            token().claim_again(true, "aud", "https://other.test/"),
            INVALID,
        ),
        Row::token(
            127,
            "aud: ours, then other",
            token().claim_again(false, "aud", "https://other.test/"),
            INVALID,
        ),
        Row::token(
            128,
            "exp: past, then ahead",
            token().claim_again(true, "exp", now() - 100),
            INVALID,
        ),
        Row::token(
            129,
            "exp: ahead, then past",
            token().claim_again(false, "exp", now() - 100),
            INVALID,
        ),
        Row::token(
            130,
            "iss twice",
            token().claim_again(true, "iss", "https://other.test/"),
            INVALID,
        ),
        Row::token(131, "azp twice", token().claim_again(true, "azp", "other"), INVALID),
        Row::token(132, "gty twice", token().claim_again(true, "gty", "password"), INVALID),
        Row::token(
            133,
            "nbf twice",
            token().claim("nbf", now() - 9).claim_again(true, "nbf", now() + 900),
            INVALID,
        ),
        Row::token(
            134,
            "sub again, spelled with an escape",
            token().claim_again(true, "\\u0073ub", stranger),
            INVALID,
        ),
        // Ours: the other order, equal values, and the members that decide nothing less.
        Row::token(
            0,
            "alg twice, none last",
            token().header_again(false, "alg", "none"),
            INVALID,
        ),
        Row::token(
            0,
            "kid twice, other last",
            token().header_again(false, "kid", "second"),
            INVALID,
        ),
        Row::token(0, "typ twice", token().header_again(true, "typ", "logout+jwt"), INVALID),
        Row::token(
            0,
            "iss twice, other last",
            token().claim_again(false, "iss", "https://other.test/"),
            INVALID,
        ),
        Row::token(
            0,
            "azp twice, other last",
            token().claim_again(false, "azp", "other"),
            INVALID,
        ),
        Row::token(
            0,
            "gty twice, other last",
            token().claim_again(false, "gty", "password"),
            INVALID,
        ),
        Row::token(0, "scope twice", token().claim_again(true, "scope", "none"), INVALID),
        Row::token(
            0,
            "iat twice",
            token().claim_again(true, "iat", now() - 900_000),
            INVALID,
        ),
        Row::token(
            0,
            "client_id twice",
            Token::rfc9068().claim_again(true, "client_id", "other"),
            INVALID,
        ),
        Row::token(
            0,
            "sub twice, equal",
            token().claim_again(true, "sub", good_sub),
            INVALID,
        ),
        Row::token(0, "iss twice, equal", token().claim_again(true, "iss", ISSUER), INVALID),
        Row::token(
            0,
            "aud twice, equal",
            token().claim_again(true, "aud", AUDIENCE),
            INVALID,
        ),
    ]
}

#[test]
fn nothing_said_twice() {
    World::start().check(&rows());
}
