//! 122–134: a member said twice. Two readers may each believe another one; this reader believes
//! none.

use super::{INVALID, Row, World};
use crate::support::token::now;
use crate::support::{AUDIENCE, CLIENT, ISSUER, Token};

const OTHER: &str = "https://other.test/";
const STRANGER: &str = "auth0|mallory";

pub fn rows() -> Vec<Row> {
    let token = Token::auth0;
    let tokens = [
        (122, "alg twice", token().header("alg", "none").header_again(false, "alg", "RS256")),
        (123, "kid twice", token().header_again(true, "kid", "second")),
        (124, "sub: stranger, then ours", token().claim_again(true, "sub", STRANGER)),
        (125, "sub: ours, then stranger", token().claim_again(false, "sub", STRANGER)),
        (126, "aud: other, then ours", token().claim_again(true, "aud", OTHER)),
        (127, "aud: ours, then other", token().claim_again(false, "aud", OTHER)),
        (128, "exp: past, then ahead", token().claim_again(true, "exp", now() - 100)),
        (129, "exp: ahead, then past", token().claim_again(false, "exp", now() - 100)),
        (130, "iss twice", token().claim_again(true, "iss", OTHER)),
        (131, "azp twice", token().claim_again(true, "azp", "other")),
        (132, "gty twice", token().claim_again(true, "gty", "password")),
        (133, "nbf twice", token().claim("nbf", 9).claim_again(true, "nbf", now() + 900)),
        (134, "sub again, escaped", token().claim_again(true, "\\u0073ub", STRANGER)),
    ];
    let mut rows = Row::tokens(INVALID, tokens);
    rows.extend(ours());
    rows
}

/// The other order, equal values, and the members that decide nothing less.
fn ours() -> Vec<Row> {
    let token = Token::auth0;
    let good_sub = format!("{CLIENT}@clients");
    let tokens = [
        (0, "alg twice, none last", token().header_again(false, "alg", "none")),
        (0, "kid twice, other last", token().header_again(false, "kid", "second")),
        (0, "typ twice", token().header_again(true, "typ", "logout+jwt")),
        (0, "iss twice, other last", token().claim_again(false, "iss", OTHER)),
        (0, "azp twice, other last", token().claim_again(false, "azp", "other")),
        (0, "gty twice, other last", token().claim_again(false, "gty", "password")),
        (0, "scope twice", token().claim_again(true, "scope", "none")),
        (0, "iat twice", token().claim_again(true, "iat", now() - 900_000)),
        (0, "client_id twice", Token::rfc9068().claim_again(true, "client_id", "other")),
        (0, "sub twice, equal", token().claim_again(true, "sub", good_sub)),
        (0, "iss twice, equal", token().claim_again(true, "iss", ISSUER)),
        (0, "aud twice, equal", token().claim_again(true, "aud", AUDIENCE)),
    ];
    Row::tokens(INVALID, tokens)
}

#[test]
fn nothing_said_twice() {
    World::start().check(&rows());
}
