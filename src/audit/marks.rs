//! Marks as two tell of them: the log's lines, and the database's table by the hour.

use std::collections::BTreeMap;
use std::time::UNIX_EPOCH;

/// Marks that a log tells of, by the minute since 1970.
#[derive(Default)]
pub struct Told(BTreeMap<u64, Lines>);

#[derive(Default, Clone, Copy)]
struct Lines {
    /// That say that the mark is written.
    sure: u64,
    /// That cannot know it: the answer of the database did not come.
    unsure: u64,
}

impl Lines {
    /// Takes as many lines as there are, up to this number.
    fn take(&mut self, wanted: u64) -> u64 {
        let sure = self.sure.min(wanted);
        let unsure = self.unsure.min(wanted - sure);
        self.sure -= sure;
        self.unsure -= unsure;
        sure + unsure
    }
}

/// What came of comparing.
#[derive(Debug, PartialEq, Eq)]
pub struct Compared {
    /// Hours that the table has marks of.
    pub hours: usize,
    /// Marks that no line tells of, by the hour; and whether all of the hour is in the logs.
    pub untold: Vec<(String, u64, bool)>,
    /// Lines that tell of a mark which the table does not have, or had already.
    pub surplus: u64,
}

/// How far the clocks of gate and database, and the time of a mark and of its line, may be apart: in
/// minutes.
const SLACK: u64 = 1;

impl Told {
    /// Notes a line of a mark.
    pub fn note(&mut self, timestamp: &str, is_sure: bool) {
        let Some(minute) = minute(timestamp) else { return };
        let lines = self.0.entry(minute).or_default();
        *(if is_sure { &mut lines.sure } else { &mut lines.unsure }) += 1;
    }

    /// Holds the lines against the table's counts: a line for each hour, such as `2027-01-31T09 17`. The
    /// logs cover the time from one of these timestamps to the other.
    ///
    /// # Errors
    /// The number of a line that is none.
    pub fn compare(&self, counts: &str, (from, to): (&str, &str)) -> Result<Compared, usize> {
        let rows = rows(counts)?;
        let mut left = self.0.clone();
        let covered = (minute(from).unwrap_or(u64::MAX), minute(to).unwrap_or_default());
        let mut untold = vec![];
        // Hours and their minutes go forward together, so the earliest line is always the one to take.
        for (start, (hour, marks)) in &rows {
            let mut missing = *marks;
            let window = start.saturating_sub(SLACK)..=start + 59 + SLACK;
            for (_, lines) in left.range_mut(window) {
                missing -= lines.take(missing);
            }
            if missing > 0 {
                let whole = covered.0 < *start && start + 60 <= covered.1;
                untold.push((hour.clone(), missing, whole));
            }
        }
        Ok(Compared { hours: rows.len(), untold, surplus: left.values().map(|it| it.sure).sum() })
    }
}

type Rows = BTreeMap<u64, (String, u64)>;

/// Hours by their first minute, and the marks of each.
fn rows(counts: &str) -> Result<Rows, usize> {
    let mut rows = Rows::new();
    for (number, line) in counts.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let read = || {
            let (hour, marks) = line.trim().split_once([' ', '\t'])?;
            let start = minute(&format!("{hour}:00:00Z"))?;
            Some((start, (hour.to_owned(), marks.trim().parse().ok()?)))
        };
        let (start, row) = read().ok_or(number + 1)?;
        if rows.insert(start, row).is_some() {
            return Err(number + 1);
        }
    }
    Ok(rows)
}

/// The minute of an instant as logs have it.
fn minute(timestamp: &str) -> Option<u64> {
    let instant = humantime::parse_rfc3339(timestamp).ok()?;
    Some(instant.duration_since(UNIX_EPOCH).ok()?.as_secs() / 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: (&str, &str) = ("2027-01-31T00:30:00.5Z", "2027-01-31T23:30:00.25Z");

    fn compared(lines: &[(&str, bool)], counts: &str) -> Compared {
        let mut told = Told::default();
        for (time, is_sure) in lines {
            told.note(&format!("2027-01-31T{time}Z"), *is_sure);
        }
        told.compare(counts, DAY).expect("counts")
    }

    #[test]
    fn marks_meet_their_lines_also_over_the_hour() {
        let lines =
            [("09:00:01.5", true), ("09:59:59", true), ("10:00:02", true), ("10:30:00", true)];
        // The first and the third were marked before the hour was full.
        let met = compared(&lines, "2027-01-31T08 1\n2027-01-31T09\t2\n2027-01-31T10 1\n");
        assert_eq!((met.hours, met.untold, met.surplus), (3, vec![], 0));
        let far = compared(&[("09:30:00", true)], "2027-01-31T08 1\n");
        assert_eq!((far.untold, far.surplus), (vec![("2027-01-31T08".to_owned(), 1, true)], 1));
    }

    #[test]
    fn what_no_line_tells_is_found_and_what_is_not_known_is_no_lie() {
        let found = compared(&[("09:30:00", true)], "2027-01-31T09 3\n");
        assert_eq!(found.untold, [("2027-01-31T09".to_owned(), 2, true)]);
        let unsure = [("09:30:00", true), ("09:31:00", false), ("12:31:00", false)];
        let found = compared(&unsure, "2027-01-31T09 2");
        assert_eq!((found.untold, found.surplus), (vec![], 0));
        // Only a part of these hours is in the log.
        let found = compared(&[], "2027-01-31T00 1\n2027-01-31T23 1");
        assert!(found.untold.iter().all(|(_, _, whole)| !whole), "{found:?}");
        assert_eq!(compared(&[("09:30:00", true); 3], "2027-01-31T09 1").surplus, 2);
    }

    #[test]
    fn a_line_that_is_no_count_is_named() {
        let told = Told::default();
        for (counts, line) in [
            ("2027-01-31T09 1\n2027-01-31 9", 2),
            ("2027-01-31T25 1", 1),
            ("2027-01-31T09 -1", 1),
            ("hour marks", 1),
            ("2027-01-31T09 1\n\n2027-01-31T09 1", 3),
        ] {
            assert_eq!(told.compare(counts, DAY), Err(line), "{counts}");
        }
    }
}
