//! Starting, running and ending the service.

use std::future::Future;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use super::health::{self, Health};
use super::tls::Certificates;
use super::{Shared, StartError, management};
use crate::auth::{Fetcher, Gate};
use crate::config::{self, Settings};
use crate::database::{Budget, Database};
use crate::password::Verifier;
use crate::telemetry::{self, Pseudonyms, go_on};
use crate::wire::{self, Limits, Server};

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
    /// Prepares everything and opens the listeners, the public one on `inherited` if there is one. A
    /// database that is merely down does not stop it: the service starts, and is not ready.
    ///
    /// # Errors
    /// [`StartError`].
    pub async fn open(
        settings: &Settings,
        inherited: Option<TcpListener>,
    ) -> Result<Self, StartError> {
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
        // Less than a request has: then the answer tells that it was the issuer who was waited for.
        let patience = settings.server.request_timeout.mul_f64(0.8);
        let gate = Arc::new(Gate::new(&settings.auth, keys.clone(), patience));
        let verifier = Verifier::start(settings.passwords.clone()).map_err(unusable)?;
        let pseudonyms =
            Pseudonyms::new(settings.log.identifier_key.as_ref()).map_err(|cause| {
                unusable(format!("log.identifier_key: {cause}; write a key of your own"))
            })?;
        let certificates =
            settings.server.tls.as_ref().map(Certificates::load).transpose().map_err(unusable)?;
        if let Some(certificates) = &certificates {
            certificates.tell_expiry();
        }
        let shared = Shared::new(settings, gate, verifier, pseudonyms);
        let budget = Budget::new(settings.database.connections());
        let probe = Database::open(&settings.database, 1, &budget)?;
        let databases = databases(settings, &budget)?;
        let watched = (probe, databases.all().cloned().collect(), budget);
        let health = Health::new(&shared, keys, watched, metrics);
        health.first_look().await?;
        let management =
            settings.management.map(|bind| management::listen(bind, &health)).transpose()?;
        // Last: who waits at a socket that was handed over is taken only by a start that succeeds.
        let listening = (settings, inherited, databases);
        let (server, address) = listen(listening, &shared, certificates.as_ref())?;
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
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let beside = async {
            tokio::join!(
                go_on(|| self.fetcher.run()),
                go_on(|| self.health.watch()),
                go_on(|| health::reload(self.certificates.as_ref())),
            );
        };
        let life = async {
            stop.await;
            self.health.draining.begin();
            tracing::info!("draining");
            tokio::time::sleep(self.drain_delay).await;
            self.server.stop().await;
        };
        // To the end: who still asks must not be refused for a database that is back.
        tokio::select! {
            () = beside => {}
            () = life => {}
        }
        if let Some(management) = self.management {
            management.stop().await;
        }
    }
}

/// The public listener's socket. What was handed over keeps the same rule as `server.bind`.
fn socket(
    server: &config::Server,
    inherited: Option<TcpListener>,
) -> Result<(TcpListener, SocketAddr), StartError> {
    let failed = |cause| StartError::Listen { key: "server.bind", address: server.bind, cause };
    let Some(listener) = inherited else { return wire::bind(server.bind).map_err(failed) };
    let address = listener.local_addr().map_err(failed)?;
    if address.ip().is_loopback() || server.tls.is_some() || server.behind_tls_proxy {
        return Ok((listener, address));
    }
    Err(StartError::Configuration(format!(
        "the socket that was handed over, {address}, is not a loopback address and there is no TLS; \
         set server.tls_certificate and server.tls_private_key, or server.behind_tls_proxy = true"
    )))
}

/// The workers' sets of connections: one at least.
struct Sets(Database, Vec<Database>);

impl Sets {
    fn of(&self, worker: usize) -> &Database {
        let Self(first, others) = self;
        others.get(worker % (others.len() + 1)).unwrap_or(first)
    }

    fn all(&self) -> impl Iterator<Item = &Database> {
        std::iter::once(&self.0).chain(&self.1)
    }
}

fn databases(settings: &Settings, budget: &Budget) -> Result<Sets, StartError> {
    // One is left for when all others are stuck.
    let working = settings.database.pool_size.saturating_sub(1).max(1);
    let sets = Database::sets(&settings.database, working, settings.server.workers);
    let open = |set: usize| {
        let share = working / sets + usize::from(set < working % sets);
        Database::open(&settings.database, share, budget)
    };
    Ok(Sets(open(0)?, (1..sets).map(open).collect::<Result<_, _>>()?))
}

fn listen(
    (settings, inherited, databases): (&Settings, Option<TcpListener>, Sets),
    shared: &Shared,
    certificates: Option<&Certificates>,
) -> Result<(Server, SocketAddr), StartError> {
    let server = &settings.server;
    let (databases, shared) = (Arc::new(databases), shared.clone());
    let surface = move |worker: usize| shared.clone().surface(databases.of(worker).clone());
    let tls = certificates.map(Certificates::server_config).transpose();
    let tls = tls.map_err(StartError::Configuration)?;
    let ends = certificates.map(Certificates::ends).unwrap_or_default();
    let limits = Limits {
        head: server.header_timeout,
        keep_alive: server.keep_alive,
        grace: server.shutdown_grace,
    };
    let failed = |cause| StartError::Listen { key: "server.bind", address: server.bind, cause };
    let (listener, address) = socket(server, inherited)?;
    let running =
        wire::serve(listener, server.workers, limits, (tls, ends), surface).map_err(failed)?;
    tracing::info!(%address, tls = certificates.is_some(), "listening");
    wire::tell_room();
    Ok((running, address))
}
