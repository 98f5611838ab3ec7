//! The JOSE header (RFC 7515 section 4): only what a plain signed token may carry.

use std::borrow::Cow;

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
pub(super) struct Header<'a> {
    pub(super) algorithm: SignatureAlgorithm,
    pub(super) kid: Cow<'a, str>,
    typ: Option<Text<'a>>,
}

#[derive(Deserialize)]
#[allow(clippy::struct_excessive_bools, reason = "each says whether a member is there")]
struct Members<'a> {
    #[serde(borrow)]
    alg: Cow<'a, str>,
    #[serde(borrow)]
    kid: Cow<'a, str>,
    #[serde(borrow)]
    typ: Option<Text<'a>>,
    #[serde(default, deserialize_with = "present")]
    crit: bool,
    #[serde(default, deserialize_with = "present")]
    b64: bool,
    #[serde(default, deserialize_with = "present")]
    zip: bool,
    #[serde(default, deserialize_with = "present")]
    cty: bool,
}

/// A text where it stands, if it stands there without escapes.
#[derive(Deserialize, PartialEq)]
pub(super) struct Text<'a>(#[serde(borrow)] pub(super) Cow<'a, str>);

/// Reads any value as "it is there", null included.
pub(super) fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    IgnoredAny::deserialize(deserializer).map(|_| true)
}

impl<'a> Header<'a> {
    /// Reads the header; `jwk`, `jku`, `x5u` and `x5c` are never looked at (RFC 8725 section 3.10).
    pub(super) fn read(
        bytes: &'a [u8],
        algorithms: &[SignatureAlgorithm],
    ) -> Result<Self, Rejection> {
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
        let Some(Text(typ)) = &self.typ else { return Ok(Dialect::Auth0) };
        let is = |name: &str| typ.eq_ignore_ascii_case(name);
        if is("jwt") {
            Ok(Dialect::Auth0)
        } else if is("at+jwt") || is("application/at+jwt") {
            Ok(Dialect::Rfc9068)
        } else {
            Err(Rejection::Invalid("typ"))
        }
    }
}
