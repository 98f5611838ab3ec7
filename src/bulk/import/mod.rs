//! Sending users to the tenant.
//!
//! [`plan`] looks at everything and sends nothing. [`Import::run`] reads users, fills files, has
//! one task live the life of each chunk ([`chunk`]), and settles what became of each user
//! ([`settle`]). All of them share one [`Import`]. It can be killed at any instant: what matters is
//! in the ledger before it happens.

mod again;
mod canary;
mod chunk;
mod doubt;
mod fill;
mod known;
mod plan;
mod settle;
mod silence;
mod source;
mod verdict;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::management::{Connection, Management};
use super::run::Ledger;
use super::{Builder, Packed, Stop, Trouble};
use crate::config::{Bulk, DatabaseTarget};
use source::Source;

pub use super::rows::count;
pub use canary::Picked;
pub use plan::{Plan, plan};

/// Why an import ended before its end. What was recorded stays true.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// What can end any run.
    #[error(transparent)]
    Trouble(Trouble),
    /// Somebody asked to stop.
    #[error("stopped; what is under way goes on at the tenant, and the run is saved")]
    Interrupted,
    /// A part of the program broke.
    #[error("a part of the program broke; the run is saved")]
    Broken,
}

impl<E: Into<Trouble>> From<E> for ImportError {
    fn from(error: E) -> Self {
        Self::Trouble(error.into())
    }
}

/// An import under way.
pub struct Import {
    /// The tenant.
    pub management: Management,
    /// Where users go.
    pub connection: Connection,
    /// Where they come from.
    pub database: DatabaseTarget,
    /// What makes them users of an import file.
    pub builder: Builder,
    /// How they are sent.
    pub bulk: Bulk,
    /// The books.
    pub ledger: Ledger,
    /// Whether no more should be begun.
    pub stop: Stop,
}

/// Chunks of which something is not known yet, at most: settling may take longer than a job.
const OPEN_CHUNKS: usize = 8;

impl Import {
    /// Sends everybody whom the view gives, from where the journal ends, and settles what is open.
    ///
    /// # Errors
    /// Why it ended before its end.
    pub async fn run(self: Arc<Self>) -> Result<(), ImportError> {
        let after = self.ledger.books(|books| books.last.clone());
        let source = Source::new(self.database.clone(), after, self.bulk.max_users_per_file);
        self.work(Some(source)).await
    }

    /// Settles what is open, and reads nothing new.
    ///
    /// # Errors
    /// As [`Import::run`].
    pub async fn finish(self: Arc<Self>) -> Result<(), ImportError> {
        self.work(None).await
    }

    async fn work(self: Arc<Self>, mut source: Option<Source>) -> Result<(), ImportError> {
        let slots = Arc::new(Semaphore::new(self.bulk.slots));
        let mut tasks: JoinSet<Result<Vec<u64>, ImportError>> = JoinSet::new();
        let mut waiting: Vec<u64> =
            self.ledger.books(|books| books.open.keys().rev().copied().collect());
        if self.ledger.books(|books| books.exhausted) {
            source = None;
        }
        let (mut ready, mut failure) = (None, None);
        loop {
            while failure.is_none() && tasks.len() < OPEN_CHUNKS {
                // The next file is made while the slots are taken: no slot waits for it.
                if ready.is_none() {
                    match self.next(&mut waiting, &mut source).await {
                        Ok(Some(next)) => ready = Some(next),
                        Ok(None) => break,
                        Err(error) => {
                            failure = Some(error);
                            continue;
                        }
                    }
                }
                tokio::select! {
                    permit = Arc::clone(&slots).acquire_owned() => {
                        let permit = permit.map_err(|_| ImportError::Broken)?;
                        let (chunk, packed) = ready.take().ok_or(ImportError::Broken)?;
                        let import = Arc::clone(&self);
                        tasks.spawn(async move { import.live(chunk, packed, permit).await });
                    }
                    Some(ended) = tasks.join_next() => note(ended, &mut waiting, &mut failure),
                    () = self.stop.asked() => failure = Some(ImportError::Interrupted),
                }
            }
            if failure.is_some() {
                self.stop.ask();
            }
            match tasks.join_next().await {
                Some(ended) => note(ended, &mut waiting, &mut failure),
                None if failure.is_some() || (waiting.is_empty() && source.is_none()) => break,
                None => {}
            }
        }
        failure.map_or(Ok(()), Err)
    }

    /// The next chunk to work on: one that is open, or one that is read now, with its file.
    async fn next(
        &self,
        waiting: &mut Vec<u64>,
        source: &mut Option<Source>,
    ) -> Result<Option<(u64, Option<Packed>)>, ImportError> {
        if let Some(chunk) = waiting.pop() {
            return Ok(Some((chunk, None)));
        }
        let Some(reading) = source else { return Ok(None) };
        let Some((chunk, packed)) = self.unless_stopped(Box::pin(self.fill(reading))).await? else {
            *source = None;
            return Ok(None);
        };
        Ok(Some((chunk, Some(packed))))
    }

    /// Waits, unless somebody asks to stop.
    async fn pause(&self, time: Duration) -> Result<(), ImportError> {
        self.stop.unless(tokio::time::sleep(time)).await.ok_or(ImportError::Interrupted)
    }

    /// Does what may take long, such as hashing a password, and hears in between who asks to stop.
    async fn step<T>(&self, work: impl FnOnce() -> T) -> Result<T, ImportError> {
        let done = tokio::task::block_in_place(work);
        tokio::task::yield_now().await;
        if self.stop.is_asked() { Err(ImportError::Interrupted) } else { Ok(done) }
    }

    /// Does something that may be begun again, unless somebody asks to stop.
    async fn unless_stopped<T, E: Into<ImportError>>(
        &self,
        doing: impl Future<Output = Result<T, E>>,
    ) -> Result<T, ImportError> {
        self.stop.unless(doing).await.ok_or(ImportError::Interrupted)?.map_err(Into::into)
    }
}

fn note(
    ended: Result<Result<Vec<u64>, ImportError>, tokio::task::JoinError>,
    waiting: &mut Vec<u64>,
    failure: &mut Option<ImportError>,
) {
    match ended {
        Ok(Ok(again)) => waiting.extend(again),
        Ok(Err(error)) => {
            // The cause outlives an interruption that came with it.
            if !matches!(failure, Some(earlier) if !matches!(earlier, ImportError::Interrupted)) {
                *failure = Some(error);
            }
        }
        Err(_) => *failure = Some(ImportError::Broken),
    }
}
