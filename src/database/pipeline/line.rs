//! One connection of a pipeline.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

use super::Pipeline;
use crate::database::budget::Waiting;
use crate::database::session::Session;

/// Questions under way at once on a connection that answers them quickly: should it become slow, the last of them must not be
/// late.
pub(super) const QUICK_DEPTH: usize = 64;
/// The same where it does not.
pub(super) const DEPTH: usize = 32;

/// One connection and what it owes.
pub(super) struct Line {
    pub(super) session: Session,
    pub(super) owed: AtomicUsize,
    /// Milliseconds from `born` to the last sign of life.
    alive: AtomicU64,
    born: Instant,
    /// The thread that reads and writes it.
    home: ThreadId,
    /// It gets no more questions.
    pub(super) over: AtomicBool,
}

impl Line {
    pub(super) fn new(session: Session) -> Self {
        Self {
            session,
            owed: 0.into(),
            alive: 0.into(),
            born: Instant::now(),
            home: thread::current().id(),
            over: false.into(),
        }
    }

    /// Whether this thread reads and writes it.
    pub(super) fn is_own(&self) -> bool {
        self.home == thread::current().id()
    }

    /// How many questions are under way.
    pub(super) fn owed(&self) -> usize {
        self.owed.load(Ordering::Acquire)
    }

    /// One question less.
    pub(super) fn settle(&self, pipeline: &Pipeline) {
        self.touch();
        self.owed.fetch_sub(1, Ordering::AcqRel);
        pipeline.answered.notify_one();
    }

    pub(super) fn touch(&self) {
        let now = u64::try_from(self.born.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.alive.store(now, Ordering::Relaxed);
    }

    /// The last sign of life.
    pub(super) fn heard(&self) -> Instant {
        self.born + Duration::from_millis(self.alive.load(Ordering::Relaxed))
    }

    /// For how long an answer has been owed without a sign of life.
    pub(super) fn silence(&self) -> Duration {
        if self.owed() == 0 { Duration::ZERO } else { self.heard().elapsed() }
    }

    /// Whether nothing more comes of it: it ended, or others have long been answered in its stead.
    pub(super) fn is_over(&self, pipeline: &Pipeline) -> bool {
        let lost = self.silence() > pipeline.limit
            && pipeline.budget.is_lost(Waiting::Answer, self.heard());
        if lost {
            self.session.abandon();
        }
        lost || self.over.load(Ordering::Relaxed) || self.session.has_ended()
    }
}
