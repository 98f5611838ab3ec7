//! Reads logs and says whether their chains hold.

use std::collections::HashMap;
use std::io::{self, BufRead};

use uuid::Uuid;

use super::chain::{Head, hash};
use super::line::{Line, poses};
use super::marks::{Compared, Covered, Told};

/// The longest line that is looked at, in bytes.
const LONGEST: u64 = 1024 * 1024;

/// What is wrong with a chain, or should be known, and where.
#[derive(Debug, PartialEq, Eq)]
pub struct Finding {
    /// Whether somebody may have changed the log.
    pub is_break: bool,
    /// File and line.
    pub place: String,
    /// What it is.
    pub text: String,
}

/// One run of the process.
#[derive(Debug)]
pub struct Stream {
    /// The stream's own name, where its first line is here.
    pub name: Option<String>,
    /// How many lines are here.
    pub lines: u64,
    /// Time of the first line and of the last.
    pub from: String,
    /// See `from`.
    pub to: String,
    /// Its end, to be held against the metric.
    pub head: Head,
    /// Whether the process said that it ended.
    pub ended: bool,
    /// The hash of the line before its first, where that is not here.
    after: Option<String>,
}

/// Logs under examination. Lines of several processes may be mixed; each file goes on where the one
/// before ends.
pub struct Audit {
    /// How many gates wrote the logs, and how many of these began in the middle so far.
    gates: usize,
    cut: usize,
    /// Streams by the hash of their last line.
    open: HashMap<String, usize>,
    /// All streams, in order of appearance.
    pub streams: Vec<Stream>,
    /// All findings, in order of appearance.
    pub findings: Vec<Finding>,
    /// Lines that are part of no chain.
    pub others: u64,
    marks: Told,
}

impl Audit {
    /// Begins an examination of the logs of so many gates. The older lines of each may lie in a file that is not given.
    #[must_use]
    pub fn of(gates: usize) -> Self {
        Self {
            gates,
            cut: 0,
            open: HashMap::new(),
            streams: vec![],
            findings: vec![],
            others: 0,
            marks: Told::default(),
        }
    }

    /// Reads one log to its end.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn read(&mut self, name: &str, mut log: impl BufRead) -> io::Result<()> {
        let mut bytes = Vec::new();
        for number in 1_u64.. {
            bytes.clear();
            if io::Read::take(&mut log, LONGEST).read_until(b'\n', &mut bytes)? == 0 {
                break;
            }
            let place = format!("{name}:{number}");
            if bytes.len() as u64 == LONGEST && !bytes.ends_with(b"\n") {
                log.skip_until(b'\n')?;
                self.stranger(place, "a line is longer than any of the service's", true);
                continue;
            }
            let whole = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
            match serde_json::from_slice::<Line>(whole) {
                Ok(line) => self.link(&line, whole, &place),
                Err(_) => match poses(whole) {
                    Some(true) => self.stranger(
                        place,
                        "it looks like a line of the service and is in no chain",
                        true,
                    ),
                    Some(false) => self.stranger(
                        place,
                        "a part of a line of the service, or one that was changed",
                        false,
                    ),
                    None => self.others += 1,
                },
            }
        }
        Ok(())
    }

    fn stranger(&mut self, place: String, text: &str, is_break: bool) {
        self.others += 1;
        self.findings.push(Finding { is_break, place, text: text.to_owned() });
    }

    fn link(&mut self, line: &Line, bytes: &[u8], place: &str) {
        let at = match &line.prev {
            None => None,
            Some(prev) => self.open.remove(prev),
        };
        let at = at.unwrap_or_else(|| self.begin(line, place));
        let (written, number) = hash(bytes);
        if self.streams.iter().any(|stream| stream.after.as_ref() == Some(&written)) {
            let text = "it stands behind the line that follows it".to_owned();
            self.findings.push(Finding { is_break: true, place: place.to_owned(), text });
        }
        if let Some((user, is_sure)) = line.mark() {
            self.marks.note(user, &line.timestamp, is_sure);
        }
        let is_timed = is_time(&line.timestamp);
        let Some(stream) = self.streams.get_mut(at) else { return };
        if !is_timed {
            let text = "the line has no time".to_owned();
            self.findings.push(Finding { is_break: true, place: place.to_owned(), text });
        }
        let expected = stream.head.seq.saturating_add(u64::from(stream.lines > 0));
        let skipped = line.seq.checked_sub(expected);
        let told =
            line.missing.is_some_and(|missing| skipped.is_some_and(|lines| lines <= missing));
        let finding = match skipped {
            Some(0) => None,
            Some(lines) if told => {
                Some((false, format!("{lines} lines found no room; the process says so itself")))
            }
            _ => Some((true, format!("number {} stands where {expected} is due", line.seq))),
        };
        if stream.ended {
            self.findings.push(Finding {
                is_break: true,
                place: place.to_owned(),
                text: "a line follows the end".to_owned(),
            });
        }
        stream.lines += 1;
        if is_timed {
            stream.to.clone_from(&line.timestamp);
        }
        stream.head = Head { seq: line.seq, number };
        stream.ended |= line.audit.as_deref() == Some("end");
        self.findings.extend(finding.map(|(is_break, text)| Finding {
            is_break,
            place: place.to_owned(),
            text,
        }));
        self.open.insert(written, at);
    }

    /// A line that follows none of those before.
    fn begin(&mut self, line: &Line, place: &str) -> usize {
        // Anything else would be somebody's own words, and is printed.
        let name = line.stream.as_ref().filter(|name| Uuid::try_parse(name).is_ok()).cloned();
        let is_first = line.prev.is_none() && line.audit.as_deref() == Some("start");
        let starts = is_first && line.seq == 0 && name.is_some();
        let again = name.is_some() && self.streams.iter().any(|known| known.name == name);
        if again {
            let text = "a log that is here already begins again".to_owned();
            self.findings.push(Finding { is_break: true, place: place.to_owned(), text });
        } else if !starts {
            // Earlier lines may lie in a file that is not given; of one gate, later ones have no such excuse.
            let may_be_cut = self.cut < self.gates && (self.gates > 1 || self.streams.is_empty());
            let is_break = is_first || !may_be_cut;
            self.cut += 1;
            let text = format!("line {} follows no line that is here", line.seq);
            self.findings.push(Finding { is_break, place: place.to_owned(), text });
        }
        let time = Some(&line.timestamp).filter(|time| is_time(time)).cloned().unwrap_or_default();
        self.streams.push(Stream {
            name,
            lines: 0,
            from: time.clone(),
            to: time,
            head: Head { seq: line.seq, number: 0 },
            ended: false,
            after: line.prev.clone(),
        });
        self.streams.len() - 1
    }

    /// Holds the marks that were read against the table's, a line for each hour: `2027-01-31T09 17`.
    ///
    /// # Errors
    /// The number of a line that is none.
    pub fn compare(&mut self, name: &str, counts: &str) -> Result<usize, usize> {
        // A line without a time says nothing of how far the logs reach.
        let from = self.streams.iter().map(|stream| &*stream.from).filter(|at| !at.is_empty());
        let (from, to) = (from.min(), self.streams.iter().map(|stream| &*stream.to).max());
        let covered = (from.unwrap_or_default(), to.unwrap_or_default());
        let Compared { hours, untold, unsure, surplus } = self.marks.compare(counts, covered)?;
        for (hour, marks, share) in untold {
            let (is_break, part) = match share {
                Covered::Whole => (true, ""),
                Covered::Part => (false, ", but only a part of this hour is in the logs"),
                Covered::Nothing => (false, ", and no log of this hour is here"),
            };
            let text = format!("{marks} mark(s) that no line tells of{part}");
            self.findings.push(Finding { is_break, place: format!("{name}: {hour}"), text });
        }
        for (hour, marks) in unsure {
            let text = format!(
                "{marks} mark(s) that only failed requests explain, of which the gate does not know whether they wrote one"
            );
            self.findings.push(Finding { is_break: false, place: format!("{name}: {hour}"), text });
        }
        if surplus > 0 {
            let text = format!(
                "of {surplus} user(s) a line tells a mark that the table does not have: they were marked before, or the mark was removed"
            );
            self.findings.push(Finding { is_break: false, place: name.to_owned(), text });
        }
        Ok(hours)
    }

    /// Ends the reading: streams that did not say that they end.
    pub fn finish(&mut self) {
        for stream in self.streams.iter().filter(|stream| !stream.ended) {
            let text = format!(
                "no end after line {}; it still ran, was killed, or its last lines are gone",
                stream.head.seq
            );
            let place = stream.name.clone().unwrap_or_else(|| "a stream".to_owned());
            self.findings.push(Finding { is_break: false, place, text });
        }
    }
}

fn is_time(text: &str) -> bool {
    humantime::parse_rfc3339(text).is_ok()
}

#[cfg(test)]
mod tests;
