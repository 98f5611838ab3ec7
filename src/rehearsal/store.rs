//! Whom the stand-in has taken: profiles without passwords, compressed, in memory. A job's users are
//! one block; an index of 64-bit sums says in which block an id, an address, a username or a phone
//! number is. A million users of the usual size take about 300 MB while an export is
//! under way.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::io::{BufRead, BufReader, Write};
use std::sync::Arc;

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde_json::{Map, Value};

/// What no two users of a connection share.
pub(super) const UNIQUE: [&str; 4] = ["user_id", "email", "username", "phone_number"];

/// A profile, as the tenant shows it.
pub(super) type Profile = Map<String, Value>;

/// All users.
#[derive(Default)]
pub(super) struct Store {
    sums: RandomState,
    /// The block of each unique value.
    index: HashMap<u64, u32>,
    blocks: Vec<Arc<[u8]>>,
    /// How many users there are.
    pub(super) users: u64,
}

/// A block that is being written.
pub(super) struct Block(GzEncoder<Vec<u8>>);

impl Store {
    /// The member by which somebody is there already.
    pub(super) fn taken(&self, profile: &Profile) -> Option<&'static str> {
        let is_there = |name: &str| {
            text(profile, name).is_some_and(|it| self.index.contains_key(&self.sum(name, it)))
        };
        UNIQUE.into_iter().find(|name| is_there(name))
    }

    /// Begins the users of a job.
    pub(super) fn block() -> Block {
        Block(GzEncoder::new(Vec::new(), Compression::fast()))
    }

    /// Puts a user into the block that [`Store::keep`] takes next.
    pub(super) fn add(&mut self, block: &mut Block, profile: &Profile) {
        let next = u32::try_from(self.blocks.len()).unwrap_or(u32::MAX);
        for name in UNIQUE {
            if let Some(value) = text(profile, name) {
                let sum = self.sum(name, value);
                self.index.insert(sum, next);
            }
        }
        // Writing into memory does not fail.
        let _ = serde_json::to_writer(&mut block.0, profile);
        let _ = block.0.write_all(b"\n");
        self.users += 1;
    }

    /// Ends a block.
    pub(super) fn keep(&mut self, block: Block) {
        self.blocks.push(block.0.finish().unwrap_or_default().into());
    }

    /// The user who has this value.
    pub(super) fn find(&self, name: &str, value: &str) -> Option<Profile> {
        let at = *self.index.get(&self.sum(name, value))?;
        let block = self.blocks.get(usize::try_from(at).ok()?)?;
        profiles(block).find(|profile| text(profile, name) == Some(value))
    }

    /// All blocks as they are now.
    pub(super) fn blocks(&self) -> Vec<Arc<[u8]>> {
        self.blocks.clone()
    }

    fn sum(&self, name: &str, value: &str) -> u64 {
        self.sums.hash_one((name, value))
    }
}

/// The users of a block.
pub(super) fn profiles(block: &[u8]) -> impl Iterator<Item = Profile> {
    let lines = BufReader::new(GzDecoder::new(block)).lines();
    lines.map_while(Result::ok).filter_map(|line| serde_json::from_str(&line).ok())
}

fn text<'a>(profile: &'a Profile, name: &str) -> Option<&'a str> {
    profile.get(name)?.as_str()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn profile(id: usize) -> Profile {
        let value = json!({ "user_id": format!("auth0|{id}"), "email": format!("user{id}@example.com"), "name": "Ada" });
        value.as_object().expect("an object").clone()
    }

    #[test]
    fn everybody_is_found_by_what_is_theirs_alone() {
        let mut store = Store::default();
        for job in 0..3 {
            let mut block = Store::block();
            for id in job * 10..job * 10 + 10 {
                assert_eq!(store.taken(&profile(id)), None);
                store.add(&mut block, &profile(id));
                assert_eq!(store.taken(&profile(id)), Some("user_id"));
            }
            store.keep(block);
        }
        assert_eq!(store.find("user_id", "auth0|17"), Some(profile(17)));
        assert_eq!(store.find("email", "user29@example.com"), Some(profile(29)));
        assert_eq!(store.find("name", "Ada"), None);
        assert_eq!(store.find("email", "auth0|17"), None);
        let all: Vec<Profile> =
            store.blocks().iter().flat_map(|block| profiles(block).collect::<Vec<_>>()).collect();
        assert_eq!((all.len(), store.users), (30, 30));
    }
}
