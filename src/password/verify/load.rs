//! How much work is under way, and how long it takes.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// How many hashes are remembered, and how many of them make a time a usual one.
const REMEMBERED: usize = 64;
const SHARE: usize = 16;

/// How much work is under way, and how long one hash has taken of late.
pub(super) struct Load {
    threads: usize,
    outstanding: AtomicUsize,
    /// Of a thread, for one hash, with as many beside it as there can be.
    mean_micros: AtomicU64,
    latest: Latest,
}

impl Load {
    pub(super) fn new(threads: usize) -> Self {
        Self {
            threads,
            outstanding: AtomicUsize::new(0),
            mean_micros: AtomicU64::new(12_000),
            latest: Latest::default(),
        }
    }

    /// Takes a place unless whoever takes it would wait longer than `longest`, less a fifth: who
    /// gets a place should not be turned away after waiting for it.
    pub(super) fn enter(&self, longest: Duration) -> bool {
        let longest = longest.mul_f64(0.8).as_micros();
        let fits = |outstanding: usize| {
            let before = (outstanding + 1).saturating_sub(self.threads);
            let mean = u128::from(self.mean_micros.load(Ordering::Relaxed));
            let wait = mean * before as u128 / self.threads.max(1) as u128;
            (wait <= longest).then_some(outstanding + 1)
        };
        self.outstanding.fetch_update(Ordering::AcqRel, Ordering::Acquire, fits).is_ok()
    }

    /// Takes a place if nobody has one.
    pub(super) fn enter_alone(&self) -> bool {
        self.outstanding.compare_exchange(0, 1, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }

    pub(super) fn leave(&self) {
        self.outstanding.fetch_sub(1, Ordering::AcqRel);
    }

    /// Notes what a hash took of a thread's time and from its begin to its end, and gives the longest
    /// end that is usual.
    pub(super) fn took(&self, of_thread: Duration, elapsed: Duration) -> Duration {
        let sample = u64::try_from(of_thread.as_micros()).unwrap_or(u64::MAX);
        let mean = self.mean_micros.load(Ordering::Relaxed);
        self.mean_micros
            .store((mean.saturating_mul(7).saturating_add(sample)) / 8, Ordering::Relaxed);
        self.latest.usual(elapsed)
    }
}

/// How long the latest of something took.
#[derive(Default)]
pub(super) struct Latest(Mutex<VecDeque<Duration>>);

impl Latest {
    /// Notes one more, and gives the longest that is usual: at least one in [`SHARE`] took so long.
    pub(super) fn usual(&self, elapsed: Duration) -> Duration {
        let mut latest = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if latest.len() == REMEMBERED {
            latest.pop_front();
        }
        latest.push_back(elapsed);
        let mut slowest: Vec<Duration> = latest.iter().copied().collect();
        slowest.sort_unstable_by(|one, other| other.cmp(one));
        let usual = slowest.len().div_ceil(SHARE).saturating_sub(1);
        slowest.get(usual).copied().unwrap_or(elapsed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dear_hash_is_usual_from_one_in_sixteen_on() {
        let load = Load::new(1);
        let (cheap, dear) = (Duration::from_millis(1), Duration::from_millis(9));
        for _ in 0..2 * REMEMBERED {
            assert_eq!(load.took(cheap, cheap), cheap);
        }
        for _ in 1..REMEMBERED / SHARE {
            assert_eq!(load.took(dear, dear), cheap);
        }
        assert_eq!(load.took(dear, dear), dear);
        for _ in 0..REMEMBERED {
            load.took(cheap, cheap);
        }
        assert_eq!(load.took(cheap, cheap), cheap);
    }
}
