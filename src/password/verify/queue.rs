//! The logins that wait for a hashing thread, in order of arrival.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::sync::{OwnedSemaphorePermit, oneshot};
use zeroize::Zeroizing;

use crate::password::recipe::{Bytes, Followed, Inputs};
use crate::password::stored::StoredHash;

/// A stored hash and everything that goes into making its like.
pub(super) struct Question {
    pub(super) stored: StoredHash,
    pub(super) password: Zeroizing<Vec<u8>>,
    pub(super) username: String,
    pub(super) email: String,
    pub(super) pepper: Zeroizing<String>,
}

impl Question {
    fn inputs(&self) -> Inputs<'_> {
        Inputs {
            password: &self.password,
            salt: &self.stored.salt,
            username: &self.username,
            email: &self.email,
            pepper: self.pepper.as_bytes(),
        }
    }

    /// Derives to the first bcrypt whose digest is not among `known`.
    pub(super) fn follow(&self, known: &[Bytes]) -> Followed {
        self.stored.follow(self.inputs(), known)
    }
}

/// The hash that was asked about, and what the password came to.
pub(super) struct Answer {
    pub(super) stored: StoredHash,
    pub(super) derived: Option<Bytes>,
    /// When the derivation would have ended had the hash been as slow as those of other users: the
    /// one moment that depends on the queue but not on the user.
    pub(super) usual_end: Instant,
}

/// One derivation that waits for a thread.
pub(super) struct Job {
    pub(super) question: Question,
    pub(super) start_before: Instant,
    pub(super) memory: OwnedSemaphorePermit,
    /// None where hashing failed.
    pub(super) reply: oneshot::Sender<Option<Answer>>,
}

impl Job {
    /// Whether it can be computed beside others.
    fn has_company(&self) -> bool {
        self.question.stored.recipe.bcrypts() > 0
    }

    /// Whether the client has gone.
    pub(super) fn is_forsaken(&self) -> bool {
        self.reply.is_closed()
    }
}

/// A job and when it came, counted from the first.
pub(super) struct Arrived {
    pub(super) job: Job,
    pub(super) number: u64,
}

/// The one queue that all hashing threads take from.
#[derive(Default)]
pub(super) struct Queue {
    line: Mutex<Line>,
    changed: Condvar,
}

#[derive(Default)]
struct Line {
    waiting: VecDeque<Arrived>,
    arrived: u64,
    /// Threads that have nothing to do.
    idle: usize,
    closed: bool,
}

/// What a thread has in hand already.
#[derive(Clone, Copy)]
pub(super) struct InHand {
    /// The number of whoever came first of those; none where there is nothing.
    pub(super) oldest: Option<u64>,
    /// Whether another bcrypt can be computed beside them.
    pub(super) room: bool,
}

impl Queue {
    fn line(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a job at the end.
    pub(super) fn push(&self, job: Job) {
        let mut line = self.line();
        let number = line.arrived;
        line.arrived += 1;
        line.waiting.push_back(Arrived { job, number });
        drop(line);
        self.changed.notify_one();
    }

    /// How many jobs wait.
    pub(super) fn waiting(&self) -> usize {
        self.line().waiting.len()
    }

    /// Lets the threads end; what still waits is given up.
    pub(super) fn close(&self) {
        let mut line = self.line();
        line.closed = true;
        line.waiting.clear();
        drop(line);
        self.changed.notify_all();
    }

    /// The next job for a thread. Without anything in hand it waits for one; then none means that
    /// the queue is closed.
    pub(super) fn next(&self, in_hand: InHand) -> Option<Arrived> {
        let mut line = self.line();
        if in_hand.oldest.is_some() {
            return line.take(in_hand);
        }
        loop {
            if let Some(arrived) = line.take(in_hand) {
                return Some(arrived);
            }
            if line.closed {
                return None;
            }
            line.idle += 1;
            line = self.changed.wait(line).unwrap_or_else(PoisonError::into_inner);
            line.idle -= 1;
        }
    }
}

impl Line {
    /// Order of arrival decides. What has to be computed alone does not stop those that came
    /// before it; bcrypt may overtake it into a place that would stay empty meanwhile.
    fn take(&mut self, in_hand: InHand) -> Option<Arrived> {
        // A thread with nothing to do takes it sooner.
        if in_hand.oldest.is_some() && self.waiting.len() <= self.idle {
            return None;
        }
        let first = self.waiting.front()?;
        let at_once = if first.job.has_company() {
            in_hand.room
        } else {
            in_hand.oldest.is_none_or(|oldest| oldest > first.number)
        };
        if at_once {
            return self.waiting.pop_front();
        }
        let next = self.waiting.iter().position(|arrived| arrived.job.has_company());
        next.filter(|_| in_hand.room).and_then(|at| self.waiting.remove(at))
    }
}
