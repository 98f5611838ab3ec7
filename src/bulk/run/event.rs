//! Everything that the journal can say.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// One thing that has happened, or is about to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// The view was read up to `last`; these users are to be sent, the others are held back.
    Planned {
        /// The chunk that they are; none where all were held back.
        chunk: u64,
        /// The last id that was read; none where users were picked from all over the view.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        last: Option<String>,
        /// Who is to be sent.
        users: Vec<String>,
        /// Bytes of the file.
        bytes: u64,
        /// How many were held back since the event before.
        held: u64,
        /// The length of `held.ndjson` with them.
        held_bytes: u64,
    },
    /// Users were picked from all over the view, as many as there should be.
    Picked {
        /// How many.
        users: u64,
    },
    /// The view was read to its end.
    Exhausted {
        /// As above.
        held: u64,
        /// As above.
        held_bytes: u64,
    },
    /// The chunk is about to be sent. Written before the first byte leaves.
    Intent {
        /// The chunk.
        chunk: u64,
        /// Which attempt it is, from 1.
        attempt: u32,
        /// The tenant's log shows it.
        external_id: String,
    },
    /// The tenant has the chunk.
    Accepted {
        /// The chunk.
        chunk: u64,
        /// The job's id.
        job: String,
    },
    /// The attempt took no effect.
    NotTaken {
        /// The chunk.
        chunk: u64,
        /// Why.
        why: String,
    },
    /// Nobody knows whether the attempt took effect.
    Doubt {
        /// The chunk.
        chunk: u64,
        /// Why.
        why: String,
        /// Whether there was an answer. Earlier versions did not note it.
        #[serde(default)]
        answered: bool,
    },
    /// The job is at its end, or the tenant does not know it any more.
    Finished {
        /// The chunk.
        chunk: u64,
        /// How.
        ended: Ended,
        /// From its acceptance until its end was seen.
        milliseconds: u64,
        /// From its acceptance until it was last seen at work, in milliseconds; 0 if it never was. Earlier
        /// versions did not note it.
        at_work: Option<u64>,
    },
    /// What became of each user of the chunk is known.
    Settled(Settled),
    /// The tenant was compared with the legacy database.
    Verified {
        /// Users of the legacy system.
        users: u64,
        /// Of these, in the tenant.
        there: u64,
        /// How many differences of each kind.
        differences: BTreeMap<String, u64>,
    },
    /// These confirmed users are about to be marked. Written before the first mark.
    Marking {
        /// Who.
        users: Vec<String>,
    },
    /// So many of the users named before have a mark.
    Marked {
        /// How many.
        users: u64,
    },
}

/// What became of the users of a chunk, in numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settled {
    /// The chunk.
    pub chunk: u64,
    /// New in the tenant, as its job says.
    pub inserted: u64,
    /// Found in the tenant.
    pub present: u64,
    /// Refused, and noted in `quarantine.ndjson`.
    pub quarantined: u64,
    /// Held back after all.
    pub held: u64,
    /// The length of `quarantine.ndjson` with them.
    pub quarantine_bytes: u64,
    /// The length of `held.ndjson` with them.
    pub held_bytes: u64,
    /// Who goes again, in chunks of their own.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub again: Vec<Again>,
}

/// Users of a settled chunk who are sent once more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Again {
    /// Their chunk.
    pub chunk: u64,
    /// How often they failed.
    pub round: u8,
    /// Who.
    pub users: Vec<String>,
}

/// How a job ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    /// It went through all users.
    Completed,
    /// It broke off.
    Failed,
    /// The tenant forgot it, or it never ended.
    Gone,
}
