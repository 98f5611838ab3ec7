//! 1–32: which algorithm the header may name.

use serde_json::json;

use super::rows::OCT_SECRET;
use super::{INVALID, Row, World};
use crate::support::Token;
use crate::support::keys::{b64, hs256, key, pem, unb64};

fn hs(number: u16, name: &str, secret: impl Into<Vec<u8>>) -> Row {
    let secret = secret.into();
    let token = Token::auth0()
        .header("alg", "HS256")
        .signed_with(move |input| hs256(&secret, input))
        .sign();
    Row::token(number, &format!("HS256 keyed with {name}"), token, INVALID)
}

/// The order of the group of P-256: `r = s = n` is zero modulo the order.
const P256_ORDER: &str = "_____wAAAAD__________7zm-q2nF56E87nKwvxjJVE";

pub fn rows() -> Vec<Row> {
    let alg = |name: &str| Token::auth0().header("alg", name);
    let mut rows = Vec::new();
    for (number, name) in (1..).zip(["none", "None", "NONE", "nOnE"]) {
        rows.push(Row::token(number, name, alg(name).signed_with(|_| Vec::new()), INVALID));
    }
    rows.push(Row::token(5, "none with a signature", alg("none"), INVALID));

    let main = key("main");
    let spki = pem("PUBLIC KEY", &main.spki_der());
    rows.extend([
        hs(6, "the SPKI PEM", spki.clone()),
        hs(7, "the SPKI PEM without its last newline", spki.trim_end()),
        hs(8, "the PKCS#1 PEM", pem("RSA PUBLIC KEY", &main.pkcs1_der())),
        hs(9, "the SPKI DER", main.spki_der()),
        hs(10, "the PKCS#1 DER", main.pkcs1_der()),
        hs(11, "the modulus", main.modulus()),
        hs(12, "the modulus as text", main.modulus_text()),
        hs(13, "the JWK as text", main.public("main").to_string()),
        hs(14, "nothing", ""),
    ]);

    let by_oct = alg("HS256").header("kid", "oct").signed_with(|input| hs256(OCT_SECRET, input));
    let zeros = |n: usize| move |_: &[u8]| vec![0; n];
    let order = |_: &[u8]| [unb64(P256_ORDER), unb64(P256_ORDER)].concat();
    let ec = || alg("ES256").header("kid", "ec");
    rows.extend([
        Row::token(15, "HS256 with an oct key of the set", by_oct, INVALID),
        Row::token(16, "RS256 naming the oct key", Token::auth0().by("oct", main), INVALID),
        Row::token(
            17,
            "RS384 with the right key",
            alg("RS384").signed_with(|i| key("main").rs384(i)),
            INVALID,
        ),
        Row::token(
            18,
            "RS512 with the right key",
            alg("RS512").signed_with(|i| key("main").rs512(i)),
            INVALID,
        ),
        Row::token(
            19,
            "PS256 with the right key",
            alg("PS256").signed_with(|i| key("main").ps256(i)),
            INVALID,
        ),
        Row::token(
            20,
            "RS256 over a PSS signature",
            Token::auth0().signed_with(|i| key("main").ps256(i)),
            INVALID,
        ),
        Row::token(
            21,
            "ES256 with an EC key of the set",
            ec().signed_with(|i| key("p256").es256(i)),
            INVALID,
        ),
        Row::token(22, "ES256 with r = s = 0", ec().signed_with(zeros(64)), INVALID),
        Row::token(23, "ES256 with r = s = n", ec().signed_with(order), INVALID),
        Row::token(
            24,
            "ES256 zeros naming an RSA key",
            alg("ES256").signed_with(zeros(64)),
            INVALID,
        ),
        Row::token(25, "alg absent", Token::auth0().without_header("alg"), INVALID),
        Row::token(26, "alg null", Token::auth0().header("alg", json!(null)), INVALID),
        Row::token(27, "alg a number", Token::auth0().header("alg", 256), INVALID),
        Row::token(
            28,
            "alg an array",
            Token::auth0().header("alg", json!(["RS256"])),
            INVALID,
        ),
        Row::token(29, "alg in lower case", alg("rs256"), INVALID),
        Row::token(30, "alg with a trailing space", alg("RS256 "), INVALID),
        Row::token(31, "alg with NUL", alg("RS256\0"), INVALID),
        Row::token(32, "alg empty", alg(""), INVALID),
        // Ours: other spellings and an algorithm nobody knows.
        Row::token(0, "alg unknown", alg("XX999"), INVALID),
        Row::token(0, "alg EdDSA", alg("EdDSA").signed_with(zeros(64)), INVALID),
        Row::token(
            0,
            "HS512 keyed with the modulus",
            alg("HS512").signed_with(|_| vec![7; 64]),
            INVALID,
        ),
        Row::token(0, "an empty header", Token::auth0().raw_header("{}"), INVALID),
        Row::token(0, "a header that is an array", Token::auth0().raw_header("[]"), INVALID),
        Row::token(
            0,
            "a header that is not JSON",
            Token::auth0().raw_header(b64("RS256")),
            INVALID,
        ),
    ]);
    rows
}

#[test]
fn only_the_allowed_algorithm_with_its_own_key() {
    World::start().check(&rows());
}
