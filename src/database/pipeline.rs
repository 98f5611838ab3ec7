//! A few connections to PostgreSQL, each carrying many questions at once.
//!
//! Sharing a connection lets the driver send and read several messages with one system call, which
//! halves what a question costs both sides. A connection that falls silent gets no more questions. It
//! is not closed for that: whoever lets us wait would not see it, and count it as well as the next.

mod attempt;
mod line;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Notify, Semaphore};
use tokio::time::{sleep_until, timeout};

use super::budget::{Budget, Waiting};
use super::postgresql::Address;
use super::question::{Answer, Arguments, Question};
use super::session::Failure;
use super::{Error, GRACE};
use crate::config::Database as Settings;
use attempt::{Attempt, Growth};
use line::{DEPTH, Line, QUICK_DEPTH};

/// A connection that owes answers and gave none for this long is stuck: on a slow statement, or its process at the server gets
/// no processor. About as long as it takes to make another.
const STALLED: Duration = Duration::from_millis(10);

/// For questions that only read: they are fastest in company, as long as it does not keep them longer than this.
pub(super) const TOGETHER: Duration = Duration::from_millis(10);
/// For marks: where each waits for the disk, they had better wait at once.
pub(super) const APART: Duration = Duration::from_millis(2);
/// What a question is taken to cost before any was answered, in nanoseconds.
const FIRST_GUESS: u64 = 500_000;

/// Where so many questions are under way on a connection, all workers use the first one. Where there are fewer, each uses its
/// own, which spares an answer a change of threads.
const CROWD: u64 = 4;
/// Over how many questions this is averaged.
const MEMORY: u64 = 16;

/// Connections that all workers share, opened when they are needed.
pub(super) struct Pipeline {
    address: Address,
    budget: Budget,
    connections: usize,
    /// How long a question may have to wait for those before it where another connection could be made.
    company: Duration,
    /// What a question has lately cost a connection, in nanoseconds.
    each: AtomicU64,
    /// How many questions have lately been under way on a connection when another came, times [`MEMORY`].
    crowd: AtomicU64,
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
    /// How many questions were under way before it.
    before: usize,
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
        (connections, company): (usize, Duration),
        budget: &Budget,
        settings: &Settings,
    ) -> Arc<Self> {
        Arc::new(Self {
            address,
            budget: budget.clone(),
            connections,
            company,
            each: FIRST_GUESS.into(),
            crowd: 0.into(),
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
        self.lines().retain(|line| line.owed() > 0);
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
                _ => {
                    self.learn(asked.elapsed(), place.before);
                    self.budget.has_come(Waiting::Answer, asked);
                }
            }
            return Ok(answer);
        }
    }

    /// A place on a connection: on one that is open, or on a new one, or on the next to be free.
    async fn place_on_line(self: &Arc<Self>) -> Result<Place, Error> {
        let (begun, mut has_waited) = (Instant::now(), false);
        loop {
            let (freed, growth) = (self.answered.notified(), self.growth());
            if let Some(place) = self.place(growth) {
                // Where one finds a place, the next who waits may find one, too.
                if has_waited {
                    self.answered.notify_one();
                }
                return Ok(place);
            }
            has_waited = true;
            // After one could not be made, those that are there have to do for a while.
            let must_do = growth == Growth::Impossible && !self.lines().is_empty();
            let attempt = if must_do { None } else { self.attempt() };
            let Some(mut attempt) = attempt else {
                if let Some(place) = self.place(Growth::Impossible) {
                    return Ok(place);
                }
                if begun.elapsed() > self.acquire_timeout {
                    return Err(Error::Overdue("no connection came free"));
                }
                // Silence ends without a notice, so look again now and then.
                let _ = timeout(STALLED, freed).await;
                continue;
            };
            let outcome = tokio::select! {
                outcome = attempt.outcome() => outcome,
                () = freed => Ok(()),
                () = sleep_until((begun + self.connect_timeout).into()) => {
                    Err(Error::Unreachable("no connection could be made in time".to_owned()))
                }
            };
            if let Err(error) = outcome {
                let is_late = begun.elapsed() >= self.connect_timeout.min(self.acquire_timeout);
                if is_late || self.lines().is_empty() {
                    return self.place(Growth::Impossible).ok_or(error);
                }
            }
        }
    }

    /// A place on an open connection that is neither full nor silent: where many ask, on the first where others
    /// do not keep it for long, so that few processes of the server's do all the work; where few ask, on this
    /// worker's own; else, where there can be no more connections soon, on the one with the least to do.
    fn place(self: &Arc<Self>, growth: Growth) -> Option<Place> {
        let mut open = self.lines();
        open.retain(|line| !line.is_over(self));
        let awake = open.iter().filter(|line| line.silence() <= STALLED);
        let mut quick = awake.clone().filter(|line| self.is_quick(line.owed()));
        let may_grow = growth == Growth::Possible && open.len() < self.connections;
        let alone = self.crowd.load(Ordering::Relaxed) < CROWD * MEMORY;
        let own = quick.clone().find(|line| alone && line.is_own());
        let line = match own {
            None if alone && may_grow && !open.iter().any(|line| line.is_own()) => return None,
            own => own.or_else(|| quick.next()),
        };
        let line = line.or_else(|| {
            let least = awake.min_by_key(|line| line.owed())?;
            let is_made = growth == Growth::UnderWay && self.wait_behind(least.owed()) > STALLED;
            let waits = may_grow || is_made && open.len() < self.connections;
            (least.owed() < DEPTH && !waits).then_some(least)
        })?;
        let before = line.owed.fetch_add(1, Ordering::AcqRel);
        if before == 0 {
            line.touch();
        }
        average(&self.crowd, before as u64 * MEMORY, MEMORY);
        Some(Place { line: Arc::clone(line), pipeline: Arc::clone(self), before, answered: false })
    }

    /// Whether so many questions under way keep the next one no longer than is right.
    fn is_quick(&self, owed: usize) -> bool {
        owed < QUICK_DEPTH && self.wait_behind(owed) <= self.company
    }

    /// How long so many questions under way will keep the next.
    fn wait_behind(&self, owed: usize) -> Duration {
        let each = Duration::from_nanos(self.each.load(Ordering::Relaxed));
        each.saturating_mul(u32::try_from(owed).unwrap_or(u32::MAX))
    }

    /// Notes what a question cost that was answered so long after it was asked behind so many.
    fn learn(&self, took: Duration, before: usize) {
        let share = took.as_nanos() / (before as u128 + 1);
        average(&self.each, u64::try_from(share).unwrap_or(u64::MAX), 8);
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

/// Moves an average over about so many values towards this one. Values that come at the same time may be lost.
fn average(of: &AtomicU64, value: u64, memory: u64) {
    let old = of.load(Ordering::Relaxed);
    of.store(old - old / memory + value / memory, Ordering::Relaxed);
}
