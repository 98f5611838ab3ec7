//! What came of comparing a password, and why there may be nothing to compare it with.

use std::time::Instant;

use zeroize::Zeroizing;

use crate::password::stored::Refusal;

/// What came of comparing.
#[derive(Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Verdict {
    /// The password is the user's.
    Match {
        /// The scheme of the hash.
        scheme: &'static str,
        /// For [`hold_back`](super::Verifier::hold_back), where the user is refused all the same.
        usual_end: Instant,
    },
    /// It is not, or there is nothing to compare it with.
    NoMatch {
        /// Why, for log and metrics alone.
        why: Mismatch,
        /// For [`hold_back`](super::Verifier::hold_back).
        usual_end: Instant,
    },
}

impl Verdict {
    /// Counts a right password, which is the evidence that hashes of its scheme are read as they were
    /// made, and a hash that cannot be verified.
    pub fn count(self) {
        match self {
            Self::Match { scheme, .. } => {
                metrics::counter!("narrowgate_verified_hashes_total", "scheme" => scheme)
                    .increment(1);
            }
            Self::NoMatch { why: Mismatch::Refused(Refusal { scheme, reason }), .. } => {
                metrics::counter!("narrowgate_unverifiable_hashes_total", "reason" => reason.code(), "scheme" => scheme)
                    .increment(1);
            }
            Self::NoMatch { .. } => {}
        }
    }
}

/// A digest that somebody else compares. It has no `Debug`.
pub struct Derived {
    /// As the row would write it.
    pub digest: Result<Zeroizing<String>, Mismatch>,
    /// The scheme that it was derived by.
    pub scheme: &'static str,
    /// For [`hold_back`](super::Verifier::hold_back).
    pub usual_end: Instant,
}

/// Why a password is not the user's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mismatch {
    /// It is another than the one that was hashed by this scheme.
    Wrong(&'static str),
    /// There is nothing to compare it with, and this is why.
    Absent(&'static str),
    /// The hash cannot be verified.
    Refused(Refusal),
}

impl Mismatch {
    /// For the log.
    #[must_use]
    pub fn reason(self) -> &'static str {
        match self {
            Self::Wrong(_) => "wrong_password",
            Self::Absent(reason) => reason,
            Self::Refused(refusal) => refusal.reason.code(),
        }
    }

    /// The scheme of the user's hash, where there is one.
    #[must_use]
    pub fn scheme(self) -> Option<&'static str> {
        match self {
            Self::Wrong(scheme) | Self::Refused(Refusal { scheme, .. }) => Some(scheme),
            Self::Absent(_) => None,
        }
    }
}

/// Why there is no verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// More logins wait than can be served in time.
    #[error("more logins wait than can be hashed in time")]
    Overloaded,
    /// The hashing thread ended without a word.
    #[error("a hashing thread failed")]
    Broken,
}
