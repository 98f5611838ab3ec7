//! 169–186: who issued it. One string, byte for byte.

use serde_json::{Value, json};

use super::{INVALID, Row, World};
use crate::support::{ISSUER, Token};

pub fn rows() -> Vec<Row> {
    let hostile: [(&str, Value); 17] = [
        ("null", json!(null)),
        ("a number", json!(1)),
        ("an object", json!({ "iss": ISSUER })),
        ("an array that holds it", json!([ISSUER])),
        ("without the slash", json!("https://tenant.test")),
        ("with two slashes", json!("https://tenant.test//")),
        ("by http", json!("http://tenant.test/")),
        ("in capitals", json!("https://TENANT.test/")),
        ("another tenant", json!("https://other.test/")),
        ("as a prefix", json!("https://tenant.test.evil/")),
        ("as a path", json!("https://evil.test/https://tenant.test/")),
        ("as user info", json!("https://tenant.test@evil.test/")),
        ("with the port", json!("https://tenant.test:443/")),
        ("with a trailing space", json!("https://tenant.test/ ")),
        ("with a trailing newline", json!("https://tenant.test/\n")),
        ("empty", json!("")),
        ("with a fragment", json!("https://tenant.test/#")),
    ];
    let mut rows = vec![Row::token(169, "iss absent", Token::auth0().without("iss"), INVALID)];
    let token = |value: Value| Token::auth0().claim("iss", value).sign();
    rows.extend((170..).zip(hostile).map(|(number, (name, value))| {
        Row::token(number, &format!("iss {name}"), token(value), INVALID)
    }));
    rows.push(Row::token(0, "iss with NUL", token(json!("https://tenant.test/\0")), INVALID));
    rows.push(Row::token(
        0,
        "iss an array, ours second",
        token(json!(["https://other.test/", ISSUER])),
        INVALID,
    ));
    rows
}

#[test]
fn only_the_configured_issuer() {
    World::start().check(&rows());
}
