//! From the columns of a row to a [`StoredHash`]: by prefix and whole form, or by the name that
//! the contract gives; never by trying. It stands on `names` and `recipe`.

mod artefacts;
mod explained;
mod forms;
mod hash;
mod named;
mod read;
mod shown;
#[cfg(test)]
mod tests;

pub use forms::marks;
pub use hash::{Columns, Refusal, StoredHash, Unverifiable};
pub use read::{Schemes, UnknownScheme};

pub(super) use read::is_weak;
