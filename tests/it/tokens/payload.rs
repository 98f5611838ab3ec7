//! 269–284: payloads that are not one JSON object of claims. All of them carry a right signature.

use super::{ACCEPTED_OR_INVALID, INVALID, Row, World};
use crate::support::Token;

pub fn rows() -> Vec<Row> {
    let claims = Token::auth0().claims_text();
    let utf16 =
        |order: fn(u16) -> [u8; 2]| claims.encode_utf16().flat_map(order).collect::<Vec<u8>>();
    let payload = |number: u16, name: &str, bytes: Vec<u8>| {
        Row::token(number, &format!("payload {name}"), Token::auth0().raw_payload(bytes), INVALID)
    };
    let open = &claims[..claims.len() - 1];
    let bad_utf8 = [open.as_bytes(), b",\"x\":\"\xff\xfe\"}"].concat();
    let deep = "[".repeat(5_000);
    let mut rows: Vec<_> = [
        (269, "an array", format!("[{claims}]").into_bytes()),
        (270, "a string", b"\"claims\"".to_vec()),
        (271, "null", b"null".to_vec()),
        (272, "empty", Vec::new()),
        (273, "an empty object", b"{}".to_vec()),
        (274, "with a BOM", format!("\u{feff}{claims}").into_bytes()),
        (275, "with text after", format!("{claims} and more").into_bytes()),
        (276, "with a second object after", format!("{claims}{claims}").into_bytes()),
        (277, "with a comment", format!("{open}/* x */}}").into_bytes()),
        (278, "with a trailing comma", format!("{open},}}").into_bytes()),
        (279, "with single quotes", claims.replace('"', "'").into_bytes()),
        (280, "in UTF-16LE", utf16(u16::to_le_bytes)),
        (281, "in UTF-16BE", utf16(u16::to_be_bytes)),
        (282, "with bad UTF-8", bad_utf8),
        (
            283,
            "with a lone surrogate in sub",
            claims.replace("client123@clients", "client123\\ud800@clients").into_bytes(),
        ),
        (284, "nested deeply", format!("{deep}{}", "]".repeat(5_000)).into_bytes()),
    ]
    .map(|(number, name, bytes)| payload(number, name, bytes))
    .into();
    // Ours: members nobody reads may be skipped or refused, but must not bring anything down.
    let unread = |name: &str, text: String| {
        Row::token(0, name, Token::auth0().claim_text("x", text), ACCEPTED_OR_INVALID)
    };
    rows.extend([
        unread("a lone surrogate in an unread claim", "\"\\ud800\"".into()),
        unread("deep nesting in an unread claim", format!("{deep}{}", "]".repeat(5_000))),
        unread("a huge number in an unread claim", "1e999".into()),
        payload(0, "an unclosed nest", deep.clone().into_bytes()),
        payload(0, "a number", b"1".to_vec()),
        payload(0, "cut off", open.as_bytes().to_vec()),
        payload(0, "one claim in an array", format!("{open},\"exp\":[1]}}").into_bytes()),
    ]);
    rows
}

#[test]
fn only_one_json_object() {
    World::start().check(&rows());
}
