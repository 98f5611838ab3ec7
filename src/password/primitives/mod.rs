//! The functions of cryptography, from bytes to bytes: digests, and the key derivations with what
//! decides their cost. The ground floor: nothing here knows of recipes, rows or settings.

mod bcrypt;
pub(super) mod crypt;
mod crypt_kdf;
mod digest;
mod kdf;

pub use bcrypt::BcryptVariant;
pub use crypt_kdf::Crypt;
pub use digest::Digest;
pub use kdf::{Argon2Kind, Kdf};

pub(super) use bcrypt::bcrypt;
pub(super) use crypt_kdf::estimate_scrypt;
