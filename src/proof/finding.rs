//! What the proof finds, as data.

use super::difference;
use crate::database::catalog::Row;
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
    /// Where a text is not what it was, its lines that differ.
    pub difference: Vec<String>,
    /// Whether whoever asked for the proof knows of it, and lives with it.
    pub accepted: bool,
}

/// The kinds that break the contract, and that somebody may have reasons to live with.
const BLOCKERS: [&str; 42] = [
    "attempt_succeeded",
    "collation_changed",
    "configuration_readable",
    "connection_limit",
    "default_privilege",
    "excess_column_privilege",
    "excess_database_privilege",
    "excess_foreign_server_privilege",
    "excess_global_privilege",
    "excess_language_privilege",
    "excess_large_object_privilege",
    "excess_parameter_privilege",
    "excess_routine_privilege",
    "excess_schema_privilege",
    "excess_sequence_privilege",
    "excess_table_privilege",
    "excess_tablespace_privilege",
    "excess_type_privilege",
    "excess_view_privilege",
    "foreign_table_without_mapping",
    "hourly_limit",
    "invalid_user_record",
    "large_objects_open",
    "lookup_without_index",
    "marks_changed",
    "object_ownership",
    "owner_can_log_in",
    "owner_has_members",
    "password_not_asked",
    "proxy_privilege",
    "public_may_execute",
    "role_attribute",
    "role_changed",
    "role_membership",
    "routine_changed",
    "routine_not_definer",
    "routine_not_strict",
    "routine_source_visible",
    "row_security",
    "unsafe_owner",
    "user_mapping",
    "view_changed",
];

/// The kinds that do not break the contract.
const CAUTIONS: [&str; 21] = [
    "account_without_password",
    "case_folds_ascii_only",
    "database_file_open",
    "durability_off",
    "large_object_creation",
    "log_leaks_identifiers",
    "lookup_not_measured",
    "others_may_access",
    "others_may_execute",
    "other_database_open",
    "owner_reads_more",
    "owner_unknown",
    "parameter_character_set",
    "password_ends",
    "pooler_in_between",
    "public_privilege",
    "role_setting",
    "server_setting",
    "statement_timeout_of_role",
    "transport_ends_early",
    "trust_authentication",
];

const TELLS_MORE: &str = "whoever calls gets more of users, or another user, than was asked for";
const FREE: &str = "a user is nobody there, and the address free for a stranger";
const LOST: &str = "a mark would be acknowledged and not kept, or never be written";
const BROKEN: &str = "the service does not work with it";

/// The kinds that nobody can live with, each with the reason.
const NEVER: [(&str, &str); 17] = [
    ("answer_tells_more", TELLS_MORE),
    ("case_folds_otherwise", FREE),
    ("collation_mismatch", BROKEN),
    ("digest_not_compared", TELLS_MORE),
    ("digest_shown", TELLS_MORE),
    ("lookup_failed", BROKEN),
    ("marks_not_written", LOST),
    ("missing_privilege", BROKEN),
    ("missing_routine", BROKEN),
    ("older_contract", TELLS_MORE),
    ("password_guessable", "whoever knows the role's name has the credential"),
    ("probe_not_found", FREE),
    ("read_only_replica", FREE),
    ("unsafe_search_path", "whoever may make objects there puts them in place of the contract's"),
    ("user_id_not_unique", LOST),
    ("wildcard_finds_users", TELLS_MORE),
    ("wildcard_marks_users", TELLS_MORE),
];

impl Finding {
    /// A finding of the level that its code stands for.
    #[must_use]
    pub fn new(code: &str, found: impl Into<String>, remedy: impl Into<String>) -> Self {
        debug_assert!(is_known(code), "{code} is on no list");
        let level = if CAUTIONS.contains(&code) { Level::Caution } else { Level::Blocker };
        let (code, found, remedy) = (code.to_owned(), found.into(), remedy.into());
        Self { code, level, found, remedy, difference: vec![], accepted: false }
    }

    /// A row of the catalogue's: code, what was found, what to do; and where a text was changed, then and now.
    pub(super) fn of(row: &Row) -> Self {
        let difference = difference::lines(row.text(3), row.text(4));
        Self { difference, ..Self::new(row.text(0), row.text(1), row.text(2)) }
    }
}

fn is_known(code: &str) -> bool {
    BLOCKERS.contains(&code)
        || CAUTIONS.contains(&code)
        || NEVER.iter().any(|(never, _)| *never == code)
}

/// The code of a kind of finding that can be accepted.
///
/// # Errors
/// There is no such kind, or nobody can live with it.
pub fn acceptable(code: &str) -> Result<String, String> {
    if let Some((_, reason)) = NEVER.iter().find(|(never, _)| *never == code) {
        return Err(format!("cannot be accepted: {reason}"));
    }
    if is_known(code) {
        return Ok(code.to_owned());
    }
    Err("no finding has this code; the report names each finding's own".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_can_live_with_is_not_accepted() {
        assert_eq!(acceptable("durability_off").as_deref(), Ok("durability_off"));
        assert_eq!(acceptable("lookup_without_index").as_deref(), Ok("lookup_without_index"));
        for code in
            ["wildcard_finds_users", "read_only_replica", "durability", "", "DURABILITY_OFF"]
        {
            assert!(acceptable(code).is_err(), "{code}");
        }
    }
}
