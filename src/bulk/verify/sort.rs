//! Sorting more records than memory holds: sorted runs go to one file of the run directory, and are
//! merged when they are read. The file has no name as soon as it is open, so that nothing of it is
//! left behind by whatever ends the process.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Bytes of records that are sorted at once.
pub(super) const BUDGET: usize = 2 * 1024 * 1024;
/// All that is read ahead while runs are merged, in bytes, and the least for one run.
const READ_AHEAD: usize = 1024 * 1024;
const LEAST_READ_AHEAD: usize = 512;
/// What temporary files begin with.
const PREFIX: &str = "sorting-";

/// Takes records in any order.
pub(super) struct Sorter {
    folder: PathBuf,
    budget: usize,
    records: Vec<u8>,
    places: Vec<(u32, u32)>,
    file: Option<File>,
    runs: Vec<(u64, u64)>,
    end: u64,
}

/// Gives them back in the order of their bytes.
pub(super) struct Sorted {
    runs: Vec<Box<dyn Iterator<Item = io::Result<Vec<u8>>> + Send>>,
    heads: BinaryHeap<Reverse<(Vec<u8>, usize)>>,
}

/// Removes what a process left behind that was killed between making a file and unlinking it.
pub(super) fn clear(folder: &Path) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(PREFIX) {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

impl Sorter {
    pub(super) fn new(folder: &Path, budget: usize) -> Self {
        let folder = folder.to_path_buf();
        let (records, places, runs) = (vec![], vec![], vec![]);
        Self { folder, budget, records, places, file: None, runs, end: 0 }
    }

    pub(super) fn push(&mut self, record: &[u8]) -> io::Result<()> {
        // The places are a good part of small records.
        let used = self.records.len() + self.places.len() * size_of::<(u32, u32)>();
        if used + record.len() > self.budget && !self.places.is_empty() {
            self.spill()?;
        }
        let too_long = |_| io::Error::other("a record is too long");
        let at = u32::try_from(self.records.len()).map_err(too_long)?;
        let length = u32::try_from(record.len()).map_err(too_long)?;
        self.records.extend_from_slice(record);
        self.places.push((at, length));
        Ok(())
    }

    fn sort(&mut self) {
        let records = &self.records;
        self.places.sort_unstable_by(|a, b| record_at(records, *a).cmp(record_at(records, *b)));
    }

    /// Writes what is in memory as one run.
    fn spill(&mut self) -> io::Result<()> {
        self.sort();
        let file = match &self.file {
            Some(file) => file,
            None => self.file.insert(nameless(&self.folder)?),
        };
        let (begin, mut writer) = (self.end, BufWriter::with_capacity(64 * 1024, file));
        for place in self.places.drain(..) {
            writer.write_all(&place.1.to_le_bytes())?;
            writer.write_all(record_at(&self.records, place))?;
            self.end += 4 + u64::from(place.1);
        }
        writer.flush()?;
        drop(writer);
        self.records.clear();
        self.runs.push((begin, self.end));
        Ok(())
    }

    pub(super) fn sorted(mut self) -> io::Result<Sorted> {
        let Some(_) = self.file else {
            self.sort();
            let Self { records, places, .. } = self;
            let rest = places.into_iter().map(move |it| Ok(record_at(&records, it).to_vec()));
            return Sorted::of(vec![Box::new(rest)]);
        };
        self.spill()?;
        let Self { file, runs, .. } = self;
        let Some(file) = file.map(Arc::new) else { return Sorted::of(vec![]) };
        let ahead = (READ_AHEAD / runs.len().max(1)).max(LEAST_READ_AHEAD);
        let open = |(at, end)| -> Box<dyn Iterator<Item = io::Result<Vec<u8>>> + Send> {
            Box::new(Run(BufReader::with_capacity(
                ahead,
                Part { file: Arc::clone(&file), at, end },
            )))
        };
        Sorted::of(runs.into_iter().map(open).collect())
    }
}

impl Sorted {
    fn of(runs: Vec<Box<dyn Iterator<Item = io::Result<Vec<u8>>> + Send>>) -> io::Result<Self> {
        let mut sorted = Self { heads: BinaryHeap::with_capacity(runs.len()), runs };
        for run in 0..sorted.runs.len() {
            sorted.advance(run)?;
        }
        Ok(sorted)
    }

    /// The records of both, in one order.
    pub(super) fn and(mut self, other: Self) -> Self {
        let offset = self.runs.len();
        self.runs.extend(other.runs);
        let heads = other.heads.into_iter();
        self.heads.extend(heads.map(|Reverse((record, run))| Reverse((record, run + offset))));
        self
    }

    /// The least record that is left; none at the end.
    pub(super) fn next(&mut self) -> io::Result<Option<Vec<u8>>> {
        let Some(Reverse((record, run))) = self.heads.pop() else { return Ok(None) };
        self.advance(run)?;
        Ok(Some(record))
    }

    /// The record that comes next, without taking it.
    pub(super) fn peek(&self) -> Option<&[u8]> {
        self.heads.peek().map(|Reverse((record, _))| record.as_slice())
    }

    fn advance(&mut self, run: usize) -> io::Result<()> {
        if let Some(record) = self.runs.get_mut(run).and_then(Iterator::next) {
            self.heads.push(Reverse((record?, run)));
        }
        Ok(())
    }
}

fn record_at(records: &[u8], (at, length): (u32, u32)) -> &[u8] {
    let at = at as usize;
    records.get(at..at + length as usize).unwrap_or_default()
}

/// A file that only this process can find.
fn nameless(folder: &Path) -> io::Result<File> {
    let path = folder.join(format!("{PREFIX}{}", uuid::Uuid::new_v4().simple()));
    let mut options = OpenOptions::new();
    let file = options.create_new(true).read(true).write(true).mode(0o600).open(&path)?;
    std::fs::remove_file(&path)?;
    Ok(file)
}

/// A part of a file that others read at the same time.
struct Part {
    file: Arc<File>,
    at: u64,
    end: u64,
}

impl Read for Part {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.end - self.at).unwrap_or(usize::MAX).min(buffer.len());
        let read = self.file.read_at(buffer.get_mut(..left).unwrap_or_default(), self.at)?;
        if read == 0 && left > 0 {
            return Err(io::Error::other("a temporary file is shorter than it was"));
        }
        self.at += read as u64;
        Ok(read)
    }
}

/// The records of one run.
struct Run(BufReader<Part>);

impl Iterator for Run {
    type Item = io::Result<Vec<u8>>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut length = [0; 4];
        match self.0.read_exact(&mut length) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return None,
            Err(error) => return Some(Err(error)),
        }
        let mut record = vec![0; u32::from_le_bytes(length) as usize];
        Some(self.0.read_exact(&mut record).map(|()| record))
    }
}

#[cfg(test)]
mod tests;
