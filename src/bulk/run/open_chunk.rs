//! A chunk of which something is not known yet, and how it stands.

use std::time::SystemTime;

/// A chunk of which something is not known yet.
#[derive(Clone)]
pub struct OpenChunk {
    /// Who is in it.
    pub users: Vec<String>,
    /// How often these users failed before.
    pub round: u8,
    /// How often it was sent.
    pub attempts: u32,
    /// Attempts of which nobody was found.
    pub lost: u32,
    /// As many of them as were lost while the tenant took others.
    pub lost_among_others: u32,
    /// Whether an attempt that is in doubt was answered.
    pub answered: bool,
    /// How it stands.
    pub standing: Standing,
    /// Jobs that the tenant had accepted when an attempt was lost last, or before the first was.
    pub(super) jobs_before: u64,
}

impl OpenChunk {
    /// One that was never sent.
    #[must_use]
    pub fn new(users: Vec<String>, round: u8) -> Self {
        Self {
            users,
            round,
            attempts: 0,
            lost: 0,
            lost_among_others: 0,
            answered: false,
            standing: Standing::Planned,
            jobs_before: 0,
        }
    }

    /// How often it is lost with one attempt more, and how often while the tenant, which has accepted so
    /// many jobs, took others: only then it can be what was sent.
    #[must_use]
    pub fn lost_once_more(&self, jobs: u64) -> (u32, u32) {
        (self.lost + 1, self.lost_among_others + u32::from(jobs > self.jobs_before))
    }
}

/// How an open chunk stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Standing {
    /// It is not in the tenant by us.
    Planned,
    /// It was sent at this time, and may be there.
    InDoubt(SystemTime),
    /// The tenant has had it since, under this job.
    Accepted(String, SystemTime),
}
