//! A few connections to PostgreSQL, each carrying many questions at once.
//!
//! Sharing a connection lets the driver send and read several messages with one system call, which
//! halves what a question costs both sides. A connection that falls silent gets no more questions. It
//! is not closed for that: whoever lets us wait would not see it, and count it as well as the next.

mod attempt;
mod line;

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Notify, Semaphore};
use tokio::time::{sleep_until, timeout};

use super::budget::{Budget, Waiting};
use super::postgresql::Address;
use super::question::Question;
use super::session::{Answer, Arguments, Failure};
use super::{Error, GRACE};
use crate::config::Database as Settings;
use attempt::Attempt;
use line::Line;

/// A connection that owes answers and gave none for this long is stuck on a slow statement.
const STALLED: Duration = Duration::from_millis(25);

/// Which connection the next question goes to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Spread {
    /// The first that takes it: what only reads is fastest in company.
    Together,
    /// The one with the least to do: each mark waits for the disk, and they wait at once.
    Apart,
}

/// Connections of one worker, opened when they are needed.
pub(super) struct Pipeline {
    address: Address,
    budget: Budget,
    connections: usize,
    spread: Spread,
    connect_timeout: Duration,
    acquire_timeout: Duration,
    limit: Duration,
    open: Mutex<Vec<Arc<Line>>>,
    attempt: Mutex<Option<Attempt>>,
    /// Connections that are open, being made, or waiting for their end: one may be in place of another.
    whole: Arc<Semaphore>,
    answered: Notify,
}

/// One question's place on a connection. The connection owes its answer until that has come, whether
/// anybody still wants it or not.
struct Place {
    line: Arc<Line>,
    pipeline: Arc<Pipeline>,
    answered: bool,
}

impl Drop for Place {
    fn drop(&mut self) {
        if !self.answered
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            let (line, pipeline) = (Arc::clone(&self.line), Arc::clone(&self.pipeline));
            runtime.spawn(async move {
                line.session.caught_up().await;
                line.settle(&pipeline);
            });
        } else {
            self.line.settle(&self.pipeline);
        }
    }
}

impl Pipeline {
    /// At most `connections`, opened when they are needed and the budget allows.
    pub(super) fn new(
        address: Address,
        (connections, spread): (usize, Spread),
        budget: &Budget,
        settings: &Settings,
    ) -> Arc<Self> {
        Arc::new(Self {
            address,
            budget: budget.clone(),
            connections,
            spread,
            connect_timeout: settings.connect_timeout,
            acquire_timeout: settings.acquire_timeout,
            limit: settings.statement_timeout + GRACE,
            open: Mutex::default(),
            attempt: Mutex::default(),
            whole: Arc::new(Semaphore::new(connections + 1)),
            answered: Notify::new(),
        })
    }

    pub(super) fn address(&self) -> &Address {
        &self.address
    }

    /// Closes what is idle.
    pub(super) fn close_idle(&self) {
        self.lines().retain(|line| line.owed.load(Ordering::Acquire) > 0);
    }

    /// Asks one question within its deadline.
    ///
    /// All our questions can be asked twice, so one that met a connection which the server had
    /// closed goes to the next.
    pub(super) async fn ask(
        self: &Arc<Self>,
        question: Question,
        arguments: Arguments<'_>,
    ) -> Result<Result<Option<Answer>, Failure>, Error> {
        let mut tries_left = self.connections;
        loop {
            let mut place = self.place_on_line().await?;
            let asked = Instant::now();
            let answer = timeout(self.limit, place.line.session.ask(question, arguments)).await;
            let answer = answer.map_err(|_| Error::Overdue("the statement was not answered"))?;
            place.answered = true;
            place.line.touch();
            // A server that may not write leads nowhere either: the next may be another.
            let leads_on = |failure: &Failure| {
                !matches!(
                    failure.told(),
                    Error::Unreachable(_) | Error::Overdue(_) | Error::Replica
                )
            };
            match &answer {
                Err(failure) if !leads_on(failure) => {
                    place.line.over.store(true, Ordering::Relaxed);
                    if failure.ends_connection() && tries_left > 0 {
                        tries_left -= 1;
                        continue;
                    }
                }
                _ => self.budget.has_come(Waiting::Answer, asked),
            }
            return Ok(answer);
        }
    }

    /// A place on a connection: on one that is open, or on a new one, or on the next to be free.
    async fn place_on_line(self: &Arc<Self>) -> Result<Place, Error> {
        let begun = Instant::now();
        loop {
            let freed = self.answered.notified();
            if let Some(place) = self.place(self.may_attempt()) {
                return Ok(place);
            }
            let Some(mut attempt) = self.attempt() else {
                // Silence ends without a notice, so look again now and then.
                let _ = timeout(STALLED, freed).await;
                if begun.elapsed() > self.acquire_timeout {
                    return Err(Error::Overdue("no connection came free"));
                }
                continue;
            };
            let outcome = tokio::select! {
                outcome = attempt.outcome() => outcome,
                () = freed => Ok(()),
                () = sleep_until((begun + self.connect_timeout).into()) => {
                    Err(Error::Unreachable("no connection could be made in time".to_owned()))
                }
            };
            // Where there is no new one, those that are there have to do.
            if let Err(error) = outcome {
                return self.place(false).ok_or(error);
            }
        }
    }

    /// A place on an open connection that is neither full nor silent; where there could be another
    /// connection and questions go apart, on one that has nothing to do.
    fn place(self: &Arc<Self>, may_grow: bool) -> Option<Place> {
        let mut open = self.lines();
        open.retain(|line| !line.is_over(self));
        let mut takers = open.iter().filter(|line| line.takes());
        let line = match self.spread {
            Spread::Together => takers.next()?,
            Spread::Apart => {
                let owed = |line: &&Arc<Line>| line.owed.load(Ordering::Acquire);
                let least = takers.min_by_key(owed)?;
                if owed(&least) > 0 && may_grow && open.len() < self.connections {
                    return None;
                }
                least
            }
        };
        if line.owed.fetch_add(1, Ordering::AcqRel) == 0 {
            line.touch();
        }
        Some(Place { line: Arc::clone(line), pipeline: Arc::clone(self), answered: false })
    }

    /// Whether one more would be within our share. Those that should have answered long ago do not
    /// count; the budget knows of them.
    fn has_room(&self) -> bool {
        let open = self.lines();
        open.iter().filter(|line| line.silence() < self.limit).count() < self.connections
    }

    fn lines(&self) -> MutexGuard<'_, Vec<Arc<Line>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
