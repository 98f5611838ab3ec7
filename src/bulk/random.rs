//! Random numbers that need not be secret: how long to wait, whom to look up.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

/// A quarter of a second at first, doubled each time up to the longest, of which a random part is
/// waited.
pub(super) fn backoff(attempt: u32, longest: Duration) -> Duration {
    let longest = Duration::from_millis(250 << attempt.min(12)).min(longest);
    longest.mul_f64(0.5 + 0.5 * fraction())
}

/// A number in [0, 1) that differs at each call.
fn fraction() -> f64 {
    let bits = u32::try_from(RandomState::new().hash_one(0_u8) >> 32).unwrap_or(0);
    f64::from(bits) / (f64::from(u32::MAX) + 1.0)
}

/// A number below `end`, which is not 0.
pub(super) fn below(end: usize) -> usize {
    let bits = RandomState::new().hash_one(0_u8);
    usize::try_from(bits % (end.max(1) as u64)).unwrap_or(0)
}
