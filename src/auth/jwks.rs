//! The issuer's key set (RFC 7517): fetched by one task, read by everybody without a lock.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use arc_swap::ArcSwapOption;
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::sync::{Notify, watch};

use super::key::{Exposed, Key, Member};
use crate::config::SignatureAlgorithm;
use crate::json;

/// The most keys that are remembered because their private parts were published.
const MOST_KNOWN: usize = 1000;
/// The most keys in a set.
const MAX_KEYS: usize = 100;

/// The usable keys of one fetch.
#[derive(Clone)]
pub(super) struct KeyTable {
    by_kid: HashMap<String, Vec<Arc<Key>>>,
    fetched: Instant,
    /// Places in the set, from 1, of keys whose private parts are published. They check nothing.
    pub(super) exposed: Vec<usize>,
    /// Which keys those are, and those of earlier sets.
    known: Vec<Exposed>,
    /// How many of its keys were left out because an earlier set published their private parts.
    pub(super) exposed_before: usize,
}

impl KeyTable {
    pub(super) fn keys(&self, kid: &str) -> &[Arc<Key>] {
        self.by_kid.get(kid).map_or(&[], Vec::as_slice)
    }

    /// Reads a key set key by key; one that cannot be used is passed over, whatever its type. A key
    /// whose private parts are published checks nothing, also where the set has it once more without
    /// them. Where that leaves none the table is empty.
    pub(super) fn parse(document: &[u8], allowed: &[SignatureAlgorithm]) -> Result<Self, String> {
        #[derive(Deserialize)]
        struct Document {
            keys: Vec<Box<RawValue>>,
        }
        let document: Document = json::object(document).map_err(|_| "not a JSON Web Key Set")?;
        if document.keys.len() > MAX_KEYS {
            return Err(format!("more than {MAX_KEYS} keys"));
        }
        let mut by_kid: HashMap<String, Vec<Arc<Key>>> = HashMap::new();
        let (mut exposed, mut known) = (vec![], vec![]);
        for (at, jwk) in document.keys.iter().enumerate() {
            match Key::read(jwk.get(), allowed) {
                Member::Usable(kid, key) => by_kid.entry(kid).or_default().push(Arc::new(key)),
                Member::Exposed(key) => {
                    exposed.push(at + 1);
                    known.push(key);
                }
                Member::Other => {}
            }
        }
        let table =
            Self { by_kid, fetched: Instant::now(), exposed, known: vec![], exposed_before: 0 };
        let table = table.without(&known);
        if table.len() == 0 && table.exposed.is_empty() {
            return Err("no key in it can check our tokens".to_owned());
        }
        Ok(table)
    }

    /// The table without keys that everybody has.
    fn without(mut self, known: &[Exposed]) -> Self {
        self.by_kid.retain(|kid, keys| {
            keys.retain(|key| !known.iter().any(|exposed| exposed.is(kid, key)));
            !keys.is_empty()
        });
        let room = MOST_KNOWN.saturating_sub(self.known.len());
        let new: Vec<_> = known.iter().filter(|key| !self.known.contains(key)).cloned().collect();
        self.known.extend(new.into_iter().take(room));
        self
    }

    /// How many key ids it holds.
    pub(super) fn len(&self) -> usize {
        self.by_kid.len()
    }
}

/// What callers need to know of the fetching.
#[derive(Clone, Copy)]
struct Progress {
    attempts: u64,
    fetching: bool,
    failed: bool,
    next_allowed: Instant,
}

struct Shared {
    table: ArcSwapOption<KeyTable>,
    progress: watch::Sender<Progress>,
    wanted: Notify,
    max_stale: Duration,
}

/// A handle on the key set; clones share one table and one fetcher.
#[derive(Clone)]
pub struct KeySet(Arc<Shared>);

impl KeySet {
    /// An empty set whose first fetch is about to begin.
    pub(super) fn empty(max_stale: Duration) -> Self {
        let progress =
            Progress { attempts: 0, fetching: true, failed: true, next_allowed: Instant::now() };
        Self(Arc::new(Shared {
            table: ArcSwapOption::empty(),
            progress: watch::Sender::new(progress),
            wanted: Notify::new(),
            max_stale,
        }))
    }

    /// Tells callers that a fetch is under way.
    pub(super) fn begin(&self) {
        self.0.progress.send_modify(|progress| progress.fetching = true);
    }

    /// A fetched table without what an earlier one published: that stays everybody's.
    pub(super) fn sifted(&self, table: KeyTable) -> KeyTable {
        let Some(present) = self.0.table.load_full() else { return table };
        let keys = |table: &KeyTable| table.by_kid.values().map(Vec::len).sum::<usize>();
        let (all, mut table) = (keys(&table), table.without(&present.known));
        table.exposed_before = all - keys(&table);
        table
    }

    /// Ends a fetch. A failed one, or one that brings no key, never drops the keys that there are, but
    /// for those whose private parts it publishes; a good one replaces them whole, so that a revoked
    /// key is gone at once.
    pub(super) fn end(&self, table: Option<KeyTable>, next_allowed: Instant) {
        let failed = table.as_ref().is_none_or(|table| table.len() == 0);
        let present = self.0.table.load();
        let next = match table {
            Some(empty) if failed => {
                present.as_deref().map(|present| present.clone().without(&empty.known))
            }
            table => table,
        };
        if let Some(table) = next {
            self.0.table.store(Some(Arc::new(table)));
        }
        self.0.progress.send_modify(|progress| {
            let attempts = progress.attempts + 1;
            *progress = Progress { attempts, fetching: false, failed, next_allowed };
        });
    }

    /// Done when a caller has brought a key id that is not in the table.
    pub(super) async fn wanted(&self) {
        self.0.wanted.notified().await;
    }

    /// The present table, unless it is too old to be trusted, or empty.
    pub(super) fn usable(&self) -> Option<Arc<KeyTable>> {
        let table = self.0.table.load_full()?;
        (table.len() > 0 && table.fetched.elapsed() < self.0.max_stale).then_some(table)
    }

    /// How long the present keys can still be trusted; nothing without any.
    pub(super) fn life(&self) -> Duration {
        let age = self.usable().map(|table| table.fetched.elapsed());
        age.map_or(Duration::ZERO, |age| self.0.max_stale.saturating_sub(age))
    }

    /// How long ago the keys were fetched.
    #[must_use]
    pub fn age(&self) -> Option<Duration> {
        Some(self.0.table.load().as_ref()?.fetched.elapsed())
    }

    /// A table to look the key up in, after one refetch if that is allowed and the key is unknown.
    ///
    /// None when there is no key at all, or when the key is unknown and the last fetch failed.
    pub(super) async fn holding(&self, kid: &str) -> Option<Arc<KeyTable>> {
        let known = self.usable();
        if known.as_ref().is_some_and(|table| !table.keys(kid).is_empty()) {
            return known;
        }
        let failed = self.refetch().await;
        let table = self.usable()?;
        (!failed || !table.keys(kid).is_empty()).then_some(table)
    }

    /// Waits for a fetch that is under way or now due. True when the last fetch failed.
    async fn refetch(&self) -> bool {
        let mut progress = self.0.progress.subscribe();
        let seen = *progress.borrow_and_update();
        if !seen.fetching {
            if Instant::now() < seen.next_allowed {
                return seen.failed;
            }
            self.0.wanted.notify_one();
        }
        match progress.wait_for(|now| now.attempts > seen.attempts).await {
            Ok(now) => now.failed,
            Err(_) => true,
        }
    }
}
