//! What a look at the legacy data found.

use super::judge::{Bulk, Gate};
use crate::bulk::Warning;
use crate::level::Level;

/// What was found, the most frequent first.
#[derive(Debug)]
pub struct Report {
    /// Users that were counted.
    pub users: u64,
    /// The kinds of hashes.
    pub kinds: Vec<Kind>,
    /// What was not recognised.
    pub shapes: Vec<Shape>,
    /// What to do about it, blockers first.
    pub findings: Vec<Finding>,
    /// What was not looked at.
    pub skipped: Vec<Skipped>,
}

/// A kind of hash. It holds nothing of any user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kind {
    /// The scheme's name; `unknown`, `none` for no password, `several` for what was not told apart.
    pub scheme: &'static str,
    /// Its parameters, as the scheme writes them.
    pub parameters: String,
    /// How many users.
    pub users: u64,
    /// Whether the gate verifies it.
    pub gate: Gate,
    /// How it gets into Auth0 without its user.
    pub bulk: Bulk,
    /// What to know about that.
    pub warnings: Vec<Warning>,
}

/// The masked shape of texts that were not recognised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape {
    /// Why they were not.
    pub reason: &'static str,
    /// Of `password_hash`.
    pub hash: String,
    /// Of `password_salt`, where there is one.
    pub salt: Option<String>,
    /// How many users.
    pub users: u64,
}

/// Something to know or to mend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How bad it is.
    pub level: Level,
    /// A word for it that stays the same.
    pub code: &'static str,
    /// The column of the view that it is about, where it is one.
    pub column: Option<&'static str>,
    /// How many users it is about.
    pub users: u64,
    /// Some of them, by their legacy ids. Never a value of theirs.
    pub ids: Vec<String>,
    /// What was found.
    pub found: String,
    /// What to do.
    pub remedy: &'static str,
}

/// Something that was not looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// A column, or what would have been asked.
    pub what: &'static str,
    /// Why not.
    pub why: &'static str,
}

impl Skipped {
    /// Whether somebody should know: a contract without the lookup's key is one as it should be.
    #[must_use]
    pub fn is_a_caution(&self) -> bool {
        self.what != "email_key"
    }
}
