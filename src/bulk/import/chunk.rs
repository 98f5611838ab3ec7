//! The life of one chunk: sent, worked on, settled. It begins wherever the books say it stands.

use std::time::{Duration, SystemTime};

use tokio::sync::OwnedSemaphorePermit;

use super::known::Known;
use super::silence::Silence;
use super::{Import, ImportError};
use crate::bulk::Packed;
use crate::bulk::management::{
    Delivery, ImportFile, JobErrors, JobState, NotTaken, Refusal, Summary,
};
use crate::bulk::random::rest;
use crate::bulk::run::{Ended, Event, OpenChunk, Standing};

/// A job is given up after this: Auth0 fails jobs after two hours.
const LONGEST_JOB: Duration = Duration::from_mins(135);
/// Between two looks at a job of which nothing is known.
const FIRST_LOOK: Duration = Duration::from_millis(400);
const SHORTEST_LOOK: Duration = Duration::from_millis(100);
const LONGEST_LOOK: Duration = Duration::from_secs(10);
/// Between two deliveries while the tenant's slots are taken.
pub(super) const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// So many jobs that break off one after the other have a reason that is none of their users'.
const MOST_FAILED: u32 = 12;

/// What to do next with a chunk.
enum Step {
    /// Go on from where the books say it stands.
    Look,
    /// It is over; these chunks came out of it.
    Over(Vec<u64>),
}

impl Import {
    /// Lives the chunk to its end, and gives the chunks that came out of it. The permit is one of
    /// the tenant's slots: it is given back when the job is at its end.
    pub(super) async fn live(
        &self,
        chunk: u64,
        mut packed: Option<Packed>,
        permit: OwnedSemaphorePermit,
    ) -> Result<Vec<u64>, ImportError> {
        let (mut slot, mut silence) = (Some(permit), Silence::default());
        loop {
            let open = self.ledger.books(|books| books.open.get(&chunk).cloned());
            let Some(open) = open else { return Ok(vec![]) };
            let step = match &open.standing {
                Standing::Planned => match packed.take().filter(Packed::is_fresh) {
                    Some(file) => self.send(chunk, &open, file, &mut silence).await?,
                    None => match self.read_again(chunk, &open).await? {
                        Ok(file) => {
                            packed = Some(file);
                            continue;
                        }
                        Err(again) => Step::Over(again),
                    },
                },
                Standing::InDoubt(since) => {
                    let again = self.doubt(chunk, &open, *since, &mut silence).await?;
                    again.map_or(Step::Look, Step::Over)
                }
                Standing::Accepted(job, since) => {
                    let known = self.follow(chunk, &open, job, *since).await?;
                    drop(slot.take());
                    let again = self.settle(chunk, &open, known).await?;
                    if self.ledger.books(|books| books.failed_in_a_row) >= MOST_FAILED {
                        let why =
                            format!("{MOST_FAILED} jobs in a row broke off and gave no reason");
                        return Err(Refusal::WholeFile(why).into());
                    }
                    Step::Over(again)
                }
            };
            match step {
                Step::Over(again) => return Ok(again),
                Step::Look => {}
            }
        }
    }

    /// Delivers until the tenant has it, or nobody knows.
    async fn send(
        &self,
        chunk: u64,
        open: &OpenChunk,
        packed: Packed,
        silence: &mut Silence,
    ) -> Result<Step, ImportError> {
        let (mut attempt, mut waits) = (open.attempts, 0);
        loop {
            if self.stop.is_asked() {
                return Err(ImportError::Interrupted);
            }
            attempt += 1;
            let external_id = format!("ng-{}-{chunk}-{attempt}", self.ledger.binding().run);
            let body = packed.body.clone();
            let intent = Event::Intent { chunk, attempt, external_id: external_id.clone() };
            self.ledger.record(intent, true)?;
            let file = ImportFile { body, external_id };
            let not_taken = |why: &str| Event::NotTaken { chunk, why: why.to_owned() };
            // Never dropped half-way: what becomes of it is written down first.
            let event = match self.management.deliver(&self.connection.id, &file).await {
                Ok(Delivery::Accepted(job)) => Event::Accepted { chunk, job },
                Ok(Delivery::InDoubt { why, answered }) => Event::Doubt { chunk, why, answered },
                Ok(Delivery::NotTaken(NotTaken::TooLarge)) => {
                    self.ledger.record(not_taken("too large"), true)?;
                    return self.too_large(chunk, open, packed.body.len()).map(Step::Over);
                }
                Ok(Delivery::NotTaken(why)) => {
                    let given_up = silence.after(&why);
                    let (why, wait) = why.told();
                    self.ledger.record(not_taken(&why), false)?;
                    given_up?;
                    let wait = rest(wait, waits, LONGEST_WAIT);
                    waits += 1;
                    self.pause(wait).await?;
                    if !packed.is_fresh() {
                        return Ok(Step::Look);
                    }
                    continue;
                }
                Err(refusal) => {
                    self.ledger.record(not_taken("refused"), true)?;
                    return Err(refusal.into());
                }
            };
            self.ledger.record(event, true)?;
            return Ok(Step::Look);
        }
    }

    /// A file of which the tenant says that it is too large is cut in two. A user alone was measured
    /// before: then it is somebody else who says so, and nobody is held back for it.
    fn too_large(
        &self,
        chunk: u64,
        open: &OpenChunk,
        bytes: usize,
    ) -> Result<Vec<u64>, ImportError> {
        if open.users.len() > 1 {
            return self.halve(chunk, open);
        }
        let why = format!("status 413 for a user of {bytes} bytes");
        Err(Refusal::NotAuth0(why).into())
    }

    /// Looks at the job until it is at its end, and fetches the errors at once: the tenant forgets
    /// them.
    async fn follow(
        &self,
        chunk: u64,
        open: &OpenChunk,
        job: &str,
        since: SystemTime,
    ) -> Result<Known, ImportError> {
        let users = open.users.len();
        let pace = self.ledger.books(|books| books.pace_of(users));
        let passed = || since.elapsed().unwrap_or_default();
        let mut look =
            pace.map_or(FIRST_LOOK, |pace| pace.first_look(users).saturating_sub(passed()));
        let mut at_work = Duration::ZERO;
        loop {
            self.pause(look.max(Duration::from_millis(50))).await?;
            let state = self.unless_stopped(self.management.job(job)).await?;
            let passed = passed();
            let late = passed > LONGEST_JOB;
            let (ended, summary) = match state {
                JobState::Running(left) if !late => {
                    at_work = passed;
                    let told = left.map(|seconds| Duration::from_secs(seconds).min(LONGEST_LOOK));
                    let usual = pace.map(|pace| pace.usual(users));
                    look =
                        told.unwrap_or_else(|| next_look(look, passed, usual)).max(SHORTEST_LOOK);
                    continue;
                }
                JobState::Completed(summary) => (Ended::Completed, summary),
                JobState::Failed(summary) => (Ended::Failed, summary),
                JobState::Running(_) | JobState::Gone => (Ended::Gone, Summary::default()),
            };
            let [milliseconds, at_work] =
                [passed, at_work].map(|time| u64::try_from(time.as_millis()).unwrap_or(u64::MAX));
            let at_work = Some(at_work);
            self.ledger.record(Event::Finished { chunk, ended, milliseconds, at_work }, false)?;
            let nothing = ended == Ended::Gone || summary.failed == Some(0);
            let errors = if nothing {
                JobErrors::Users(vec![])
            } else {
                self.unless_stopped(self.management.job_errors(job)).await?
            };
            return Ok(Known::of(open, ended, summary, errors));
        }
    }
}

impl NotTaken {
    /// The reason in words, and how long to wait where that is known.
    fn told(self) -> (String, Option<Duration>) {
        match self {
            Self::Unreachable(cause) => (format!("not sent: {cause}"), None),
            Self::SlotsBusy => ("two jobs run already".to_owned(), None),
            Self::RateLimited(wait) => ("too many requests".to_owned(), Some(wait)),
            Self::TooLarge => ("too large".to_owned(), None),
        }
    }
}

/// Where jobs are usually over; behind that a twentieth of it later. Where nothing is known, after twice as long
/// each time.
fn next_look(look: Duration, passed: Duration, usual: Option<Duration>) -> Duration {
    let look = match usual {
        Some(usual) => usual.checked_sub(passed).unwrap_or(usual / 20),
        None => look * 2,
    };
    look.clamp(SHORTEST_LOOK, LONGEST_LOOK)
}
