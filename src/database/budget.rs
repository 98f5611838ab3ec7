//! How many connections the whole service may have, whatever state they are in.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// A pooler lets its clients wait for two minutes unless told otherwise, and does not see meanwhile
/// that one has gone. So long a connection that says nothing counts as open.
pub(super) const LINGER: Duration = Duration::from_mins(2);

/// The same for one that is being made: it holds no statement, and after a fault that is over it must not keep us from
/// trying another.
const LINGER_AT_FIRST: Duration = Duration::from_secs(10);

/// Something asked so much earlier should have been answered first.
const HEAD_START: Duration = Duration::from_secs(1);

/// The connections of one service to its database: those that work, those that are being made, and
/// those that were given up and may still be open at the other end.
#[derive(Clone)]
pub struct Budget(Arc<Inner>);

struct Inner {
    all: usize,
    free: Arc<Semaphore>,
    born: Instant,
    /// When the latest question that has an answer was asked, and the latest attempt at a connection
    /// that has succeeded was begun, in milliseconds from `born`.
    answered: AtomicU64,
    connected: AtomicU64,
}

/// What was waited for.
#[derive(Clone, Copy)]
pub(super) enum Waiting {
    /// An answer to a question.
    Answer,
    /// A connection.
    Connection,
}

impl Budget {
    /// At most so many connections.
    #[must_use]
    pub fn new(connections: usize) -> Self {
        Self(Arc::new(Inner {
            all: connections,
            free: Arc::new(Semaphore::new(connections)),
            born: Instant::now(),
            answered: 0.into(),
            connected: 0.into(),
        }))
    }

    /// Leave to make one connection, kept until it is surely closed.
    pub(super) fn take(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.0.free).try_acquire_owned().ok()
    }

    /// How many there are, in whatever state, and how many more there may be.
    #[must_use]
    pub fn counts(&self) -> (usize, usize) {
        let free = self.0.free.available_permits();
        (self.0.all.saturating_sub(free), free)
    }

    /// Whether there is leave for one more.
    pub(super) fn has_some(&self) -> bool {
        self.0.free.available_permits() > 0
    }

    /// What was begun at `since` has come.
    pub(super) fn has_come(&self, what: Waiting, since: Instant) {
        let since = since.saturating_duration_since(self.0.born).as_millis();
        self.latest(what).fetch_max(u64::try_from(since).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// Whether what was begun at `since` will never come: others that began later have been served,
    /// or it is too long ago.
    pub(super) fn is_lost(&self, what: Waiting, since: Instant) -> bool {
        let latest = Duration::from_millis(self.latest(what).load(Ordering::Relaxed));
        let linger = match what {
            Waiting::Answer => LINGER,
            Waiting::Connection => LINGER_AT_FIRST,
        };
        self.0.born + latest > since + HEAD_START || since.elapsed() > linger
    }

    /// Waits until that is so.
    pub(super) async fn lost(&self, what: Waiting, since: Instant) {
        while !self.is_lost(what, since) {
            tokio::time::sleep(HEAD_START / 4).await;
        }
    }

    fn latest(&self, what: Waiting) -> &AtomicU64 {
        match what {
            Waiting::Answer => &self.0.answered,
            Waiting::Connection => &self.0.connected,
        }
    }
}
