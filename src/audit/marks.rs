//! Marks as two tell of them: the log's lines, and the database's table by the hour.

use std::collections::{BTreeMap, HashMap};
use std::time::UNIX_EPOCH;

/// Marks that a log tells of, by what stands for the user: nobody has two marks at once, and who is marked
/// once more after a mark was removed may have either.
#[derive(Default)]
pub struct Told(HashMap<String, Vec<Line>>);

/// A line of a mark.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Line {
    /// Since 1970.
    minute: u64,
    /// It says that the mark is written. Another cannot know it: the answer of the database did not come.
    is_sure: bool,
}

/// What came of comparing.
#[derive(Debug, PartialEq, Eq)]
pub struct Compared {
    /// Hours that the table has marks of.
    pub hours: usize,
    /// Marks that no line tells of, by the hour; and how much of the hour is in the logs.
    pub untold: Vec<(String, u64, Covered)>,
    /// Marks that only a line explains which does not know whether there is one, by the hour.
    pub unsure: Vec<(String, u64)>,
    /// Users of whom a line tells a mark that the table does not have, or had already.
    pub surplus: u64,
}

/// How much of an hour the logs tell of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Covered {
    /// All of it.
    Whole,
    /// Some of it.
    Part,
    /// Nothing.
    Nothing,
}

/// How far the clocks of gate and database, and the time of a mark and of its line, may be apart: in
/// minutes.
const SLACK: u64 = 1;

impl Told {
    /// Notes a line of a user's mark.
    pub fn note(&mut self, user: &str, timestamp: &str, is_sure: bool) {
        let Some(minute) = minute(timestamp) else { return };
        self.0.entry(user.to_owned()).or_default().push(Line { minute, is_sure });
    }

    /// Holds the lines against the table's counts: a line for each hour, such as `2027-01-31T09 17`. The
    /// logs cover the time from one of these timestamps to the other.
    ///
    /// # Errors
    /// The number of a line that is none.
    pub fn compare(&self, counts: &str, (from, to): (&str, &str)) -> Result<Compared, usize> {
        let rows = rows(counts)?;
        let mut users: Vec<Vec<Line>> = self.0.values().cloned().collect();
        for lines in &mut users {
            lines.sort_unstable();
        }
        let mut by_minute: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
        for (user, lines) in users.iter().enumerate() {
            for line in lines {
                by_minute.entry(line.minute).or_default().push(user);
            }
        }
        let covered = (minute(from).unwrap_or(u64::MAX), minute(to).unwrap_or_default());
        let (mut untold, mut unsure) = (vec![], vec![]);
        for (start, (hour, marks)) in &rows {
            let mut here: Vec<usize> =
                by_minute.range(window(*start)).flat_map(|(_, at)| at.clone()).collect();
            // Whoever may also have been marked in the next hour is taken last, and of the others first
            // those whose mark is sure.
            here.sort_by_key(|user| {
                let lines = users.get(*user).map(Vec::as_slice).unwrap_or_default();
                let last = lines.last().map_or(0, |line| line.minute);
                (last + SLACK >= start + 60, !is_sure(lines), *user)
            });
            let (mut missing, mut not_known) = (*marks, 0);
            for user in here {
                let Some(lines) = users.get_mut(user).filter(|lines| !lines.is_empty()) else {
                    continue;
                };
                if missing == 0 {
                    break;
                }
                not_known += u64::from(!is_sure(lines));
                lines.clear();
                missing -= 1;
            }
            if missing > 0 {
                untold.push((hour.clone(), missing, share(*start, covered)));
            }
            if not_known > 0 {
                unsure.push((*start, not_known));
            }
        }
        exchange(&mut unsure, &mut users);
        let unsure = unsure.into_iter().filter(|(_, marks)| *marks > 0);
        let hour = |start| rows.get(&start).map(|(hour, _)| hour.clone()).unwrap_or_default();
        let unsure = unsure.map(|(start, marks)| (hour(start), marks)).collect();
        let surplus = users.iter().filter(|lines| is_sure(lines)).count() as u64;
        Ok(Compared { hours: rows.len(), untold, unsure, surplus })
    }
}

/// Who was left over, because the next hour might have needed the line, stands in for who is not sure.
fn exchange(unsure: &mut [(u64, u64)], users: &mut [Vec<Line>]) {
    for (start, marks) in unsure {
        let window = window(*start);
        for lines in users.iter_mut().filter(|lines| is_sure(lines)) {
            if *marks > 0 && lines.iter().any(|line| window.contains(&line.minute)) {
                lines.clear();
                *marks -= 1;
            }
        }
    }
}

/// How much of an hour lies between these two minutes.
fn share(start: u64, (from, to): (u64, u64)) -> Covered {
    if from < start && start + 60 <= to {
        Covered::Whole
    } else if from < start + 60 && start <= to {
        Covered::Part
    } else {
        Covered::Nothing
    }
}

/// The minutes of the lines of an hour's marks.
fn window(start: u64) -> std::ops::RangeInclusive<u64> {
    start.saturating_sub(SLACK)..=start + 59 + SLACK
}

fn is_sure(lines: &[Line]) -> bool {
    lines.iter().any(|line| line.is_sure)
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
        for (user, (time, is_sure)) in lines.iter().enumerate() {
            told.note(&user.to_string(), &format!("2027-01-31T{time}Z"), *is_sure);
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
        assert_eq!(
            (far.untold, far.surplus),
            (vec![("2027-01-31T08".to_owned(), 1, Covered::Whole)], 1)
        );
    }

    #[test]
    fn what_no_line_tells_is_found_and_what_is_not_known_is_no_lie() {
        let found = compared(&[("09:30:00", true)], "2027-01-31T09 3\n");
        assert_eq!(found.untold, [("2027-01-31T09".to_owned(), 2, Covered::Whole)]);
        assert_eq!(found.unsure, []);
        let unsure = [("09:30:00", true), ("09:31:00", false), ("12:31:00", false)];
        let found = compared(&unsure, "2027-01-31T09 2");
        assert_eq!((found.untold, found.surplus), (vec![], 0));
        assert_eq!(found.unsure, [("2027-01-31T09".to_owned(), 1)]);
        assert_eq!(compared(&unsure, "2027-01-31T09 1").unsure, []);
        // The next hour might have needed the sure line, and did not.
        let found = compared(&[("09:30:00", false), ("09:59:30", true)], "2027-01-31T09 1");
        assert_eq!((found.unsure, found.surplus), (vec![], 0));
        let next = "2027-01-31T09 1\n2027-01-31T10 1";
        let found = compared(&[("09:30:00", false), ("09:59:30", true)], next);
        assert_eq!(found.unsure, [("2027-01-31T09".to_owned(), 1)]);
        assert_eq!((found.untold, found.surplus), (vec![], 0));
        // Only a part of the first two hours is in the log, and nothing of the others.
        let hours = "2027-01-31T00 1\n2027-01-31T23 1\n1970-01-02T00 1\n2038-01-19T03 1";
        let found = compared(&[], hours);
        let shares: Vec<_> = found.untold.iter().map(|(_, _, share)| *share).collect();
        let (part, nothing) = (Covered::Part, Covered::Nothing);
        assert_eq!(shares, [nothing, part, part, nothing], "{found:?}");
        assert_eq!(compared(&[("09:30:00", true); 3], "2027-01-31T09 1").surplus, 2);
    }

    #[test]
    fn a_user_is_marked_once_however_often_it_is_told() {
        let mut told = Told::default();
        for (time, is_sure) in
            [("08:59:59", false), ("09:00:05", true), ("09:30:00", true), ("11:00:00", true)]
        {
            told.note("ada", &format!("2027-01-31T{time}Z"), is_sure);
        }
        for (counts, untold, surplus) in [
            ("2027-01-31T08 1", 0, 0),
            ("2027-01-31T09 1", 0, 0),
            ("2027-01-31T09 2", 1, 0),
            ("2027-01-31T08 1\n2027-01-31T09 1", 1, 0),
            ("2027-01-31T09 1\n2027-01-31T11 1", 1, 0),
            // A mark that a DBA removed, and that was set again.
            ("2027-01-31T11 1", 0, 0),
            ("2027-01-31T12 1", 1, 1),
        ] {
            let found = told.compare(counts, DAY).expect("counts");
            let missing: u64 = found.untold.iter().map(|(_, marks, _)| marks).sum();
            assert_eq!((missing, found.surplus), (untold, surplus), "{counts}");
        }
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
