//! One published key (RFC 7517), kept only when it can be used to check our tokens.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;

use super::header::present;
use crate::config::SignatureAlgorithm;
use crate::json;

/// RSA keys below this are too weak and above it cost too much to check.
const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=4096;

/// A public key that may check signatures of the algorithms it is fit for.
pub(super) struct Key {
    decoding: DecodingKey,
    fit_for: Vec<SignatureAlgorithm>,
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
    /// A key whose private parts are published.
    Exposed,
    /// Of no use here.
    Other,
}

impl Key {
    /// Reads one member of the set.
    pub(super) fn read(jwk: &str, allowed: &[SignatureAlgorithm]) -> Member {
        // Whoever reads the set holds a private key that was published: its signatures prove nothing.
        // A repeated member is no way round that: such a member is no key at all.
        match json::object::<PrivateParts>(jwk.as_bytes()) {
            Ok(parts) if parts.are_there() => return Member::Exposed,
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
        let (decoding, family) = match published.kty.as_str() {
            "RSA" => {
                (published.rsa()?, &[SignatureAlgorithm::Rs256, SignatureAlgorithm::Ps256][..])
            }
            "EC" if published.crv.as_deref() == Some("P-256") => {
                let key = DecodingKey::from_ec_components(
                    published.x.as_deref()?,
                    published.y.as_deref()?,
                )
                .ok()?;
                (key, &[SignatureAlgorithm::Es256][..])
            }
            _ => return None,
        };
        let bound = |algorithm: &SignatureAlgorithm| {
            published
                .alg
                .as_deref()
                .is_none_or(|alg| SignatureAlgorithm::from_name(alg) == Some(*algorithm))
        };
        let fit_for: Vec<_> =
            family.iter().copied().filter(|one| allowed.contains(one) && bound(one)).collect();
        (!fit_for.is_empty()).then_some((published.kid, Self { decoding, fit_for }))
    }

    /// Whether this key made the signature, under an algorithm that it is fit for.
    pub(super) fn signed(
        &self,
        algorithm: SignatureAlgorithm,
        signed: &str,
        signature: &str,
    ) -> bool {
        let name = match algorithm {
            SignatureAlgorithm::Rs256 => Algorithm::RS256,
            SignatureAlgorithm::Ps256 => Algorithm::PS256,
            SignatureAlgorithm::Es256 => Algorithm::ES256,
        };
        self.fit_for.contains(&algorithm)
            && jsonwebtoken::crypto::verify(signature, signed.as_bytes(), &self.decoding, name)
                .unwrap_or(false)
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

    /// An RSA key of a sane size, with an odd exponent of at least 3 that fits in 32 bits.
    fn rsa(&self) -> Option<DecodingKey> {
        let (n, e) = (self.n.as_deref()?, self.e.as_deref()?);
        let modulus = significant(&URL_SAFE_NO_PAD.decode(n).ok()?);
        let exponent = significant(&URL_SAFE_NO_PAD.decode(e).ok()?);
        let bits = modulus.len() * 8 - modulus.first()?.leading_zeros() as usize;
        let odd = exponent.last()? % 2 == 1 && exponent != [1];
        (RSA_BITS.contains(&bits) && odd && exponent.len() <= 4)
            .then(|| DecodingKey::from_rsa_raw_components(&modulus, &exponent))
    }
}

fn significant(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().copied().skip_while(|byte| *byte == 0).collect()
}
