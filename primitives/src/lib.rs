//! The functions of cryptography, from bytes to bytes: digests, and the key derivations with what
//! decides their cost. The ground floor: nothing here knows of recipes, rows or settings.
//!
//! A crate of its own so that it is optimised also where the rest is built for debugging: it is nothing but loops.

mod bcrypt;
pub mod crypt;
mod crypt_kdf;
mod digest;
mod kdf;
pub mod lanes;

pub use bcrypt::{BcryptVariant, bcrypt};
pub use crypt_kdf::{Crypt, estimate_scrypt};
pub use digest::Digest;
pub use kdf::{Argon2Kind, Kdf};
