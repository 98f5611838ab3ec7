//! Findings as they come: how many users, and the ids of some.

use std::collections::BTreeMap;

use super::fault::Fault;
use super::report::Finding;

/// The longest id that is told, in characters.
const LONGEST_ID: usize = 255;

/// What was found so far.
pub(super) struct Notes {
    limit: usize,
    faults: BTreeMap<(Fault, Option<&'static str>), Note>,
    hashes: BTreeMap<&'static str, Note>,
}

/// How many users something is about, and some of them.
#[derive(Default)]
pub(super) struct Note {
    users: u64,
    ids: Vec<String>,
}

impl Note {
    /// One more user, who may have no id.
    pub(super) fn add(&mut self, id: Option<&str>, limit: usize) {
        self.users += 1;
        self.name(id, limit);
    }

    fn name(&mut self, id: Option<&str>, limit: usize) {
        let Some(id) = id.filter(|_| self.ids.len() < limit) else { return };
        let id: String = id.chars().take(LONGEST_ID).collect();
        // Two rows of one id are two users, and the id is told once.
        if !self.ids.contains(&id) {
            self.ids.push(id);
        }
    }

    /// How many.
    pub(super) fn users(&self) -> u64 {
        self.users
    }
}

impl Notes {
    /// At most `limit` ids for each finding.
    pub(super) fn new(limit: usize) -> Self {
        Self { limit, faults: BTreeMap::new(), hashes: BTreeMap::new() }
    }

    pub(super) fn limit(&self) -> usize {
        self.limit
    }

    pub(super) fn add(&mut self, fault: Fault, column: Option<&'static str>, id: Option<&str>) {
        self.faults.entry((fault, column)).or_default().add(id, self.limit);
    }

    pub(super) fn add_all(
        &mut self,
        fault: Fault,
        column: Option<&'static str>,
        users: u64,
        ids: &[String],
    ) {
        let note = self.faults.entry((fault, column)).or_default();
        note.users += users;
        for id in ids {
            note.name(Some(id), self.limit);
        }
    }

    pub(super) fn add_note(&mut self, fault: Fault, column: Option<&'static str>, note: &Note) {
        if note.users > 0 {
            self.add_all(fault, column, note.users, &note.ids);
        }
    }

    /// Remembers the user for a finding of the census.
    pub(super) fn add_hash(&mut self, code: &'static str, id: Option<&str>) {
        self.hashes.entry(code).or_default().name(id, self.limit);
    }

    /// All findings, with those of the census, blockers first.
    pub(super) fn findings(mut self, hashes: Vec<Finding>) -> Vec<Finding> {
        let mut findings = hashes;
        for finding in &mut findings {
            finding.ids = self.hashes.remove(finding.code).unwrap_or_default().ids;
        }
        let of_users = self.faults.into_iter().map(|((fault, column), note)| {
            let Fault { level, code, found, remedy } = fault;
            let Note { users, ids } = note;
            Finding { level, code, column, users, ids, found: found.to_owned(), remedy }
        });
        findings.extend(of_users);
        findings.sort_by(|a, b| a.level.cmp(&b.level).then(b.users.cmp(&a.users)));
        findings
    }
}
