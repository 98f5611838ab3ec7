//! The books of a running import, and the files behind them. What was recorded is on disk.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use super::RunError;
use super::binding::Binding;
use super::books::Books;
use super::directory::{self, broken};
use super::event::{Again, Event, Settled};
use super::journal::{self, Journal};
use super::lists::{HELD, HELD_AT_ONCE, HeldUser, QUARANTINE, QuarantinedUser, cut, write_lines};
use crate::bulk::HeldReason;

/// The books, kept.
pub struct Ledger {
    opened: SystemTime,
    path: PathBuf,
    binding: Binding,
    inner: Mutex<Inner>,
    /// Held until the process ends.
    _lock: File,
}

struct Inner {
    journal: Journal,
    held: (File, PathBuf),
    quarantine: (File, PathBuf),
    books: Books,
}

impl Ledger {
    /// Opens a run directory, or makes it, and takes up where its journal ends.
    ///
    /// # Errors
    /// A directory of another run or another process; a damaged journal.
    pub fn open(path: &Path, wanted: &Binding) -> Result<Self, RunError> {
        let holding = directory::hold(path, wanted)?;
        let open = |name: &str| {
            let mut options = OpenOptions::new();
            options.create(true).append(true).mode(0o600);
            let failed = |error| RunError::Unusable(format!("{}/{name}: {error}", path.display()));
            options.open(holding.path.join(name)).map_err(failed)
        };
        let (file, at) = (open(journal::FILE)?, holding.path.join(journal::FILE));
        let mut books = Books::default();
        let end = journal::replay(&at, |event, at| books.apply(event, at))?;
        let journal = Journal::new(file, at, end).map_err(|error| broken(&error))?;
        // Lines behind what the journal knows were written by somebody who was then killed.
        let list = |name| Ok::<_, RunError>((open(name)?, holding.path.join(name)));
        let (held, quarantine) = (list(HELD)?, list(QUARANTINE)?);
        cut(&held.0, books.lengths.0, HELD)?;
        cut(&quarantine.0, books.lengths.1, QUARANTINE)?;
        let inner = Mutex::new(Inner { journal, held, quarantine, books });
        let opened = SystemTime::now();
        Ok(Self {
            opened,
            path: holding.path,
            binding: holding.binding,
            inner,
            _lock: holding.lock,
        })
    }

    /// The run directory.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// When this process took the run over.
    #[must_use]
    pub fn opened(&self) -> SystemTime {
        self.opened
    }

    /// What the run is bound to.
    #[must_use]
    pub fn binding(&self) -> &Binding {
        &self.binding
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks something up in the books.
    pub fn books<T>(&self, look: impl FnOnce(&Books) -> T) -> T {
        look(&self.lock().books)
    }

    /// Records an event. With `sync` it is on disk when this returns.
    ///
    /// # Errors
    /// It could not be written: nothing more may be sent.
    pub fn record(&self, event: Event, sync: bool) -> Result<(), RunError> {
        self.lock().record(event, sync)
    }

    /// Records users who were read: those to be sent as one chunk, and those held back. Gives the
    /// chunk's number.
    ///
    /// # Errors
    /// As [`Ledger::record`].
    pub fn plan(
        &self,
        last: Option<String>,
        users: Vec<String>,
        bytes: u64,
        held: &[HeldUser],
    ) -> Result<u64, RunError> {
        let mut inner = self.lock();
        let chunk = inner.books.next_chunk();
        let held_bytes = inner.write_held(held)?;
        let held = held.len() as u64;
        // On disk together with the intent that follows; without one, it is done again.
        inner.record(Event::Planned { chunk, last, users, bytes, held, held_bytes }, false)?;
        Ok(chunk)
    }

    /// Records that the view was read to its end, and held back the last users and the `nameless`,
    /// who have no id.
    ///
    /// # Errors
    /// As [`Ledger::record`].
    pub fn exhausted(&self, held: &[HeldUser], nameless: u64) -> Result<(), RunError> {
        let mut inner = self.lock();
        let mut held_bytes = inner.write_held(held)?;
        let nobody = HeldUser { user_id: None, reason: HeldReason::NoId.code() };
        let mut left = nameless;
        while left > 0 {
            let some = left.min(HELD_AT_ONCE as u64);
            let lines: Vec<_> = (0..some).map(|_| &nobody).collect();
            held_bytes = write_lines(&mut inner.held, held_bytes, &lines)?;
            left -= some;
        }
        inner.record(Event::Exhausted { held: held.len() as u64 + nameless, held_bytes }, true)
    }

    /// Records what became of a chunk's users; those who go again become chunks of their own.
    ///
    /// # Errors
    /// As [`Ledger::record`].
    pub fn settle(&self, chunk: u64, settlement: Settlement) -> Result<Vec<u64>, RunError> {
        let mut inner = self.lock();
        let held_bytes = inner.write_held(&settlement.held)?;
        let mut quarantine_bytes = inner.books.lengths.1;
        if !settlement.quarantined.is_empty() {
            quarantine_bytes =
                write_lines(&mut inner.quarantine, quarantine_bytes, &settlement.quarantined)?;
        }
        let first = inner.books.next_chunk();
        let again: Vec<Again> = (first..)
            .zip(settlement.again)
            .map(|(chunk, (round, users))| Again { chunk, round, users })
            .collect();
        let chunks = again.iter().map(|it| it.chunk).collect();
        let event = Event::Settled(Settled {
            chunk,
            inserted: settlement.inserted,
            present: settlement.present,
            quarantined: settlement.quarantined.len() as u64,
            held: settlement.held.len() as u64,
            quarantine_bytes,
            held_bytes,
            again,
        });
        inner.record(event, true)?;
        Ok(chunks)
    }
}

/// What became of the users of a chunk.
#[derive(Default)]
pub struct Settlement {
    /// New in the tenant.
    pub inserted: u64,
    /// Found in the tenant.
    pub present: u64,
    /// Refused.
    pub quarantined: Vec<QuarantinedUser>,
    /// Held back after all.
    pub held: Vec<HeldUser>,
    /// Who goes again: how often they failed, and who.
    pub again: Vec<(u8, Vec<String>)>,
}

impl Inner {
    /// What contradicts the books is not written: nobody could read the journal any more.
    fn record(&mut self, event: Event, sync: bool) -> Result<(), RunError> {
        let mut books = self.books.clone();
        books.apply(event.clone(), SystemTime::now()).map_err(|cause| {
            RunError::Broken(format!(
                "a part of the program broke: {cause}; the run is saved; run the same command again"
            ))
        })?;
        self.journal.append(event, sync).map_err(|error| broken(&error))?;
        self.books = books;
        Ok(())
    }

    fn write_held(&mut self, held: &[HeldUser]) -> Result<u64, RunError> {
        if held.is_empty() {
            return Ok(self.books.lengths.0);
        }
        write_lines(&mut self.held, self.books.lengths.0, held)
    }
}

#[cfg(test)]
mod tests;
