//! Sorts more records than memory should hold: sorted runs in one temporary file, merged at the end.
//!
//! The file has no name, so that nothing stays behind a program that is killed, and every block of
//! it is sealed with a key that this process alone has, in memory: whoever copies the disk has noise.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{self, Write};
use std::ops::Range;
use std::os::unix::fs::FileExt;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};

/// Bytes of records that are sorted at once.
const MEMORY: usize = 4 << 20;
/// Bytes that are sealed and read at once.
const BLOCK: usize = 8 << 10;

/// Takes records in any order.
pub(super) struct Sorter {
    memory: usize,
    bytes: Vec<u8>,
    places: Vec<Range<u32>>,
    file: Option<Sealed>,
    runs: Vec<Run>,
}

/// Gives records in their order, byte by byte.
pub(super) struct Sorted {
    file: Option<Sealed>,
    runs: Vec<Run>,
    next: BinaryHeap<Reverse<(Vec<u8>, usize)>>,
}

/// A sorted part of the file, and the block of it that is being read.
struct Run {
    rest: Range<u64>,
    block: Vec<u8>,
    at: usize,
}

struct Sealed {
    file: File,
    key: LessSafeKey,
    end: u64,
}

impl Sorter {
    pub(super) fn new() -> Self {
        Self::within(MEMORY)
    }

    fn within(memory: usize) -> Self {
        Self { memory, bytes: vec![], places: vec![], file: None, runs: vec![] }
    }

    /// Takes a record of at most 65,535 bytes.
    pub(super) fn push(&mut self, record: &[u8]) -> io::Result<()> {
        if !self.bytes.is_empty() && self.bytes.len() + record.len() > self.memory {
            self.spill()?;
        }
        self.bytes.reserve_exact(self.memory.saturating_sub(self.bytes.len()));
        let from = self.bytes.len();
        self.bytes.extend_from_slice(record);
        let place = |at: usize| u32::try_from(at).map_err(|_| io::ErrorKind::InvalidInput);
        self.places.push(place(from)?..place(self.bytes.len())?);
        Ok(())
    }

    /// The records in order.
    pub(super) fn sorted(mut self) -> io::Result<Sorted> {
        if self.file.is_some() {
            self.spill()?;
        } else {
            let mut block = Vec::with_capacity(self.bytes.len() + 2 * self.places.len());
            self.each(|record| {
                append(&mut block, record);
                Ok(())
            })?;
            self.runs.push(Run { rest: 0..0, block, at: 0 });
        }
        let Self { file, runs, .. } = self;
        let mut sorted = Sorted { file, runs, next: BinaryHeap::new() };
        for run in 0..sorted.runs.len() {
            sorted.refill(run, Vec::new())?;
        }
        Ok(sorted)
    }

    fn each(&mut self, mut with: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
        let bytes = &self.bytes;
        let record =
            |place: &Range<u32>| bytes.get(place.start as usize..place.end as usize).unwrap_or(&[]);
        self.places.sort_unstable_by(|a, b| record(a).cmp(record(b)));
        self.places.iter().try_for_each(|place| with(record(place)))
    }

    fn spill(&mut self) -> io::Result<()> {
        let mut file = match self.file.take() {
            Some(file) => file,
            None => Sealed::new()?,
        };
        let (from, mut block) = (file.end, Vec::with_capacity(BLOCK * 2));
        self.each(|record| {
            append(&mut block, record);
            if block.len() >= BLOCK { file.seal(&mut block) } else { Ok(()) }
        })?;
        file.seal(&mut block)?;
        self.runs.push(Run { rest: from..file.end, block: vec![], at: 0 });
        self.file = Some(file);
        self.bytes.clear();
        self.places.clear();
        Ok(())
    }
}

fn append(block: &mut Vec<u8>, record: &[u8]) {
    block.extend_from_slice(&u16::try_from(record.len()).unwrap_or(u16::MAX).to_be_bytes());
    block.extend_from_slice(record);
}

impl Sorted {
    /// The next record; none after the last.
    pub(super) fn next(&mut self) -> io::Result<Option<Vec<u8>>> {
        let Some(Reverse((record, run))) = self.next.pop() else { return Ok(None) };
        self.refill(run, Vec::new())?;
        Ok(Some(record))
    }

    fn refill(&mut self, place: usize, mut record: Vec<u8>) -> io::Result<()> {
        let Some(run) = self.runs.get_mut(place) else { return Ok(()) };
        if run.at == run.block.len() && !run.rest.is_empty() {
            let file = self.file.as_ref().ok_or(io::ErrorKind::InvalidData)?;
            run.rest.start = file.open(run.rest.start, &mut run.block)?;
            run.at = 0;
        }
        let rest = run.block.get(run.at..).unwrap_or(&[]);
        let Some((length, rest)) = rest.split_first_chunk() else { return Ok(()) };
        let length = usize::from(u16::from_be_bytes(*length));
        record.extend_from_slice(rest.get(..length).ok_or(io::ErrorKind::InvalidData)?);
        run.at += 2 + length;
        self.next.push(Reverse((record, place)));
        Ok(())
    }
}

impl Sealed {
    fn new() -> io::Result<Self> {
        let file = tempfile::tempfile()?;
        let broken = |_| io::Error::other("the system gives no random bytes");
        let mut key = zeroize::Zeroizing::new([0; 32]);
        aws_lc_rs::rand::fill(key.as_mut_slice()).map_err(broken)?;
        let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key.as_slice()).map_err(broken)?);
        Ok(Self { file, key, end: 0 })
    }

    /// The block's place in the file, where no other block ever is.
    fn nonce(at: u64) -> Nonce {
        let mut nonce = [0; 12];
        if let Some(place) = nonce.last_chunk_mut() {
            *place = at.to_be_bytes();
        }
        Nonce::assume_unique_for_key(nonce)
    }

    /// Writes the block behind the others, and empties it.
    fn seal(&mut self, block: &mut Vec<u8>) -> io::Result<()> {
        if block.is_empty() {
            return Ok(());
        }
        let broken = |_| io::Error::other("a block cannot be sealed");
        self.key
            .seal_in_place_append_tag(Self::nonce(self.end), Aad::empty(), block)
            .map_err(broken)?;
        let length = u32::try_from(block.len()).map_err(io::Error::other)?;
        self.file.write_all(&length.to_be_bytes())?;
        self.file.write_all(block)?;
        self.end += 4 + u64::from(length);
        block.clear();
        Ok(())
    }

    /// Reads the block at a place, and tells where the next begins.
    fn open(&self, at: u64, block: &mut Vec<u8>) -> io::Result<u64> {
        let mut length = [0; 4];
        self.file.read_exact_at(&mut length, at)?;
        let length = u32::from_be_bytes(length);
        block.resize(length as usize, 0);
        self.file.read_exact_at(block, at + 4)?;
        let changed = |_| io::Error::other("somebody changed the temporary file");
        let plain =
            self.key.open_in_place(Self::nonce(at), Aad::empty(), block).map_err(changed)?;
        let plain = plain.len();
        block.truncate(plain);
        Ok(at + 4 + u64::from(length))
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Seek};

    use super::*;

    fn sorted(memory: usize, records: &[String]) -> (Sorted, Vec<String>) {
        let mut sorter = Sorter::within(memory);
        for record in records {
            sorter.push(record.as_bytes()).expect("room");
        }
        let (mut given, mut all) = (sorter.sorted().expect("sorted"), vec![]);
        while let Some(record) = given.next().expect("readable") {
            all.push(String::from_utf8(record).expect("a text"));
        }
        (given, all)
    }

    #[test]
    fn records_are_sorted_in_memory_and_on_disk_and_the_disk_has_noise() {
        let records: Vec<String> = (0..20_000_u32)
            .map(|n| format!("canary{}", n.wrapping_mul(2_654_435_761) % 9_973))
            .collect();
        let mut due = records.clone();
        due.sort();
        let (in_memory, all) = sorted(MEMORY, &records);
        assert!(in_memory.file.is_none() && all == due);
        let (on_disk, all) = sorted(20_000, &records);
        assert!(on_disk.runs.len() > 5 && all == due);
        let (mut raw, mut file) = (vec![], on_disk.file.expect("a file").file);
        file.rewind().expect("a file");
        file.read_to_end(&mut raw).expect("a file");
        assert!(raw.len() > 100_000 && !raw.windows(6).any(|bytes| bytes == b"canary"));
    }

    #[test]
    fn nothing_sorted_is_nothing() {
        assert_eq!(sorted(MEMORY, &[]).1, Vec::<String>::new());
    }

    #[test]
    fn a_file_that_was_changed_is_refused() {
        let mut sorter = Sorter::within(100);
        (0..100).for_each(|n: u32| sorter.push(&n.to_be_bytes()).expect("room"));
        let file = sorter.file.as_mut().expect("a file");
        file.file.write_all_at(b"x", 9).expect("written");
        assert!(sorter.sorted().is_err());
    }
}
