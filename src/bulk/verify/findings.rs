//! What a verification finds, user by user and in all.

use std::collections::BTreeMap;

use super::differences::Differences;
use super::print::{Long, Short};
use super::sort::Sorter;
use super::{Kind, Marks, VerifyError, full};
use crate::bulk::run::Event;

/// What a verification found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Findings {
    /// Users of the legacy system, marked or not.
    pub users: u64,
    /// Of these, in the connection under their id.
    pub there: u64,
    /// Of these, there and in nothing different, without a mark as yet.
    pub confirmed: u64,
    /// Of these, there with a mark.
    pub marked_before: u64,
    /// Of these, there and different.
    pub differing: u64,
    /// Of these, missing, and held back by the import.
    pub held: u64,
    /// Rows beside these users: the id is one that another row has.
    pub repeated: u64,
    /// How many differences of each kind; a user can have several.
    pub kinds: BTreeMap<Kind, u64>,
    /// Users who were looked up.
    pub looked_up: u64,
    /// Doubtful users who were not: the bound for look-ups was reached.
    pub not_looked_up: u64,
    /// What became of the confirmed.
    pub marks: Marks,
}

impl Findings {
    /// Whether somebody is missing or differs, or has changed since and has to be verified again.
    #[must_use]
    pub fn has_gaps(&self) -> bool {
        self.there < self.users
            || self.kinds.keys().any(|kind| !kind.is_caution())
            || self.marks.changed > 0
    }

    pub(super) fn event(&self) -> Event {
        let kinds = self.kinds.iter();
        Event::Verified {
            users: self.users,
            there: self.there,
            differences: kinds.map(|(kind, users)| (kind.code().to_owned(), *users)).collect(),
        }
    }

    /// Whether there is something else to know.
    #[must_use]
    pub fn has_cautions(&self) -> bool {
        !self.kinds.is_empty() || self.marks.refused > 0
    }
}

/// What is found while both sides are compared.
pub(super) struct Found {
    pub(super) findings: Findings,
    pub(super) differences: Differences,
    /// Everybody in the connection, by address.
    pub(super) addresses: Sorter,
}

/// What is known of somebody in the connection, in a record of addresses.
pub(super) const CONFIRMED: u8 = 1;
pub(super) const LEGACY: u8 = 2;
pub(super) const MARKED: u8 = 4;

impl Found {
    /// A difference, whoever it is of.
    pub(super) fn differ(&mut self, id: &str, kind: Kind) -> Result<(), VerifyError> {
        *self.findings.kinds.entry(kind).or_default() += 1;
        self.differences.add(Some(id), kind)
    }

    /// Rows without an id can be nowhere; the import held so many back.
    pub(super) fn nameless(&mut self, rows: u64, held: u64) -> Result<(), VerifyError> {
        self.findings.users += rows;
        self.findings.held += held.min(rows);
        for _ in 0..rows {
            *self.findings.kinds.entry(Kind::Missing).or_default() += 1;
            self.differences.add(None, Kind::Missing)?;
        }
        Ok(())
    }

    /// A user of the legacy system is in the connection.
    pub(super) fn there(
        &mut self,
        id: &str,
        marked: bool,
        kinds: &[Kind],
        (address, seal): (Long, Short),
    ) -> Result<(), VerifyError> {
        self.findings.there += 1;
        self.findings.marked_before += u64::from(marked);
        self.findings.differing += u64::from(!kinds.is_empty());
        for kind in kinds {
            self.differ(id, *kind)?;
        }
        let flags = match (marked, kinds.is_empty()) {
            (true, _) => LEGACY | MARKED,
            (false, true) => LEGACY | CONFIRMED,
            (false, false) => LEGACY,
        };
        self.address(id, (address, seal), flags)
    }

    pub(super) fn address(
        &mut self,
        id: &str,
        (address, seal): (Long, Short),
        flags: u8,
    ) -> Result<(), VerifyError> {
        let record = [&address[..], &[flags], &seal, id.as_bytes()].concat();
        self.addresses.push(&record).map_err(|error| full(&error))
    }
}
