//! Fetching the key set: the only outbound request that the gate makes.

use std::time::{Duration, Instant};

use reqwest::redirect::Policy as Redirects;
use tokio::time::{sleep_until, timeout};
use url::Url;

use super::jwks::{KeySet, KeyTable};
use crate::config::{Auth, SignatureAlgorithm};

/// The largest key set that is read, in bytes.
const MAX_SET_BYTES: usize = 256 * 1024;
/// While there are no keys at all, nobody can be admitted: a failed fetch is repeated this soon.
const WITHOUT_KEYS: Duration = Duration::from_secs(5);

/// Why a fetch brought no keys.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// Nobody answered at the address.
    #[error("cannot connect to the key set: {0}")]
    Connect(String),
    /// The answer did not come whole, or not in time.
    #[error("no whole answer from the key set within the deadline: {0}")]
    Transfer(String),
    /// The answer is no key set.
    #[error("the key set's answer is unusable: {0}")]
    Unusable(String),
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
}

impl Fetcher {
    /// The fetcher, and the set that it will fill and keep fresh.
    ///
    /// # Errors
    /// A TLS set-up that cannot be had, such as an unreadable authority file.
    pub fn new(settings: &Auth) -> Result<(Self, KeySet), FetchError> {
        let keys = KeySet::empty(settings.jwks_max_stale);
        let fetcher = Self {
            keys: keys.clone(),
            http: http_client(settings)?,
            uri: settings.jwks_uri.clone(),
            timeout: settings.jwks_timeout,
            refresh: settings.jwks_refresh,
            cooldown: settings.jwks_cooldown,
            allowed: settings.algorithms.clone(),
        };
        Ok((fetcher, keys))
    }

    /// Fetches now, then in the background, and when a caller brings an unknown key id: at most
    /// once in the cooldown, whatever arrives, and whether or not the fetch before went well.
    pub async fn run(&self) {
        let mut refused: u32 = 0;
        loop {
            let started = Instant::now();
            self.keys.begin();
            let outcome = self.fetch().await;
            let connected = !matches!(outcome, Err(FetchError::Connect(_)));
            refused = if connected { 0 } else { refused.saturating_add(1) };
            let failed = outcome.is_err();
            self.keys.end(report(outcome), started + self.cooldown);
            self.rest(started, failed, refused).await;
        }
    }

    /// Waits until the next fetch is due, or until it is both wanted and allowed.
    async fn rest(&self, started: Instant, failed: bool, refused: u32) {
        let longest = if self.keys.usable().is_some() { self.cooldown } else { WITHOUT_KEYS };
        let pause = match (failed, refused) {
            (false, _) => self.refresh.mul_f64(0.9 + 0.2 * jitter()),
            (true, 0) => longest,
            // A closed port costs the issuer nothing: look again sooner.
            (true, _) => Duration::from_millis(500 << refused.min(6)).min(longest),
        };
        let due = sleep_until((started + pause).into());
        tokio::pin!(due);
        loop {
            tokio::select! {
                () = &mut due => return,
                () = self.keys.wanted() => {
                    if started.elapsed() >= self.cooldown {
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
    pub async fn probe(&self) -> Result<usize, FetchError> {
        Ok(self.fetch().await?.len())
    }

    async fn download(&self) -> Result<Vec<u8>, FetchError> {
        let cut = |error: reqwest::Error| FetchError::Transfer(root_cause(&error));
        let sent = self.http.get(self.uri.clone()).send().await;
        let mut response = sent.map_err(|error| {
            if error.is_connect() { FetchError::Connect(root_cause(&error)) } else { cut(error) }
        })?;
        if response.status() != reqwest::StatusCode::OK {
            return Err(FetchError::Unusable(format!("status {}", response.status().as_u16())));
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

/// Counts and logs what came of a fetch.
fn report(outcome: Result<KeyTable, FetchError>) -> Option<KeyTable> {
    let word = if outcome.is_ok() { "ok" } else { "failed" };
    metrics::counter!("narrowgate_key_set_fetches_total", "outcome" => word).increment(1);
    outcome
        .inspect_err(|cause| {
            let remedy = "known keys stay in use; check auth.jwks_uri and the way to it";
            tracing::warn!(%cause, remedy, "key set not refreshed");
        })
        .ok()
}

fn http_client(settings: &Auth) -> Result<reqwest::Client, FetchError> {
    let unusable = |error: String| FetchError::Unusable(format!("TLS set-up: {error}"));
    let mut builder = reqwest::Client::builder()
        .redirect(Redirects::none())
        .https_only(settings.jwks_uri.scheme() == "https")
        .pool_max_idle_per_host(0)
        .user_agent(concat!("narrowgate/", env!("CARGO_PKG_VERSION")));
    if let Some(path) = &settings.jwks_ca_certificate {
        let pem = std::fs::read(path).map_err(|error| unusable(error.to_string()))?;
        let authorities = reqwest::Certificate::from_pem_bundle(&pem)
            .map_err(|error| unusable(root_cause(&error)))?;
        builder = builder.tls_certs_only(authorities);
    }
    builder.build().map_err(|error| unusable(root_cause(&error)))
}

/// The innermost cause, which says what happened and holds no URL.
fn root_cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

/// A number in [0, 1) that differs between processes, so that replicas do not fetch in step.
fn jitter() -> f64 {
    use std::hash::{BuildHasher, RandomState};
    f64::from(u32::try_from(RandomState::new().hash_one(0_u8) >> 32).unwrap_or(0))
        / f64::from(u32::MAX)
}
