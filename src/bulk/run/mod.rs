//! A run and its books: the directory that holds them, what the journal can say, and what follows
//! from it.
//!
//! [`Ledger`] is for who runs the import: it holds the lock, and what it has recorded is on disk.
//! [`read`] is for everybody else, also while the import runs: it gives the [`Books`] and who the
//! run is bound to. No hash, password, token, address or profile is in any of the files.

mod arrived;
mod binding;
mod books;
mod directory;
mod event;
mod journal;
mod ledger;
mod lists;
mod open_chunk;
mod pace;
mod totals;

pub use arrived::Arrived;
pub use binding::{ALL_SCHEMES, Binding, REHEARSAL};
pub use books::{Books, EVERY_USER, NOBODY_THERE};
pub use directory::{MEND, bound, is_full, read};
pub use event::{Again, Ended, Event, Settled};
pub use ledger::{Ledger, Settlement};
pub use lists::{HELD_AT_ONCE, HeldUser, List, Listed, QuarantinedUser};
pub use open_chunk::{OpenChunk, Standing};
pub use totals::Totals;

/// Where the last verification found a difference, user by user.
pub const DIFFERENCES: &str = "differences.ndjson";
/// The marks of those whom it confirmed, for a DBA.
pub const MARKS_SCRIPT: &str = "marks.sql";

/// The files of a run directory.
pub const FILES: [&str; 7] = [
    directory::BINDING,
    directory::LOCK,
    journal::FILE,
    lists::HELD,
    lists::QUARANTINE,
    DIFFERENCES,
    MARKS_SCRIPT,
];

/// Why a run cannot be used or kept. Each says its remedy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RunError {
    /// The directory is not one for this run.
    #[error("{0}")]
    Unusable(String),
    /// The journal is damaged, or cannot be written. Nothing more may be sent.
    #[error("{0}")]
    Broken(String),
    /// A file of the directory cannot be written: what happened, and what to do first.
    #[error("{0}, then run the same command again")]
    Unwritten(String),
}
