//! Reconciling the tenant with the legacy database, user by user.
//!
//! An export job of the tenant ([`tenant`]) and the view ([`legacy`]) are sorted on disk by keyed
//! digests of the ids ([`sort`], [`print`]) and merged ([`merge`]). Whoever is not plainly the same
//! on both sides is looked up ([`settle`]), whoever shares an address as well ([`addresses`]). Who
//! is confirmed is marked, or noted for a DBA to be marked ([`marks`]).

mod addresses;
mod differences;
mod kind;
mod legacy;
mod marks;
mod marks_sql;
mod merge;
mod portrait;
mod print;
mod settle;
mod sort;
mod tenant;
mod unpack;

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::sync::watch;

use super::management::{Connection, Management, Refusal};
use super::run::{Event, Ledger, RunError};
use crate::config::DatabaseTarget;
use crate::database::DirectoryError;

pub use kind::Kind;
pub use marks::{Marking, Marks};

use differences::Differences;
use print::{Key, Long};
use sort::Sorter;

/// Why a verification ended before its end. What was recorded stays true.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The tenant refuses.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The legacy database refuses or fails.
    #[error(transparent)]
    Database(#[from] DirectoryError),
    /// The run directory cannot be used or kept.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The tenant gives no list of its users that can be used.
    #[error(
        "the tenant's export cannot be used: {0}; nothing was judged by it; run the same command again"
    )]
    Export(String),
    /// The database does not let the marker's role set marks.
    #[error("marks cannot be set: {0}")]
    Marker(String),
    /// Somebody asked to stop.
    #[error("stopped; marks that were set stay, and the run is saved")]
    Interrupted,
    /// The system gives no random numbers.
    #[error("the system gives no random numbers")]
    NoRandomness,
}

/// A verification that can be run.
pub struct Verify {
    /// The tenant.
    pub management: Management,
    /// Where users should be.
    pub connection: Connection,
    /// Where they come from, as the role that reads.
    pub database: DatabaseTarget,
    /// What becomes of those who are confirmed.
    pub marking: Marking,
    /// The books.
    pub ledger: Ledger,
    /// Doubtful users who are looked up at most: each costs a request or two. The others are judged
    /// by the export alone.
    pub look_ups: u64,
    /// Told how far it is.
    pub stage: watch::Sender<Stage>,
    /// Turns true when no more should be begun.
    pub stop: watch::Sender<bool>,
}

/// How far a verification is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stage {
    /// What it is at.
    pub step: Step,
    /// Users, or percent of the export.
    pub done: u64,
    /// Of so many, where that is known.
    pub total: Option<u64>,
}

/// What a verification is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Step {
    /// The view and the marks are read.
    #[default]
    Legacy,
    /// The tenant works on the export.
    Export,
    /// The export is fetched.
    Tenant,
    /// Both are compared, and doubtful users are looked up.
    Compare,
    /// Confirmed users are marked, or noted.
    Mark,
}

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
    /// How many differences of each kind; a user can have several.
    pub kinds: BTreeMap<Kind, u64>,
    /// Users who were looked up.
    pub looked_up: u64,
    /// Doubtful users who were not: [`Verify::look_ups`] was reached.
    pub not_looked_up: u64,
    /// What became of the confirmed.
    pub marks: Marks,
}

impl Findings {
    /// Whether somebody is missing or differs.
    #[must_use]
    pub fn has_gaps(&self) -> bool {
        self.there < self.users || self.kinds.keys().any(|kind| !kind.is_caution())
    }

    fn event(&self) -> Event {
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

impl Verify {
    /// Compares everybody, writes `differences.ndjson`, and marks whoever is confirmed.
    ///
    /// # Errors
    /// Why it ended before its end. Nothing of a verdict is left behind then.
    pub async fn run(&self) -> Result<Findings, VerifyError> {
        let folder = self.ledger.path();
        sort::clear(folder).map_err(|error| full(&error))?;
        self.end_marks().await?;
        let key = Key::new().ok_or(VerifyError::NoRandomness)?;
        let job = self.unless_stopped(self.management.begin_export(&self.connection.id)).await?;
        let legacy = self.read_legacy(&key).await?;
        let tenant = self.read_tenant(&key, job).await?;
        let groups = merge::Groups::new(legacy.sorter, tenant)?;
        let mut found = Found {
            findings: Findings::default(),
            differences: Differences::begin(folder)?,
            addresses: Sorter::new(folder, sort::BUDGET),
        };
        found.nameless(legacy.nameless)?;
        self.compare(&key, groups, legacy.users, &mut found).await?;
        let Found { mut findings, mut differences, addresses } = found;
        let confirmed = self.share_addresses(addresses, &mut findings, &mut differences).await?;
        differences.end()?;
        self.ledger.record(findings.event(), true)?;
        findings.marks = self.mark(confirmed, findings.confirmed).await?;
        Ok(findings)
    }

    fn tell(&self, step: Step, done: u64, total: Option<u64>) {
        self.stage.send_replace(Stage { step, done, total });
    }

    /// Lets others work, and ends where somebody asked to stop.
    async fn breathe(&self) -> Result<(), VerifyError> {
        tokio::task::yield_now().await;
        if *self.stop.borrow() { Err(VerifyError::Interrupted) } else { Ok(()) }
    }

    /// Waits, unless somebody asks to stop.
    async fn pause(&self, time: Duration) -> Result<(), VerifyError> {
        self.unless_stopped(async {
            tokio::time::sleep(time).await;
            Ok::<_, VerifyError>(())
        })
        .await
    }

    /// Does something that may be begun again, unless somebody asks to stop.
    async fn unless_stopped<T, E: Into<VerifyError>>(
        &self,
        doing: impl Future<Output = Result<T, E>>,
    ) -> Result<T, VerifyError> {
        let mut stop = self.stop.subscribe();
        tokio::select! {
            done = doing => done.map_err(Into::into),
            Ok(_) = stop.wait_for(|stop| *stop) => Err(VerifyError::Interrupted),
        }
    }
}

/// What is found while both sides are compared.
struct Found {
    findings: Findings,
    differences: Differences,
    /// Everybody in the connection, by address.
    addresses: Sorter,
}

/// What is known of somebody in the connection, in a record of addresses.
const CONFIRMED: u8 = 1;
const LEGACY: u8 = 2;

impl Found {
    /// A difference, whoever it is of.
    fn differ(&mut self, id: &str, kind: Kind) -> Result<(), VerifyError> {
        *self.findings.kinds.entry(kind).or_default() += 1;
        self.differences.add(Some(id), kind)
    }

    /// Rows without an id can be nowhere.
    fn nameless(&mut self, rows: u64) -> Result<(), VerifyError> {
        self.findings.users += rows;
        for _ in 0..rows {
            *self.findings.kinds.entry(Kind::Missing).or_default() += 1;
            self.differences.add(None, Kind::Missing)?;
        }
        Ok(())
    }

    /// A user of the legacy system is in the connection.
    fn there(
        &mut self,
        id: &str,
        marked: bool,
        kinds: &[Kind],
        address: Long,
    ) -> Result<(), VerifyError> {
        self.findings.there += 1;
        self.findings.marked_before += u64::from(marked);
        self.findings.differing += u64::from(!kinds.is_empty());
        for kind in kinds {
            self.differ(id, *kind)?;
        }
        let flags = if kinds.is_empty() && !marked { LEGACY | CONFIRMED } else { LEGACY };
        self.address(id, address, flags)
    }

    fn address(&mut self, id: &str, address: Long, flags: u8) -> Result<(), VerifyError> {
        let record = [&address[..], &[flags], id.as_bytes()].concat();
        self.addresses.push(&record).map_err(|error| full(&error))
    }
}

/// A file of the run directory cannot be written or read.
fn full(error: &std::io::Error) -> VerifyError {
    VerifyError::Run(RunError::Broken(format!(
        "the run directory cannot be used: {error}; nothing was judged; make room (about 100 bytes for each user of either side), then run the same command again"
    )))
}
