//! One published key (RFC 7517), kept only when it can be used to check our tokens.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256,
    RsaParameters, RsaPublicKeyComponents,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::header::present;
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

#[derive(Deserialize)]
struct PublicParts {
    n: Option<Box<RawValue>>,
    x: Option<Box<RawValue>>,
    y: Option<Box<RawValue>>,
}

impl Numbers {
    /// None where they are not there, or are none.
    fn read(jwk: &str) -> Option<Self> {
        let parts: PublicParts = json::object(jwk.as_bytes()).ok()?;
        let number = |member: Option<Box<RawValue>>| {
            decode(serde_json::from_str(member?.get()).ok()).map(significant)
        };
        match number(parts.n) {
            Some(modulus) => Some(Self(modulus)),
            None => Some(Self([number(parts.x)?, vec![0], number(parts.y)?].concat())),
        }
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
#[derive(Deserialize)]
#[allow(clippy::struct_excessive_bools, reason = "each says whether a member is there")]
struct PrivateParts {
    #[serde(default, deserialize_with = "present")]
    d: bool,
    #[serde(default, deserialize_with = "present")]
    p: bool,
    #[serde(default, deserialize_with = "present")]
    q: bool,
    #[serde(default, deserialize_with = "present")]
    dp: bool,
    #[serde(default, deserialize_with = "present")]
    dq: bool,
    #[serde(default, deserialize_with = "present")]
    qi: bool,
    #[serde(default, deserialize_with = "present")]
    oth: bool,
    #[serde(default, deserialize_with = "present")]
    k: bool,
}

impl PrivateParts {
    fn are_there(&self) -> bool {
        [self.d, self.p, self.q, self.dp, self.dq, self.qi, self.oth, self.k].contains(&true)
    }
}

/// What a member of the set comes to.
pub(super) enum Member {
    /// A key and its id.
    Usable(String, Key),
    /// A key whose private parts are published, and which it is, where that can be told.
    Exposed(Option<Numbers>),
    /// Of no use here.
    Other,
}

impl Key {
    /// Reads one member of the set.
    pub(super) fn read(jwk: &str, allowed: &[SignatureAlgorithm]) -> Member {
        // Whoever reads the set holds a private key that was published: its signatures prove nothing.
        // A repeated member is no way round that: such a member is no key at all.
        match json::object::<PrivateParts>(jwk.as_bytes()) {
            Ok(parts) if parts.are_there() => return Member::Exposed(Numbers::read(jwk)),
            Ok(_) => {}
            Err(_) => return Member::Other,
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
        let numbers = Numbers::read(jwk)?;
        (!fit_for.is_empty()).then_some((published.kid, Self { fit_for, numbers }))
    }

    /// Whether it is the key of these numbers.
    pub(super) fn is(&self, numbers: &Numbers) -> bool {
        self.numbers == *numbers
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

fn significant(bytes: Vec<u8>) -> Vec<u8> {
    bytes.into_iter().skip_while(|byte| *byte == 0).collect()
}
