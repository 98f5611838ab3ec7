//! 285–306: where and how the token is presented: one Authorization header, one space, nothing
//! else.

use super::{ACCEPTED, INVALID_OR_MALFORMED, MALFORMED, MISSING, Row, Verdict, World};
use crate::support::{Request, Token};

/// No credentials or broken syntax: for an empty value and for a value without a scheme both
/// readings are right.
const MISSING_OR_MALFORMED: &[Verdict] = &[Verdict::Missing, Verdict::Malformed];
/// RFC 9110 allows several spaces after the scheme, so accepting is right, and so is refusing as
/// broken syntax.
const TWO_SPACES: &[Verdict] = &[Verdict::Accepted, Verdict::Malformed];

/// Some other scheme's credentials.
const BASIC: &str = "Basic Y2xpZW50MTIzOnNlY3JldA==";

pub fn rows() -> Vec<Row> {
    let bearer = format!("Bearer {}", Token::auth0().sign());
    let parts = [schemes(&bearer), several(&bearer), elsewhere(&bearer)];
    parts.into_iter().flatten().collect()
}

fn schemes(bearer: &str) -> Vec<Row> {
    let good = &bearer[7..];
    let row = Row::authorization;
    let quoted = format!("Bearer \"{good}\"");
    vec![
        row(286, "an empty header", "", MISSING_OR_MALFORMED),
        row(287, "the scheme alone", "Bearer", MALFORMED),
        row(288, "no scheme", good, MISSING_OR_MALFORMED),
        row(289, "Basic", BASIC, MISSING),
        row(290, "DPoP", &format!("DPoP {good}"), MISSING),
        row(291, "a tab after the scheme", &format!("Bearer\t{good}"), MALFORMED),
        row(292, "two spaces", &format!("Bearer  {good}"), TWO_SPACES),
        row(306, "the scheme in lower case", &format!("bearer {good}"), ACCEPTED),
        row(0, "the scheme in capitals", &format!("BEARER {good}"), ACCEPTED),
        row(0, "scheme and spaces", "Bearer   ", MALFORMED),
        row(0, "Digest", "Digest username=\"client123\"", MISSING),
        row(0, "a scheme that begins like ours", &format!("BearerX {good}"), MISSING),
        row(0, "a quoted token", &quoted, INVALID_OR_MALFORMED),
        Row::authorization(0, "bytes beyond ASCII", b"Bearer \xff\xfe\xfd", INVALID_OR_MALFORMED),
    ]
}

fn several(bearer: &str) -> Vec<Row> {
    let bad = "Bearer eyJhbGciOiJub25lIn0.e30.";
    let twice = |number: u16, name: &str, first: &str, second: &str| {
        Row::authorization(number, name, first, MALFORMED).with("Authorization", second)
    };
    let query = bearer.replace("Bearer ", "access_token=");
    vec![
        Row::authorization(293, "joined by a comma", format!("{bearer}, {bearer}"), MALFORMED),
        twice(294, "two headers, good first", bearer, bad),
        twice(295, "two headers, bad first", bad, bearer),
        twice(296, "two headers, both good", bearer, bearer),
        Row::authorization(298, "header and query", bearer, MALFORMED).query(&query),
        Row::authorization(0, "a comma after the token", format!("{bearer},"), MALFORMED),
        twice(0, "Basic and Bearer", BASIC, bearer),
    ]
}

fn elsewhere(bearer: &str) -> Vec<Row> {
    let query = bearer.replace("Bearer ", "access_token=");
    let headers = [
        (299, "X-Authorization"),
        (300, "Proxy-Authorization"),
        (301, "X-Access-Token"),
        (302, "X-Forwarded-Authorization"),
        (303, "Authentication"),
        (0, "Authorization_"),
    ];
    let row = |(number, name)| Row::bare(number, name, MISSING).with(name, bearer);
    let mut rows: Vec<_> = headers.map(row).into();
    rows.extend([
        Row::bare(285, "no header", MISSING),
        Row::bare(297, "in the query alone", MISSING).query(&query),
        Row::bare(304, "in a cookie", MISSING).with("Cookie", &query),
        Row::bare(305, "identity headers of a proxy", MISSING)
            .with("X-Forwarded-User", "client123@clients")
            .with("X-Auth-Request-User", "client123@clients")
            .with("X-Forwarded-Client-Cert", "Subject=\"CN=client123\"")
            .with("X-Forwarded-For", "127.0.0.1"),
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
