//! What the census means for the migration: findings with a code, and what to do about each.

use std::collections::BTreeMap;

use super::judge::{Bulk, Cause, Gate};
use super::report::{Finding, Kind};
use crate::bulk::Warning;
use crate::level::Level;

/// The codes of what a hash is part of.
pub(super) fn codes(
    gate: &Gate,
    bulk: &Bulk,
    warnings: &[Warning],
) -> impl Iterator<Item = &'static str> {
    let cannot = if let Gate::Cannot(cause) = gate { Some(cause.code()) } else { None };
    let no = if let Bulk::No(reason) = bulk { Some(reason.code()) } else { None };
    let warned = warnings.iter().map(|warning| warning.code());
    cannot.into_iter().chain(no).chain(warned)
}

/// The findings, blockers first, each with the users of all kinds that it is about.
pub(super) fn findings(users: u64, kinds: &[Kind]) -> Vec<Finding> {
    let mut sums: BTreeMap<(Level, &'static str), Finding> = BTreeMap::new();
    let mut add = |level, code, users, found: String, remedy| {
        let (column, ids) = (None, vec![]);
        let new = || Finding { level, code, column, users: 0, ids, found, remedy };
        sums.entry((level, code)).or_insert_with(new).users += users;
    };
    if users == 0 {
        let found = "the view shows no user who has not migrated".to_owned();
        add(Level::Caution, "no_users", 0, found, "look whether this is the right database");
    }
    for kind in kinds {
        if let Gate::Cannot(cause) = kind.gate {
            let (said, remedy) = cause.explained();
            add(Level::Blocker, cause.code(), kind.users, said.to_owned(), remedy);
        }
        if let Bulk::No(reason) = kind.bulk {
            let remedy = "these users move at their next login through the gate, or reset";
            add(Level::Caution, reason.code(), kind.users, reason.to_string(), remedy);
        }
        for warning in &kind.warnings {
            let remedy = if warning.is_unsettled() {
                "import one such user into a test tenant and log in, before the bulk import"
            } else {
                "such users reset their passwords after a bulk import, or move at login instead"
            };
            add(Level::Caution, warning.code(), kind.users, warning.to_string(), remedy);
        }
    }
    let mut findings: Vec<Finding> = sums.into_values().collect();
    findings.sort_by(|a, b| a.level.cmp(&b.level).then(b.users.cmp(&a.users)));
    findings
}

impl Cause {
    /// The word for it in reports.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Unverifiable(reason) => reason.code(),
            Self::NotText => "not_text",
        }
    }

    /// What is wrong, and what to do.
    #[must_use]
    pub fn explained(self) -> (&'static str, &'static str) {
        match self {
            Self::Unverifiable(reason) => reason.explained(),
            Self::NotText => (
                "a column holds bytes that are not UTF-8",
                "write hashes and salts as hexadecimal or base64 in the contract's view",
            ),
        }
    }
}
