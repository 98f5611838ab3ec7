//! The chain that log lines form, so that a line which is changed, left out, put in or moved later is seen.
//!
//! A line ends in `"seq":N,"prev":"…"`: its number in the run of the process, and the hash of the line
//! before it.

use sha2::{Digest, Sha256};

use crate::digest::written;

/// The end of a line that is a JSON object.
pub const LINE_END: &[u8] = b"}\n";

/// Where a chain is: how many lines it has had, and the hash of the last.
#[derive(Clone, Default)]
pub struct Chain {
    next: u64,
    head: Option<[u8; 32]>,
}

/// The end of a chain as it can be kept elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// The number of the last line.
    pub seq: u64,
    /// The first 48 bits of its hash: a number that a metric holds exactly.
    pub number: u64,
}

impl Chain {
    /// Appends a line to what is to be written: a JSON object and a line feed.
    pub fn append(&mut self, line: &[u8], out: &mut Vec<u8>) {
        let start = out.len();
        let body = line.strip_suffix(LINE_END).unwrap_or(line);
        out.extend_from_slice(body);
        out.extend_from_slice(b",\"seq\":");
        out.extend_from_slice(self.next.to_string().as_bytes());
        out.extend_from_slice(b",\"prev\":");
        match &self.head {
            None => out.extend_from_slice(b"null"),
            Some(head) => {
                out.push(b'"');
                out.extend_from_slice(written(head).as_bytes());
                out.push(b'"');
            }
        }
        out.push(b'}');
        self.head = Some(Sha256::digest(out.get(start..).unwrap_or_default()).into());
        self.next += 1;
        out.push(b'\n');
    }

    /// Leaves numbers free for lines that were never written.
    pub fn skip(&mut self, lines: u64) {
        self.next += lines;
    }

    /// The end as it is now; none before the first line.
    #[must_use]
    pub fn head(&self) -> Option<Head> {
        let number = number(self.head.as_ref()?);
        Some(Head { seq: self.next.saturating_sub(1), number })
    }
}

/// The hash of a line without its line feed, as `prev` has it, and as a metric has it.
#[must_use]
pub fn hash(line: &[u8]) -> (String, u64) {
    let digest: [u8; 32] = Sha256::digest(line).into();
    (written(&digest), number(&digest))
}

fn number(digest: &[u8; 32]) -> u64 {
    digest.iter().take(6).fold(0, |number, byte| (number << 8) | u64::from(*byte))
}
