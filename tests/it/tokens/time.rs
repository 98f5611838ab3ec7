//! 135–168: when a token is good. Leeway is five seconds, a life at most a day.

use serde_json::json;

use super::{ACCEPTED, INVALID, Row, World};
use crate::support::token::now;
use crate::support::{Gate, Issuer, Legacy, Token};

const DAY: i64 = 86_400;
/// The year 5138, and what one gets by counting in milliseconds.
const FAR: i64 = 99_999_999_999;

pub fn rows() -> Vec<Row> {
    let mut rows = expiry();
    rows.extend(start());
    rows
}

fn expiry() -> Vec<Row> {
    let exp = |text: &str| Token::auth0().claim_text("exp", text).sign();
    let at = now();
    let mut rows = vec![Row::token(135, "exp absent", Token::auth0().without("exp"), INVALID)];
    let texts = [
        ("past", (at - DAY).to_string()),
        ("70 s past", (at - 70).to_string()),
        ("a string", format!("\"{}\"", at + 3600)),
        ("true", "true".into()),
        ("null", "null".into()),
        ("negative", (-at).to_string()),
        ("zero", "0".into()),
        ("an array", format!("[{}]", at + 3600)),
        ("an object", "{}".into()),
        ("in the year 5138", FAR.to_string()),
        ("in milliseconds", ((at + 3600) * 1000).to_string()),
        ("2^63", "9223372036854775808".into()),
        ("2^64-1", "18446744073709551615".into()),
        ("2^64", "18446744073709551616".into()),
        ("1e19", "1e19".into()),
        ("1e999", "1e999".into()),
        ("NaN", "NaN".into()),
        ("Infinity", "Infinity".into()),
        ("hexadecimal", format!("{:#x}", at + 3600)),
        ("with a leading zero", format!("0{}", at + 3600)),
        ("with an underscore", format!("{}_0", (at + 3600) / 10)),
        ("just beyond the leeway", (at - 8).to_string()),
    ];
    rows.extend((136..).zip(texts).map(|(number, (name, text))| {
        Row::token(number, &format!("exp {name}"), exp(&text), INVALID)
    }));
    rows.push(Row::token(0, "exp with a fraction, past", exp(&format!("{}.5", at - 70)), INVALID));
    rows.push(Row::token(
        0,
        "exp with a fraction, ahead",
        exp(&format!("{}.5", at + 3600)),
        ACCEPTED,
    ));
    for (name, text) in [
        ("-0.0", "-0.0"),
        ("1e300", "1e300"),
        ("-1e300", "-1e300"),
        ("1e-300", "1e-300"),
        ("with a bare point", "1."),
        ("with an empty exponent", "1e"),
    ] {
        rows.push(Row::token(0, &format!("exp {name}"), exp(text), INVALID));
    }
    rows.push(Row::token(0, "exp with an exponent", exp(&format!("{:e}", at + 3600)), ACCEPTED));
    rows
}

fn start() -> Vec<Row> {
    let at = now();
    let nbf = |value: serde_json::Value| Token::auth0().claim("nbf", value).sign();
    let iat = |value: serde_json::Value| Token::auth0().claim("iat", value).sign();
    let life = |from: i64, to: i64| Token::auth0().claim("iat", from).claim("exp", to).sign();
    vec![
        Row::token(158, "nbf ahead", nbf(json!(at + 600)), INVALID),
        Row::token(159, "nbf a string", nbf(json!((at - 60).to_string())), INVALID),
        Row::token(160, "nbf true", nbf(json!(true)), INVALID),
        Row::token(
            161,
            "nbf 2^64",
            Token::auth0().claim_text("nbf", "18446744073709551616"),
            INVALID,
        ),
        Row::token(162, "nbf an object", nbf(json!({})), INVALID),
        Row::token(163, "iat ahead", iat(json!(at + 600)), INVALID),
        Row::token(164, "iat a string", iat(json!(at.to_string())), INVALID),
        Row::token(165, "iat negative", iat(json!(-1)), INVALID),
        Row::token(166, "iat absent", Token::auth0().without("iat"), INVALID),
        Row::token(167, "a life of ten years", life(at - 10, at + 10 * 365 * DAY), INVALID),
        Row::token(168, "issued 90 days ago", life(at - 90 * DAY, at + 3600), INVALID),
        // Ours: both sides of each limit.
        Row::token(0, "nbf past", nbf(json!(at - 60)), ACCEPTED),
        Row::token(
            0,
            "nbf and iat within the leeway",
            Token::auth0().claim("nbf", at + 3).claim("iat", at + 3),
            ACCEPTED,
        ),
        Row::token(0, "nbf and iat with fractions", nbf(json!(at as f64 - 0.5)), ACCEPTED),
        Row::token(0, "iat with a fraction", iat(json!(at as f64 - 0.25)), ACCEPTED),
        Row::token(0, "nbf ahead, with a fraction", nbf(json!(at as f64 + 600.5)), INVALID),
        Row::token(0, "nbf negative", nbf(json!(-0.5)), INVALID),
        Row::token(0, "iat 1e300", iat(json!(1e300)), INVALID),
        Row::token(
            0,
            "iat and exp 1e300",
            Token::auth0().claim("iat", 1e300).claim("exp", 1e300),
            INVALID,
        ),
        Row::token(0, "a life of a day", life(at, at + DAY), ACCEPTED),
        Row::token(0, "a life of a day and a minute", life(at, at + DAY + 60), INVALID),
        Row::token(0, "ends before it begins", life(at, at - 600), INVALID),
        Row::token(0, "iat null", iat(json!(null)), INVALID),
        Row::token(0, "iat 2^63", Token::auth0().claim_text("iat", "9223372036854775808"), INVALID),
        Row::token(
            0,
            "iat the least number",
            Token::auth0().claim_text("iat", "-9223372036854775808"),
            INVALID,
        ),
    ]
}

#[test]
fn only_in_its_time() {
    World::start().check(&rows());
}

/// Separate, because the clock runs while a table is worked through.
#[test]
fn expired_within_the_leeway_still_passes() {
    World::start().check(&[Row::token(
        0,
        "exp 1 s past",
        Token::auth0().claim("exp", now() - 1),
        ACCEPTED,
    )]);
}

/// Whoever remembers accepted tokens must forget them in time.
#[test]
fn an_accepted_token_expires_all_the_same() {
    let (issuer, legacy) = (Issuer::start(), Legacy::sqlite());
    let gate = Gate::builder(&issuer, &legacy).config("auth.leeway", "0s").start();
    let token = Token::auth0().claim("exp", now() + 3).sign();
    let ask = || gate.ask("/get_user", &token, &json!({ "identifier": "nobody@example.test" }));
    ask().expect(404, "user_not_found");
    std::thread::sleep(std::time::Duration::from_millis(4_200));
    ask().expect(401, "invalid_token");
}
