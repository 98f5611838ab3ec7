//! How long jobs take, as far as the looks at them tell.

use std::time::Duration;

/// So narrow a span is not halved any more: each halving may cost a look that comes too early.
const NARROW: f64 = 0.04;
/// So much quicker the next job may be than one that was over at the first look. It doubles with each that was over
/// before the time that was usual.
const QUICKER: f64 = 0.001;
/// One job may have waited for others: it makes the usual time no longer than so many times what it was.
const SLOWER: f64 = 2.0;
/// Nothing is waited for longer than twice what is known, and this: a job may have been over long before it was
/// looked at, as where the import was away meanwhile.
const UNKNOWN: Duration = Duration::from_secs(10);
/// Auth0 ends jobs after two hours.
const LONGEST: f64 = 8_000.0;

/// Seconds a user, of jobs of about so many users: such a job was seen at work after `low`, and was seen to be over
/// after `high`.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Pace {
    users: usize,
    low: f64,
    high: f64,
    /// Jobs one after the other that were over before the time that was usual.
    quicker: u16,
}

impl Pace {
    /// What a job of so many users adds. `at_work` is when it was last seen at work, zero if never; `over` is
    /// when its end was seen. A job takes some time of its own, so that small ones tell nothing of large ones.
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "an average")]
    pub fn after(before: Option<Self>, users: usize, at_work: Duration, over: Duration) -> Self {
        let of_user = |time: Duration| time.as_secs_f64() / users.max(1) as f64;
        let (at_work, over) = (of_user(at_work), of_user(over));
        match before {
            Some(known) if known.tells_of(users) => known.and(at_work, over),
            Some(known) if users < known.users => known,
            _ => Self { users, low: at_work, high: over, quicker: 0 },
        }
    }

    fn and(self, at_work: f64, over: f64) -> Self {
        let Self { low, high, quicker, .. } = self;
        let (low, high, quicker) = if at_work >= high {
            let slower = high * SLOWER;
            (if at_work < slower { at_work } else { high }, over.min(slower), 0)
        } else if at_work > 0.0 {
            (low.max(at_work), high.min(over), 0)
        } else {
            let quicker = quicker.saturating_add(u16::from(over < high * (1.0 - NARROW / 4.0)));
            let step = QUICKER * f64::from(1u32 << quicker.min(8));
            (low * (1.0 - step), high.min(over), quicker)
        };
        Self { low: low.min(high), high, quicker, ..self }
    }

    /// Whether it is about jobs of so many users.
    #[must_use]
    pub fn tells_of(self, users: usize) -> bool {
        users.saturating_mul(2) >= self.users && users <= self.users.saturating_mul(2)
    }

    /// Seconds of a slot for one user.
    #[must_use]
    pub fn of_user(self) -> f64 {
        f64::midpoint(self.low, self.high)
    }

    /// After how long to look first at a job of so many users.
    #[must_use]
    pub fn first_look(self, users: usize) -> Duration {
        let Self { low, high, .. } = self;
        let narrow = high - low <= high * NARROW;
        let look = job(if narrow { high } else { self.of_user() }, users);
        look.min(2 * job(low, users) + UNKNOWN)
    }

    /// After how long a job of so many users is usually over.
    #[must_use]
    pub fn usual(self, users: usize) -> Duration {
        job(self.high, users)
    }
}

#[allow(clippy::cast_precision_loss, reason = "an average")]
fn job(of_user: f64, users: usize) -> Duration {
    Duration::from_secs_f64((of_user * users as f64).clamp(0.0, LONGEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Looks at jobs as the import does. Gives the mean of what it comes late, in parts of a job's time, and
    /// of the looks at a job.
    fn follow(times: impl Iterator<Item = f64>) -> (f64, f64) {
        let (mut pace, mut late, mut looks, mut jobs) = (None::<Pace>, 0.0, 0.0, 0.0);
        for time in times {
            let mut at = pace.map_or(time / 3.0, |pace| pace.first_look(1).as_secs_f64());
            let mut at_work = 0.0;
            loop {
                looks += 1.0;
                if at >= time {
                    break;
                }
                at_work = at;
                let usual = pace.map_or(0.0, |pace| pace.usual(1).as_secs_f64());
                at = if usual > at { usual } else { at * 1.05 };
            }
            let [at_work, over] = [at_work, at].map(Duration::from_secs_f64);
            pace = Some(Pace::after(pace, 1, at_work, over));
            late += (at - time) / time;
            jobs += 1.0;
        }
        (late / jobs, looks / jobs)
    }

    #[test]
    fn who_was_away_does_not_wait_for_as_long_again() {
        let pace = Pace::after(None, 1_000, Duration::ZERO, Duration::from_hours(9));
        assert_eq!(pace.first_look(1_000), UNKNOWN);
    }

    #[test]
    fn looks_come_when_jobs_end() {
        let (late, looks) = follow(std::iter::repeat_n(48.0, 400));
        assert!(late < 0.02 && looks < 1.15, "{late} {looks}");
        // No two jobs are alike.
        let (late, looks) = follow((0..400).map(|job| 40.0 + f64::from(job * 7919 % 97) / 10.0));
        assert!(late < 0.15 && looks < 1.3, "{late} {looks}");
        // The tenant gets a quarter quicker.
        let (late, looks) = follow((0..200).map(|job| if job < 50 { 48.0 } else { 36.0 }));
        assert!(late < 0.08 && looks < 1.3, "{late} {looks}");
        // One job waits for others.
        let (late, looks) = follow((0..200).map(|job| if job == 50 { 1_200.0 } else { 48.0 }));
        assert!(late < 0.03 && looks < 1.5, "{late} {looks}");
    }

    #[test]
    fn small_jobs_tell_nothing_of_large_ones() {
        let seconds = Duration::from_secs;
        let canary = Pace::after(None, 15, seconds(2), seconds(6));
        assert!(!canary.tells_of(1_300));
        let large = Pace::after(Some(canary), 1_300, seconds(70), seconds(80));
        assert_eq!(large.first_look(1_300), seconds(75));
        assert_eq!(Pace::after(Some(large), 1, seconds(2), seconds(3)), large);
    }
}
