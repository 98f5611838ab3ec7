//! Reconciling the tenant with the legacy database, user by user.
//!
//! An export job of the tenant ([`tenant`]) and the view ([`legacy`]) are sorted on disk by keyed
//! digests of the ids ([`sort`], [`print`]) and merged ([`merge`]). Whoever is not plainly the same
//! on both sides is looked up ([`settle`]), whoever shares an address as well ([`addresses`]). Who
//! is confirmed is marked, or noted for a DBA to be marked ([`marks`]).

mod addresses;
mod differences;
mod findings;
mod kind;
mod legacy;
mod marker;
mod marks;
mod marks_sql;
mod merge;
mod portrait;
mod print;
mod settle;
mod sort;
mod tenant;
mod unpack;

use std::time::Duration;

use tokio::sync::watch;

use super::management::{Connection, Management};
use super::run::{Ledger, MEND, RunError, is_full};
use super::{Stop, Trouble};
use crate::config::DatabaseTarget;

pub use findings::Findings;
pub use kind::Kind;
pub use marks::{Marking, Marks};

use differences::Differences;
use findings::Found;
use print::Key;
use sort::Sorter;

/// Why a verification ended before its end. What was recorded stays true.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// What can end any run.
    #[error(transparent)]
    Trouble(Trouble),
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

impl<E: Into<Trouble>> From<E> for VerifyError {
    fn from(error: E) -> Self {
        Self::Trouble(error.into())
    }
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
    /// Whether no more should be begun.
    pub stop: Stop,
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

impl Verify {
    /// Compares everybody, writes `differences.ndjson`, and marks whoever is confirmed.
    ///
    /// # Errors
    /// Why it ended before its end. Nothing of a verdict is left behind then.
    pub async fn run(&self) -> Result<Findings, VerifyError> {
        let folder = self.ledger.path();
        sort::clear(folder).map_err(|error| full(&error))?;
        self.roll_back().await;
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
        found.nameless(legacy.nameless, legacy.nameless_held)?;
        self.compare(&key, groups, legacy.users, &mut found).await?;
        let Found { mut findings, mut differences, addresses } = found;
        let confirmed = self.share_addresses(addresses, &mut findings, &mut differences).await?;
        differences.end()?;
        self.ledger.record(findings.event(), true)?;
        findings.marks = self.mark(&key, confirmed, findings.confirmed).await?;
        Ok(findings)
    }

    fn tell(&self, step: Step, done: u64, total: Option<u64>) {
        self.stage.send_replace(Stage { step, done, total });
    }

    /// Lets others work, and ends where somebody asked to stop.
    async fn breathe(&self) -> Result<(), VerifyError> {
        tokio::task::yield_now().await;
        if self.stop.is_asked() { Err(VerifyError::Interrupted) } else { Ok(()) }
    }

    /// Waits, unless somebody asks to stop.
    async fn pause(&self, time: Duration) -> Result<(), VerifyError> {
        self.stop.unless(tokio::time::sleep(time)).await.ok_or(VerifyError::Interrupted)
    }

    /// Does something that may be begun again, unless somebody asks to stop.
    async fn unless_stopped<T, E: Into<VerifyError>>(
        &self,
        doing: impl Future<Output = Result<T, E>>,
    ) -> Result<T, VerifyError> {
        self.stop.unless(doing).await.ok_or(VerifyError::Interrupted)?.map_err(Into::into)
    }
}

/// A file of the run directory cannot be written or read.
fn full(error: &std::io::Error) -> VerifyError {
    let room = "make room (about 100 bytes for each user of either side)";
    let remedy = if is_full(error) { room } else { MEND };
    VerifyError::from(RunError::Unwritten(format!(
        "the run directory cannot be used: {error}; nothing was judged; {remedy}"
    )))
}
