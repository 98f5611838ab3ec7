//! Counting in windows: failed logins of a user, requests of a client.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Keys remembered at most. Beyond it the closed windows go first, then the smallest counts: new
/// names cannot push out a key that has used up its window.
const CAPACITY: usize = 100_000;

/// How often each key was counted in its present window. A limit of 0 means none.
pub struct Tally<K> {
    limit: u32,
    window: Duration,
    born: Instant,
    counts: Mutex<HashMap<K, Count>>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Count {
    times: u32,
    /// Milliseconds since the tally was born: small, because there are many.
    began: u64,
}

/// A place in the windows of some keys. It is given back when it is dropped, unless it was spent.
#[must_use = "dropping it gives the place back"]
pub struct Reservation<'a, K: Hash + Eq> {
    tally: &'a Tally<K>,
    held: Vec<(K, u64)>,
}

impl<K: Hash + Eq + Clone> Tally<K> {
    /// Allows `limit` counts of a key in a window that begins with the first. Each of `instances`
    /// processes that share the callers allows its share, but no less than one.
    #[must_use]
    pub fn new(limit: u32, window: Duration, instances: u32) -> Self {
        let share = limit.checked_div(instances).unwrap_or(limit);
        Self {
            limit: share.max(limit.min(1)),
            window,
            born: Instant::now(),
            counts: Mutex::default(),
        }
    }

    /// Whether anything is limited at all.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.limit > 0
    }

    /// Takes a place in the window of each key at once, or of none.
    ///
    /// # Errors
    /// How long the keys must wait, if one of them has used up its window.
    pub fn reserve<const N: usize>(&self, keys: [K; N]) -> Result<Reservation<'_, K>, Duration> {
        let mut reservation = Reservation { tally: self, held: Vec::new() };
        if !self.is_on() {
            return Ok(reservation);
        }
        let now = milliseconds(self.born.elapsed());
        let mut counts = self.lock();
        let waits = keys.iter().filter_map(|key| self.wait(*counts.get(key)?, now));
        if let Some(wait) = waits.max() {
            return Err(wait);
        }
        self.make_room(&mut counts, N, now);
        reservation.held.reserve_exact(N);
        for key in keys {
            let count = counts.entry(key.clone()).or_insert(Count { times: 0, began: now });
            if self.is_closed(*count, now) {
                *count = Count { times: 0, began: now };
            }
            count.times += 1;
            reservation.held.push((key, count.began));
        }
        Ok(reservation)
    }

    /// How long it is until the window closes, if it is used up.
    fn wait(&self, count: Count, now: u64) -> Option<Duration> {
        let left =
            self.window.checked_sub(Duration::from_millis(now.saturating_sub(count.began)))?;
        (count.times >= self.limit && !left.is_zero()).then_some(left)
    }

    fn is_closed(&self, count: Count, now: u64) -> bool {
        Duration::from_millis(now.saturating_sub(count.began)) >= self.window
    }

    /// Forgets closed windows, then a tenth of what is left: the smallest counts, the oldest first.
    fn make_room(&self, counts: &mut HashMap<K, Count>, wanted: usize, now: u64) {
        if counts.len() + wanted <= CAPACITY {
            return;
        }
        counts.retain(|_, count| !self.is_closed(*count, now));
        if counts.len() + wanted <= CAPACITY {
            return;
        }
        let mut all: Vec<Count> = counts.values().copied().collect();
        let (_, last, _) = all.select_nth_unstable(CAPACITY / 10);
        let (last, mut left) = (*last, CAPACITY / 10 + wanted);
        // Of equals no more than are needed: many begin in one millisecond.
        counts.retain(|_, count| {
            let goes = *count <= last && left > 0;
            left -= usize::from(goes);
            !goes
        });
    }
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

impl<K> Tally<K> {
    fn lock(&self) -> MutexGuard<'_, HashMap<K, Count>> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Hash + Eq> Reservation<'_, K> {
    /// Keeps the place until its window closes.
    pub fn spend(mut self) {
        self.held.clear();
    }
}

impl<K: Hash + Eq> Drop for Reservation<'_, K> {
    fn drop(&mut self) {
        if self.held.is_empty() {
            return;
        }
        let mut counts = self.tally.lock();
        for (key, began) in self.held.drain(..) {
            // A window that has begun since, or was forgotten, does not hold this place.
            if let Some(count) = counts.get_mut(&key).filter(|count| count.began == began) {
                count.times = count.times.saturating_sub(1);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_hours(1);

    fn spent(tally: &Tally<u32>, keys: [u32; 1]) -> bool {
        tally.reserve(keys).map(Reservation::spend).is_ok()
    }

    #[test]
    fn a_key_waits_once_its_window_is_full_and_others_do_not() {
        let tally = Tally::new(2, HOUR, 1);
        assert!(spent(&tally, [1]) && spent(&tally, [1]));
        let wait = tally.reserve([1]).err().expect("its window is full");
        assert!(wait > HOUR / 2 && wait <= HOUR);
        assert!(spent(&tally, [2]));
    }

    #[test]
    fn a_place_counts_while_it_is_held_and_is_given_back() {
        let tally = Tally::new(2, HOUR, 1);
        let held = [tally.reserve([1, 2]).ok(), tally.reserve([1, 3]).ok()];
        assert!(tally.reserve([1]).is_err() && spent(&tally, [2]));
        drop(held);
        assert!(spent(&tally, [1]) && spent(&tally, [1]) && !spent(&tally, [1]));
    }

    #[test]
    fn nothing_is_taken_where_one_of_the_keys_must_wait() {
        let tally = Tally::new(1, HOUR, 1);
        assert!(spent(&tally, [1]));
        assert!(tally.reserve([1, 2]).is_err());
        assert!(spent(&tally, [2]));
    }

    #[test]
    fn a_closed_window_is_forgotten_and_zero_limits_nothing() {
        let closed = Tally::new(1, Duration::ZERO, 1);
        assert!(spent(&closed, [1]) && spent(&closed, [1]));
        let off = Tally::new(0, HOUR, 3);
        assert!(!off.is_on() && spent(&off, [1]) && spent(&off, [1]));
    }

    #[test]
    fn instances_share_a_limit_and_each_allows_one() {
        for (limit, instances, share) in [(20, 1, 20), (20, 3, 6), (2, 5, 1), (0, 5, 0)] {
            assert_eq!(Tally::<u32>::new(limit, HOUR, instances).limit, share);
        }
    }

    #[test]
    fn new_names_push_out_neither_a_full_window_nor_the_memory() {
        let tally = Tally::new(3, HOUR, 1);
        (0..3).for_each(|_| assert!(spent(&tally, [0])));
        for name in 1..350_000 {
            assert!(spent(&tally, [name]));
        }
        assert!(!spent(&tally, [0]), "the full window was forgotten");
        let known = tally.lock().len();
        assert!((CAPACITY / 2..=CAPACITY).contains(&known), "{known}");
    }

    #[test]
    fn a_place_in_a_forgotten_window_takes_nothing_from_the_next() {
        let tally = Tally::new(1, HOUR, 1);
        let old = tally.reserve([1]).ok();
        tally.lock().clear();
        // Windows are told apart by the millisecond in which they began.
        std::thread::sleep(Duration::from_millis(2));
        assert!(spent(&tally, [1]));
        drop(old);
        assert!(!spent(&tally, [1]));
    }
}
