//! What one row's password means for the migration.

use crate::bulk::{self, Import, ImportPassword, NotImportable, Warning};
use crate::database::PasswordRow;
use crate::password::{Account, Settings, StoredHash, Unverifiable};

/// Whether the gate can let the user in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gate {
    /// It verifies the hash.
    Verifies,
    /// There is nothing to verify: no password, or a marker that no password meets.
    NoPassword,
    /// It cannot.
    Cannot(Cause),
}

/// Why the gate cannot verify a hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// The password room says so.
    Unverifiable(Unverifiable),
    /// The columns are not UTF-8.
    NotText,
}

/// How the password gets into Auth0 without its user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bulk {
    /// It does not: there is none, or nothing is known of it.
    Unknown,
    /// As `password_hash`.
    PasswordHash,
    /// As `custom_password_hash` with this algorithm.
    CustomPasswordHash(&'static str),
    /// As `password_hash`, made at export from clear text.
    HashAtExport,
    /// The import has no words for it.
    No(NotImportable),
}

/// What one row's password means.
pub(super) struct Judgement {
    pub(super) scheme: &'static str,
    pub(super) hash: Option<StoredHash>,
    pub(super) gate: Gate,
    pub(super) bulk: Bulk,
    pub(super) warnings: Vec<Warning>,
}

impl Judgement {
    fn without_hash(scheme: &'static str, gate: Gate) -> Self {
        Self { scheme, hash: None, gate, bulk: Bulk::Unknown, warnings: vec![] }
    }
}

/// Judges the row as the gate would with this configuration.
pub(super) fn judge(row: &PasswordRow, settings: &Settings) -> Judgement {
    let (password, names) = match row {
        PasswordRow::Absent => return Judgement::without_hash("none", Gate::NoPassword),
        PasswordRow::NotText => {
            return Judgement::without_hash("unknown", Gate::Cannot(Cause::NotText));
        }
        PasswordRow::Stored(password, names) => (password, names),
    };
    if password.hash.is_empty() {
        return Judgement::without_hash("none", Gate::NoPassword);
    }
    let account = bulk::account(password, names);
    match settings.read_even_weak(account) {
        Ok(hash) => readable(hash, account, settings),
        Err(refusal) => {
            let gate = match refusal.reason {
                Unverifiable::Locked => Gate::NoPassword,
                reason => Gate::Cannot(Cause::Unverifiable(reason)),
            };
            Judgement::without_hash(refusal.scheme, gate)
        }
    }
}

fn readable(hash: StoredHash, account: Account<'_>, settings: &Settings) -> Judgement {
    let (bulk, warnings) = match bulk::translate(&hash, account, settings) {
        Ok(translation) => {
            let bulk = match translation.import {
                Import::Ready(ImportPassword::PasswordHash(_)) => Bulk::PasswordHash,
                Import::Ready(ImportPassword::CustomPasswordHash(custom)) => {
                    Bulk::CustomPasswordHash(custom.algorithm())
                }
                Import::HashAtExport(_) => Bulk::HashAtExport,
            };
            (bulk, translation.warnings)
        }
        Err(reason) => (Bulk::No(reason), vec![]),
    };
    let gate = if settings.schemes.allow(&hash) {
        Gate::Verifies
    } else {
        Gate::Cannot(Cause::Unverifiable(Unverifiable::Weak))
    };
    Judgement { scheme: hash.scheme(), hash: Some(hash), gate, bulk, warnings }
}
