//! Days, without time zones: all of it is UTC.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const SECONDS: u64 = 86_400;

/// A day, counted from 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(pub u32);

impl Day {
    /// The day of an instant.
    #[must_use]
    pub fn of(instant: SystemTime) -> Self {
        let seconds = instant.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        Self(u32::try_from(seconds / SECONDS).unwrap_or(u32::MAX))
    }

    /// So many days later.
    #[must_use]
    pub fn plus(self, days: u32) -> Self {
        Self(self.0.saturating_add(days))
    }

    /// The Monday of its week.
    #[must_use]
    pub fn monday(self) -> Self {
        // 1970-01-01 was a Thursday.
        Self(self.0.saturating_sub((self.0 + 3) % 7))
    }
}

/// As ISO 8601 has it: `2026-11-29`.
impl fmt::Display for Day {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let instant = UNIX_EPOCH + Duration::from_secs(u64::from(self.0) * SECONDS);
        // The year 9999 is the last that can be written.
        if self.0 > 2_932_896 {
            return out.write_str("9999-12-31");
        }
        let text = humantime::format_rfc3339_seconds(instant).to_string();
        out.write_str(text.get(..10).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_have_their_dates_and_mondays() {
        assert_eq!(Day(0).to_string(), "1970-01-01");
        assert_eq!(Day(20_786).to_string(), "2026-11-29");
        assert_eq!(Day(20_786).monday().to_string(), "2026-11-23");
        assert_eq!(Day(20_780).monday(), Day(20_780));
        assert_eq!(Day(u32::MAX).to_string(), "9999-12-31");
    }
}
