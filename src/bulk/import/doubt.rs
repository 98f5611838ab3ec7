//! A delivery of which nobody knows whether it took effect is settled by looking users up: an id
//! that is there is there, and a user who is delivered twice is created once. So nothing can be
//! lost or doubled here; what waiting and looking save is work.

use std::time::{Duration, SystemTime};

use super::chunk::LONGEST_WAIT;
use super::known::Known;
use super::silence::Silence;
use super::{Import, ImportError};
use crate::bulk::management::{Lookup, Refusal};
use crate::bulk::random;
use crate::bulk::run::{Event, NOBODY_THERE, OpenChunk};

/// The wait before the first look, where no job has told how long they take.
const FIRST_WAIT: Duration = Duration::from_millis(500);
/// Looks that find some users and not others, before everybody is looked up.
const LOOKS: u32 = 3;
const SAMPLE: usize = 5;
/// Attempts of which nobody was found, before a file is cut in two, or a user alone is given up.
const MOST_LOST: u32 = 6;
/// So many of them have to be lost while the tenant takes others, before it is the user alone.
const MOST_LOST_AMONG_OTHERS: u32 = 3;

impl Import {
    /// Settles the doubt. None when the chunk stands as if it had not been sent; the chunks that
    /// came out of it when it was delivered.
    pub(super) async fn doubt(
        &self,
        chunk: u64,
        open: &OpenChunk,
        since: SystemTime,
        silence: &mut Silence,
    ) -> Result<Option<Vec<u64>>, ImportError> {
        let users = open.users.len();
        let pace = self.ledger.books(|books| books.pace_of(users));
        let job = pace.map(|pace| pace.usual(users));
        let wait =
            job.unwrap_or(FIRST_WAIT).clamp(Duration::from_millis(200), Duration::from_mins(10));
        let mut due = wait.saturating_sub(since.elapsed().unwrap_or_default());
        for look in 1.. {
            self.pause(due).await?;
            let sample = sample(&open.users);
            let mut found = 0;
            for id in &sample {
                found += usize::from(!matches!(self.look_up(id).await?, Lookup::Absent));
            }
            if found == sample.len() || (found > 0 && look >= LOOKS) {
                break;
            }
            if found == 0 {
                return self.undelivered(chunk, open, silence).await;
            }
            due = wait;
        }
        self.settle(chunk, open, Known::nothing()).await.map(Some)
    }

    /// Nobody was found: it is sent again, or in halves where that has failed too often.
    async fn undelivered(
        &self,
        chunk: u64,
        open: &OpenChunk,
        silence: &mut Silence,
    ) -> Result<Option<Vec<u64>>, ImportError> {
        let jobs = self.ledger.books(|books| books.totals.jobs);
        let (lost, among_others) = open.lost_once_more(jobs);
        let given_up = silence.lasts(Refusal::Unreachable(format!(
            "chunk {chunk} of journal.ndjson was sent {} times, and nobody of it arrived",
            open.attempts
        )));
        match next(open, lost, among_others) {
            Next::Again if lost >= MOST_LOST => given_up?,
            Next::Again => {}
            Next::Halves => return self.halve(chunk, open).map(Some),
            Next::GivenUp => return self.give_up(chunk, open).map(Some),
        }
        self.pause(random::backoff(lost - 1, LONGEST_WAIT)).await?;
        let why = NOBODY_THERE.to_owned();
        self.ledger.record(Event::NotTaken { chunk, why }, false)?;
        Ok(None)
    }
}

/// What follows from attempts of which nobody was found.
#[derive(PartialEq, Eq, Debug)]
enum Next {
    Again,
    Halves,
    GivenUp,
}

/// Whoever answers may be in trouble, and then so is every half, and a user alone.
fn next(open: &OpenChunk, lost: u32, among_others: u32) -> Next {
    let is_the_file = among_others > 1 || !open.answered;
    match open.users.len() {
        _ if lost < MOST_LOST => Next::Again,
        1 if among_others >= MOST_LOST_AMONG_OTHERS => Next::GivenUp,
        1 => Next::Again,
        _ if is_the_file => Next::Halves,
        _ => Next::Again,
    }
}

/// The first, the last, and some in between.
fn sample(users: &[String]) -> Vec<&String> {
    if users.len() <= SAMPLE {
        return users.iter().collect();
    }
    let between = users.get(1..users.len() - 1).unwrap_or_default();
    let mut picked: Vec<usize> = vec![];
    while picked.len() < SAMPLE - 2 {
        let at = random::below(between.len());
        if !picked.contains(&at) {
            picked.push(at);
        }
    }
    let picked = picked.into_iter().filter_map(|at| between.get(at));
    users.first().into_iter().chain(users.last()).chain(picked).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_tenant_does_to_everybody_is_nobodys_fault() {
        for (users, answered, lost, among_others, due) in [
            (5, false, 5, 5, Next::Again),
            // Uploads of that size may break off.
            (5, false, 6, 0, Next::Halves),
            (5, true, 60, 0, Next::Again),
            // The tenant may have taken the others right after this one.
            (5, true, 60, 1, Next::Again),
            (5, true, 6, 2, Next::Halves),
            // One attempt between others may have met an outage of moments.
            (1, true, 60, 2, Next::Again),
            (1, false, 60, 2, Next::Again),
            (1, true, 6, 3, Next::GivenUp),
            (1, false, 5, 3, Next::Again),
        ] {
            let mut open = OpenChunk::new(vec![String::new(); users], 0);
            open.answered = answered;
            assert_eq!(next(&open, lost, among_others), due, "{users} {answered} {lost}");
        }
    }
}
