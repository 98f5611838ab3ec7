//! Tokens that passed every check, remembered until they expire or the key set changes.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use sha2::{Digest, Sha256};

use super::claims::MachineToken;
use super::jwks::KeyTable;

/// A tenant's scripts share a few tokens; a thousand leaves room and bounds the memory.
const CAPACITY: usize = 1024;

type Entry = (Arc<MachineToken>, Arc<KeyTable>);

/// Maps the SHA-256 of a whole token to its proof.
#[derive(Default)]
pub(super) struct TokenCache(RwLock<HashMap<[u8; 32], Entry>>);

impl TokenCache {
    /// A token that passed under exactly this key table; after a change of keys nothing is known.
    pub(super) fn find(&self, token: &str, table: &Arc<KeyTable>) -> Option<Arc<MachineToken>> {
        let entries = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let (machine, checked_with) = entries.get(&digest(token))?;
        Arc::ptr_eq(checked_with, table).then(|| Arc::clone(machine))
    }

    pub(super) fn insert(&self, token: &str, machine: Arc<MachineToken>, table: Arc<KeyTable>) {
        let mut entries = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if entries.len() >= CAPACITY {
            entries.retain(|_, (_, checked_with)| Arc::ptr_eq(checked_with, &table));
        }
        if entries.len() >= CAPACITY {
            entries.clear();
        }
        entries.insert(digest(token), (machine, table));
    }
}

fn digest(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}
