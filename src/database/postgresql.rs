//! Connections to PostgreSQL, in pure Rust.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio_postgres::config::{SslMode, TargetSessionAttrs};
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Config, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::Error;
use super::driver::{Driver, Permits, drive};
use super::session::Session;
use super::tls::{client_config, explain};
use crate::config::{Database as Settings, DatabaseServer, Places, TargetSession, Transport};
use crate::schema::Schema;

/// Silence of the other end, with data unacknowledged or none to send, for about this long closes
/// a connection.
const DEAD_PEER: Duration = Duration::from_secs(5);

/// Where and how to connect.
#[derive(Clone)]
pub(super) struct Address {
    pub(super) config: Arc<Config>,
    tls: Option<MakeRustlsConnect>,
    limit: Duration,
    /// A pooler was met: sessions are not one connection's own.
    shared: Arc<AtomicBool>,
    pub(super) contract: Schema,
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
        let (limit, contract) = (settings.statement_timeout, server.contract.clone());
        Ok(Self { config: Arc::new(config), tls, limit, shared: Arc::default(), contract })
    }

    /// Connects, and finds out whether the server's process on the other side is this connection's
    /// own: a number that is only said at connecting is known to it. There the limit of statements is
    /// said as well; where the process is shared, the role's own limit counts, and nothing is set.
    pub(super) async fn session(&self, permits: Permits) -> Result<Session, tokio_postgres::Error> {
        let shared = || Arc::clone(&self.shared);
        let mut permits = Some(permits);
        if !self.shared.load(Ordering::Relaxed) {
            let number = u64::from_be_bytes(super::unguessable()).to_string();
            match self.reach(&self.config_saying(&number), &mut permits).await {
                Ok((client, driver)) => {
                    if !knows(&client, &number).await? {
                        self.shared.store(true, Ordering::Relaxed);
                    }
                    return Ok(Session::new(client, driver, shared(), self.contract.clone()));
                }
                Err(error) if refuses_options(&error) => {}
                Err(error) => return Err(error),
            }
        }
        let (client, driver) = self.reach(&self.config, &mut permits).await?;
        self.shared.store(true, Ordering::Relaxed);
        Ok(Session::new(client, driver, shared(), self.contract.clone()))
    }

    /// Whether something is in between, as far as the connections made so far have shown.
    pub(super) fn is_shared(&self) -> bool {
        self.shared.load(Ordering::Relaxed)
    }

    fn config_saying(&self, number: &str) -> Config {
        let mut config = Config::clone(&self.config);
        let before = config.get_options().map(|options| format!("{options} ")).unwrap_or_default();
        let limit = self.limit.as_millis();
        config.options(format!("{before}-c statement_timeout={limit} -c {SAID}={number}"));
        config
    }

    /// The driver's own connection, for whoever sets what is needed in a transaction.
    pub(super) async fn client(&self) -> Result<Client, tokio_postgres::Error> {
        Ok(self.reach(&self.config, &mut None).await?.0)
    }

    async fn reach(
        &self,
        config: &Config,
        permits: &mut Option<Permits>,
    ) -> Result<(Client, Driver), tokio_postgres::Error> {
        if let Some(tls) = self.tls.clone() {
            let (client, connection) = config.connect(tls).await?;
            return Ok((client, drive(connection, permits.take())));
        }
        let (client, connection) = config.connect(NoTls).await?;
        Ok((client, drive(connection, permits.take())))
    }
}

/// A setting of the session that means nothing to the server.
const SAID: &str = "narrowgate.session";

async fn knows(client: &Client, number: &str) -> Result<bool, tokio_postgres::Error> {
    let question = format!("SELECT pg_catalog.current_setting('{SAID}', true)");
    let rows = client.query_typed(&question, &[]).await?;
    let said = rows.first().and_then(|row| row.try_get::<_, Option<&str>>(0).ok().flatten());
    Ok(said == Some(number))
}

/// Poolers refuse what they cannot set on a process that others use: as a violation of the protocol,
/// or a feature that they lack.
fn refuses_options(error: &tokio_postgres::Error) -> bool {
    let code = error.code().map(SqlState::code).unwrap_or_default();
    ["08", "0A", "22", "42"].iter().any(|class| code.starts_with(class)) && !is_refusal(code)
}

/// No user's data has been sent yet, so the server's words can be repeated.
pub(super) fn connect_error(error: &tokio_postgres::Error) -> Error {
    match error.as_db_error() {
        Some(answer) if is_refusal(answer.code().code()) => {
            Error::Refused(answer.message().to_owned())
        }
        Some(answer) => Error::Unreachable(answer.message().to_owned()),
        None => Error::Unreachable(explain(error)),
    }
}

/// Why a statement failed. The server's own message may quote a value: it is not repeated.
pub(super) fn statement_error(error: &tokio_postgres::Error) -> Error {
    let Some(answer) = error.as_db_error() else {
        return Error::Unreachable("the connection was closed".to_owned());
    };
    match answer.code().code() {
        // Connection exceptions and operator intervention, but for a cancelled statement.
        code if code.starts_with("08") || code.starts_with("57P") => {
            Error::Unreachable("the connection was closed".to_owned())
        }
        "25006" => Error::Unreachable("it is read-only, perhaps a standby".to_owned()),
        code => super::statement(code, answer.message()),
    }
}

/// Whether the database's encoding lacks a character of what was asked for: `untranslatable_character`,
/// `character_not_in_repertoire`.
pub(super) fn cannot_hold(error: &tokio_postgres::Error) -> bool {
    let lacks = [&SqlState::UNTRANSLATABLE_CHARACTER, &SqlState::CHARACTER_NOT_IN_REPERTOIRE];
    error.code().is_some_and(|code| lacks.contains(&code))
}

/// SQLSTATE classes 28 (authorization) and 3D (no such database), and 42501 (no right to connect to it), do not go
/// away by waiting.
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
