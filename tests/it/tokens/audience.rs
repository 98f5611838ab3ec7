//! 187–205: for whom it was issued.

use serde_json::{Value, json};

use super::{ACCEPTED, INVALID, Row, World};
use crate::support::{AUDIENCE, CLIENT, Token};

pub fn rows() -> Vec<Row> {
    let hostile: [(&str, Value); 18] = [
        ("null", json!(null)),
        ("a number", json!(1)),
        ("empty", json!("")),
        ("an empty array", json!([])),
        ("another", json!("https://other.test/")),
        ("others", json!(["https://other.test/", "https://another.test/"])),
        ("a prefix of ours", json!("https://narrowgate.test")),
        ("ours as a suffix", json!("x-https://narrowgate.test/")),
        ("with two slashes", json!("https://narrowgate.test//")),
        ("in capitals", json!(AUDIENCE.to_uppercase())),
        ("joined by a space", json!(format!("{AUDIENCE} https://other.test/"))),
        ("joined by a comma", json!(format!("{AUDIENCE},https://other.test/"))),
        ("an object", json!({ "aud": AUDIENCE })),
        ("nested", json!([[AUDIENCE]])),
        ("the Management API", json!("https://tenant.test/api/v2/")),
        ("the client id", json!(CLIENT)),
        ("a star", json!("*")),
        ("with a trailing space", json!(format!("{AUDIENCE} "))),
    ];
    let mut rows = vec![Row::token(187, "aud absent", Token::auth0().without("aud"), INVALID)];
    let token = |value: Value| Token::auth0().claim("aud", value).sign();
    rows.extend((188..).zip(hostile).map(|(number, (name, value))| {
        Row::token(number, &format!("aud {name}"), token(value), INVALID)
    }));
    rows.extend([
        Row::token(0, "aud an array with ours alone", token(json!([AUDIENCE])), ACCEPTED),
        Row::token(
            0,
            "aud an array with ours last",
            token(json!(["https://other.test/", AUDIENCE])),
            ACCEPTED,
        ),
        Row::token(0, "aud an array of mixed types", token(json!([AUDIENCE, 1])), INVALID),
        Row::token(0, "aud an array with null", token(json!([null, AUDIENCE])), INVALID),
    ]);
    rows
}

#[test]
fn only_for_this_audience() {
    World::start().check(&rows());
}
