//! Connections to PostgreSQL, in pure Rust.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use diesel::ConnectionError;
use diesel_async::pooled_connection::{ManagerConfig, RecyclingMethod};
use diesel_async::{AsyncPgConnection, SimpleAsyncConnection};
use futures_util::FutureExt;
use tokio_postgres::config::{SslMode, TargetSessionAttrs};
use tokio_postgres::tls::TlsStream;
use tokio_postgres::{Client, Config, Connection, NoTls, Socket};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::tls::{client_config, explain};
use super::{Error, refused};
use crate::config::{Database as Settings, DatabaseServer, Places, TargetSession, Transport};

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
        server: &DatabaseServer,
        transport: &Transport,
        settings: &Settings,
    ) -> Result<Self, Error> {
        let mut config = server_config(server, settings);
        let tls = match transport {
            Transport::Plain => {
                config.ssl_mode(SslMode::Disable);
                None
            }
            Transport::Tls(files) => {
                config.ssl_mode(SslMode::Require);
                Some(MakeRustlsConnect::new(client_config(files)?))
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
    let note = Note(Arc::clone(&ended));
    tokio::spawn(async move {
        let _ = connection.await;
        drop(note);
    });
    ended
}

/// Notes the end of a connection, whatever ended it.
struct Note(Ended);

impl Drop for Note {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

/// No user's data has been sent yet, so the server's words can be repeated.
fn describe(error: &tokio_postgres::Error) -> ConnectionError {
    match error.as_db_error() {
        Some(answer) if is_refusal(answer.code().code()) => refused(answer.message().to_owned()),
        Some(answer) => ConnectionError::BadConnection(answer.message().to_owned()),
        None => ConnectionError::BadConnection(explain(error)),
    }
}

/// SQLSTATE classes 28 (authorization) and 3D (no such database) do not go away by waiting.
fn is_refusal(sqlstate: &str) -> bool {
    sqlstate.starts_with("28") || sqlstate.starts_with("3D") || sqlstate == "42501"
}

/// What was read of the URL, and nothing that the driver would read of it in another way.
fn server_config(server: &DatabaseServer, settings: &Settings) -> Config {
    let mut config = Config::new();
    let mut places: u32 = 0;
    match &server.places {
        Places::Sockets(sockets) => {
            for (folder, port) in sockets {
                config.host_path(folder).port(*port);
                places += 1;
            }
        }
        Places::Hosts(hosts) => {
            for host in hosts {
                for address in &host.addresses {
                    config.host(&host.name).hostaddr(*address).port(host.port);
                    places += 1;
                }
                if host.addresses.is_empty() {
                    config.host(&host.name).port(host.port);
                    places += 1;
                }
            }
        }
    }
    server.user.as_ref().map(|user| config.user(user));
    server.password.as_ref().map(|password| config.password(password.reveal()));
    server.database.as_ref().map(|database| config.dbname(database));
    server.options.as_ref().map(|options| config.options(options));
    config
        .application_name(server.application_name.as_deref().unwrap_or("narrowgate"))
        .target_session_attrs(match server.session {
            TargetSession::Any => TargetSessionAttrs::Any,
            TargetSession::ReadWrite => TargetSessionAttrs::ReadWrite,
            TargetSession::ReadOnly => TargetSessionAttrs::ReadOnly,
        })
        // Time is left for the next place.
        .connect_timeout(settings.connect_timeout / places.max(1))
        .tcp_user_timeout(DEAD_PEER)
        .keepalives_idle(DEAD_PEER)
        .keepalives_interval(DEAD_PEER / 5)
        .keepalives_retries(3);
    config
}
