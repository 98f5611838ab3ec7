//! The JOSE header (RFC 7515 section 4): only what a plain signed token may carry.

use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};

use super::Rejection;
use crate::config::SignatureAlgorithm;
use crate::json;

/// Which profile of access token the header declares.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    /// Auth0's own profile: `typ` is `JWT` or absent.
    Auth0,
    /// RFC 9068: `typ` is `at+jwt`.
    Rfc9068,
}

/// A header whose algorithm is on the list.
pub(super) struct Header {
    pub(super) algorithm: SignatureAlgorithm,
    pub(super) kid: String,
    typ: Option<String>,
}

#[derive(Deserialize)]
#[allow(clippy::struct_excessive_bools, reason = "each says whether a member is there")]
struct Members {
    alg: String,
    kid: String,
    typ: Option<String>,
    #[serde(default, deserialize_with = "present")]
    crit: bool,
    #[serde(default, deserialize_with = "present")]
    b64: bool,
    #[serde(default, deserialize_with = "present")]
    zip: bool,
    #[serde(default, deserialize_with = "present")]
    cty: bool,
}

/// Reads any value as "it is there", null included.
pub(super) fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    IgnoredAny::deserialize(deserializer).map(|_| true)
}

impl Header {
    /// Reads the header; `jwk`, `jku`, `x5u` and `x5c` are never looked at (RFC 8725 section 3.10).
    pub(super) fn read(bytes: &[u8], algorithms: &[SignatureAlgorithm]) -> Result<Self, Rejection> {
        let members: Members = json::object(bytes).map_err(|_| Rejection::Invalid("header"))?;
        let algorithm = SignatureAlgorithm::from_name(&members.alg)
            .filter(|algorithm| algorithms.contains(algorithm))
            .ok_or(Rejection::Invalid("algorithm"))?;
        if members.crit || members.b64 || members.zip || members.cty {
            return Err(Rejection::Invalid("header extension"));
        }
        Ok(Self { algorithm, kid: members.kid, typ: members.typ })
    }

    /// The profile that `typ` names; ID tokens, logout tokens and the like are refused.
    pub(super) fn dialect(&self) -> Result<Dialect, Rejection> {
        match self.typ.as_deref().map(str::to_ascii_lowercase).as_deref() {
            None | Some("jwt") => Ok(Dialect::Auth0),
            Some("at+jwt" | "application/at+jwt") => Ok(Dialect::Rfc9068),
            Some(_) => Err(Rejection::Invalid("typ")),
        }
    }
}
