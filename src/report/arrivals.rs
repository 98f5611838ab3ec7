//! Arrivals by day, whatever the clocks said that dated them: those of the legacy database and of the
//! machine that ran `verify` are two.

use std::collections::BTreeMap;

use crate::day::Day;

/// Users by day.
pub(super) type Days = BTreeMap<Day, u64>;

/// No arrival is told of that is older: five years.
const LONGEST: u32 = 260 * 7;
/// Marks before a silence of so many days, and fewer than one in so many of all, have a wrong date.
const SILENCE: u32 = 182;
const FEW: u64 = 100;

/// Takes users off the days that are nearest: two clocks may call one night by two dates.
pub(super) fn take(days: &mut Days, day: Day, mut users: u64) {
    let mut nearest: Vec<Day> = days.keys().copied().collect();
    nearest.sort_by_key(|other| other.0.abs_diff(day.0));
    for other in nearest {
        let Some(there) = days.get_mut(&other) else { continue };
        let taken = users.min(*there);
        *there -= taken;
        users -= taken;
        if users == 0 {
            break;
        }
    }
    days.retain(|_, users| *users > 0);
}

/// Everybody, on a day that can be: not behind today, and not before it all began.
pub(super) fn plausible(login: Days, bulk: Days, today: Day) -> (Days, Days) {
    let mut all = login.clone();
    for (day, users) in &bulk {
        *all.entry(*day).or_default() += users;
    }
    let begin = begin(&all).max(Day(today.0.saturating_sub(LONGEST)));
    let moved = |days: Days| {
        let mut moved = Days::new();
        for (day, users) in days {
            *moved.entry(day.max(begin).min(today)).or_default() += users;
        }
        moved
    };
    (moved(login), moved(bulk))
}

/// The first day, but for some few that stand far before all others.
fn begin(all: &Days) -> Day {
    let total: u64 = all.values().sum();
    let mut begin = all.keys().next().copied().unwrap_or(Day(0));
    let mut before = 0;
    for ((day, users), (next, _)) in all.iter().zip(all.iter().skip(1)) {
        before += users;
        if before.saturating_mul(FEW) >= total {
            break;
        }
        if next.0 - day.0 > SILENCE {
            begin = *next;
        }
    }
    begin
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(all: &[(u32, u64)]) -> Days {
        all.iter().map(|(day, users)| (Day(*day), *users)).collect()
    }

    #[test]
    fn marks_of_one_night_are_taken_off_whatever_its_date() {
        let mut login = days(&[(99, 7), (101, 500), (140, 9)]);
        take(&mut login, Day(100), 503);
        assert_eq!(login, days(&[(101, 4), (140, 9)]));
        take(&mut login, Day(100), 20);
        assert_eq!(login, days(&[]));
    }

    #[test]
    fn a_clock_that_was_wrong_moves_nobody_out_of_the_picture() {
        let today = Day(20_000);
        let told = |all: &[(u32, u64)]| plausible(days(all), Days::new(), today).0;
        let good = [(19_900, 300), (19_950, 200), (20_000, 10)];
        assert_eq!(told(&good), days(&good));
        // At the epoch, tomorrow, and in the year 9999.
        let with_bad = [&[(0, 1), (5, 2)], &good[..], &[(20_001, 5), (2_932_896, 1)]].concat();
        assert_eq!(told(&with_bad), days(&[(19_900, 303), (19_950, 200), (20_000, 16)]));
        assert_eq!(told(&[(0, 50), (19_990, 50)]), days(&[(18_180, 50), (19_990, 50)]));
        assert_eq!(told(&[(30_000, 9)]), days(&[(20_000, 9)]));
    }
}
