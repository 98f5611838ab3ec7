//! Packs users into import files: by bytes, by number, and each address, username and phone number
//! once.

use std::collections::HashSet;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use zeroize::Zeroizing;

use super::held::HeldReason;
use super::record::{Record, is_too_large};
use crate::config::Bulk;

/// A file is sent so long after its users were read, at the latest: passwords change.
const FRESH: Duration = Duration::from_mins(10);

/// A file that is being filled.
pub struct Packer {
    max_bytes: usize,
    max_users: usize,
    body: Zeroizing<Vec<u8>>,
    ids: Vec<String>,
    seen: HashSet<(Kind, String)>,
}

/// A file that is full enough. It has no `Debug`: it holds hashes.
pub struct Packed {
    /// A JSON array, which wipes itself.
    pub body: Bytes,
    /// Who is in it.
    pub ids: Vec<String>,
    /// When they were read: where nobody says otherwise, when the file was full.
    pub read: SystemTime,
}

impl Packed {
    /// Whether it may still be sent. An old file is made anew.
    #[must_use]
    pub fn is_fresh(&self) -> bool {
        self.read.elapsed().unwrap_or_default() < FRESH
    }
}

/// What became of a user.
pub enum Put {
    /// In the file.
    Taken,
    /// For the next file: this one is full.
    Full(Box<Record>),
    /// For none.
    Held(HeldReason),
}

#[derive(PartialEq, Eq, Hash, Clone, Copy)]
enum Kind {
    Email,
    Username,
    Phone,
}

impl Packer {
    /// An empty file within these limits.
    #[must_use]
    pub fn new(bulk: &Bulk) -> Self {
        let (max_bytes, max_users) = (bulk.max_file_bytes, bulk.max_users_per_file);
        let body = Zeroizing::new(Vec::new());
        Self { max_bytes, max_users, body, ids: vec![], seen: HashSet::new() }
    }

    /// How many users are in it.
    #[must_use]
    pub fn users(&self) -> usize {
        self.ids.len()
    }

    /// Puts a user into the file.
    pub fn put(&mut self, record: Record) -> Put {
        if is_too_large(&record.json, self.max_bytes) {
            return Put::Held(HeldReason::TooLarge);
        }
        if let Some(reason) = self.twin(&record) {
            return Put::Held(reason);
        }
        // Brackets around, a comma before.
        let full = self.ids.len() >= self.max_users
            || self.body.len() + record.json.len() + 2 > self.max_bytes;
        if full {
            return Put::Full(Box::new(record));
        }
        if self.body.capacity() == 0 {
            // Once and for all: what a growing vector leaves behind is not wiped.
            self.body.reserve_exact(self.max_bytes);
        }
        self.body.push(if self.ids.is_empty() { b'[' } else { b',' });
        self.body.extend_from_slice(&record.json);
        self.seen.insert((Kind::Email, record.email));
        self.seen.extend(record.username.map(|name| (Kind::Username, name)));
        self.seen.extend(record.phone_number.map(|number| (Kind::Phone, number)));
        self.ids.push(record.user_id);
        Put::Taken
    }

    /// A user of the same id, address, username or number in a file is an error of the import.
    fn twin(&self, record: &Record) -> Option<HeldReason> {
        let has = |kind, text: &Option<String>| {
            text.as_ref().is_some_and(|text| self.seen.contains(&(kind, text.clone())))
        };
        if self.ids.last() == Some(&record.user_id) {
            Some(HeldReason::RepeatedId)
        } else if self.seen.contains(&(Kind::Email, record.email.clone())) {
            Some(HeldReason::TwinEmail)
        } else if has(Kind::Username, &record.username) {
            Some(HeldReason::TwinUsername)
        } else {
            has(Kind::Phone, &record.phone_number).then_some(HeldReason::TwinPhone)
        }
    }

    /// Ends the file and begins the next; none where nobody is in it.
    pub fn take(&mut self) -> Option<Packed> {
        if self.ids.is_empty() {
            return None;
        }
        self.seen.clear();
        let mut body = std::mem::take(&mut self.body);
        body.push(b']');
        let (body, ids) = (Bytes::from_owner(body), std::mem::take(&mut self.ids));
        Some(Packed { body, ids, read: SystemTime::now() })
    }
}
