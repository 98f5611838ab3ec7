//! Who is in the tenant by a run, and who was left out: what the report counts by.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, RandomState};
use std::path::Path;

use super::RunError;
use super::binding::Binding;
use super::books::Books;
use super::directory;
use super::event::Event;
use super::lists::{self, List, Listed};
use crate::bulk::HeldReason;
use crate::day::Day;

/// Users of one run or of several, by their ids, in eight bytes for each.
#[derive(Default)]
pub struct Arrived {
    key: RandomState,
    /// Sorted: keyed digests of the ids of who is there.
    there: Vec<u64>,
    left_out: HashMap<u64, String>,
    /// Rows without an id that were held back, by reason.
    nameless: BTreeMap<String, u64>,
    /// Who came, by the day on which it was known.
    pub by_day: BTreeMap<Day, u64>,
}

impl Arrived {
    /// Adds a run. Whoever is there by an earlier one does not count again, and whom an earlier one left
    /// out and this one did not is not left out.
    ///
    /// # Errors
    /// No run directory, or one whose files are damaged.
    pub fn add(&mut self, run: &Path) -> Result<(Binding, Books), RunError> {
        let (mut books, mut sent, mut by_day) = (Books::default(), vec![], BTreeMap::new());
        let binding = directory::replay(run, |event, at| {
            match &event {
                Event::Planned { users, .. } => sent.extend(users.iter().map(|id| self.digest(id))),
                Event::Settled(settled) => {
                    *by_day.entry(Day::of(at)).or_default() += settled.inserted + settled.present;
                }
                _ => {}
            }
            books.apply(event, at)
        })?;
        let open = books.open.values().flat_map(|chunk| &chunk.users);
        let mut out: Vec<u64> = open.map(|id| self.digest(id)).collect();
        let mut left_out = HashMap::new();
        for listed in List::held(run, &books)?.chain(List::quarantined(run, &books)?) {
            let Listed { user_id, code } = listed?;
            // The first row of that id was sent, or has a line of its own.
            if code == HeldReason::RepeatedId.code() {
                continue;
            }
            match user_id.map(|id| self.digest(&id)) {
                Some(id) => drop(left_out.insert(id, code)),
                None => *self.nameless.entry(code).or_default() += 1,
            }
        }
        out.extend(left_out.keys());
        // The list is of the last verification: it knows better than what was sent before.
        if books.has_gaps {
            lists::absent(run, |id| out.push(self.digest(id)))?;
        }
        out.sort_unstable();
        sent.retain(|id| out.binary_search(id).is_err());
        self.left_out.extend(left_out);
        self.take(sent, by_day);
        Ok((binding, books))
    }

    fn take(&mut self, mut sent: Vec<u64>, by_day: BTreeMap<Day, u64>) {
        sent.sort_unstable();
        sent.dedup();
        sent.retain(|id| self.there.binary_search(id).is_err());
        let mut new = sent.len() as u64;
        for (day, users) in by_day {
            let counted = new.min(users);
            new -= counted;
            if counted > 0 {
                *self.by_day.entry(day).or_default() += counted;
            }
        }
        self.there.append(&mut sent);
        self.there.sort_unstable();
        self.left_out.retain(|id, _| self.there.binary_search(id).is_err());
    }

    /// What stands for an id here, in eight bytes.
    #[must_use]
    pub fn digest(&self, id: &str) -> u64 {
        self.key.hash_one(id)
    }

    /// Whether the user of this id is there by one of the runs.
    #[must_use]
    pub fn holds(&self, id: &str) -> bool {
        self.there.binary_search(&self.digest(id)).is_ok()
    }

    /// Why a row without an id was held back; each of these is told of once.
    pub fn nameless(&mut self) -> Option<String> {
        let (reason, rows) = self.nameless.iter_mut().find(|(_, rows)| **rows > 0)?;
        *rows -= 1;
        Some(reason.clone())
    }

    /// Why the user of this id is not.
    #[must_use]
    pub fn why_left_out(&self, id: &str) -> Option<&str> {
        self.left_out.get(&self.digest(id)).map(String::as_str)
    }
}
