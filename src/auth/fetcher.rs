//! Fetching the key set: the only outbound request that the gate makes.

use std::time::{Duration, Instant};

use tokio::time::{sleep_until, timeout};
use url::Url;

use super::jwks::{KeySet, KeyTable};
use super::route::{self, is_absent, retry_after};
use crate::cause::innermost;
use crate::config::{Auth, SignatureAlgorithm};
use crate::random::fraction;

/// The largest key set that is read, in bytes.
const MAX_SET_BYTES: usize = 256 * 1024;
/// Where nobody listens, asking costs nobody anything: without keys it is repeated this soon, then
/// twice as late each time.
const NOBODY_THERE: Duration = Duration::from_millis(500);
/// The longest that an issuer's `Retry-After` is heeded.
const LONGEST_WAIT: Duration = Duration::from_hours(1);

/// Why a fetch brought no keys.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// Nobody listens at the address, or there is no way to it.
    #[error("cannot connect to the key set: {0}")]
    Connect(String),
    /// The issuer answers, but not with a key set; it may say when to ask again.
    #[error("the key set's answer is unusable: status {0}")]
    Status(u16, Option<Duration>),
    /// The answer did not come whole, or not in time.
    #[error("no whole answer from the key set within the deadline: {0}")]
    Transfer(String),
    /// The answer is no key set.
    #[error("the key set's answer is unusable: {0}")]
    Unusable(String),
}

/// What one fetch found.
pub struct Probe {
    /// Ids of keys that can be used.
    pub keys: usize,
    /// Places in the set, from 1, of keys whose private parts are published. They are not used.
    pub exposed: Vec<usize>,
}

/// The one task that asks the issuer.
pub struct Fetcher {
    keys: KeySet,
    http: reqwest::Client,
    uri: Url,
    timeout: Duration,
    refresh: Duration,
    cooldown: Duration,
    allowed: Vec<SignatureAlgorithm>,
    proxy: Option<String>,
}

impl Fetcher {
    /// The fetcher, and the set that it will fill and keep fresh.
    ///
    /// # Errors
    /// A TLS set-up that cannot be had, such as an unreadable authority file.
    pub fn new(settings: &Auth) -> Result<(Self, KeySet), FetchError> {
        let keys = KeySet::empty(settings.jwks_max_stale);
        let proxy = route::proxy(&settings.jwks_uri);
        let fetcher = Self {
            keys: keys.clone(),
            http: route::http_client(settings, proxy.is_some()).map_err(FetchError::Unusable)?,
            uri: settings.jwks_uri.clone(),
            timeout: settings.jwks_timeout,
            refresh: settings.jwks_refresh,
            cooldown: settings.jwks_cooldown,
            allowed: settings.algorithms.clone(),
            proxy,
        };
        Ok((fetcher, keys))
    }

    /// The proxy that the key set is fetched through, as host and port.
    #[must_use]
    pub fn proxy(&self) -> Option<&str> {
        self.proxy.as_deref()
    }

    /// Fetches now, then in the background, and when a caller brings an unknown key id: at most
    /// once in the cooldown, whatever arrives, and whether or not the fetch before went well.
    pub async fn run(&self) {
        let mut absences: u32 = 0;
        loop {
            let started = Instant::now();
            self.keys.begin();
            let outcome = self.fetch().await.map(|table| self.keys.sifted(table));
            absences = match outcome {
                Err(FetchError::Connect(_)) => absences.saturating_add(1),
                _ => 0,
            };
            let wish = match outcome {
                Err(FetchError::Status(_, Some(wish))) => wish.min(self.longest_wait()),
                _ => Duration::ZERO,
            };
            let allowed = self.cooldown.max(wish);
            let pause = self.pause(outcome.is_err(), absences).max(wish);
            self.keys.end(self.report(outcome), started + allowed);
            // Replicas do not fetch in step.
            self.rest(started + pause.mul_f64(1.0 + 0.2 * fraction()), started + allowed).await;
        }
    }

    /// How long an issuer may keep us away: little longer than there are keys, without which nobody can log in.
    fn longest_wait(&self) -> Duration {
        LONGEST_WAIT.min(self.keys.life() + 2 * self.cooldown)
    }

    /// The time to the next fetch, before jitter. One that failed is repeated no sooner than one that
    /// went well: known keys stay in use. Without any, callers wait, and the cooldown is enough.
    fn pause(&self, failed: bool, absences: u32) -> Duration {
        match (failed && self.keys.usable().is_none(), absences) {
            (false, _) => self.refresh.mul_f64(0.9),
            (true, 0) => self.cooldown,
            (true, _) => (NOBODY_THERE * (1 << absences.min(8)) / 2).min(self.cooldown),
        }
    }

    /// Waits until the next fetch is due, or until it is both wanted and allowed.
    async fn rest(&self, due: Instant, allowed: Instant) {
        let due = sleep_until(due.into());
        tokio::pin!(due);
        loop {
            tokio::select! {
                () = &mut due => return,
                () = self.keys.wanted() => {
                    if Instant::now() >= allowed {
                        return;
                    }
                }
            }
        }
    }

    /// Asks once, within the deadline and the caps.
    async fn fetch(&self) -> Result<KeyTable, FetchError> {
        match timeout(self.timeout, self.download()).await {
            Ok(document) => {
                KeyTable::parse(&document?, &self.allowed).map_err(FetchError::Unusable)
            }
            Err(_) => Err(FetchError::Transfer("timed out".to_owned())),
        }
    }

    /// Asks once and tells what was found; for `check`.
    ///
    /// # Errors
    /// Why the key set cannot be used.
    pub async fn probe(&self) -> Result<Probe, FetchError> {
        let table = self.fetch().await?;
        Ok(Probe { keys: table.len(), exposed: table.exposed })
    }

    /// Counts and logs what came of a fetch.
    fn report(&self, outcome: Result<KeyTable, FetchError>) -> Option<KeyTable> {
        let has_keys = outcome.as_ref().is_ok_and(|table| table.len() > 0);
        let word = if has_keys { "ok" } else { "failed" };
        metrics::counter!("narrowgate_key_set_fetches_total", "outcome" => word).increment(1);
        let proxy = self.proxy();
        match outcome {
            Ok(table) => {
                for key in &table.exposed {
                    let remedy = "its tokens are refused; have the issuer replace the key at once";
                    tracing::error!(key, remedy, "private parts of a key are published");
                }
                if table.exposed_before > 0 {
                    let keys = table.exposed_before;
                    let remedy = "their tokens are refused; have the issuer replace them at once";
                    tracing::error!(
                        keys,
                        remedy,
                        "keys are in use whose private parts were published"
                    );
                }
                Some(table)
            }
            Err(cause) => {
                let remedy = if self.keys.usable().is_some() {
                    "known keys stay in use; check auth.jwks_uri and the way to it"
                } else {
                    "there are no keys, and nobody can log in; check auth.jwks_uri and the way to it"
                };
                tracing::warn!(%cause, proxy, remedy, "key set not refreshed");
                None
            }
        }
    }

    async fn download(&self) -> Result<Vec<u8>, FetchError> {
        let cut = |error: reqwest::Error| FetchError::Transfer(innermost(&error));
        let sent = self.http.get(self.uri.clone()).send().await;
        let mut response = sent.map_err(|error| {
            if is_absent(&error) { FetchError::Connect(innermost(&error)) } else { cut(error) }
        })?;
        if response.status() != reqwest::StatusCode::OK {
            let wish = retry_after(response.headers());
            return Err(FetchError::Status(response.status().as_u16(), wish));
        }
        let mut document = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(cut)? {
            if document.len() + chunk.len() > MAX_SET_BYTES {
                return Err(FetchError::Unusable(format!("more than {MAX_SET_BYTES} bytes")));
            }
            document.extend_from_slice(&chunk);
        }
        Ok(document)
    }
}
