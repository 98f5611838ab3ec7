//! What in the legacy data will hurt: questions asked of all users before the first one migrates.
//!
//! - [`Census`] counts password hashes by kind, as the gate judges them;
//! - [`Audit`] looks at whole users: by the very rules by which an import holds users back
//!   ([`crate::bulk::Builder`]), by what lookups need, and by what users have in common, which
//!   an external sort finds;
//! - both end in a [`Report`], which holds ids and never a value.

mod addresses;
mod audit;
mod census;
mod fault;
mod findings;
mod judge;
mod mask;
mod metadata;
mod names;
mod notes;
mod report;
mod sorter;
mod twins;

pub use audit::Audit;
pub use census::Census;
pub use judge::{Bulk, Cause, Gate};
pub use mask::masked;
pub use report::{Finding, Kind, Report, Shape, Skipped};

#[cfg(test)]
mod tests;
