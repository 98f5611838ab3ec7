//! Watching what the service depends on, beside the requests.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use futures_util::future::select_ok;
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::sleep;

use super::Shared;
use super::decision::Draining;
use super::door::Door;
use super::tls::Certificates;
use crate::auth::KeySet;
use crate::database::{self, Budget, Database};
use crate::password::Verifier;

/// Between two looks at a database that answers, and at one that does not.
const WHILE_UP: Duration = Duration::from_secs(2);
const WHILE_DOWN: Duration = Duration::from_millis(500);
/// For so long the probe's own connection alone is asked.
const HEAD_START: Duration = Duration::from_millis(100);
/// Between two looks at the certificate files.
const CERTIFICATES: Duration = Duration::from_secs(2);

/// The state that `/ready` tells.
#[derive(Clone)]
pub(super) struct Health {
    door: Arc<Door>,
    pub(super) draining: Arc<Draining>,
    keys: KeySet,
    /// A connection of its own, to look beside the requests.
    database: Database,
    /// Those that the requests go over.
    workers: Arc<[Database]>,
    budget: Budget,
    verifier: Arc<Verifier>,
    /// Whether the database has answered since the start.
    database_seen: Arc<AtomicBool>,
    metrics: Option<PrometheusHandle>,
}

impl Health {
    pub(super) fn new(
        shared: &Shared,
        keys: KeySet,
        (database, workers, budget): (Database, Arc<[Database]>, Budget),
        metrics: Option<PrometheusHandle>,
    ) -> Self {
        let (door, draining) = (shared.door.clone(), shared.draining.clone());
        let (verifier, database_seen) = (shared.verifier.clone(), Arc::default());
        Self { door, draining, keys, database, workers, budget, verifier, database_seen, metrics }
    }

    /// The page of metrics, with what is the case just now.
    pub(super) fn page(&self) -> String {
        let set = |state: &'static str, number| {
            metrics::gauge!("narrowgate_database_connections", "state" => state).set(exact(number));
        };
        let (open, free) = self.budget.counts();
        set("open", open);
        set("free", free);
        metrics::gauge!("narrowgate_hashes_waiting").set(exact(self.verifier.waiting()));
        if let Some(age) = self.keys.age() {
            metrics::gauge!("narrowgate_key_set_age_seconds").set(age);
        }
        self.metrics.as_ref().map(PrometheusHandle::render).unwrap_or_default()
    }

    /// What keeps the service from being ready, if anything does. An outage of the database later
    /// than its first answer does not: all services share it, and what stands in front must not
    /// answer in their place.
    pub(super) fn not_ready(&self) -> Option<&'static str> {
        if self.draining.has_begun() {
            Some("draining")
        } else if !self.database_seen.load(Ordering::Relaxed) {
            Some("database")
        } else if !self.door.gate.has_keys() {
            Some("key set")
        } else {
            None
        }
    }

    /// The look before the listeners open: a refusal ends the start, an absence does not.
    pub(super) async fn first_look(&self) -> Result<(), database::Error> {
        match self.database.probe().await {
            Err(
                error @ (database::Error::Refused(_)
                | database::Error::Replica
                | database::Error::InvalidRecord(_)),
            ) => return Err(error),
            outcome => self.note(outcome.err().as_ref()),
        }
        // A full disk may not write now; only a refusal is for good.
        match self.database.probe_marks().await {
            Err(error @ database::Error::Refused(_)) => Err(error),
            _ => Ok(()),
        }
    }

    /// Looks for ever. While the database is down, requests are refused at once.
    pub(super) async fn watch(&self) {
        loop {
            let down = self.door.database_down.load(Ordering::Relaxed);
            sleep(if down { WHILE_DOWN } else { WHILE_UP }).await;
            let started = Instant::now();
            let outcome = self.look().await;
            self.note(outcome.err().as_ref());
            metrics::gauge!("narrowgate_database_probe_seconds").set(started.elapsed());
            if let Some(metrics) = &self.metrics {
                metrics.run_upkeep();
            }
        }
    }

    /// Whether anybody is answered. The own connection may be stuck, or be the one too many for the server, while the
    /// requests' work.
    async fn look(&self) -> Result<(), database::Error> {
        let late = |workers: &Database| {
            let workers = workers.clone();
            async move {
                sleep(HEAD_START).await;
                workers.probe().await
            }
        };
        let own = self.database.probe().boxed();
        let looks = self.workers.iter().map(|workers| late(workers).boxed()).chain([own]);
        select_ok(looks).await.map(|_| ())
    }

    fn note(&self, error: Option<&database::Error>) {
        let was_down = self.door.database_down.swap(error.is_some(), Ordering::Relaxed);
        self.database_seen.fetch_or(error.is_none(), Ordering::Relaxed);
        metrics::gauge!("narrowgate_database_up").set(f64::from(u8::from(error.is_none())));
        match error {
            Some(cause) if !was_down => {
                tracing::error!(%cause, remedy = "requests get 503 until it answers; check the database and the way to it", "database down");
            }
            None if was_down => tracing::info!("database up"),
            _ => {}
        }
    }
}

fn exact(number: usize) -> f64 {
    u32::try_from(number).map_or(f64::INFINITY, f64::from)
}

/// Takes over certificate files when they change, and on SIGHUP whether they seem to have changed or not.
pub(super) async fn reload(certificates: Option<&Certificates>) {
    let Ok(mut hangup) = signal(SignalKind::hangup()) else { return std::future::pending().await };
    loop {
        let asked = tokio::select! {
            () = sleep(CERTIFICATES) => false,
            _ = hangup.recv() => true,
        };
        if let Some(certificates) = certificates {
            certificates.reload(asked);
        }
    }
}
