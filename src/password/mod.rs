//! Passwords: what a row stores, and whether a password is the one that it was made from.

mod names;
mod primitives;
mod recipe;
mod stored;
mod verify;

pub use names::{Kind, Scheme, Unmarked};
pub use primitives::{Argon2Kind, BcryptVariant, Crypt, Digest, Kdf, crypt};
pub use recipe::{Caps, Change, Cost, Encoding, Inputs, Recipe, SaltText, Variable};
pub use stored::{Columns, Refusal, Schemes, StoredHash, UnknownScheme, Unverifiable};
pub use verify::{
    Account, Derived, MAX_PASSWORD_BYTES, Password, Place, Settings, Verdict, Verifier, VerifyError,
};
