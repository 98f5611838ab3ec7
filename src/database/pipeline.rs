//! A few connections to PostgreSQL, each carrying many questions at once.
//!
//! Sharing a connection lets the driver send and read several messages with one system call, which
//! halves what a question costs both sides. A connection that falls silent gets no more questions.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use tokio::sync::Notify;
use tokio::time::{timeout, timeout_at};

use super::postgresql::{Address, Ended};
use super::{Error, GRACE, connection_error, statement_error};
use crate::config::Database as Settings;

/// A connection that owes answers and gave none for this long is stuck on a slow statement.
const STALLED: Duration = Duration::from_millis(25);

/// Questions under way at once on one connection.
const DEPTH: usize = 32;

/// Connections of one worker, opened when they are needed.
pub(super) struct Pipeline {
    address: Address,
    connections: usize,
    connect_timeout: Duration,
    acquire_timeout: Duration,
    open: Mutex<Vec<Arc<Line>>>,
    opening: tokio::sync::Mutex<()>,
    answered: Notify,
}

/// One connection and what it owes.
struct Line {
    connection: AsyncPgConnection,
    owed: AtomicUsize,
    /// Milliseconds from `born` to the last sign of life.
    alive: AtomicU64,
    born: Instant,
    /// The server closed it, or we gave it up.
    ended: Ended,
}

/// One question on its way; ends when it is answered, has failed or is no longer wanted.
struct Question<'a> {
    line: Arc<Line>,
    pipeline: &'a Pipeline,
}

impl Drop for Question<'_> {
    fn drop(&mut self) {
        self.line.owed.fetch_sub(1, Ordering::AcqRel);
        self.pipeline.answered.notify_one();
    }
}

impl Pipeline {
    /// At most `connections`, opened when they are needed.
    pub(super) fn new(address: Address, connections: usize, settings: &Settings) -> Self {
        Self {
            address,
            connections: connections.max(1),
            connect_timeout: settings.connect_timeout,
            acquire_timeout: settings.acquire_timeout,
            open: Mutex::default(),
            opening: tokio::sync::Mutex::default(),
            answered: Notify::new(),
        }
    }

    pub(super) fn address(&self) -> &Address {
        &self.address
    }

    /// Asks one question within its deadline. An abandoned one's answer is dropped by the driver.
    ///
    /// All our questions can be asked twice, so one that met a connection which the server had
    /// closed goes to the next.
    pub(super) async fn ask<T>(
        &self,
        deadline: Duration,
        question: impl AsyncFn(&AsyncPgConnection) -> QueryResult<T>,
    ) -> Result<T, Error> {
        let mut tries_left = self.connections;
        loop {
            let Question { line, .. } = &self.line().await?;
            let answer = timeout(deadline + GRACE, question(&line.connection)).await;
            let answer = match answer {
                Ok(answer) => answer.map_err(|error| statement_error(&error)),
                Err(_) => Err(Error::Overdue("the statement was not answered")),
            };
            line.touch();
            match answer {
                Err(Error::Unreachable(_)) if tries_left > 0 => tries_left -= 1,
                answer => return answer.inspect_err(|error| line.note(error)),
            }
            line.ended.store(true, Ordering::Relaxed);
        }
    }

    /// A place on a connection: on one that is open, or on a new one, or on the next to be free.
    async fn line(&self) -> Result<Question<'_>, Error> {
        let deadline = Instant::now() + self.acquire_timeout;
        loop {
            let freed = self.answered.notified();
            if let Some(question) = self.place() {
                return Ok(question);
            }
            if self.has_room() {
                self.open_one().await?;
                continue;
            }
            // Silence ends without a notice, so look again now and then.
            let _ = timeout(STALLED, freed).await;
            if Instant::now() > deadline {
                return Err(Error::Overdue("no connection came free"));
            }
        }
    }

    /// A place on the first open connection that is neither full nor silent.
    fn place(&self) -> Option<Question<'_>> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|line| !line.ended.load(Ordering::Relaxed));
        let line = open.iter().find(|line| line.takes())?;
        if line.owed.fetch_add(1, Ordering::AcqRel) == 0 {
            line.touch();
        }
        Some(Question { line: Arc::clone(line), pipeline: self })
    }

    fn has_room(&self) -> bool {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).len() < self.connections
    }

    async fn open_one(&self) -> Result<(), Error> {
        let deadline = Instant::now() + self.connect_timeout;
        let late = |_| Error::Unreachable("no connection could be made in time".to_owned());
        let _turn = timeout_at(deadline.into(), self.opening.lock()).await.map_err(late)?;
        let served = |line: &Arc<Line>| line.takes();
        if !self.has_room()
            || self.open.lock().unwrap_or_else(PoisonError::into_inner).iter().any(served)
        {
            return Ok(());
        }
        let connection = timeout_at(deadline.into(), self.address.connect()).await.map_err(late)?;
        let (connection, ended) = connection.map_err(connection_error)?;
        let line =
            Line { connection, owed: 0.into(), alive: 0.into(), born: Instant::now(), ended };
        self.open.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::new(line));
        Ok(())
    }
}

impl Line {
    /// A connection that failed, did not answer in time or may not write gets no more questions:
    /// the next one may lead to another server.
    fn note(&self, error: &Error) {
        if !matches!(error, Error::Statement(_) | Error::InvalidRecord(_)) {
            self.ended.store(true, Ordering::Relaxed);
        }
    }

    fn touch(&self) {
        let now = u64::try_from(self.born.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.alive.store(now, Ordering::Relaxed);
    }

    fn takes(&self) -> bool {
        let owed = self.owed.load(Ordering::Acquire);
        let silent = || {
            let alive = Duration::from_millis(self.alive.load(Ordering::Relaxed));
            self.born.elapsed().saturating_sub(alive) > STALLED
        };
        !self.ended.load(Ordering::Relaxed) && owed < DEPTH && (owed == 0 || !silent())
    }
}
