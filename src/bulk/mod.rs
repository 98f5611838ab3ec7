//! Bulk migration to Auth0, in rooms that stand one on the other:
//!
//! - [`translate()`] makes an import object of a stored hash, or says why not;
//! - [`Builder`] makes a user of a row, within [`Rules`] or with a [`HeldReason`];
//! - [`Packer`] fills import files, and [`export()`] writes them;
//! - [`management`] is the way to the tenant;
//! - [`run`] keeps the books of a run, and [`import`] is the run;
//! - [`verify`] compares the tenant with the legacy database, and marks who is there;
//! - [`evidence`] says which schemes real logins have proven.

use std::time::Duration;

/// For a connection to be made; what is read may take as long as it takes.
pub(crate) const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

mod derived;
mod digest;
mod draft;
pub mod evidence;
mod export;
mod held;
pub mod import;
mod import_password;
pub mod management;
mod message;
mod pack;
mod random;
mod reasons;
mod record;
mod rows;
pub mod rules;
pub mod run;
mod stop;
mod translate;
mod trouble;
pub mod verify;

pub use export::{Entry, ExportError, Manifest, export};
pub use held::HeldReason;
pub use import_password::{CustomPasswordHash, ImportPassword};
pub use pack::{Packed, Packer, Put};
pub use reasons::{NotImportable, Warning};
pub(crate) use record::account;
pub use record::{Builder, Hashing, Record, SchemeChoice, profile};
pub use rules::Rules;
pub use stop::Stop;
pub use translate::{ClearText, Import, Translation, translate};
pub use trouble::Trouble;

#[cfg(test)]
mod tests;
