//! What in the legacy data will hurt: questions asked of all users before the first one migrates.

mod census;
mod findings;
mod judge;
mod mask;

pub use census::{Census, Kind, Report, Shape};
pub use findings::Finding;
pub use judge::{Bulk, Cause, Gate};
pub use mask::masked;
