//! A delivery of which nobody knows whether it took effect is settled by looking users up: an id
//! that is there is there, and a user who is delivered twice is created once. So nothing can be
//! lost or doubled here; what waiting and looking save is work.

use std::time::{Duration, SystemTime};

use super::chunk::LONGEST_WAIT;
use super::known::Known;
use super::{Import, ImportError};
use crate::bulk::management::Lookup;
use crate::bulk::random;
use crate::bulk::run::{Event, NOBODY_THERE, OpenChunk};

/// The wait before the first look, where no job has told how long they take.
const FIRST_WAIT: Duration = Duration::from_millis(500);
/// Looks that find some users and not others, before everybody is looked up.
const LOOKS: u32 = 3;
const SAMPLE: usize = 5;
/// Attempts of which nobody was found, before a file is cut in two.
const MOST_LOST: u32 = 6;

impl Import {
    /// Settles the doubt. None when the chunk stands as if it had not been sent; the chunks that
    /// came out of it when it was delivered.
    pub(super) async fn doubt(
        &self,
        chunk: u64,
        open: &OpenChunk,
        since: SystemTime,
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
                return self.undelivered(chunk, open).await;
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
    ) -> Result<Option<Vec<u64>>, ImportError> {
        let lost = open.lost + 1;
        if lost >= MOST_LOST {
            if open.users.len() > 1 {
                return self.halve(chunk, open).map(Some);
            }
            // Alone, while the tenant took others: it is this user. Otherwise it is the tenant.
            if self.ledger.books(|books| books.totals.jobs) > open.jobs_before {
                return self.give_up(chunk, open).map(Some);
            }
        }
        self.pause(random::backoff(lost - 1, LONGEST_WAIT)).await?;
        let why = NOBODY_THERE.to_owned();
        self.ledger.record(Event::NotTaken { chunk, why }, false)?;
        Ok(None)
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
