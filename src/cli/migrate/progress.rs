//! How far a long reading has come: a bar on a terminal, a line now and then elsewhere.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use crate::numbers::grouped;

/// Between two pictures of the bar, and between two lines.
const FRAME: Duration = Duration::from_millis(100);
const LINE: Duration = Duration::from_secs(10);
const WIDTH: u64 = 30;

/// Tells on stderr how many users were read.
pub(super) struct Progress {
    form: Form,
    total: Option<u64>,
    started: Instant,
    shown: Instant,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Nothing,
    Lines,
    Bar,
}

impl Progress {
    pub(super) fn new(quiet: bool) -> Self {
        let form = match (quiet, std::io::stderr().is_terminal()) {
            (true, _) => Form::Nothing,
            (false, true) => Form::Bar,
            (false, false) => Form::Lines,
        };
        let now = Instant::now();
        Self { form, total: None, started: now, shown: now }
    }

    /// Whether it is worth asking for the total.
    pub(super) fn is_a_bar(&self) -> bool {
        self.form == Form::Bar
    }

    pub(super) fn expect(&mut self, total: u64) {
        self.total = Some(total);
        self.started = Instant::now();
    }

    pub(super) fn show(&mut self, users: u64) {
        let pause = match self.form {
            Form::Nothing => return,
            Form::Lines => LINE,
            Form::Bar => FRAME,
        };
        if self.shown.elapsed() >= pause {
            self.shown = Instant::now();
            self.draw(users);
        }
    }

    /// Ends it. The bar makes room for the report; a last line stays.
    pub(super) fn end(&self, users: u64) {
        match self.form {
            Form::Nothing => {}
            Form::Lines => self.draw(users),
            Form::Bar => {
                let _ = write!(std::io::stderr(), "\r\x1b[K");
            }
        }
    }

    fn draw(&self, users: u64) {
        let milliseconds = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let rate = users.saturating_mul(1000) / milliseconds.max(1);
        let said = format!("{} users read, {} a second", grouped(users), grouped(rate));
        let _ = match self.total.filter(|_| self.form == Form::Bar) {
            None => writeln!(std::io::stderr(), "{said}"),
            Some(total) => {
                let done = users.saturating_mul(WIDTH).checked_div(total).unwrap_or(WIDTH);
                let done = usize::try_from(done.min(WIDTH)).unwrap_or_default();
                let bar = format!("{:<1$}", "#".repeat(done), usize::try_from(WIDTH).unwrap_or(0));
                write!(std::io::stderr(), "\r\x1b[K[{bar}] of {}: {said}", grouped(total))
            }
        };
    }
}
