//! How fast requests may follow each other: a bucket of tokens that listens to what the tenant says
//! of its own, which people who are logging in share.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use reqwest::header::HeaderMap;
use tokio::time::{Instant, sleep_until};

/// The longest rest that the tenant can ask for.
const LONGEST_REST: Duration = Duration::from_mins(1);
/// The longest where it has refused nothing: its buckets fill up all the time, and a request that comes too early is
/// refused and tells more.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// What a slowed-down rate grows by in a minute.
const GROWTH: f64 = 0.05;

/// The bucket.
pub(super) struct Budget(Mutex<Bucket>);

struct Bucket {
    /// Requests a second: as configured, and as slowed down.
    full: f64,
    rate: f64,
    tokens: f64,
    counted: Instant,
    rest_until: Instant,
}

impl Budget {
    pub(super) fn new(requests_per_second: f64) -> Self {
        let now = Instant::now();
        let (full, rate) = (requests_per_second, requests_per_second);
        Self(Mutex::new(Bucket { full, rate, tokens: 1.0, counted: now, rest_until: now }))
    }

    fn lock(&self) -> MutexGuard<'_, Bucket> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a token and takes it.
    pub(super) async fn take(&self) {
        loop {
            let now = Instant::now();
            let next = self.lock().next(now);
            if next <= now {
                return;
            }
            sleep_until(next).await;
        }
    }

    /// Reads `x-ratelimit-*`, and gives how long the tenant asks to wait.
    pub(super) fn learn(&self, headers: &HeaderMap) -> Option<Duration> {
        let number = |name| headers.get(name)?.to_str().ok()?.trim().parse::<u64>().ok();
        let reset = number("x-ratelimit-reset").map(|reset| {
            // By the tenant's own clock where it tells it: ours may be hours away from it.
            let date = headers.get("date").and_then(|date| date.to_str().ok());
            let date = date.and_then(|date| httpdate::parse_http_date(date).ok());
            let now = date.unwrap_or_else(SystemTime::now);
            let now = now.duration_since(UNIX_EPOCH).unwrap_or_default();
            Duration::from_secs(reset).saturating_sub(now).min(LONGEST_REST)
        });
        let retry = number("retry-after").map(|s| Duration::from_secs(s).min(LONGEST_REST));
        if let (Some(limit), Some(remaining)) =
            (number("x-ratelimit-limit"), number("x-ratelimit-remaining"))
        {
            let mut bucket = self.lock();
            if remaining == 0 {
                // The next token of theirs is somebody's who logs in.
                let pause = reset.unwrap_or(Duration::from_secs(1));
                let pause = pause.clamp(Duration::from_millis(200), LONGEST_PAUSE);
                bucket.rest_until = bucket.rest_until.max(Instant::now() + pause);
            } else if remaining.saturating_mul(3) < limit {
                bucket.rate = bucket.rate.min(bucket.full / 2.0);
            }
        }
        retry.or(reset)
    }

    /// A request was one too many: rests and goes on at half the rate.
    pub(super) fn refused(&self, rest: Duration) {
        let mut bucket = self.lock();
        bucket.rate = (bucket.rate / 2.0).max(bucket.full / 16.0);
        bucket.rest_until = bucket.rest_until.max(Instant::now() + rest);
    }
}

impl Bucket {
    /// When the next request may go. One that may go now takes its token.
    fn next(&mut self, now: Instant) -> Instant {
        let passed = now.saturating_duration_since(self.counted).as_secs_f64();
        self.counted = now;
        self.rate = self.full.min(self.rate * (1.0 + GROWTH * passed / 60.0));
        self.tokens = (self.tokens + passed * self.rate).min(self.full.max(1.0));
        if self.rest_until > now {
            return self.rest_until;
        }
        if self.tokens >= 1.0 {
            self.tokens -= 1.0;
            return now;
        }
        now + Duration::from_secs_f64((1.0 - self.tokens) / self.rate + 0.001)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn requests_keep_their_distance_and_rest_when_told() {
        let budget = Budget::new(10.0);
        let start = Instant::now();
        for _ in 0..21 {
            budget.take().await;
        }
        let took = start.elapsed().as_secs_f64();
        assert!((1.9..2.2).contains(&took), "{took}");
        budget.refused(Duration::from_secs(5));
        let start = Instant::now();
        for _ in 0..60 {
            budget.take().await;
        }
        let took = start.elapsed().as_secs_f64();
        assert!(took > 10.0, "half the rate behind a rest: {took}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_clock_that_is_slow_does_not_slow_down() {
        for date in [Some("Sun, 06 Nov 2044 08:49:37 GMT"), None] {
            let budget = Budget::new(1000.0);
            let mut headers = HeaderMap::new();
            // A second after that date, and years after ours.
            for (name, value) in [
                ("x-ratelimit-limit", "10"),
                ("x-ratelimit-remaining", "0"),
                ("x-ratelimit-reset", "2362034978"),
            ] {
                headers.insert(name, value.parse().expect("a number"));
            }
            headers.extend(date.map(|date| (reqwest::header::DATE, date.parse().expect("a date"))));
            let told = budget.learn(&headers);
            assert_eq!(
                told,
                Some(if date.is_some() { Duration::from_secs(1) } else { LONGEST_REST })
            );
            let start = Instant::now();
            budget.take().await;
            assert!(start.elapsed() <= LONGEST_PAUSE, "{date:?}: {:?}", start.elapsed());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_empty_bucket_of_the_tenant_is_waited_for() {
        let budget = Budget::new(1000.0);
        let mut headers = HeaderMap::new();
        for (name, value) in [("x-ratelimit-limit", "10"), ("x-ratelimit-remaining", "0")] {
            headers.insert(name, value.parse().expect("a number"));
        }
        assert_eq!(budget.learn(&headers), None);
        let start = Instant::now();
        budget.take().await;
        assert!(start.elapsed() >= Duration::from_secs(1));
    }
}
