//! The readers of stored forms: from a text to a `StoredHash`. They know
//! neither the configuration nor the list of schemes.
//!
//! What shows by itself goes `told` → `spring` → `braces` → `layered` → `prefixes` → the families of
//! software; what only a name tells, `columns` → the same families, and what several products write
//! alike, `several` → the same. All of them take texts apart
//! with `fields` and put hashes together with `build`.

mod braces;
mod build;
pub(super) mod columns;
mod crypt;
mod elasticsearch;
mod fields;
mod frameworks;
mod keycloak;
mod layered;
mod magento;
mod mediawiki;
mod modular;
mod pbkdf2;
mod prefixes;
mod products;
mod scrypt;
mod servers;
mod several;
mod spring;
mod told;

pub(super) use build::Told;
pub(super) use keycloak::keycloak;
pub use prefixes::marks;
pub(super) use prefixes::read as modular;
pub(super) use several::read as several;
pub(super) use told::read;
