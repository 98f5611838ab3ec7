//! Bulk migration to Auth0, in rooms that stand one on the other:
//!
//! - [`translate()`] makes an import object of a stored hash, or says why not;
//! - [`Builder`] makes a user of a row, within [`Rules`] or with a [`HeldReason`];
//! - [`Packer`] fills import files;
//! - [`management`] is the way to the tenant.

mod derived;
mod held;
mod import_password;
pub mod management;
mod message;
mod pack;
mod random;
mod reasons;
mod record;
pub mod rules;
mod translate;

pub use held::HeldReason;
pub use import_password::{CustomPasswordHash, ImportPassword};
pub use pack::{Packed, Packer, Put};
pub use reasons::{NotImportable, Warning};
pub use record::{Builder, Hashing, Record};
pub use rules::Rules;
pub use translate::{ClearText, Import, Translation, translate};

#[cfg(test)]
mod tests;
