//! The one timer of a connection.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use tokio::time::{Sleep, sleep_until};

/// A deadline that is moved several times for each request. Moving it away costs nothing: the timer
/// itself is set anew only when it has run out too early.
pub(super) struct Deadline {
    due: Instant,
    timer: Pin<Box<Sleep>>,
}

impl Deadline {
    pub(super) fn new(due: Instant) -> Self {
        Self { due, timer: Box::pin(sleep_until(due.into())) }
    }

    pub(super) fn due(&self) -> Instant {
        self.due
    }

    pub(super) fn set(&mut self, due: Instant) {
        self.due = due;
        if due < self.timer.deadline().into_std() {
            self.timer.as_mut().reset(due.into());
        }
    }

    /// Ready once it has passed.
    pub(super) fn poll_passed(&mut self, context: &mut Context<'_>) -> Poll<()> {
        loop {
            ready!(self.timer.as_mut().poll(context));
            if Instant::now() >= self.due {
                return Poll::Ready(());
            }
            self.timer.as_mut().reset(self.due.into());
        }
    }
}
