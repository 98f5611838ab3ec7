//! The stand-in as a whole.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::connection::CONNECTION_NAME;
use super::credentials::Credentials;
use super::desk::{Desk, Shared};
use super::jobs::lock;
use super::rate::Rate;
use crate::config::{self, Secret};
use crate::wire::{self, Limits, Server};

const LIMITS: Limits = Limits {
    head: Duration::from_mins(10),
    keep_alive: Duration::from_mins(1),
    grace: Duration::ZERO,
};

/// A tenant's Management API on a free port of loopback, for one client. It forgets everything when
/// it is dropped.
pub struct StandIn {
    server: Server,
    address: SocketAddr,
    shared: Arc<Shared>,
}

impl StandIn {
    /// Listens.
    ///
    /// # Errors
    /// No port or no random bytes are to be had.
    pub fn start() -> io::Result<Self> {
        let (listener, address) = wire::bind(([127, 0, 0, 1], 0).into())?;
        let credentials = Credentials::new(address)?;
        let shared = Arc::new(Shared {
            credentials,
            tenant: Arc::default(),
            rate: Mutex::new(Rate::new()),
            links: Mutex::default(),
        });
        let desk = Arc::clone(&shared);
        let server =
            wire::serve(listener, 2, LIMITS, Default::default(), move |_| Desk(Arc::clone(&desk)))?;
        Ok(Self { server, address, shared })
    }

    /// Where it listens, without TLS.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How its client is configured.
    #[must_use]
    pub fn client(&self) -> config::Tenant {
        let credentials = &self.shared.credentials;
        config::Tenant {
            domain: self.address.to_string(),
            client_id: credentials.client_id.clone(),
            client_secret: Secret::new(credentials.secret.to_string()),
            connection: CONNECTION_NAME.to_owned(),
            ca_certificate: None,
        }
    }

    /// Takes people who have logged in before the import: the tenant knows them, and this stand-in
    /// knows no more of them than their ids.
    pub fn arrive(&self, ids: &[String]) {
        lock(&self.shared.tenant).arrive(ids);
    }

    /// How many users it holds.
    #[must_use]
    pub fn users(&self) -> u64 {
        lock(&self.shared.tenant).store.users
    }

    #[cfg(test)]
    pub(super) fn shared(&self) -> &Shared {
        &self.shared
    }

    /// Stops listening.
    pub async fn stop(self) {
        self.server.stop().await;
    }
}
