//! 67–88: the shape of the token's text, and signatures that are not quite the signature.

use super::{INVALID, INVALID_OR_MALFORMED, Row, World};
use crate::support::Token;
use crate::support::keys::{b64, key, unb64};

/// A fresh good token each time, differing in `jti`, until `fits` finds what it needs.
fn find<T>(fits: impl Fn(&str) -> Option<T>) -> T {
    (0..200)
        .find_map(|n| fits(&Token::auth0().claim("jti", n).sign()))
        .expect("one of two hundred tokens fits")
}

/// The token with another signature, made from the real one.
fn resigned(change: impl Fn(Vec<u8>) -> Vec<u8>) -> String {
    let token = Token::auth0().sign();
    let (input, signature) = token.rsplit_once('.').expect("three segments");
    format!("{input}.{}", b64(change(unb64(signature))))
}

pub fn rows() -> Vec<Row> {
    let mut rows = shapes();
    rows.extend(signatures());
    rows.extend(encodings());
    rows
}

fn shapes() -> Vec<Row> {
    let good = Token::auth0().sign();
    let input = good.rsplit_once('.').expect("three segments").0.to_owned();
    let header = input.split_once('.').expect("two segments").0.to_owned();
    vec![
        Row::token(67, "no signature segment", input.as_str(), INVALID),
        Row::token(68, "one segment", header.as_str(), INVALID),
        Row::token(69, "a fourth segment", format!("{good}.AAAA"), INVALID),
        Row::token(70, "five segments", format!("{good}.AAAA.AAAA"), INVALID),
        Row::token(71, "empty signature", format!("{input}."), INVALID),
        Row::token(0, "nothing but dots", "..", INVALID),
        Row::token(0, "empty payload segment", format!("{header}..{}", b64([1; 256])), INVALID),
        Row::token(
            0,
            "empty header segment",
            format!(".{}", input.split_once('.').expect("two segments").1),
            INVALID,
        ),
        Row::token(0, "a trailing dot", format!("{good}."), INVALID),
    ]
}

fn signatures() -> Vec<Row> {
    let bytes = |bytes: Vec<u8>| resigned(|_| bytes.clone());
    let plus_modulus = find(|token| {
        let (input, signature) = token.rsplit_once('.')?;
        Some(format!("{input}.{}", b64(key("main").plus_modulus(&unb64(signature))?)))
    });
    let good = Token::auth0().sign();
    let (input, signature) = good.rsplit_once('.').expect("three segments");
    let (header, payload) = input.split_once('.').expect("two segments");
    let other_payload = b64(Token::auth0().claim("scope", "read:users admin").claims_text());
    let other_header = b64(Token::auth0().header("extra", 1).header_json());
    let flattened =
        format!(r#"{{"payload":"{payload}","protected":"{header}","signature":"{signature}"}}"#);
    vec![
        Row::token(
            72,
            "one bit flipped",
            resigned(|mut s| {
                s[100] ^= 1;
                s
            }),
            INVALID,
        ),
        Row::token(
            73,
            "one byte short",
            resigned(|mut s| {
                s.pop();
                s
            }),
            INVALID,
        ),
        Row::token(74, "a zero before", resigned(|s| [vec![0], s].concat()), INVALID),
        Row::token(75, "a zero after", resigned(|s| [s, vec![0]].concat()), INVALID),
        Row::token(76, "all zeros", bytes(vec![0; 256]), INVALID),
        Row::token(77, "the number one", bytes([vec![0; 255], vec![1]].concat()), INVALID),
        Row::token(78, "the modulus", bytes(key("main").modulus()), INVALID),
        Row::token(79, "signature plus modulus", plus_modulus, INVALID),
        Row::token(80, "payload changed", format!("{header}.{other_payload}.{signature}"), INVALID),
        Row::token(81, "header changed", format!("{other_header}.{payload}.{signature}"), INVALID),
        Row::token(82, "JSON serialisation", flattened, INVALID_OR_MALFORMED),
    ]
}

fn encodings() -> Vec<Row> {
    let good = Token::auth0().sign();
    let (input, signature) = good.rsplit_once('.').expect("three segments");
    let (header, payload) = input.split_once('.').expect("two segments");
    let standard = find(|token| {
        let (input, signature) = token.rsplit_once('.')?;
        let other = signature.replace('-', "+").replace('_', "/");
        (other != signature).then(|| format!("{input}.{other}"))
    });
    // 256 bytes end in a character of which only two bits count: the next one decodes to the same
    // bytes.
    let last = signature.as_bytes()[signature.len() - 1];
    let same_bytes =
        format!("{input}.{}{}", &signature[..signature.len() - 1], char::from(last + 1));
    let padded_payload = Token::auth0().sign_input(&format!("{header}.{payload}=="));
    vec![
        Row::token(83, "padding on the signature", format!("{good}=="), INVALID),
        // The four below are not all token68, so "broken syntax" is a right answer as well.
        Row::token(84, "padding on the payload, signed", padded_payload, INVALID_OR_MALFORMED),
        Row::token(85, "the standard alphabet", standard, INVALID),
        Row::token(86, "non-canonical last character", same_bytes, INVALID),
        Row::token(87, "a space inside", format!("{input}. {signature}"), INVALID_OR_MALFORMED),
        Row::token(88, "dots as %2E", good.replace('.', "%2E"), INVALID_OR_MALFORMED),
    ]
}

#[test]
fn only_the_one_spelling_of_a_signed_token() {
    World::start().check(&rows());
}
