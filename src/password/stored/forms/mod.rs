//! The readers of stored forms: from a text to a `StoredHash`. They know
//! neither the configuration nor the list of schemes.
//!
//! What shows by itself goes `told` → `spring` → `braces` → `layered` → `prefixes` → the families of
//! software; what only a name tells, `columns` → the same families. All of them take texts apart
//! with `fields` and put hashes together with `build`.

mod braces;
mod build;
pub(super) mod columns;
mod crypt;
mod fields;
mod frameworks;
mod keycloak;
mod layered;
mod magento;
mod mediawiki;
mod modular;
mod pbkdf2;
mod prefixes;
mod scrypt;
mod servers;
mod spring;
mod told;

pub(super) use build::Told;
pub(super) use keycloak::keycloak;
pub use prefixes::marks;
pub(super) use told::read;
