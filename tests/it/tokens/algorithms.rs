//! 1–32: which algorithm the header may name.

use serde_json::json;

use super::rows::OCT_SECRET;
use super::{INVALID, Row, World};
use crate::support::Token;
use crate::support::keys::{hs256, key, pem, unb64};

fn alg(name: &str) -> Token {
    Token::auth0().header("alg", name)
}

/// The order of the group of P-256: `r = s = n` is zero modulo the order.
const P256_ORDER: &str = "_____wAAAAD__________7zm-q2nF56E87nKwvxjJVE";

fn zeros(count: usize) -> impl Fn(&[u8]) -> Vec<u8> {
    move |_| vec![0; count]
}

pub fn rows() -> Vec<Row> {
    let parts =
        [without_signature(), public_key_as_secret(), right_key(), curves(), header_values()];
    parts.into_iter().flatten().collect()
}

fn without_signature() -> Vec<Row> {
    let none = |name: &str| alg(name).signed_with(zeros(0));
    let names = ["none", "None", "NONE", "nOnE"];
    let mut rows: Vec<_> = (1..)
        .zip(names)
        .map(|(number, name)| Row::token(number, name, none(name), INVALID))
        .collect();
    rows.push(Row::token(5, "none with a signature", alg("none"), INVALID));
    rows
}

fn public_key_as_secret() -> Vec<Row> {
    let main = key("main");
    let spki = pem("PUBLIC KEY", &main.spki_der());
    let secrets: [(&str, Vec<u8>); 9] = [
        ("the SPKI PEM", spki.clone().into()),
        ("the SPKI PEM without its last newline", spki.trim_end().into()),
        ("the PKCS#1 PEM", pem("RSA PUBLIC KEY", &main.pkcs1_der()).into()),
        ("the SPKI DER", main.spki_der()),
        ("the PKCS#1 DER", main.pkcs1_der()),
        ("the modulus", main.modulus()),
        ("the modulus as text", main.modulus_text().into()),
        ("the JWK as text", main.public("main").to_string().into()),
        ("nothing", Vec::new()),
    ];
    let row = |(number, (name, secret)): (u16, (&str, Vec<u8>))| {
        let token = alg("HS256").signed_with(move |input| hs256(&secret, input));
        Row::token(number, &format!("HS256 keyed with {name}"), token, INVALID)
    };
    (6..).zip(secrets).map(row).collect()
}

fn right_key() -> Vec<Row> {
    let main = key("main");
    let by_oct = alg("HS256").header("kid", "oct").signed_with(|input| hs256(OCT_SECRET, input));
    let tokens = [
        (15, "HS256 with an oct key of the set", by_oct),
        (16, "RS256 naming the oct key", Token::auth0().by("oct", main)),
        (17, "RS384 with the right key", alg("RS384").signed_with(|i| main.rs384(i))),
        (18, "RS512 with the right key", alg("RS512").signed_with(|i| main.rs512(i))),
        (19, "PS256 with the right key", alg("PS256").signed_with(|i| main.ps256(i))),
        (20, "RS256 over a PSS signature", alg("RS256").signed_with(|i| main.ps256(i))),
        (0, "HS512", alg("HS512").signed_with(zeros(64))),
        (0, "EdDSA", alg("EdDSA").signed_with(zeros(64))),
    ];
    Row::tokens(INVALID, tokens)
}

fn curves() -> Vec<Row> {
    let order = |_: &[u8]| [unb64(P256_ORDER), unb64(P256_ORDER)].concat();
    let ec = || alg("ES256").header("kid", "ec");
    let tokens = [
        (21, "ES256 with an EC key of the set", ec().signed_with(|i| key("p256").es256(i))),
        (22, "ES256 with r = s = 0", ec().signed_with(zeros(64))),
        (23, "ES256 with r = s = n", ec().signed_with(order)),
        (24, "ES256 zeros naming an RSA key", alg("ES256").signed_with(zeros(64))),
    ];
    Row::tokens(INVALID, tokens)
}

fn header_values() -> Vec<Row> {
    let token = Token::auth0;
    let tokens = [
        (25, "alg absent", token().without_header("alg")),
        (26, "alg null", token().header("alg", json!(null))),
        (27, "alg a number", token().header("alg", 256)),
        (28, "alg an array", token().header("alg", json!(["RS256"]))),
        (29, "alg in lower case", alg("rs256")),
        (30, "alg with a trailing space", alg("RS256 ")),
        (31, "alg with NUL", alg("RS256\0")),
        (32, "alg empty", alg("")),
        // Ours: an algorithm nobody knows, and headers that are none.
        (0, "alg unknown", alg("XX999")),
        (0, "an empty header", token().raw_header("{}")),
        (0, "a header that is an array", token().raw_header("[]")),
        (0, "a header that is not JSON", token().raw_header("RS256")),
        (0, "a header with bad UTF-8", token().raw_header(BAD_UTF8)),
    ];
    Row::tokens(INVALID, tokens)
}

/// A right header but for an unread member that is no text.
const BAD_UTF8: &[u8] = b"{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"main\",\"x\":\"\xff\xfe\"}";

#[test]
fn only_the_allowed_algorithm_with_its_own_key() {
    World::start().check(&rows());
}
