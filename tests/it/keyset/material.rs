//! J19, J20 and the purpose of a key: sizes, exponents, `use`, `alg`, `key_ops`.

use serde_json::{Value, json};

use super::contents::{gate_with, is_skipped, odd};
use super::{by, expect_accepted};
use crate::support::Token;
use crate::support::keys::{SHA256_INFO, b64, key, pkcs1_block, sha256};

#[test]
fn j19_absurd_moduli() {
    let bits = |count: usize| b64([vec![0xc5; count / 8 - 1], vec![0x43]].concat());
    for size in [65_536, 16_384, 8_192] {
        is_skipped(&format!("{size} bits"), &odd("n", json!(bits(size))), &by("odd", "third"));
    }
    let five_thousand =
        Token::auth0().header("kid", "odd").signed_with(|i| key("rsa5000").rs256(i)).sign();
    is_skipped("5000 bits", &key("rsa5000").public("odd"), &five_thousand);
    let small =
        Token::auth0().header("kid", "odd").signed_with(|i| key("rsa1024").rs256_by_hand(i)).sign();
    is_skipped("1024 bits", &key("rsa1024").public("odd"), &small);
    for n in ["", "AA", "AQ", "!!", "AAAA"] {
        is_skipped(n, &odd("n", json!(n)), &by("odd", "third"));
    }
}

#[test]
fn j20_exponents() {
    let wide = Token::auth0()
        .header("kid", "odd")
        .signed_with(|i| key("wide_exponent").rs256_by_hand(i))
        .sign();
    is_skipped("33 bits", &key("wide_exponent").public("odd"), &wide);
    let itself = |input: &[u8]| pkcs1_block(256, &[&SHA256_INFO[..], &sha256(input)].concat());
    let by_one = Token::auth0().header("kid", "odd").signed_with(itself).sign();
    for (name, e) in [
        ("one", vec![1]),
        ("zero", vec![0]),
        ("none", vec![]),
        ("even", vec![1, 0, 0]),
        ("two", vec![2]),
        ("of 2048 bits", vec![0xff; 256]),
    ] {
        is_skipped(name, &odd("e", json!(b64(e))), &by_one);
    }
}

/// The other side of the bounds: an odd small exponent and the sizes in use must work.
#[test]
fn sizes_and_exponents_within_the_bounds_work() {
    for name in ["e3", "rsa3072", "rsa4096"] {
        let (_issuer, _legacy, gate) = gate_with(vec![key(name).public("odd")]);
        expect_accepted(
            &gate,
            &Token::auth0()
                .header("kid", "odd")
                .signed_with(move |i| key(name).rs256_by_hand(i))
                .sign(),
        );
        gate.assert_calm();
    }
}

#[test]
fn keys_for_another_purpose() {
    for (name, value) in [
        ("use", json!("enc")),
        ("use", json!("")),
        ("use", json!("SIG")),
        ("alg", json!("RSA-OAEP")),
        ("alg", json!("PS256")),
        ("alg", json!("RS512")),
        ("alg", json!("rs256")),
        ("key_ops", json!(["encrypt"])),
        ("key_ops", json!(["sign"])),
        ("key_ops", json!([])),
        ("kty", json!("rsa")),
        ("kty", json!("EC")),
    ] {
        is_skipped(&format!("{name} {value}"), &odd(name, value), &by("odd", "third"));
    }
}

#[test]
fn purposes_that_fit() {
    for jwk in [
        odd("use", Value::Null),
        odd("alg", Value::Null),
        odd("key_ops", json!(["verify"])),
        odd("key_ops", json!(["sign", "verify"])),
        odd("x5c", json!(["AAAA"])),
    ] {
        let (_issuer, _legacy, gate) = gate_with(vec![jwk]);
        expect_accepted(&gate, &by("odd", "third"));
        gate.assert_calm();
    }
}
