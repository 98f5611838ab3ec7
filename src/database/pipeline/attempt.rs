//! Making connections. One at a time, and whoever needs it waits no longer than is right; but what was
//! begun goes on, since it may already be open at the other end.

use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::Pipeline;
use super::line::Line;
use crate::database::Error;
use crate::database::budget::Waiting;
use crate::database::postgresql::connect_error;

/// After a connection could not be made, those that are there have to do for so long.
const PAUSE: Duration = Duration::from_secs(1);

/// A connection that is being made.
#[derive(Clone)]
pub(super) struct Attempt {
    begun: Instant,
    outcome: watch::Receiver<Option<Result<(), Failed>>>,
}

/// Whether there may be another connection soon.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Growth {
    Possible,
    /// It is being made.
    UnderWay,
    Impossible,
}

/// Why there is none: whether waiting will mend it, and what was said.
#[derive(Clone)]
struct Failed(bool, String);

impl Attempt {
    /// Whether something may come of it that is worth waiting for: it was not given up, and is not too old.
    fn is_under_way(&self, within: Duration) -> bool {
        let is_open = self.outcome.borrow().is_none() && self.outcome.has_changed().is_ok();
        is_open && self.begun.elapsed() < within
    }

    /// Whether the next one would hardly fare better.
    fn has_just_failed(&self) -> bool {
        matches!(&*self.outcome.borrow(), Some(Err(_))) && self.begun.elapsed() < PAUSE
    }

    /// What comes of it.
    pub(super) async fn outcome(&mut self) -> Result<(), Error> {
        match self.outcome.wait_for(Option::is_some).await.as_deref() {
            Ok(Some(Err(Failed(true, words)))) => Err(Error::Unreachable(words.clone())),
            Ok(Some(Err(Failed(false, words)))) => Err(Error::Refused(words.clone())),
            Ok(Some(Ok(()))) => Ok(()),
            Ok(None) | Err(_) => {
                Err(Error::Unreachable("no connection could be made in time".to_owned()))
            }
        }
    }
}

impl Pipeline {
    /// Whether there may be another connection soon.
    pub(super) fn growth(&self) -> Growth {
        let attempt = self.attempt.lock().unwrap_or_else(PoisonError::into_inner);
        match &*attempt {
            Some(attempt) if attempt.is_under_way(self.connect_timeout) => Growth::UnderWay,
            Some(attempt) if attempt.has_just_failed() => Growth::Impossible,
            _ if self.budget.has_some() => Growth::Possible,
            _ => Growth::Impossible,
        }
    }

    /// The attempt under way, or a new one where there is room. One that takes too long is not
    /// waited for any more.
    pub(super) fn attempt(self: &Arc<Self>) -> Option<Attempt> {
        let mut current = self.attempt.lock().unwrap_or_else(PoisonError::into_inner);
        let under_way = |attempt: &&Attempt| attempt.is_under_way(self.connect_timeout);
        if let Some(attempt) = current.as_ref().filter(under_way) {
            return Some(attempt.clone());
        }
        if !self.has_room() {
            return None;
        }
        let of_whole = Arc::clone(&self.whole).try_acquire_owned().ok()?;
        let permits = (self.budget.take()?, of_whole);
        let (tell, outcome) = watch::channel(None);
        let (pipeline, begun) = (Arc::clone(self), Instant::now());
        tokio::spawn(async move {
            let outcome = tokio::select! {
                outcome = pipeline.address.session(permits) => outcome,
                () = pipeline.budget.lost(Waiting::Connection, begun) => return,
            };
            let outcome = outcome.map(|session| {
                pipeline.budget.has_come(Waiting::Connection, begun);
                if pipeline.has_room() {
                    pipeline.lines().push(Arc::new(Line::new(session)));
                }
                pipeline.answered.notify_one();
            });
            let failed = |error| match connect_error(&error) {
                Error::Refused(words) => Failed(false, words),
                other => Failed(true, other.words()),
            };
            tell.send_replace(Some(outcome.map_err(failed)));
        });
        Some(current.insert(Attempt { begun, outcome }).clone())
    }
}
