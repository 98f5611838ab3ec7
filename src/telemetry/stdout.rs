//! Log lines on their way to stdout. Whoever logs never waits for the reader of stdout: a line goes
//! into a bounded store, one thread writes what is there, and what finds no room is counted.

use std::fs::File;
use std::io::{self, ErrorKind, Write};
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
    /// Lines that found no room behind those. They have no number yet.
    missing: u64,
    /// Lines that stdout did not take.
    failed: u64,
    /// What the lines form, where they are JSON.
    chain: Option<Chain>,
    urgent: bool,
    writing: bool,
    /// Stdout took nothing of late.
    failing: bool,
}

impl Store {
    /// Puts a line behind others.
    fn put(chain: &mut Option<Chain>, line: &[u8], out: &mut Vec<u8>) {
        match chain {
            Some(chain) => chain.append(line, out),
            None => out.extend_from_slice(line),
        }
    }

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
        let stdout = Self(Arc::new(Shared {
            file: File::from(io::stdout().as_fd().try_clone_to_owned()?),
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
        let Store { lines, chain, .. } = &mut *store;
        Store::put(chain, line, lines);
        store.urgent |= urgent;
        drop(store);
        if wakes {
            self.0.changed.notify_one();
        }
    }

    fn write_for_ever(&self, torn: &mut bool) {
        let mut lines = Vec::new();
        loop {
            let told = self.take(&mut lines);
            let unwritten = self.write(&lines, torn);
            let lost = lines.get(unwritten..).unwrap_or_default();
            let lost = lost.split(|byte| *byte == b'\n').skip(1).count() as u64;
            // The line about a gap is none that was logged, and what it counted is still missing.
            let logged = lost.saturating_sub(u64::from(told > 0));
            let again = if lost > 0 { logged + told } else { 0 };
            lines.clear();
            let mut store = self.store();
            store.writing = false;
            store.failing = lost > 0;
            store.failed += again;
            drop(store);
            self.0.written.notify_all();
            if lost > 0 {
                count(logged);
                thread::sleep(20 * GATHER);
            }
        }
    }

    /// Waits for lines, takes them, and gives the number of those that are missing behind them, which
    /// the last line then tells.
    fn take(&self, lines: &mut Vec<u8>) -> u64 {
        let ignore = PoisonError::into_inner;
        let store = self.0.changed.wait_while(self.store(), |store| store.is_empty());
        let calm = |store: &mut Store| !store.urgent;
        let gathered =
            self.0.changed.wait_timeout_while(store.unwrap_or_else(ignore), GATHER, calm);
        let mut store = gathered.unwrap_or_else(PoisonError::into_inner).0;
        mem::swap(lines, &mut store.lines);
        store.urgent = false;
        store.writing = true;
        let missing = mem::take(&mut store.missing);
        let told = missing + mem::take(&mut store.failed);
        if told > 0 {
            store.chain.iter_mut().for_each(|chain| chain.skip(missing));
            Store::put(&mut store.chain, (self.0.gap)(told).as_bytes(), lines);
        }
        told
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
