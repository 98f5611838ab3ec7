//! `held.ndjson` and `quarantine.ndjson`, read as far as the journal knows them. Lines behind that were written by somebody
//! who was then killed.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Take, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::books::Books;
use super::directory::broken;
use super::journal;
use super::{DIFFERENCES, RunError};

/// Users who were never sent.
pub(super) const HELD: &str = "held.ndjson";
/// Lines of them that are written at once.
pub const HELD_AT_ONCE: usize = 10_000;
/// Users who were sent and refused.
pub(super) const QUARANTINE: &str = "quarantine.ndjson";

/// A user who is never sent: a line of `held.ndjson`.
#[derive(Serialize, Clone, Debug, PartialEq, Eq)]
pub struct HeldUser {
    /// The legacy id; none where the row has none.
    pub user_id: Option<String>,
    /// Why, as a code.
    pub reason: &'static str,
}

/// A user who was sent and refused: a line of `quarantine.ndjson`.
#[derive(Serialize, Clone, Debug, PartialEq, Eq)]
pub struct QuarantinedUser {
    /// The legacy id.
    pub user_id: String,
    /// The tenant's code, or ours in lower case.
    pub code: String,
    /// The field that it is about.
    pub path: Option<String>,
    /// The chunk that the user was in.
    pub chunk: u64,
}

/// A user of either list.
#[derive(Deserialize)]
pub struct Listed {
    /// The legacy id; none where the row has none.
    pub user_id: Option<String>,
    /// The reason or the tenant's code.
    #[serde(alias = "reason")]
    pub code: String,
}

/// One list, line by line. After an error nothing follows.
pub struct List {
    lines: std::io::Lines<BufReader<Take<File>>>,
    file: PathBuf,
    read: u64,
    users: u64,
}

impl List {
    /// Users who were never sent.
    ///
    /// # Errors
    /// The list cannot be read, or is shorter than the journal says.
    pub fn held(run: &Path, books: &Books) -> Result<Self, RunError> {
        Self::open(run.join(HELD), books.lengths.0, books.totals.held)
    }

    /// Users who were sent and refused.
    ///
    /// # Errors
    /// As [`List::held`].
    pub fn quarantined(run: &Path, books: &Books) -> Result<Self, RunError> {
        Self::open(run.join(QUARANTINE), books.lengths.1, books.totals.quarantined)
    }

    fn open(file: PathBuf, bytes: u64, users: u64) -> Result<Self, RunError> {
        let opened = match File::open(&file) {
            // A run that was begun and killed may not have made it yet.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && bytes == 0 => {
                File::open("/dev/null")
            }
            opened => opened,
        };
        let opened = opened.map_err(|error| damaged(&file, &error))?;
        let found = opened.metadata().map_err(|error| damaged(&file, &error))?.len();
        if found < bytes {
            return Err(damaged(&file, &"it is shorter than the journal says"));
        }
        let lines = BufReader::new(opened.take(bytes)).lines();
        Ok(Self { lines, file, read: 0, users })
    }
}

impl Iterator for List {
    type Item = Result<Listed, RunError>;

    fn next(&mut self) -> Option<Self::Item> {
        let Some(line) = self.lines.next() else {
            let whole = self.read == self.users;
            self.read = self.users;
            return (!whole).then(|| {
                let users = self.users;
                Err(damaged(&self.file, &format!("the journal says that it has {users} lines")))
            });
        };
        self.read += 1;
        let number = self.read;
        let listed = line.ok().and_then(|line| serde_json::from_str(&line).ok());
        Some(listed.ok_or_else(|| damaged(&self.file, &format!("line {number} is damaged"))))
    }
}

/// Appends lines to a list of so many bytes, on disk when this returns, and gives its length.
pub(super) fn write_lines(
    (file, path): &mut (File, PathBuf),
    bytes: u64,
    lines: &[impl Serialize],
) -> Result<u64, RunError> {
    let mut text = String::new();
    for line in lines {
        text.push_str(&serde_json::to_string(line).unwrap_or_default());
        text.push('\n');
    }
    journal::is_ours(file, path, bytes)
        .and_then(|()| file.write_all(text.as_bytes()))
        .and_then(|()| file.sync_data())
        .map_err(|error| broken(&error))?;
    Ok(bytes + text.len() as u64)
}

/// Cuts off what stands behind so many bytes.
pub(super) fn cut(file: &File, length: u64, name: &str) -> Result<(), RunError> {
    let found = file.metadata().map_err(|error| broken(&error))?.len();
    if found < length {
        return Err(RunError::Broken(format!(
            "{name} is shorter than the journal says; restore it, or begin a new run directory"
        )));
    }
    file.set_len(length).map_err(|error| broken(&error))
}

/// How a verification says that nobody has the id.
const ABSENT: [&str; 5] = ["missing", "ghost", "id_collision", "other_connection", "address_taken"];

#[derive(Deserialize)]
struct Difference {
    user_id: Option<String>,
    kind: String,
}

/// Tells of whom the last verification did not find in the connection; of nobody where its list is not there.
pub(super) fn absent(run: &Path, mut told: impl FnMut(&str)) -> Result<(), RunError> {
    let file = run.join(DIFFERENCES);
    let opened = match File::open(&file) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        opened => opened.map_err(|error| damaged(&file, &error))?,
    };
    for (line, number) in BufReader::new(opened).split(b'\n').zip(1..) {
        let line = line.map_err(|error| damaged(&file, &error))?;
        if line.is_empty() {
            continue;
        }
        let line: Difference = serde_json::from_slice(&line)
            .map_err(|_| damaged(&file, &format!("line {number} is damaged")))?;
        if let Some(id) = line.user_id.filter(|_| ABSENT.contains(&line.kind.as_str())) {
            told(&id);
        }
    }
    Ok(())
}

fn damaged(file: &Path, cause: &dyn std::fmt::Display) -> RunError {
    RunError::Broken(format!(
        "{}: {cause}; restore it, or begin a new run directory: who is in the tenant already is recognised",
        file.display()
    ))
}
