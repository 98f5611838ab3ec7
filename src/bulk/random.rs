//! What is left to chance: how long to wait, whom to look up.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use crate::random::fraction;

/// A quarter of a second at first, doubled each time up to the longest, of which a random part is
/// waited.
pub(super) fn backoff(attempt: u32, longest: Duration) -> Duration {
    let longest = Duration::from_millis(250 << attempt.min(12)).min(longest);
    longest.mul_f64(0.5 + 0.5 * fraction())
}

/// As long as the tenant asks for, and never less than the backoff: by a clock that is ahead of the
/// tenant's it asks for nothing.
pub(super) fn rest(asked: Option<Duration>, attempt: u32, longest: Duration) -> Duration {
    asked.unwrap_or_default().max(backoff(attempt, longest))
}

/// A number below `end`, which is not 0.
pub(super) fn below(end: usize) -> usize {
    let bits = RandomState::new().hash_one(0_u8);
    usize::try_from(bits % (end.max(1) as u64)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenant_that_asks_for_no_rest_is_given_one() {
        let (second, minute) = (Duration::from_secs(1), Duration::from_mins(1));
        assert!(rest(Some(Duration::ZERO), 5, minute) >= 4 * second);
        assert!(rest(None, 30, minute) >= 30 * second);
        assert_eq!(rest(Some(3 * minute), 5, minute), 3 * minute);
    }
}
