//! What follows from the events so far. Its size depends on what is open, not on how many users
//! there are.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime};

use super::event::{Ended, Event, Settled};
use super::open_chunk::{OpenChunk, Standing};
use super::pace::Pace;
use super::totals::Totals;

/// What [`Event::NotTaken`] begins with where every user of a file was refused for one reason.
pub const EVERY_USER: &str = "every user was refused: ";

/// Why an attempt took no effect that was looked up: none of its users is there.
pub const NOBODY_THERE: &str = "looked up: nobody is there";

/// The books of a run.
#[derive(Default, Clone)]
pub struct Books {
    /// The sums.
    pub totals: Totals,
    /// The last id that was read of the view.
    pub last: Option<String>,
    /// Whether the view was read to its end.
    pub exhausted: bool,
    /// The chunks of which something is not known yet.
    pub open: BTreeMap<u64, OpenChunk>,
    /// Users who were picked from all over the view, and are passed over where it is read in order.
    pub picked: BTreeSet<String>,
    /// When the first and the last thing happened.
    pub span: Option<(SystemTime, SystemTime)>,
    /// How long jobs take.
    pace: Option<Pace>,
    /// Marks that `verify` set.
    pub marked: u64,
    /// Users whose marks were begun, and of whom it is not known whether they have one.
    pub marking: Vec<String>,
    /// What the last verification found: users, and how many of them are there.
    pub verified: Option<(u64, u64)>,
    /// Whether it did not find all of them, and nobody was sent since.
    pub has_gaps: bool,
    /// Whether users were picked as many as there should be.
    pub is_picked: bool,
    /// Why the run was stopped last by a file of which nobody was taken.
    pub stopped: Option<String>,
    /// Jobs that broke off, one after the other.
    pub failed_in_a_row: u32,
    /// The length of `held.ndjson`, and of `quarantine.ndjson`.
    pub lengths: (u64, u64),
    next: u64,
}

impl Books {
    /// Whether nothing is left to do.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.exhausted && self.open.is_empty() && self.totals.settled() == self.totals.planned
    }

    /// Seconds of a slot for one user, where jobs have told.
    #[must_use]
    pub fn seconds_a_user(&self) -> Option<f64> {
        self.pace.map(Pace::of_user).filter(|seconds| *seconds > 0.0)
    }

    /// How long jobs of so many users take, where jobs have told.
    #[must_use]
    pub fn pace_of(&self, users: usize) -> Option<Pace> {
        self.pace.filter(|pace| pace.tells_of(users))
    }

    /// The number of the next chunk.
    #[must_use]
    pub fn next_chunk(&self) -> u64 {
        self.next + 1
    }

    /// Takes an event into account.
    ///
    /// # Errors
    /// What it contradicts.
    pub(super) fn apply(&mut self, event: Event, at: SystemTime) -> Result<(), String> {
        self.span = Some((self.span.map_or(at, |(first, _)| first), at));
        match event {
            Event::Planned { chunk, last, users, bytes, held, held_bytes } => {
                self.totals.planned += users.len() as u64 + held;
                self.totals.held += held;
                self.totals.bytes += bytes;
                self.lengths.0 = held_bytes;
                match last {
                    Some(last) => self.last = Some(last),
                    None => self.picked.extend(users.iter().cloned()),
                }
                self.begin(chunk, 0, users)?;
            }
            Event::Exhausted { held, held_bytes } => {
                self.totals.planned += held;
                self.totals.held += held;
                self.lengths.0 = held_bytes;
                self.exhausted = true;
            }
            Event::Settled(settled) => self.settle(settled)?,
            Event::Picked { .. } => self.is_picked = true,
            Event::Verified { users, there, .. } => {
                self.verified = Some((users, there));
                self.has_gaps = there < users;
            }
            Event::Marking { users } => self.marking = users,
            Event::Marked { users } => {
                self.marking.clear();
                self.marked += users;
            }
            of_chunk => self.follow(of_chunk, at)?,
        }
        Ok(())
    }

    /// What happens to a chunk between being planned and being settled.
    fn follow(&mut self, event: Event, at: SystemTime) -> Result<(), String> {
        match event {
            Event::Intent { chunk, attempt, .. } => {
                let jobs = self.totals.jobs;
                let chunk = self.chunk(chunk)?;
                if chunk.lost == 0 {
                    chunk.jobs_before = jobs;
                }
                chunk.attempts = attempt;
                chunk.answered = false;
                chunk.standing = Standing::InDoubt(at);
            }
            Event::Accepted { chunk, job } => {
                self.chunk(chunk)?.standing = Standing::Accepted(job, at);
                self.totals.jobs += 1;
            }
            Event::NotTaken { chunk, why } => self.not_taken(chunk, why)?,
            Event::Doubt { chunk, answered, .. } => {
                let chunk = self.chunk(chunk)?;
                chunk.standing = Standing::InDoubt(at);
                chunk.answered = answered;
                self.totals.doubts += 1;
            }
            Event::Finished { chunk, ended, milliseconds, at_work } => {
                let users = self.chunk(chunk)?.users.len();
                match ended {
                    Ended::Completed => self.failed_in_a_row = 0,
                    Ended::Failed => self.failed_in_a_row += 1,
                    Ended::Gone => {}
                }
                if let (Ended::Completed, Some(at_work)) = (ended, at_work) {
                    let [at_work, over] = [at_work, milliseconds].map(Duration::from_millis);
                    self.pace = Some(Pace::after(self.pace, users, at_work, over));
                }
            }
            Event::Planned { .. }
            | Event::Exhausted { .. }
            | Event::Settled(_)
            | Event::Picked { .. }
            | Event::Verified { .. }
            | Event::Marking { .. }
            | Event::Marked { .. } => {}
        }
        Ok(())
    }

    fn not_taken(&mut self, chunk: u64, why: String) -> Result<(), String> {
        let jobs = self.totals.jobs;
        let chunk = self.chunk(chunk)?;
        chunk.standing = Standing::Planned;
        if why == NOBODY_THERE {
            (chunk.lost, chunk.lost_among_others) = chunk.lost_once_more(jobs);
            chunk.jobs_before = jobs;
        }
        if why.starts_with(EVERY_USER) {
            self.stopped = Some(why);
        }
        Ok(())
    }

    fn settle(&mut self, settled: Settled) -> Result<(), String> {
        let Settled { chunk, inserted, present, quarantined, held, .. } = settled;
        let users = self.chunk(chunk)?.users.len() as u64;
        let once_more: u64 = settled.again.iter().map(|it| it.users.len() as u64).sum();
        if users != inserted + present + quarantined + held + once_more {
            return Err("its users do not add up".to_owned());
        }
        self.open.remove(&chunk);
        self.has_gaps = false;
        self.totals.inserted += inserted;
        self.totals.present += present;
        self.totals.quarantined += quarantined;
        self.totals.held += held;
        self.lengths = (settled.held_bytes, settled.quarantine_bytes);
        for it in settled.again {
            self.begin(it.chunk, it.round, it.users)?;
        }
        Ok(())
    }

    fn begin(&mut self, chunk: u64, round: u8, users: Vec<String>) -> Result<(), String> {
        if chunk != self.next_chunk() {
            return Err(format!("chunk {chunk} is out of order"));
        }
        self.next = chunk;
        if !users.is_empty() {
            self.open.insert(chunk, OpenChunk::new(users, round));
        }
        Ok(())
    }

    fn chunk(&mut self, chunk: u64) -> Result<&mut OpenChunk, String> {
        self.open.get_mut(&chunk).ok_or_else(|| format!("chunk {chunk} is not open"))
    }
}
