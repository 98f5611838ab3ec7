//! Passwords: what a row stores, and whether a password is the one that it was made from.

mod names;
mod primitives;
mod recipe;
mod stored;
mod verify;

use serde::Deserialize;
use zeroize::{Zeroize, Zeroizing};

pub use names::{Kind, Scheme, Unmarked};
pub use primitives::{Argon2Kind, BcryptVariant, Crypt, Digest, Kdf, crypt};
pub use recipe::{Caps, Change, Cost, Encoding, Inputs, Recipe, SaltText, Variable};
pub use stored::{Columns, Refusal, Schemes, StoredHash, UnknownScheme, Unverifiable};
pub use verify::{Account, Derived, Place, Settings, Verdict, Verifier, VerifyError};

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
