//! The file of events: one JSON object a line, each with a sum over itself and the line before, so
//! that a line which was cut by a crash is told from damage.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::RunError;
use super::event::Event;
use crate::bulk::digest::hex;

/// The file in the run directory.
pub(super) const FILE: &str = "journal.ndjson";
const SUM: &str = ",\"sum\":\"";

#[derive(Serialize, Deserialize)]
struct Line {
    seq: u64,
    at: String,
    #[serde(flatten)]
    event: Event,
}

/// What stands behind the last whole line.
#[derive(Clone, Default)]
pub(super) struct End {
    /// Bytes of whole lines.
    pub(super) bytes: u64,
    seq: u64,
    sum: String,
}

/// Reads the events of a journal, one after the other, and gives its end. A last line that is not
/// whole is passed over: what it says may not have happened, and every reader can live with that.
pub(super) fn replay(
    path: &Path,
    mut apply: impl FnMut(Event, SystemTime) -> Result<(), String>,
) -> Result<End, RunError> {
    let name = path.display();
    let unreadable = |error: std::io::Error| RunError::Broken(format!("{name}: {error}"));
    let mut reader = BufReader::new(File::open(path).map_err(unreadable)?);
    let (mut end, mut line) = (End::default(), Vec::new());
    loop {
        line.clear();
        let read = reader.read_until(b'\n', &mut line).map_err(unreadable)?;
        if read == 0 {
            return Ok(end);
        }
        let Some((event, at, sum)) = whole(&line, &end) else {
            let last = reader.fill_buf().map_err(unreadable)?.is_empty();
            if last {
                return Ok(end);
            }
            let number = end.seq + 1;
            return Err(RunError::Broken(format!(
                "{name}: line {number} is damaged; restore the file, or begin a new run directory: who is in the tenant already is recognised"
            )));
        };
        end = End { bytes: end.bytes + read as u64, seq: end.seq + 1, sum };
        apply(event, at).map_err(|cause| {
            RunError::Broken(format!(
                "{name}: line {} does not follow from those before: {cause}; begin a new run directory",
                end.seq
            ))
        })?;
    }
}

/// A line that is whole and follows: its event, its time and its sum.
fn whole(line: &[u8], before: &End) -> Option<(Event, SystemTime, String)> {
    let text = std::str::from_utf8(line).ok()?.strip_suffix("\"}\n")?;
    let (body, sum) = text.rsplit_once(SUM)?;
    let body = format!("{body}}}");
    if sum != sum_of(&before.sum, &body) {
        return None;
    }
    let line: Line = serde_json::from_str(&body).ok()?;
    let at = humantime::parse_rfc3339(&line.at).ok()?;
    (line.seq == before.seq + 1).then(|| (line.event, at, sum.to_owned()))
}

/// The first 64 bits of SHA-256: against accidents, not against people.
fn sum_of(before: &str, body: &str) -> String {
    let digest = Sha256::new().chain_update(before).chain_update(body).finalize();
    hex(digest.into_iter().take(8))
}

/// The file, open at its end. It has one writer.
pub(super) struct Journal {
    file: File,
    path: PathBuf,
    end: End,
    /// Why a line could not be written: nothing follows it.
    broken: Option<(std::io::ErrorKind, String)>,
}

impl Journal {
    /// Takes over a file whose end is known, and cuts off what stands behind.
    pub(super) fn new(file: File, path: PathBuf, end: End) -> std::io::Result<Self> {
        file.set_len(end.bytes)?;
        Ok(Self { file, path, end, broken: None })
    }

    /// Writes an event; with `sync` it is on disk when this returns. After a failure nothing can be
    /// written any more: the file's end is not known.
    pub(super) fn append(&mut self, event: Event, sync: bool) -> std::io::Result<()> {
        if let Some(why) = &self.broken {
            return Err(std::io::Error::new(why.0, why.1.clone()));
        }
        let at = humantime::format_rfc3339_millis(SystemTime::now()).to_string();
        let line = Line { seq: self.end.seq + 1, at, event };
        let mut body = serde_json::to_string(&line)?;
        let sum = sum_of(&self.end.sum, &body);
        body.pop();
        body.push_str(SUM);
        body.push_str(&sum);
        body.push_str("\"}\n");
        let written = is_ours(&self.file, &self.path, self.end.bytes)
            .and_then(|()| self.file.write_all(body.as_bytes()));
        let written = written.and_then(|()| if sync { self.file.sync_data() } else { Ok(()) });
        self.broken = written.as_ref().err().map(|error| (error.kind(), error.to_string()));
        let bytes = self.end.bytes + body.len() as u64;
        self.end = End { bytes, seq: line.seq, sum };
        written
    }
}

/// Whether an open file is the one at its path, and as long as this process left it. What is written to
/// one that was removed is lost, and one that has another writer is damaged.
pub(super) fn is_ours(file: &File, path: &Path, bytes: u64) -> std::io::Result<()> {
    let (open, found) = (file.metadata()?, std::fs::metadata(path)?);
    let same = (open.dev(), open.ino()) == (found.dev(), found.ino());
    if same && found.len() == bytes {
        return Ok(());
    }
    let name = path.file_name().unwrap_or_default().display().to_string();
    Err(std::io::Error::other(format!("{name} was replaced, or somebody else writes to it")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(events: &[Event]) -> (tempfile::TempDir, std::path::PathBuf) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(FILE);
        let file = File::options().append(true).create(true).open(&path).expect("a file");
        let mut journal = Journal::new(file, path.clone(), End::default()).expect("a journal");
        for event in events {
            journal.append(event.clone(), true).expect("written");
        }
        (folder, path)
    }

    fn accepted(chunk: u64) -> Event {
        Event::Accepted { chunk, job: "job_1".to_owned() }
    }

    fn events(path: &Path) -> Result<(Vec<Event>, u64), RunError> {
        let mut seen = vec![];
        let end = replay(path, |event, _| {
            seen.push(event);
            Ok(())
        })?;
        Ok((seen, end.bytes))
    }

    #[test]
    fn a_line_cut_at_any_byte_is_passed_over_and_damage_is_not() {
        let all: Vec<Event> = (1..=3).map(accepted).collect();
        let (_folder, path) = written(&all);
        let text = std::fs::read(&path).expect("the journal");
        assert_eq!(events(&path), Ok((all.clone(), text.len() as u64)));
        let second = text.iter().position(|byte| *byte == b'\n').expect("a line") + 1;
        for length in 0..text.len() {
            std::fs::write(&path, &text[..length]).expect("cut");
            let (seen, bytes) = events(&path).expect("a torn tail");
            assert_eq!(seen, all[..seen.len()], "{length}");
            assert!(bytes <= length as u64);
        }
        for at in 0..second {
            let mut damaged = text.clone();
            damaged[at] ^= 1;
            std::fs::write(&path, &damaged).expect("damaged");
            assert!(matches!(events(&path), Err(RunError::Broken(_))), "byte {at}");
        }
        let swapped = [&text[second..], &text[..second]].concat();
        std::fs::write(&path, swapped).expect("swapped");
        assert!(events(&path).is_err(), "lines in another order");
    }

    #[test]
    fn what_is_written_behind_a_torn_line_can_be_read() {
        let (_folder, path) = written(&[accepted(1), accepted(2)]);
        let length = std::fs::metadata(&path).expect("a file").len();
        File::options().write(true).open(&path).expect("a file").set_len(length - 3).expect("cut");
        let end = replay(&path, |_, _| Ok(())).expect("a torn tail");
        let file = File::options().append(true).open(&path).expect("a file");
        let mut journal = Journal::new(file, path.clone(), end).expect("a journal");
        journal.append(accepted(3), true).expect("written");
        assert_eq!(events(&path).expect("whole").0, [accepted(1), accepted(3)]);
    }
}
