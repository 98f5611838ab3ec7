//! The readers of stored forms, each for a family of software: from a text to a
//! [`StoredHash`](super::StoredHash). Who calls them knows the row; they know only texts.

mod braces;
pub(super) mod columns;
mod crypt;
mod frameworks;
mod layered;
mod modular;
mod pbkdf2;
mod servers;
mod spring;
mod told;

pub(super) use braces::Told;
pub(super) use layered::keycloak;
pub(super) use told::read;
