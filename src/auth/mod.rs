//! The gate: from an `Authorization` header to a [`MachineToken`], or to the reason why not.
//!
//! The order is fixed: syntax, algorithm, key, signature, type, claims, party. The scope is the
//! endpoint's to ask, with [`MachineToken::grants`].

mod cache;
mod claims;
mod credentials;
mod fetcher;
mod header;
mod jwks;
mod key;
mod route;

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tokio::time::timeout;

pub use claims::{MachineToken, Scope};
pub use credentials::bearer_token;
pub use fetcher::{FetchError, Fetcher, Probe};
pub use jwks::KeySet;

use crate::config::Auth;
use cache::{Fingerprint, TokenCache};
use claims::Policy;
use header::Header;

/// The longest token that is looked at, in bytes.
const MAX_TOKEN_BYTES: usize = 8192;

/// Why a request was not admitted. The texts are codes for the log; callers see none of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// No bearer token at all (RFC 6750 section 3.1: a challenge without an error).
    #[error("no bearer token")]
    Missing,
    /// Credentials that are ambiguous or break the syntax.
    #[error("malformed credentials: {0}")]
    Malformed(&'static str),
    /// The token itself is no good.
    #[error("invalid token: {0}")]
    Invalid(&'static str),
    /// An authentic token of somebody who may not call.
    #[error("wrong party: {0}")]
    WrongParty(&'static str),
    /// There is no key to check with, which is not the caller's fault.
    #[error("no key set")]
    KeysUnavailable,
}

/// Verifies machine tokens against the issuer's key set.
pub struct Gate {
    policy: Policy,
    keys: KeySet,
    cache: TokenCache,
    patience: Duration,
}

impl Gate {
    /// Makes the gate around a key set that is being kept fresh elsewhere; a token of an unknown key
    /// waits no longer than `patience` for it.
    #[must_use]
    pub fn new(settings: &Auth, keys: KeySet, patience: Duration) -> Self {
        Self { policy: Policy::new(settings), keys, cache: TokenCache::default(), patience }
    }

    /// Whether there are keys to check a token with.
    #[must_use]
    pub fn has_keys(&self) -> bool {
        self.keys.usable().is_some()
    }

    /// Admits a token after every check but the scope's.
    ///
    /// # Errors
    /// The first check that failed, in the order of the module's head.
    pub async fn admit(&self, token: &str) -> Result<Arc<MachineToken>, Rejection> {
        let now = seconds_since_epoch();
        if token.len() > MAX_TOKEN_BYTES {
            return Err(Rejection::Invalid("too long"));
        }
        let fingerprint = Fingerprint::of(token);
        if let Some(table) = self.keys.usable()
            && let Some(known) = self.cache.find(&fingerprint, &table)
        {
            return self
                .policy
                .still_valid(&known, now)
                .then_some(known)
                .ok_or(Rejection::Invalid("expired"));
        }
        let parts = Parts::split(token)?;
        let header = decode(parts.header)?;
        let header = Header::read(&header, &self.policy.algorithms)?;
        let table = timeout(self.patience, self.keys.holding(&header.kid)).await.ok().flatten();
        let table = table.ok_or(Rejection::KeysUnavailable)?;
        let signature = decode(parts.signature)?;
        let authentic = table
            .keys(&header.kid)
            .iter()
            .any(|key| key.signed(header.algorithm, parts.signed, &signature));
        if !authentic {
            return Err(Rejection::Invalid("unknown key or bad signature"));
        }
        let dialect = header.dialect()?;
        let machine = Arc::new(self.policy.check(dialect, &decode(parts.payload)?, now)?);
        self.cache.insert(fingerprint, Arc::clone(&machine), table);
        Ok(machine)
    }
}

/// The three parts of a JWS in compact form (RFC 7515 section 7.1).
struct Parts<'a> {
    header: &'a str,
    payload: &'a str,
    signature: &'a str,
    signed: &'a str,
}

impl<'a> Parts<'a> {
    fn split(token: &'a str) -> Result<Self, Rejection> {
        let malformed = Rejection::Invalid("not three parts");
        let (signed, signature) = token.rsplit_once('.').ok_or(malformed)?;
        let (header, payload) = signed.split_once('.').ok_or(malformed)?;
        if payload.contains('.') || [header, payload, signature].contains(&"") {
            return Err(malformed);
        }
        Ok(Self { header, payload, signature, signed })
    }
}

/// Strict base64url: no padding, and no second spelling of the same bytes.
fn decode(part: &str) -> Result<Vec<u8>, Rejection> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| Rejection::Invalid("not base64url"))
}

/// Seconds since 1970, 0 for a clock before it.
fn seconds_since_epoch() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |elapsed| elapsed.as_secs_f64())
}
