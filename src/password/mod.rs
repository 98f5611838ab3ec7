//! Passwords: what a row stores, and whether a password is the one that it was made from.

mod bcrypt;
mod derive;
mod parse;
mod queue;
mod verifier;

use serde::Deserialize;
use zeroize::{Zeroize, Zeroizing};

pub use bcrypt::BcryptVariant;
pub use derive::{Argon2Kind, Parameters, Pbkdf2Digest};
pub use parse::{StoredHash, Unverifiable};
pub use verifier::{Place, Verdict, Verifier, VerifyError};

/// The longest password, in bytes (a longer one costs to read and to copy, not to hash).
pub const MAX_PASSWORD_BYTES: usize = 512;

/// A password as it was typed: no trimming, no change of case, no normal form.
///
/// It wipes itself and has neither `Debug` nor `Display`.
#[derive(Deserialize)]
#[serde(try_from = "String")]
pub struct Password(Zeroizing<String>);

impl TryFrom<String> for Password {
    type Error = &'static str;

    /// NUL is refused: C implementations stopped there, so any ending would be accepted.
    fn try_from(mut text: String) -> Result<Self, Self::Error> {
        if text.is_empty() || text.len() > MAX_PASSWORD_BYTES || text.contains('\0') {
            text.zeroize();
            return Err("password is empty, too long or holds a NUL");
        }
        Ok(Self(Zeroizing::new(text)))
    }
}

impl Password {
    /// The bytes that are hashed: the password, then the deployment's pepper if there is one.
    fn with_pepper(&self, pepper: Option<&str>) -> Zeroizing<Vec<u8>> {
        let mut bytes =
            Zeroizing::new(Vec::with_capacity(self.0.len() + pepper.map_or(0, str::len)));
        bytes.extend_from_slice(self.0.as_bytes());
        bytes.extend_from_slice(pepper.unwrap_or_default().as_bytes());
        bytes
    }
}
