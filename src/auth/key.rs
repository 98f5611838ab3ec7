//! One published key (RFC 7517), kept only when it can be used to check our tokens.

use std::fmt;

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256,
    RsaParameters, RsaPublicKeyComponents,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::config::SignatureAlgorithm;
use crate::json;

/// RSA keys below this are too weak and above it cost too much to check.
const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=4096;

/// A public key, ready to check signatures of each algorithm that it is fit for.
pub(super) struct Key {
    fit_for: Vec<(SignatureAlgorithm, ParsedPublicKey)>,
    numbers: Numbers,
}

/// The numbers that a key consists of: the modulus, or the two of a point. Two members of a set with
/// the same numbers are one key, whatever else they say.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Numbers(Vec<u8>);

impl Numbers {
    /// Of each pair of members that may be them. Padding and the other alphabet do not make it another key.
    fn all(members: &Members) -> Vec<Self> {
        let of = |name: &'static str| members.texts(name).filter_map(number);
        let points = of("x").flat_map(|x| of("y").map(move |y| Self([&x[..], &[0], &y].concat())));
        of("n").map(Self).chain(points).collect()
    }
}

/// All members of an object, also those that are repeated.
struct Members(Vec<(String, Value)>);

impl Members {
    fn texts(&self, name: &'static str) -> impl Iterator<Item = &str> {
        self.0
            .iter()
            .filter(move |(known, _)| known == name)
            .filter_map(|(_, value)| value.as_str())
    }
}

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(value: D) -> Result<Self, D::Error> {
        struct All;
        impl<'de> Visitor<'de> for All {
            type Value = Members;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = vec![];
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        value.deserialize_map(All)
    }
}

#[derive(Deserialize)]
struct Published {
    kty: String,
    kid: String,
    #[serde(rename = "use")]
    public_key_use: Option<String>,
    key_ops: Option<Vec<String>>,
    alg: Option<String>,
    n: Option<String>,
    e: Option<String>,
    crv: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

/// The members that a published key must not have (RFC 7518 sections 6.2.2, 6.3.2 and 6.4.1).
const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// What a member of the set comes to.
pub(super) enum Member {
    /// A key and its id.
    Usable(String, Key),
    /// A key whose private parts are published.
    Exposed(Exposed),
    /// Of no use here.
    Other,
}

/// Which key it is that everybody has.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Exposed {
    /// What it calls itself, where no numbers tell it.
    kids: Vec<String>,
    numbers: Vec<Numbers>,
}

impl Exposed {
    /// Whether it is this one. Where that cannot be told, it is any of its name.
    pub(super) fn is(&self, kid: &str, key: &Key) -> bool {
        self.numbers.contains(&key.numbers)
            || (self.numbers.is_empty() && self.kids.iter().any(|known| known == kid))
    }
}

impl Key {
    /// Reads one member of the set.
    pub(super) fn read(jwk: &str, allowed: &[SignatureAlgorithm]) -> Member {
        let Ok(members) = json::object::<Members>(jwk.as_bytes()) else { return Member::Other };
        // Whoever reads the set holds a private key that was published: its signatures prove nothing.
        if members.0.iter().any(|(name, _)| PRIVATE.contains(&name.as_str())) {
            // A shared secret is another kind of key than any of ours.
            let is_secret = members.texts("kty").any(|kty| kty == "oct");
            let kids = members.texts("kid").filter(|_| !is_secret).map(str::to_owned).collect();
            return Member::Exposed(Exposed { kids, numbers: Numbers::all(&members) });
        }
        match Self::public(jwk, allowed) {
            Some((kid, key)) => Member::Usable(kid, key),
            None => Member::Other,
        }
    }

    /// The key and its id, or nothing when it is of no use here.
    fn public(jwk: &str, allowed: &[SignatureAlgorithm]) -> Option<(String, Self)> {
        let published: Published = json::object(jwk.as_bytes()).ok()?;
        if !published.may_verify() {
            return None;
        }
        let bound = |algorithm: SignatureAlgorithm| {
            published
                .alg
                .as_deref()
                .is_none_or(|alg| SignatureAlgorithm::from_name(alg) == Some(algorithm))
        };
        let mut fit_for = vec![];
        for algorithm in allowed.iter().copied().filter(|one| bound(*one)) {
            fit_for.extend(published.ready_for(algorithm).map(|key| (algorithm, key)));
        }
        let numbers = published.numbers()?;
        (!fit_for.is_empty()).then_some((published.kid, Self { fit_for, numbers }))
    }

    /// Whether this key made the signature, under an algorithm that it is fit for.
    pub(super) fn signed(
        &self,
        algorithm: SignatureAlgorithm,
        signed: &str,
        signature: &[u8],
    ) -> bool {
        let mut fit_for = self.fit_for.iter();
        let key = fit_for.find_map(|(fit_for, key)| (*fit_for == algorithm).then_some(key));
        key.is_some_and(|key| key.verify_sig(signed.as_bytes(), signature).is_ok())
    }
}

impl Published {
    fn may_verify(&self) -> bool {
        self.public_key_use.as_deref().is_none_or(|public_key_use| public_key_use == "sig")
            && self
                .key_ops
                .as_ref()
                .is_none_or(|operations| operations.iter().any(|one| one == "verify"))
    }

    /// The key for signatures of this algorithm (RFC 7518 section 3.1), if it is of its kind.
    fn ready_for(&self, algorithm: SignatureAlgorithm) -> Option<ParsedPublicKey> {
        match (algorithm, self.kty.as_str()) {
            (SignatureAlgorithm::Rs256, "RSA") => self.rsa(&RSA_PKCS1_2048_8192_SHA256),
            (SignatureAlgorithm::Ps256, "RSA") => self.rsa(&RSA_PSS_2048_8192_SHA256),
            (SignatureAlgorithm::Es256, "EC") => self.p256(),
            _ => None,
        }
    }

    /// By which it is known again.
    fn numbers(&self) -> Option<Numbers> {
        if self.kty == "RSA" {
            return Some(Numbers(number(self.n.as_deref()?)?));
        }
        let (x, y) = (number(self.x.as_deref()?)?, number(self.y.as_deref()?)?);
        Some(Numbers([&x[..], &[0], &y].concat()))
    }

    /// An RSA key of a sane size, with an odd exponent of at least 3 that fits in 32 bits.
    fn rsa(&self, parameters: &'static RsaParameters) -> Option<ParsedPublicKey> {
        let n = significant(decode(self.n.as_deref())?);
        let e = significant(decode(self.e.as_deref())?);
        let bits = n.len() * 8 - n.first()?.leading_zeros() as usize;
        let odd = e.last()? % 2 == 1 && e != [1];
        if !RSA_BITS.contains(&bits) || !odd || e.len() > 4 {
            return None;
        }
        RsaPublicKeyComponents { n, e }.to_parsed_public_key(parameters).ok()
    }

    /// A point of P-256, uncompressed (SEC 1 section 2.3.3).
    fn p256(&self) -> Option<ParsedPublicKey> {
        let (x, y) = (decode(self.x.as_deref())?, decode(self.y.as_deref())?);
        // RFC 7518 section 6.2.1.2: each is of full length.
        if self.crv.as_deref() != Some("P-256") || x.len() != 32 || y.len() != 32 {
            return None;
        }
        ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, [&[4][..], &x, &y].concat()).ok()
    }
}

fn decode(member: Option<&str>) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(member?).ok()
}

/// A number in either alphabet of base64, padded or not.
fn number(member: &str) -> Option<Vec<u8>> {
    let usual = member.trim_end_matches('=').replace('+', "-").replace('/', "_");
    decode(Some(&usual)).map(significant)
}

fn significant(bytes: Vec<u8>) -> Vec<u8> {
    bytes.into_iter().skip_while(|byte| *byte == 0).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A member that says something twice is no key, and what it publishes is published all the same.
    #[test]
    fn private_parts_are_seen_in_any_member() {
        for (jwk, numbers) in [
            (r#"{"kty":"EC","kid":"k","n":"AQAB","x":"AQ","y":"Ag","d":"Aw"}"#, 2),
            (r#"{"kty":"EC","kid":"k","x":"AQ","y":"Ag","d":"Aw","d":"Aw"}"#, 1),
            (r#"{"kty":"EC","kid":"k","x":"AQ==","x":"Aw","y":"Ag","d":null}"#, 2),
            (r#"{"kty":"RSA","kid":"k","n":5,"p":"Aw"}"#, 0),
        ] {
            let found = match Key::read(jwk, &[]) {
                Member::Exposed(key) => Some((key.numbers.len(), key.kids.len())),
                _ => None,
            };
            assert_eq!(found, Some((numbers, 1)), "{jwk}");
        }
    }
}
