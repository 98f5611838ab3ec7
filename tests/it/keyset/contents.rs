//! J15–J18, J21, J22, J34: sets that hold odd keys. Each key stands for itself: the odd one is
//! skipped, the good one works.

use serde_json::{Value, json};

use super::{by, expect_accepted, expect_refused, expect_unavailable, hasty, main_token};
use crate::support::keys::{b64, hs256, key};
use crate::support::{Gate, Issuer, Legacy, Token};

/// A gate whose set is these keys, in this order.
pub(super) fn gate_with(keys: Vec<Value>) -> (Issuer, Legacy, Gate) {
    let (issuer, legacy) = (Issuer::start(), Legacy::sqlite());
    issuer.publish(keys);
    let gate = Gate::start(&issuer, &legacy);
    (issuer, legacy, gate)
}

fn main_key() -> Value {
    key("main").public("main")
}

/// The third key under the kid `odd`, with one member changed (null: removed).
pub(super) fn odd(name: &str, value: Value) -> Value {
    let mut jwk = key("third").public("odd");
    match value {
        Value::Null => drop(jwk.as_object_mut().expect("object").remove(name)),
        value => jwk[name] = value,
    }
    jwk
}

/// The odd key before and after the good one: the good one works, the odd one does not, and nobody
/// wonders.
#[track_caller]
pub(super) fn is_skipped(name: &str, jwk: &Value, token: &str) {
    for keys in [vec![jwk.clone(), main_key()], vec![main_key(), jwk.clone()]] {
        let (_issuer, _legacy, gate) = gate_with(keys);
        println!("{name}");
        expect_accepted(&gate, &main_token());
        expect_refused(&gate, token);
        gate.assert_calm();
    }
}

#[test]
fn j15_unknown_kinds_of_key_first() {
    let future = json!({ "kty": "AKP", "kid": "odd", "alg": "ML-DSA-65", "pub": b64([1; 1952]) });
    let okp = json!({ "kty": "OKP", "kid": "odd", "crv": "Ed25519", "x": b64([1; 32]) });
    let (_issuer, _legacy, gate) =
        gate_with(vec![future, okp, json!({}), json!(7), json!({ "kty": 1 }), main_key()]);
    expect_accepted(&gate, &main_token());
    expect_refused(&gate, &by("odd", "third"));
    gate.assert_calm();
}

#[test]
fn j16_a_key_without_kid() {
    let (_issuer, _legacy, gate) = gate_with(vec![odd("kid", Value::Null), main_key()]);
    expect_accepted(&gate, &main_token());
    expect_refused(&gate, &by("odd", "third"));
    expect_refused(
        &gate,
        &Token::auth0().without_header("kid").signed_with(|i| key("third").rs256(i)).sign(),
    );
    gate.assert_calm();
}

#[test]
fn j17_two_keys_with_one_kid() {
    for names in [["main", "second"], ["second", "main"]] {
        let (_issuer, _legacy, gate) =
            gate_with(names.map(|name| key(name).public("main")).to_vec());
        expect_accepted(&gate, &by("main", "main"));
        expect_accepted(&gate, &by("main", "second"));
        expect_refused(&gate, &by("main", "third"));
        gate.assert_calm();
    }
}

#[test]
fn two_keys_with_one_kid_of_which_one_is_unusable() {
    let encryption = {
        let mut jwk = key("second").public("main");
        jwk["use"] = json!("enc");
        jwk
    };
    for keys in [vec![encryption.clone(), main_key()], vec![main_key(), encryption.clone()]] {
        let (_issuer, _legacy, gate) = gate_with(keys);
        expect_accepted(&gate, &by("main", "main"));
        expect_refused(&gate, &by("main", "second"));
        gate.assert_calm();
    }
}

/// Far beyond 100 keys and 256 kB. The set counts as failed, so the keys from before go on serving.
#[test]
fn j18_ten_thousand_keys() {
    let (issuer, legacy) = (Issuer::start(), Legacy::sqlite());
    let gate = hasty(&issuer, &legacy).start();
    expect_accepted(&gate, &main_token());
    let many = (0..10_000).map(|n| key("third").public(&n.to_string()));
    issuer.publish(many.collect::<Vec<_>>());
    issuer.wait_for_fetches(2);
    expect_accepted(&gate, &main_token());
    gate.assert_sound();
}

/// A private key once published is everybody's key.
#[test]
fn j21_a_private_key_is_not_used() {
    is_skipped("all private parts", &key("third").private("odd"), &by("odd", "third"));
    is_skipped("d alone", &odd("d", json!(b64([1; 256]))), &by("odd", "third"));
}

#[test]
fn j22_an_oct_key_does_not_shadow() {
    let secret = b"shared by mistake with everybody";
    let oct =
        json!({ "kty": "oct", "kid": "main", "use": "sig", "alg": "HS256", "k": b64(secret) });
    let marked =
        json!({ "kty": "oct", "kid": "main", "use": "sig", "alg": "RS256", "k": b64(secret) });
    for shadow in [oct, marked] {
        for keys in [vec![shadow.clone(), main_key()], vec![main_key(), shadow.clone()]] {
            let (_issuer, _legacy, gate) = gate_with(keys);
            expect_accepted(&gate, &main_token());
            expect_refused(
                &gate,
                &Token::auth0().header("alg", "HS256").signed_with(|i| hs256(secret, i)).sign(),
            );
            gate.assert_calm();
        }
    }
}

/// The set parsed as a whole would die of these (security page, trap 8).
#[test]
fn j34_unknown_curves_and_broken_keys() {
    let (x, y) = (b64([2; 32]), b64([3; 32]));
    for (name, jwk) in [
        ("secp256k1", json!({ "kty": "EC", "kid": "odd", "crv": "secp256k1", "x": x, "y": y })),
        (
            "a point off the curve",
            json!({ "kty": "EC", "kid": "odd", "crv": "P-256", "x": x, "y": y }),
        ),
        ("an RSA key without modulus", odd("n", Value::Null)),
        ("a modulus that is a number", odd("n", json!(5))),
        ("a kid that is a number", odd("kid", json!(5))),
        ("a use that is a number", odd("use", json!(5))),
        ("an alg that is a number", odd("alg", json!(5))),
        ("key_ops that is a string", odd("key_ops", json!("sign"))),
    ] {
        is_skipped(name, &jwk, &by("odd", "third"));
    }
}

/// A set of unusable keys alone at the start is no key set at all.
#[test]
fn no_usable_key_at_all() {
    let (_issuer, _legacy, gate) = gate_with(vec![odd("use", json!("enc"))]);
    expect_unavailable(&gate, &by("odd", "third"));
    expect_unavailable(&gate, &main_token());
    gate.assert_sound();
}
