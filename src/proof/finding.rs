//! What the proof finds, as data.

use crate::level::Level;

/// One thing that is not as it should be. It names objects, never users.
#[derive(Debug, PartialEq, Eq)]
pub struct Finding {
    /// Stable name of this kind of finding.
    pub code: String,
    /// How bad it is.
    pub level: Level,
    /// What was found.
    pub found: String,
    /// What to do: where there is one, the statement that mends it.
    pub remedy: String,
}

/// The kinds that do not break the contract; all others do.
const CAUTIONS: [&str; 15] = [
    "account_without_password",
    "case_folds_ascii_only",
    "database_file_open",
    "durability_off",
    "large_object_creation",
    "log_leaks_identifiers",
    "lookup_not_measured",
    "others_may_execute",
    "other_database_open",
    "owner_unknown",
    "parameter_character_set",
    "pooler_in_between",
    "public_privilege",
    "statement_timeout_of_role",
    "transport_ends_early",
];

impl Finding {
    /// A finding of the level that its code stands for.
    #[must_use]
    pub fn new(code: &str, found: impl Into<String>, remedy: impl Into<String>) -> Self {
        let level = if CAUTIONS.contains(&code) { Level::Caution } else { Level::Blocker };
        Self { code: code.to_owned(), level, found: found.into(), remedy: remedy.into() }
    }
}
