//! What several users have in common, though each should have it alone: ids, addresses, usernames,
//! phone numbers. Found by sorting digests, so that memory does not grow with the users.

use std::collections::HashSet;
use std::io;

use sha2::{Digest, Sha256};

use super::fault::{AMBIGUOUS, DUPLICATE_ID, DUPLICATES};
use super::notes::Notes;
use super::sorter::Sorter;
use crate::identifier::likeness;

/// What is compared.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum What {
    Email,
    Username,
    Phone,
    Id,
}

const COLUMNS: [&str; 3] = ["email", "username", "phone_number"];
const DIGEST: usize = 16;
/// The longest id that is kept, in bytes.
const LONGEST_ID: usize = 1024;
/// Users of one text of whom all are remembered.
const USERS: usize = 10_000;

/// Collects what every user has.
pub(super) struct Twins {
    sorter: Sorter,
    key: [u8; 32],
    record: Vec<u8>,
}

impl Twins {
    pub(super) fn new() -> io::Result<Self> {
        let mut key = [0; 32];
        let broken = |_| io::Error::other("the system gives no random bytes");
        aws_lc_rs::rand::fill(&mut key).map_err(broken)?;
        Ok(Self { sorter: Sorter::new(), key, record: vec![] })
    }

    /// Notes what the user of an id has. A user without one is told from others by `place`.
    pub(super) fn add(
        &mut self,
        what: What,
        text: &str,
        id: Option<&str>,
        place: u64,
    ) -> io::Result<()> {
        let like;
        let (space, text) = if what == What::Id {
            (b'i', text)
        } else {
            like = likeness(text);
            (b'n', like.as_str())
        };
        if text.is_empty() {
            return Ok(());
        }
        let digest = Sha256::new()
            .chain_update(self.key)
            .chain_update([space])
            .chain_update(text)
            .finalize();
        self.record.clear();
        self.record.extend(digest.iter().take(DIGEST));
        self.record.push(what as u8);
        if let Some(id) = id {
            self.record.extend(id.bytes().take(LONGEST_ID));
        } else {
            self.record.push(0);
            self.record.extend(place.to_be_bytes());
        }
        self.sorter.push(&self.record)
    }

    /// Notes who shares something with another.
    pub(super) fn judge(self, notes: &mut Notes) -> io::Result<()> {
        let mut sorted = self.sorter.sorted()?;
        let mut crossed = Sorter::new();
        let (mut group, mut last) = (Group::default(), Vec::new());
        while let Some(record) = sorted.next()? {
            if record.get(..DIGEST) != last.get(..DIGEST) {
                std::mem::take(&mut group).judge(notes, &mut crossed)?;
            }
            group.add(&record, record == last, notes.limit());
            last = record;
        }
        group.judge(notes, &mut crossed)?;
        cross(crossed, notes)
    }
}

/// Notes each of these users once, in however many texts they cross others.
fn cross(users: Sorter, notes: &mut Notes) -> io::Result<()> {
    let (mut sorted, mut last) = (users.sorted()?, None);
    while let Some(user) = sorted.next()? {
        if last.as_ref() != Some(&user) {
            notes.add(AMBIGUOUS, None, told(&user).as_deref());
            last = Some(user);
        }
    }
    Ok(())
}

/// Users who have one text.
#[derive(Default)]
struct Group {
    kinds: [Kind; 3],
    users: HashSet<Vec<u8>>,
    repeated: Option<Vec<u8>>,
}

/// Those who have it as one kind of identifier.
#[derive(Default)]
struct Kind {
    users: u64,
    ids: Vec<String>,
}

impl Group {
    /// Adds a user; `again` where the same user was just added.
    fn add(&mut self, record: &[u8], again: bool, limit: usize) {
        let Some((what, id)) = record.get(DIGEST..).and_then(<[u8]>::split_first) else { return };
        match self.kinds.get_mut(usize::from(*what)) {
            None if again => self.repeated = Some(id.to_vec()),
            Some(kind) if !again => {
                kind.users += 1;
                if kind.ids.len() < limit {
                    kind.ids.extend(told(id));
                }
                if self.users.len() < USERS {
                    self.users.insert(id.to_vec());
                }
            }
            _ => {}
        }
    }

    fn judge(self, notes: &mut Notes, crossing: &mut Sorter) -> io::Result<()> {
        if let Some(id) = self.repeated {
            notes.add(DUPLICATE_ID, Some("user_id"), told(&id).as_deref());
        }
        for ((kind, fault), column) in self.kinds.iter().zip(DUPLICATES).zip(COLUMNS) {
            if kind.users > 1 {
                notes.add_all(fault, Some(column), kind.users, &kind.ids);
            }
        }
        // Where everybody has it as the same kind, all was said.
        let users = self.users.len() as u64;
        let crossed = self.kinds.iter().all(|kind| kind.users < users);
        let full = self.users.len() == USERS
            && self.kinds.iter().filter(|kind| kind.users > 0).count() > 1;
        if crossed || full {
            self.users.iter().try_for_each(|user| crossing.push(user))?;
        }
        Ok(())
    }
}

/// The id, unless there is none.
fn told(id: &[u8]) -> Option<String> {
    (id.first() != Some(&0)).then(|| String::from_utf8_lossy(id).into_owned())
}
