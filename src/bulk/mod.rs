//! Bulk migration to Auth0.

mod derived;
mod import_password;
mod message;
mod reasons;
mod translate;

pub use import_password::{CustomPasswordHash, ImportPassword};
pub use reasons::{NotImportable, Warning};
pub use translate::{ClearText, Import, Translation, translate};

#[cfg(test)]
mod tests;
