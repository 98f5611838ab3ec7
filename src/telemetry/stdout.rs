//! Log lines on their way to stdout. Whoever logs never waits for the reader of stdout: a line goes
//! into a bounded store, one thread writes what is there, and what finds no room is counted.

use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::iter;
use std::mem;
use std::os::fd::AsFd;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use tracing::{Level, Metadata};
use tracing_subscriber::fmt::MakeWriter;

use crate::audit::chain::{Chain, Head};

/// A line waits at most about this long: under load one system call then writes many, and what a
/// killed process may lose is no more than this.
const GATHER: Duration = Duration::from_millis(5);
/// The most bytes that wait, beside as many that are being written.
const MOST: usize = 256 * 1024;
/// At the end of the process a reader that has stopped is given this long.
const FAREWELL: Duration = Duration::from_secs(1);

/// Where log lines go. All clones are the same place.
#[derive(Clone)]
pub(super) struct Stdout(Arc<Shared>);

struct Shared {
    file: File,
    store: Mutex<Store>,
    changed: Condvar,
    written: Condvar,
    /// The line that says how many are missing.
    gap: fn(u64) -> String,
}

#[derive(Default)]
struct Store {
    lines: Vec<u8>,
    /// Lines that found no room behind those.
    missing: u64,
    /// Lines that stdout did not take.
    failed: u64,
    /// What the lines that were written form, where they are JSON.
    chain: Option<Chain>,
    urgent: bool,
    writing: bool,
    /// Stdout took nothing of late.
    failing: bool,
}

/// Puts lines behind others.
fn put<'a>(chain: &mut Option<Chain>, lines: impl Iterator<Item = &'a [u8]>, out: &mut Vec<u8>) {
    for line in lines {
        match chain {
            Some(chain) => chain.append(line, out),
            None => out.extend_from_slice(line),
        }
    }
}

fn whole(lines: &[u8]) -> impl Iterator<Item = &[u8]> {
    lines.split_inclusive(|byte| *byte == b'\n')
}

impl Store {
    fn is_empty(&self) -> bool {
        self.lines.is_empty() && self.missing + self.failed == 0
    }
}

/// Writes what is waiting when it is dropped.
#[must_use = "dropping it ends the gathering of log lines"]
pub struct Logging(Stdout);

impl Logging {
    /// The end of the log's chain.
    pub(super) fn head(&self) -> Option<Head> {
        self.0.store().chain.as_ref()?.head()
    }
}

impl Drop for Logging {
    fn drop(&mut self) {
        let mut store = self.0.store();
        store.urgent = true;
        self.0.0.changed.notify_one();
        let busy = |store: &mut Store| store.writing || !(store.is_empty() || store.failing);
        drop(self.0.0.written.wait_timeout_while(store, FAREWELL, busy));
    }
}

impl Stdout {
    /// Takes stdout and begins to write what is gathered; `gap` is the line for lines that are missing.
    pub(super) fn open(
        gap: fn(u64) -> String,
        chain: Option<Chain>,
    ) -> io::Result<(Self, Logging)> {
        Self::on(File::from(io::stdout().as_fd().try_clone_to_owned()?), gap, chain)
    }

    fn on(file: File, gap: fn(u64) -> String, chain: Option<Chain>) -> io::Result<(Self, Logging)> {
        let stdout = Self(Arc::new(Shared {
            file,
            store: Mutex::new(Store { chain, ..Store::default() }),
            changed: Condvar::new(),
            written: Condvar::new(),
            gap,
        }));
        let writer = stdout.clone();
        let work = move || {
            let mut torn = false;
            while catch_unwind(AssertUnwindSafe(|| writer.write_for_ever(&mut torn))).is_err() {}
        };
        thread::Builder::new().name("log".to_owned()).spawn(work)?;
        Ok((stdout.clone(), Logging(stdout)))
    }

    fn store(&self) -> MutexGuard<'_, Store> {
        self.0.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, line: &[u8], urgent: bool) {
        let mut store = self.store();
        // One gap at a time, so that the line about it stands where it is.
        if store.missing + store.failed > 0 || store.lines.len() + line.len() > MOST {
            store.missing += 1;
            drop(store);
            count(1);
            return;
        }
        let wakes = store.lines.is_empty() || (urgent && !store.urgent);
        store.lines.extend_from_slice(line);
        store.urgent |= urgent;
        drop(store);
        if wakes {
            self.0.changed.notify_one();
        }
    }

    fn write_for_ever(&self, torn: &mut bool) {
        let (mut logged, mut lines) = (Vec::new(), Vec::new());
        loop {
            let (missing, before) = self.take(&mut logged);
            let mut chain = before.clone();
            put(&mut chain, whole(&logged), &mut lines);
            if missing > 0 {
                if let Some(chain) = &mut chain {
                    chain.skip(missing);
                }
                put(&mut chain, iter::once((self.0.gap)(missing).as_bytes()), &mut lines);
            }
            let (taken, rest) = lines.split_at(self.write(&lines, torn).min(lines.len()));
            // What lacks but its line feed is there: the next write begins with one.
            let ended = usize::from(!taken.is_empty() && rest.first() == Some(&b'\n'));
            let (written, lost) = (whole_lines(taken) + ended, whole_lines(rest) - ended);
            if lost > 0 {
                // Only what was written is part of the chain. The line about a gap is the last.
                chain = before;
                put(&mut chain, whole(&logged).take(written), &mut vec![]);
            }
            // What a line that was lost counted is still missing; the line itself was never logged.
            let newly = lost.saturating_sub(usize::from(missing > 0)) as u64;
            let failed = if lost > 0 { newly + missing } else { 0 };
            lines.clear();
            logged.clear();
            let mut store = self.store();
            store.writing = false;
            store.failing = lost > 0;
            store.failed += failed;
            store.chain = chain;
            drop(store);
            self.0.written.notify_all();
            if lost > 0 {
                count(newly);
                thread::sleep(20 * GATHER);
            }
        }
    }

    /// Waits for lines, takes them, and gives the number of those that are missing behind them, and
    /// what the lines before them form.
    fn take(&self, lines: &mut Vec<u8>) -> (u64, Option<Chain>) {
        let ignore = PoisonError::into_inner;
        let store = self.0.changed.wait_while(self.store(), |store| store.is_empty());
        let calm = |store: &mut Store| !store.urgent;
        let gathered =
            self.0.changed.wait_timeout_while(store.unwrap_or_else(ignore), GATHER, calm);
        let mut store = gathered.unwrap_or_else(PoisonError::into_inner).0;
        mem::swap(lines, &mut store.lines);
        store.urgent = false;
        store.writing = true;
        let missing = mem::take(&mut store.missing) + mem::take(&mut store.failed);
        (missing, store.chain.clone())
    }

    /// Writes lines and gives how many bytes stdout took: all, unless it fails. After half a line the
    /// next begins on a line of its own.
    fn write(&self, lines: &[u8], torn: &mut bool) -> usize {
        if mem::take(torn) && (&self.0.file).write_all(b"\n").is_err() {
            *torn = true;
            return 0;
        }
        let mut taken = 0;
        while let Some(rest) = lines.get(taken..).filter(|rest| !rest.is_empty()) {
            match (&self.0.file).write(rest) {
                Ok(0) => break,
                Ok(bytes) => taken += bytes,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                // Somebody who has the same file made it non-blocking.
                Err(error) if error.kind() == ErrorKind::WouldBlock => thread::sleep(GATHER),
                Err(_) => break,
            }
        }
        *torn = taken < lines.len() && taken > 0 && lines.get(taken - 1) != Some(&b'\n');
        taken
    }
}

fn whole_lines(bytes: &[u8]) -> usize {
    whole(bytes).filter(|line| line.ends_with(b"\n")).count()
}

fn count(lines: u64) {
    metrics::counter!("narrowgate_log_lines_lost_total").increment(lines);
}

impl<'a> MakeWriter<'a> for Stdout {
    type Writer = Lines<'a>;

    fn make_writer(&'a self) -> Lines<'a> {
        Lines { stdout: self, urgent: true }
    }

    /// What is worse than information is written at once: it may be the last word.
    fn make_writer_for(&'a self, line: &Metadata<'_>) -> Lines<'a> {
        Lines { stdout: self, urgent: *line.level() < Level::INFO }
    }
}

/// Takes whole lines.
pub(super) struct Lines<'a> {
    stdout: &'a Stdout,
    urgent: bool,
}

impl Write for Lines<'_> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.stdout.add(line, self.urgent);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::fs::OpenOptions;
    use std::io::{BufRead, BufReader};
    use std::process::Command;

    use super::*;
    use crate::audit::Audit;

    /// As on a full disk: what is not taken is told, and is no break of the chain.
    #[test]
    fn what_stdout_does_not_take_is_no_part_of_the_chain() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("log");
        assert!(Command::new("mkfifo").arg(&path).status().expect("mkfifo").success());
        let both = OpenOptions::new().read(true).write(true).open(&path).expect("a pipe");
        let file = OpenOptions::new().write(true).open(&path).expect("its end");
        let reader = || BufReader::new(File::open(&path).expect("a reader"));
        let mut first = reader();
        drop(both);
        let gap =
            |missing| format!("{{\"timestamp\":\"2027-01-31T09:30:00Z\",\"missing\":{missing}}}\n");
        let (stdout, _logging) = Stdout::on(file, gap, Some(Chain::default())).expect("a thread");
        let mut log = String::new();
        let start = "\"audit\":\"start\",\"stream\":\"6f9619ff-8b86-4d01-b42d-00cf4fc964ff\"";
        let line = |members: &str| {
            stdout.add(
                format!("{{\"timestamp\":\"2027-01-31T09:30:00Z\",{members}}}\n").as_bytes(),
                true,
            );
        };
        line(start);
        first.read_line(&mut log).expect("a line");
        // Nobody reads: each write fails.
        drop(first);
        let lost = |lines| {
            let store = stdout.store();
            !store.writing && store.lines.is_empty() && store.failed + store.missing == lines
        };
        for lines in 1..=3 {
            stdout.add(b"{\"lost\":1}\n", true);
            while !lost(lines) {
                thread::sleep(GATHER);
            }
        }
        let mut second = reader();
        second.read_line(&mut log).expect("a line");
        assert!(log.contains("\"missing\":3,\"seq\":4,"), "{log}");
        line("\"audit\":\"end\"");
        second.read_line(&mut log).expect("a line");
        let mut audit = Audit::of(1);
        audit.read("log", log.as_bytes()).expect("read");
        audit.finish();
        let told: Vec<_> = audit.findings.iter().map(|finding| finding.is_break).collect();
        assert_eq!(told, [false], "{:?}", audit.findings);
    }
}
