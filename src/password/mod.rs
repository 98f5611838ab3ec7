//! Passwords: what a row stores, and whether a password is the one that it was made from.

mod artefacts;
mod bcrypt;
mod braces;
mod caps;
mod columns;
mod cost;
pub mod crypt;
mod crypt_forms;
mod crypt_kdf;
mod digest;
mod encoding;
mod evaluate;
mod frameworks;
mod functions;
mod grammar;
mod kdf;
mod layered;
mod modular;
mod named;
mod names;
mod parser;
mod pbkdf2_forms;
mod policy;
mod prevailing;
mod queue;
mod read;
mod recipe;
mod servers;
mod settings;
mod spring;
mod stored;
mod told;
mod usual;
mod verifier;

use serde::Deserialize;
use zeroize::{Zeroize, Zeroizing};

pub use bcrypt::BcryptVariant;
pub use caps::Caps;
pub use cost::Cost;
pub use crypt_kdf::Crypt;
pub use digest::Digest;
pub use encoding::Encoding;
pub use evaluate::Inputs;
pub use kdf::{Argon2Kind, Kdf};
pub use names::{Kind, Scheme, Unmarked};
pub use policy::{Account, Settings};
pub use read::{Schemes, UnknownScheme};
pub use recipe::{Change, Recipe, Variable};
pub use settings::SaltText;
pub use stored::{Columns, Refusal, StoredHash, Unverifiable};
pub use told::marks;
pub use verifier::{Derived, Place, Underived, Verdict, Verifier, VerifyError};

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
