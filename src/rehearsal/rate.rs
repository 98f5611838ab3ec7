//! How many requests the stand-in takes: a bucket of tokens that is told of in headers, as the
//! documentation has it, and larger than any tenant's, so that nobody waits for a rehearsal.
//! Source: auth0.com/docs, "Rate Limit Use Cases".

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Requests at once, and requests a second.
const BURST: f64 = 500.0;
const SUSTAINED: f64 = 500.0;

/// The bucket.
pub(super) struct Rate {
    tokens: f64,
    counted: Instant,
}

/// What is left of it, for the headers.
pub(super) struct Left {
    /// Whether the request may pass.
    pub(super) passes: bool,
    /// Tokens after it.
    pub(super) remaining: u32,
    /// When the next token is added, in seconds since 1970.
    pub(super) reset: u64,
}

impl Rate {
    pub(super) const LIMIT: u32 = 500;

    pub(super) fn new() -> Self {
        Self { tokens: BURST, counted: Instant::now() }
    }

    /// Takes a token for a request.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 500")]
    pub(super) fn take(&mut self, now: Instant) -> Left {
        let since = now.saturating_duration_since(self.counted).as_secs_f64();
        self.counted = now;
        self.tokens = (self.tokens + since * SUSTAINED).min(BURST);
        let passes = self.tokens >= 1.0;
        if passes {
            self.tokens -= 1.0;
        }
        let next = SystemTime::now() + Duration::from_secs_f64(1.0 / SUSTAINED);
        let reset = next.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        Left { passes, remaining: self.tokens as u32, reset }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_at_once_and_then_so_many_a_second() {
        let mut rate = Rate::new();
        let start = rate.counted;
        assert!((0..500).all(|_| rate.take(start).passes));
        let left = rate.take(start);
        assert_eq!((left.passes, left.remaining), (false, 0));
        let later = start + Duration::from_millis(102);
        assert_eq!((0..500).filter(|_| rate.take(later).passes).count(), 51);
    }
}
