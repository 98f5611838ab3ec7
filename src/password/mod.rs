//! Passwords: what a row stores, and whether a password is the one that it was made from.
//!
//! The rooms stand one on the other: `verify` takes logins in turn and compares; `stored` reads
//! rows; `names` lists the schemes; `recipe` says what a digest is made from; `primitives`, a
//! crate of its own, are the digests and key derivations.

mod names;
mod recipe;
mod stored;
mod verify;

use narrowgate_primitives as primitives;

pub(crate) use names::{Kind, Scheme, Unmarked};
pub use narrowgate_primitives::{Argon2Kind, BcryptVariant, Crypt, Digest, Kdf};
pub use recipe::{Caps, Change, Cost, Encoding, Inputs, Recipe, Variable};
pub use stored::{Columns, Refusal, Schemes, StoredHash, UnknownScheme, Unverifiable, marks};
pub use verify::{
    Account, Derived, Mismatch, Password, Place, Settings, Verdict, Verifier, VerifyError,
};
