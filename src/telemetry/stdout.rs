//! Log lines on their way to stdout, gathered for a moment and written together.

use std::fs::File;
use std::io::{self, Write};
use std::mem;
use std::os::fd::AsFd;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use tracing::{Level, Metadata};
use tracing_subscriber::fmt::MakeWriter;

/// A line waits at most about this long: under load one system call then writes many, and what a
/// killed process may lose is no more than this.
const GATHER: Duration = Duration::from_millis(5);

/// Beyond so many bytes whoever logs waits for the reader of stdout.
const MOST: usize = 256 * 1024;

/// Where log lines go. All clones are the same place.
#[derive(Clone)]
pub(super) struct Stdout(Arc<Shared>);

struct Shared {
    file: File,
    waiting: Mutex<Vec<u8>>,
    some: Condvar,
    /// Held while writing, so that lines keep their order.
    writing: Mutex<Vec<u8>>,
}

/// Writes what is waiting when it is dropped.
#[must_use = "dropping it ends the gathering of log lines"]
pub struct Logging(Stdout);

impl Drop for Logging {
    fn drop(&mut self) {
        self.0.write_out();
    }
}

impl Stdout {
    /// Takes stdout and begins to write what is gathered.
    pub(super) fn open() -> io::Result<(Self, Logging)> {
        let stdout = Self(Arc::new(Shared {
            file: File::from(io::stdout().as_fd().try_clone_to_owned()?),
            waiting: Mutex::default(),
            some: Condvar::new(),
            writing: Mutex::default(),
        }));
        let writer = stdout.clone();
        thread::Builder::new().name("log".to_owned()).spawn(move || writer.run())?;
        Ok((stdout.clone(), Logging(stdout)))
    }

    fn run(&self) {
        loop {
            let waiting = lock(&self.0.waiting);
            let waiting = self.0.some.wait_while(waiting, |lines| lines.is_empty());
            drop(waiting);
            thread::sleep(GATHER);
            self.write_out();
        }
    }

    fn add(&self, line: &[u8], at_once: bool) {
        let mut waiting = lock(&self.0.waiting);
        let first = waiting.is_empty();
        waiting.extend_from_slice(line);
        let full = waiting.len() > MOST;
        drop(waiting);
        if at_once || full {
            self.write_out();
        } else if first {
            self.0.some.notify_one();
        }
    }

    /// A reader of stdout that has gone is no reason to stop.
    fn write_out(&self) {
        let mut writing = lock(&self.0.writing);
        mem::swap(&mut *writing, &mut *lock(&self.0.waiting));
        let _ = (&self.0.file).write_all(&writing);
        writing.clear();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<'a> MakeWriter<'a> for Stdout {
    type Writer = Lines<'a>;

    fn make_writer(&'a self) -> Lines<'a> {
        Lines { stdout: self, at_once: true }
    }

    /// What is worse than information is written at once: it may be the last word.
    fn make_writer_for(&'a self, line: &Metadata<'_>) -> Lines<'a> {
        Lines { stdout: self, at_once: *line.level() < Level::INFO }
    }
}

/// Takes whole lines.
pub(super) struct Lines<'a> {
    stdout: &'a Stdout,
    at_once: bool,
}

impl Write for Lines<'_> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.stdout.add(line, self.at_once);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
