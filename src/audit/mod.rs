//! The audit trail: log lines that hang together, and what finds out whether they still do.

pub mod chain;
mod line;
mod marks;
mod verify;

pub use verify::{Audit, Finding, Stream};
