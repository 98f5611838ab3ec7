//! Counting in windows: failed logins of a user, requests of a client.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Keys remembered at most; beyond it the closed windows go first, then all of them.
const CAPACITY: usize = 100_000;

/// How often each key was counted in its present window. A limit of 0 means none.
pub struct Tally<K> {
    limit: u32,
    window: Duration,
    counts: Mutex<HashMap<K, (Instant, u32)>>,
}

impl<K: Hash + Eq> Tally<K> {
    /// Allows `limit` counts of a key in a window that begins with the first.
    #[must_use]
    pub fn new(limit: u32, window: Duration) -> Self {
        Self { limit, window, counts: Mutex::default() }
    }

    /// Whether anything is limited at all.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.limit > 0
    }

    /// How long the key must wait, if it has used up its window.
    pub fn wait(&self, key: &K) -> Option<Duration> {
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let (began, count) = counts.get(key)?;
        let left = self.window.checked_sub(began.elapsed())?;
        (self.is_on() && *count >= self.limit).then_some(left)
    }

    /// Counts the key once.
    pub fn count(&self, key: K) {
        if !self.is_on() {
            return;
        }
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.len() >= CAPACITY {
            counts.retain(|_, (began, _)| began.elapsed() < self.window);
        }
        if counts.len() >= CAPACITY {
            counts.clear();
        }
        let entry = counts.entry(key).or_insert_with(|| (Instant::now(), 0));
        if entry.0.elapsed() >= self.window {
            *entry = (Instant::now(), 0);
        }
        entry.1 = entry.1.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_waits_once_its_window_is_full_and_others_do_not() {
        let tally = Tally::new(2, Duration::from_hours(1));
        tally.count("ada");
        assert!(tally.wait(&"ada").is_none());
        tally.count("ada");
        assert!(tally.wait(&"ada").is_some());
        assert!(tally.wait(&"bob").is_none());
    }

    #[test]
    fn a_closed_window_is_forgotten_and_zero_limits_nothing() {
        let closed = Tally::new(1, Duration::ZERO);
        closed.count("ada");
        assert!(closed.wait(&"ada").is_none());
        let off = Tally::new(0, Duration::from_hours(1));
        off.count("ada");
        assert!(off.wait(&"ada").is_none());
    }
}
