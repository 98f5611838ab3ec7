//! What a job says of the users of its chunk, as far as that can be believed.

use std::collections::BTreeMap;

use crate::bulk::management::{JobErrors, Summary, UserError};
use crate::bulk::run::{Ended, OpenChunk};

/// Fewer users than these can have one fault by chance.
const WHOLE_FILE: usize = 5;

/// What a job says of the users of its chunk.
pub(super) struct Known {
    /// The error of each user that has one.
    pub(super) errors: BTreeMap<String, UserError>,
    /// Whether all others are new in the tenant.
    pub(super) others_inserted: bool,
    /// Whether the job went through all of them.
    pub(super) completed: bool,
}

impl Known {
    /// Nothing: everybody has to be looked up.
    pub(super) fn nothing() -> Self {
        Self { errors: BTreeMap::new(), others_inserted: false, completed: false }
    }

    /// What a job says, as far as its numbers agree with each other.
    pub(super) fn of(open: &OpenChunk, ended: Ended, summary: Summary, errors: JobErrors) -> Self {
        let sent = open.users.len() as u64;
        let JobErrors::Users(list) = errors else {
            return Self { completed: ended == Ended::Completed, ..Self::nothing() };
        };
        let entries = list.len() as u64;
        let mut errors = BTreeMap::new();
        for error in list {
            if let Some(id) = error.user_id.clone().filter(|id| open.users.contains(id)) {
                errors.insert(id, error);
            }
        }
        let failed = errors.len() as u64;
        let agrees = |number: Option<u64>, due: u64| number.is_none_or(|number| number == due);
        // A cut list, a user twice, an id that is not ours: then nothing follows for the others.
        let others_inserted = ended == Ended::Completed
            && entries == failed
            && summary.failed == Some(failed)
            && agrees(summary.total, sent)
            && agrees(summary.updated, 0)
            && summary.inserted == Some(sent - failed);
        Self { errors, others_inserted, completed: ended == Ended::Completed }
    }

    /// The error that all users of a file have.
    pub(super) fn shared(&self, open: &OpenChunk) -> Option<&UserError> {
        let first = self.errors.values().next()?;
        let all = open.users.len() >= WHOLE_FILE && self.errors.len() == open.users.len();
        let same = |it: &UserError| it.code == first.code && it.path == first.path;
        (all && self.errors.values().all(same)).then_some(first)
    }
}
