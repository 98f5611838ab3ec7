//! Starting, running and ending the service.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use actix_web::dev::{Server, ServerHandle};
use actix_web::middleware::from_fn;
use actix_web::{App, HttpServer};
use tracing_actix_web::TracingLogger;

use super::decision::{RootSpan, conclude};
use super::health::{self, Health};
use super::tls::Certificates;
use super::{Shared, StartError, management};
use crate::auth::{Fetcher, Gate};
use crate::config::Settings;
use crate::database::Database;
use crate::password::Verifier;
use crate::telemetry::{self, Pseudonyms, go_on};

/// A client that asked for the connection to be closed gets this long to read the last answer.
const DISCONNECT: Duration = Duration::from_secs(1);
/// An idle connection is kept this long, so that callers seldom pay for a TLS handshake.
const KEEP_ALIVE: Duration = Duration::from_mins(1);

/// The service with its listeners open.
pub struct Service {
    server: Server,
    management: Option<Server>,
    address: SocketAddr,
    health: Health,
    certificates: Option<Certificates>,
    fetcher: Fetcher,
    drain_delay: Duration,
}

impl Service {
    /// Prepares everything and opens the listeners. A database that is merely down does not stop
    /// it: the service starts, and is not ready.
    ///
    /// # Errors
    /// [`StartError`].
    pub async fn open(settings: &Settings) -> Result<Self, StartError> {
        let unusable = |text: String| StartError::Configuration(text);
        let metrics = match settings.management {
            Some(_) => Some(
                telemetry::start_metrics()
                    .map_err(|error| unusable(format!("management.bind: {error}; leave it out")))?,
            ),
            None => None,
        };
        let (fetcher, keys) = Fetcher::new(&settings.auth).map_err(|error| {
            unusable(format!("auth.jwks_ca_certificate: {error}; name a PEM file"))
        })?;
        if let Some(proxy) = fetcher.proxy() {
            tracing::info!(proxy, "the key set is fetched through a proxy");
        }
        let gate = Arc::new(Gate::new(&settings.auth, keys.clone()));
        let verifier = Verifier::start(settings.passwords.clone()).map_err(unusable)?;
        let pseudonyms =
            Pseudonyms::new(settings.log.identifier_key.as_ref()).ok_or_else(|| {
                unusable(
                    "log.identifier_key: cannot be used; write at least one character".to_owned(),
                )
            })?;
        let certificates =
            settings.server.tls.as_ref().map(Certificates::load).transpose().map_err(unusable)?;
        let shared = Shared::new(settings, gate, verifier, pseudonyms);
        let probe = Database::open(&settings.database, 1)?;
        let health = Health::new(&shared, keys, probe, metrics);
        health.first_look().await?;
        let (server, address) = listen(settings, &shared, certificates.as_ref())?;
        let management =
            settings.management.map(|bind| management::listen(bind, &health)).transpose()?;
        Ok(Self {
            server,
            management,
            address,
            health,
            certificates,
            fetcher,
            drain_delay: settings.server.drain_delay,
        })
    }

    /// Where the public listener is.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `stop` is done, then says it is not ready, waits out the drain delay, and
    /// finishes what is in flight.
    ///
    /// # Errors
    /// What ended the listener otherwise.
    pub async fn run(self, stop: impl Future<Output = ()>) -> std::io::Result<()> {
        let handle = self.server.handle();
        let management = self.management.as_ref().map(Server::handle);
        let fetcher = Arc::new(self.fetcher);
        tokio::spawn(go_on(move || {
            let fetcher = Arc::clone(&fetcher);
            async move { fetcher.run().await }
        }));
        if let Some(management) = self.management {
            tokio::spawn(management);
        }
        let server = tokio::spawn(self.server);
        let beside = async {
            tokio::join!(
                go_on(|| self.health.watch()),
                go_on(|| health::reload(self.certificates.as_ref())),
            );
        };
        tokio::select! {
            () = beside => {}
            () = stop => {}
        }
        self.health.draining.begin();
        tracing::info!("draining");
        tokio::time::sleep(self.drain_delay).await;
        finish(handle, management).await;
        server.await.map_err(std::io::Error::other)?
    }
}

async fn finish(handle: ServerHandle, management: Option<ServerHandle>) {
    handle.stop(true).await;
    if let Some(management) = management {
        management.stop(false).await;
    }
}

fn listen(
    settings: &Settings,
    shared: &Shared,
    certificates: Option<&Certificates>,
) -> Result<(Server, SocketAddr), StartError> {
    let server = &settings.server;
    // Workers share connections only when there are too few: then an answer changes threads.
    let sets = (settings.database.pool_size / 2).clamp(1, server.workers);
    let share = settings.database.pool_size / sets;
    let databases = (0..sets)
        .map(|_| Database::open(&settings.database, share))
        .collect::<Result<Vec<_>, _>>()?;
    let (databases, next) = (Arc::new(databases), Arc::new(AtomicUsize::new(0)));
    let shared = shared.clone();
    let http = HttpServer::new(move || {
        let number = next.fetch_add(1, Ordering::Relaxed) % databases.len();
        let (shared, databases) = (shared.clone(), Arc::clone(&databases));
        App::new().wrap(from_fn(conclude)).wrap(TracingLogger::<RootSpan>::new()).configure(
            move |config| {
                if let Some(database) = databases.get(number) {
                    shared.routes(database.clone(), config);
                }
            },
        )
    })
    .workers(server.workers)
    .keep_alive(KEEP_ALIVE)
    .client_request_timeout(server.header_timeout)
    .client_disconnect_timeout(DISCONNECT)
    .h1_allow_half_closed(false) // a client that has gone takes its request with it
    .shutdown_timeout(server.shutdown_grace.as_secs())
    .disable_signals();
    let failed = |cause| StartError::Listen { key: "server.bind", address: server.bind, cause };
    let http = match certificates {
        Some(certificates) => http.bind_rustls_0_23(
            server.bind,
            certificates.server_config().map_err(StartError::Configuration)?,
        ),
        None => http.bind(server.bind),
    };
    let http = http.map_err(failed)?;
    let address = http.addrs().first().copied().unwrap_or(server.bind);
    tracing::info!(%address, tls = certificates.is_some(), "listening");
    Ok((http.run(), address))
}
