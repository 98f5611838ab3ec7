//! Waiting for a moment, to some tens of microseconds.
//!
//! The runtime's timers count whole milliseconds from when its thread last fell asleep. A refusal that waited on one would end
//! a whole number of milliseconds after its hash was ready, so the fraction would tell how long the hash took.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Instant;

use tokio::sync::oneshot;

/// A thread that wakes who waits.
#[derive(Default)]
pub(super) struct Moments {
    line: Mutex<Line>,
    changed: Condvar,
}

#[derive(Default)]
struct Line {
    /// By the moment, and who came first.
    waiting: BTreeMap<(Instant, u64), oneshot::Sender<()>>,
    came: u64,
    closed: bool,
}

impl Moments {
    /// Starts the thread; it ends when this is closed.
    ///
    /// # Errors
    /// A thread that cannot be had.
    pub(super) fn start() -> io::Result<Arc<Self>> {
        let moments = Arc::<Self>::default();
        let waking = Arc::clone(&moments);
        thread::Builder::new().name("moments".to_owned()).spawn(move || waking.run())?;
        Ok(moments)
    }

    /// Waits until then.
    pub(super) async fn until(&self, moment: Instant) {
        let _ = self.line_up(moment).await;
    }

    fn line_up(&self, moment: Instant) -> oneshot::Receiver<()> {
        let (sender, receiver) = oneshot::channel();
        let mut line = self.line();
        let place = (moment, line.came);
        line.came += 1;
        line.waiting.insert(place, sender);
        let is_next = line.waiting.first_key_value().is_some_and(|(first, _)| *first == place);
        drop(line);
        if is_next {
            self.changed.notify_one();
        }
        receiver
    }

    /// Lets the thread end; who still waits is woken.
    pub(super) fn close(&self) {
        self.line().closed = true;
        self.changed.notify_one();
    }

    fn run(&self) {
        let mut line = self.line();
        while !line.closed {
            let Some(first) = line.waiting.first_entry() else {
                line = self.changed.wait(line).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            let left = first.key().0.saturating_duration_since(Instant::now());
            if left.is_zero() {
                let _ = first.remove().send(());
                continue;
            }
            let woken = self.changed.wait_timeout(line, left);
            (line, _) = woken.unwrap_or_else(PoisonError::into_inner);
        }
        line.waiting.clear();
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn each_is_woken_at_its_own_moment_and_not_before() {
        let moments = Moments::start().expect("a thread");
        let now = Instant::now();
        let waits = [30, 5, 60, 5, 0].map(|wait| {
            let (moments, moment) = (Arc::clone(&moments), now + Duration::from_millis(wait));
            tokio::spawn(async move {
                moments.until(moment).await;
                (moment, Instant::now())
            })
        });
        let mut woken = vec![];
        for wait in waits {
            woken.push(wait.await.expect("it is woken"));
        }
        assert!(woken.iter().all(|(moment, woken)| woken >= moment));
        assert!(woken[1].1 <= woken[2].1, "who waits less is not kept by who waits more");
        moments.close();
    }

    #[tokio::test]
    async fn nobody_waits_for_a_thread_that_has_ended() {
        let moments = Moments::start().expect("a thread");
        let far = Instant::now() + Duration::from_hours(1);
        let waiting = Arc::clone(&moments);
        let waits = tokio::spawn(async move { waiting.until(far).await });
        tokio::task::yield_now().await;
        moments.close();
        waits.await.expect("it is woken");
    }
}
