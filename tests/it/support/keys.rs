//! The fixture keys and every way to sign with them, the forbidden ways included. Independent of
//! the service's own token library on purpose: two readings of the same RFC.

use std::collections::BTreeMap;
use std::sync::{LazyLock, Mutex};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeyPairComponents, PublicKeyComponents};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384,
    RSA_PKCS1_SHA512, RSA_PSS_SHA256, RsaEncoding,
};
use aws_lc_rs::{digest, hmac};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use num_bigint::BigUint;
use serde_json::{Value, json};

/// `DigestInfo` of SHA-256 up to the digest itself (RFC 8017, 9.2 note 1).
pub const SHA256_INFO: [u8; 19] = [
    0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05,
    0x00, 0x04, 0x20,
];

pub fn b64(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

pub fn unb64(text: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text).expect("base64url")
}

pub fn sha256(bytes: &[u8]) -> Vec<u8> {
    digest::digest(&digest::SHA256, bytes).as_ref().to_vec()
}

pub fn hs256(secret: &[u8], input: &[u8]) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), input).as_ref().to_vec()
}

/// One key of `tests/fixtures/keys`.
#[derive(Debug)]
pub struct Key {
    jwk: BTreeMap<String, String>,
}

/// Loads a fixture key once; keys live as long as the test run.
pub fn key(name: &str) -> &'static Key {
    static LOADED: LazyLock<Mutex<BTreeMap<String, &'static Key>>> = LazyLock::new(Mutex::default);
    let mut loaded = LOADED.lock().unwrap();
    loaded.entry(name.to_owned()).or_insert_with(|| {
        let path = format!("{}/tests/fixtures/keys/{name}.json", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{path}: {e}"));
        Box::leak(Box::new(Key { jwk: serde_json::from_str(&text).expect("a JWK of strings") }))
    })
}

impl Key {
    fn part(&self, name: &str) -> Vec<u8> {
        unb64(&self.jwk[name])
    }

    fn number(&self, name: &str) -> BigUint {
        BigUint::from_bytes_be(&self.part(name))
    }

    /// The public half, as an issuer publishes it: `use` and `alg` set, the way Auth0 does.
    pub fn public(&self, kid: &str) -> Value {
        let (names, alg): (&[&str], _) = match self.jwk["kty"].as_str() {
            "RSA" => (&["kty", "n", "e"], "RS256"),
            _ => (&["kty", "crv", "x", "y"], "ES256"),
        };
        let mut jwk = json!({ "kid": kid, "use": "sig", "alg": alg });
        for name in names {
            jwk[*name] = self.jwk[*name].clone().into();
        }
        jwk
    }

    /// The whole key, private part and all: what an issuer must never publish.
    pub fn private(&self, kid: &str) -> Value {
        let mut jwk = self.public(kid);
        for (name, value) in &self.jwk {
            jwk[name] = value.clone().into();
        }
        jwk
    }

    pub fn modulus(&self) -> Vec<u8> {
        self.part("n")
    }

    pub fn modulus_text(&self) -> &str {
        &self.jwk["n"]
    }

    pub fn rs256(&self, input: &[u8]) -> Vec<u8> {
        self.rsa(&RSA_PKCS1_SHA256, input)
    }

    pub fn rs384(&self, input: &[u8]) -> Vec<u8> {
        self.rsa(&RSA_PKCS1_SHA384, input)
    }

    pub fn rs512(&self, input: &[u8]) -> Vec<u8> {
        self.rsa(&RSA_PKCS1_SHA512, input)
    }

    pub fn ps256(&self, input: &[u8]) -> Vec<u8> {
        self.rsa(&RSA_PSS_SHA256, input)
    }

    fn rsa(&self, padding: &'static dyn RsaEncoding, input: &[u8]) -> Vec<u8> {
        let parts = KeyPairComponents {
            public_key: PublicKeyComponents { n: self.part("n"), e: self.part("e") },
            d: self.part("d"),
            p: self.part("p"),
            q: self.part("q"),
            dP: self.part("dp"),
            dQ: self.part("dq"),
            qInv: self.part("qi"),
        };
        let pair = KeyPair::from_components(&parts).expect("an RSA key the library signs with");
        let mut signature = vec![0; pair.public_modulus_len()];
        pair.sign(padding, &SystemRandom::new(), input, &mut signature).expect("signed");
        signature
    }

    pub fn es256(&self, input: &[u8]) -> Vec<u8> {
        let public = [vec![4], self.part("x"), self.part("y")].concat();
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let pair =
            EcdsaKeyPair::from_private_key_and_public_key(algorithm, &self.part("d"), &public)
                .expect("an EC key");
        pair.sign(&SystemRandom::new(), input).expect("signed").as_ref().to_vec()
    }

    /// The bare RSA private operation on a block the test padded itself.
    pub fn raw_block(&self, block: &[u8]) -> Vec<u8> {
        let (n, d) = (self.number("n"), self.number("d"));
        left_padded(&BigUint::from_bytes_be(block).modpow(&d, &n), self.modulus().len())
    }

    /// RS256 through `raw_block`: for keys the library refuses to sign with, and as a control of
    /// the hand-made padding.
    pub fn rs256_by_hand(&self, input: &[u8]) -> Vec<u8> {
        self.raw_block(&pkcs1_block(
            self.modulus().len(),
            &[&SHA256_INFO[..], &sha256(input)].concat(),
        ))
    }

    /// The same signature plus the modulus: equal modulo n, so a verifier that reduces first would
    /// take it.
    pub fn plus_modulus(&self, signature: &[u8]) -> Option<Vec<u8>> {
        let sum = (BigUint::from_bytes_be(signature) + self.number("n")).to_bytes_be();
        (sum.len() == signature.len()).then_some(sum)
    }

    /// `RSAPublicKey` (PKCS#1) and `SubjectPublicKeyInfo`, the texts an attacker would try as an
    /// HMAC secret.
    pub fn pkcs1_der(&self) -> Vec<u8> {
        let integer = |bytes: Vec<u8>| {
            der(2, &if bytes[0] >= 0x80 { [vec![0], bytes].concat() } else { bytes })
        };
        der(0x30, &[integer(self.part("n")), integer(self.part("e"))].concat())
    }

    pub fn spki_der(&self) -> Vec<u8> {
        let rsa = [
            0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05,
            0x00,
        ];
        der(0x30, &[&rsa[..], &der(3, &[vec![0], self.pkcs1_der()].concat())].concat())
    }
}

/// `00 01 FF … FF 00 tail`, as long as the modulus.
pub fn pkcs1_block(length: usize, tail: &[u8]) -> Vec<u8> {
    [&[0, 1][..], &vec![0xff; length - tail.len() - 3], &[0], tail].concat()
}

pub fn pem(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<_> =
        text.as_bytes().chunks(64).map(|line| String::from_utf8_lossy(line)).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let [.., high, low] = length.to_be_bytes();
    let head = match length {
        0..=127 => vec![tag, low],
        128..=255 => vec![tag, 0x81, low],
        _ => vec![tag, 0x82, high, low],
    };
    [head, content.to_vec()].concat()
}

fn left_padded(number: &BigUint, length: usize) -> Vec<u8> {
    let bytes = number.to_bytes_be();
    [vec![0; length - bytes.len()], bytes].concat()
}
