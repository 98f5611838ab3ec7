//! 285–306: where and how the token is presented: one Authorization header, one space, nothing
//! else.

use super::{ACCEPTED, MALFORMED, MISSING, Row, Verdict, World};
use crate::support::{Request, Token};

/// No credentials or broken syntax: for an empty value and for a value without a scheme both
/// readings are right.
const MISSING_OR_MALFORMED: &[Verdict] = &[Verdict::Missing, Verdict::Malformed];
/// RFC 9110 allows several spaces after the scheme, so accepting is right, and so is refusing as
/// broken syntax.
const TWO_SPACES: &[Verdict] = &[Verdict::Accepted, Verdict::Malformed];

pub fn rows() -> Vec<Row> {
    let good = Token::auth0().sign();
    let bearer = format!("Bearer {good}");
    let bad = "Bearer eyJhbGciOiJub25lIn0.e30.";
    let twice = |number: u16, name: &str, first: &str, second: &str| {
        Row::authorization(number, name, first, MALFORMED).with("Authorization", second)
    };
    let query = format!("access_token={good}");
    let mut rows = vec![
        Row::bare(285, "no header", MISSING),
        Row::authorization(286, "an empty header", "", MISSING_OR_MALFORMED),
        Row::authorization(287, "the scheme alone", "Bearer", MALFORMED),
        Row::authorization(288, "no scheme", &good, MISSING_OR_MALFORMED),
        Row::authorization(289, "Basic", "Basic Y2xpZW50MTIzOnNlY3JldA==", MISSING),
        Row::authorization(290, "DPoP", format!("DPoP {good}"), MISSING),
        Row::authorization(291, "a tab after the scheme", format!("Bearer\t{good}"), MALFORMED),
        Row::authorization(292, "two spaces", format!("Bearer  {good}"), TWO_SPACES),
        Row::authorization(
            293,
            "two values joined by a comma",
            format!("{bearer}, {bearer}"),
            MALFORMED,
        ),
        twice(294, "two headers, good first", &bearer, bad),
        twice(295, "two headers, bad first", bad, &bearer),
        twice(296, "two headers, both good", &bearer, &bearer),
        Row::bare(297, "in the query alone", MISSING).query(&query),
        Row::authorization(298, "header and query", &bearer, MALFORMED).query(&query),
        Row::bare(304, "in a cookie", MISSING)
            .with("Cookie", format!("access_token={good}; Authorization={bearer}")),
        Row::bare(305, "identity headers of a proxy", MISSING)
            .with("X-Forwarded-User", "client123@clients")
            .with("X-Auth-Request-User", "client123@clients")
            .with("X-Forwarded-Client-Cert", "Subject=\"CN=client123\"")
            .with("X-Forwarded-For", "127.0.0.1"),
        Row::authorization(306, "the scheme in lower case", format!("bearer {good}"), ACCEPTED),
    ];
    let look_alikes = [
        "X-Authorization",
        "Proxy-Authorization",
        "X-Access-Token",
        "X-Forwarded-Authorization",
        "Authentication",
    ];
    for (number, name) in (299..).zip(look_alikes) {
        rows.push(Row::bare(number, name, MISSING).with(name, &bearer));
    }
    rows.extend([
        Row::authorization(0, "the scheme in capitals", format!("BEARER {good}"), ACCEPTED),
        Row::authorization(0, "a comma after the token", format!("{bearer},"), MALFORMED),
        Row::authorization(0, "scheme and spaces", "Bearer   ", MALFORMED),
        Row::authorization(0, "Digest", "Digest username=\"client123\"", MISSING),
        Row::authorization(0, "a scheme that begins like ours", format!("BearerX {good}"), MISSING),
        Row::authorization(
            0,
            "a quoted token",
            format!("Bearer \"{good}\""),
            super::INVALID_OR_MALFORMED,
        ),
        Row::authorization(
            0,
            "bytes beyond ASCII",
            b"Bearer \xff\xfe\xfd",
            super::INVALID_OR_MALFORMED,
        ),
        twice(0, "Basic and Bearer", "Basic Y2xpZW50MTIzOnNlY3JldA==", &bearer),
        Row::bare(0, "a header name with an underscore", MISSING).with("Authorization_", &bearer),
    ]);
    rows
}

#[test]
fn only_one_authorization_header() {
    World::start().check(&rows());
}

/// A token in the body is none (RFC 6750 would allow the form; the gate speaks JSON with closed
/// members only).
#[test]
fn a_token_in_the_body_is_none() {
    let world = World::start();
    let good = Token::auth0().sign();
    let json = format!(r#"{{"identifier":"a@example.test","access_token":"{good}"}}"#);
    world.gate.send(&Request::post("/get_user", json)).expect(401, "missing_token");
    let form = Request::new("POST", "/get_user")
        .header("Content-Type", "application/x-www-form-urlencoded");
    world.gate.send(&form.body(format!("access_token={good}"))).expect(401, "missing_token");
    world.gate.assert_calm();
}
