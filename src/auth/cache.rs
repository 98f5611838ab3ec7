//! Tokens that passed every check, remembered until they expire or the key set changes.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use sha2::{Digest, Sha256};

use super::claims::MachineToken;
use super::jwks::KeyTable;

/// A tenant's scripts share a few tokens; a thousand leaves room and bounds the memory.
const CAPACITY: usize = 1024;

type Entry = (Arc<MachineToken>, Arc<KeyTable>);

/// The SHA-256 of a whole token.
#[derive(PartialEq, Eq, Hash)]
pub(super) struct Fingerprint([u8; 32]);

impl Fingerprint {
    pub(super) fn of(token: &str) -> Self {
        Self(Sha256::digest(token.as_bytes()).into())
    }
}

/// Each token's proof.
#[derive(Default)]
pub(super) struct TokenCache(RwLock<HashMap<Fingerprint, Entry>>);

impl TokenCache {
    /// A token that passed under exactly this key table; after a change of keys nothing is known.
    pub(super) fn find(
        &self,
        token: &Fingerprint,
        table: &Arc<KeyTable>,
    ) -> Option<Arc<MachineToken>> {
        let entries = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let (machine, checked_with) = entries.get(token)?;
        Arc::ptr_eq(checked_with, table).then(|| Arc::clone(machine))
    }

    pub(super) fn insert(
        &self,
        token: Fingerprint,
        machine: Arc<MachineToken>,
        table: Arc<KeyTable>,
    ) {
        let mut entries = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if entries.len() >= CAPACITY {
            entries.retain(|_, (_, checked_with)| Arc::ptr_eq(checked_with, &table));
        }
        if entries.len() >= CAPACITY {
            entries.clear();
        }
        entries.insert(token, (machine, table));
    }
}
