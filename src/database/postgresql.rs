//! Connections to PostgreSQL, in pure Rust.

use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use diesel::ConnectionError;
use diesel_async::pooled_connection::{ManagerConfig, RecyclingMethod};
use diesel_async::{AsyncPgConnection, SimpleAsyncConnection};
use futures_util::FutureExt;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::ConfigVerifierExt;
use tokio_postgres::config::SslMode;
use tokio_postgres::tls::TlsStream;
use tokio_postgres::{Client, Config, Connection, NoTls, Socket};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::{Error, innermost, refused};
use crate::config::{Database as Settings, Secret, Transport};

/// Silence of the other end, with data unacknowledged or none to send, for about this long closes
/// a connection.
const DEAD_PEER: Duration = Duration::from_secs(5);

/// Set once a connection has ended.
pub(super) type Ended = Arc<AtomicBool>;

/// Where and how to connect.
#[derive(Clone)]
pub(super) struct Address {
    pub(super) config: Arc<Config>,
    tls: Option<MakeRustlsConnect>,
    limits: Arc<str>,
}

impl Address {
    pub(super) fn new(
        url: &Secret,
        transport: &Transport,
        settings: &Settings,
    ) -> Result<Self, Error> {
        let mut config = Config::from_str(url.reveal()).map_err(|_| {
            Error::Refused(
                "database.url is no PostgreSQL URL; see postgresql.org, \"Connection URIs\""
                    .to_owned(),
            )
        })?;
        config
            .application_name("narrowgate")
            .connect_timeout(settings.connect_timeout)
            .tcp_user_timeout(DEAD_PEER)
            .keepalives_idle(DEAD_PEER)
            .keepalives_interval(DEAD_PEER / 5)
            .keepalives_retries(3);
        let tls = match transport {
            Transport::Plain => {
                config.ssl_mode(SslMode::Disable);
                None
            }
            Transport::Tls(authority) => {
                config.ssl_mode(SslMode::Require);
                Some(MakeRustlsConnect::new(client_config(authority.as_deref())?))
            }
        };
        let limits = format!("SET statement_timeout = {}", settings.statement_timeout.as_millis());
        Ok(Self { config: Arc::new(config), tls, limits: limits.into() })
    }

    /// Connects and sets the limits of the connection; the flag says when it has ended.
    pub(super) async fn connect(&self) -> Result<(AsyncPgConnection, Ended), ConnectionError> {
        let (client, ended) = self.reach().await.map_err(|error| describe(&error))?;
        let mut connection = AsyncPgConnection::try_from(client).await?;
        let limits = connection.batch_execute(&self.limits).await;
        limits.map_err(ConnectionError::CouldntSetupConfiguration)?;
        Ok((connection, ended))
    }

    /// The driver's own connection, with the same limits.
    pub(super) async fn client(&self) -> Result<Client, tokio_postgres::Error> {
        let (client, _) = self.reach().await?;
        client.batch_execute(&self.limits).await?;
        Ok(client)
    }

    /// For a pool. A connection is tried before it is used, since it may have ended unnoticed.
    pub(super) fn manager(&self) -> ManagerConfig<AsyncPgConnection> {
        let address = self.clone();
        let mut config = ManagerConfig::default();
        config.recycling_method = RecyclingMethod::Verified;
        config.custom_setup = Box::new(move |_| {
            let address = address.clone();
            async move { Ok(address.connect().await?.0) }.boxed()
        });
        config
    }

    async fn reach(&self) -> Result<(Client, Ended), tokio_postgres::Error> {
        if let Some(tls) = self.tls.clone() {
            let (client, connection) = self.config.connect(tls).await?;
            return Ok((client, drive(connection)));
        }
        let (client, connection) = self.config.connect(NoTls).await?;
        Ok((client, drive(connection)))
    }
}

/// Keeps the connection going and notes its end. Left to diesel-async, a connection that the
/// server closed with a word of farewell would repeat that word as the answer to every question.
fn drive<S: TlsStream + Unpin + Send + 'static>(connection: Connection<Socket, S>) -> Ended {
    let ended = Ended::default();
    let note = Arc::clone(&ended);
    tokio::spawn(async move {
        let _ = connection.await;
        note.store(true, Ordering::Release);
    });
    ended
}

/// No user's data has been sent yet, so the server's words can be repeated.
fn describe(error: &tokio_postgres::Error) -> ConnectionError {
    match error.as_db_error() {
        Some(answer) if is_refusal(answer.code().code()) => refused(answer.message().to_owned()),
        Some(answer) => ConnectionError::BadConnection(answer.message().to_owned()),
        None => ConnectionError::BadConnection(innermost(error)),
    }
}

/// SQLSTATE classes 28 (authorization) and 3D (no such database) do not go away by waiting.
fn is_refusal(sqlstate: &str) -> bool {
    sqlstate.starts_with("28") || sqlstate.starts_with("3D") || sqlstate == "42501"
}

fn client_config(authority: Option<&std::path::Path>) -> Result<ClientConfig, Error> {
    let unusable =
        |error: &dyn std::fmt::Display| Error::Refused(format!("database.ca_certificate: {error}"));
    let Some(path) = authority else {
        return ClientConfig::with_platform_verifier().map_err(|error| unusable(&error));
    };
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(path).map_err(|error| unusable(&error))? {
        roots
            .add(certificate.map_err(|error| unusable(&error))?)
            .map_err(|error| unusable(&error))?;
    }
    Ok(ClientConfig::builder().with_root_certificates(roots).with_no_client_auth())
}
