//! The smaller sections of the file: each reads its keys, with their defaults.

use std::thread::available_parallelism;
use std::time::Duration;

use super::Secret;
use super::database_target::{DatabaseTarget, DatabaseTls, Places, TargetSession};
use super::reader::Reader;
use crate::schema::Schema;

/// The legacy database.
pub struct Database {
    /// Engine, address, credentials and transport.
    pub target: DatabaseTarget,
    /// Connections at most.
    pub pool_size: usize,
    /// For one connection to be made.
    pub connect_timeout: Duration,
    /// For a connection of the pool to become free.
    pub acquire_timeout: Duration,
    /// For one statement.
    pub statement_timeout: Duration,
    /// Where passwords are compared: as the contract was made.
    pub password_check: PasswordComparison,
}

/// Where a derived digest meets the stored one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum PasswordComparison {
    /// In the service, which is given the stored hash.
    Outside,
    /// In the database, which never gives a digest away.
    Inside,
}

/// Rate limits; 0 turns a limit off.
pub struct Limits {
    /// Failed logins of one user in a window.
    pub attempts_per_user: u32,
    /// The window.
    pub attempts_window: Duration,
    /// Requests of one client in a second.
    pub requests_per_client: u32,
    /// Processes that share the callers; each allows its share of the limits.
    pub instances: u32,
}

/// What is logged.
pub struct Log {
    /// The form of a line.
    pub format: LogFormat,
    /// A `tracing` filter, for example `info`.
    pub level: String,
    /// Key of the hash that stands for an identifier; absent, one is made at start.
    pub identifier_key: Option<Secret>,
}

/// The form of a log line.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// For a person at a terminal.
    Text,
}

impl Database {
    /// How many connections the process may have: those of the pool, and one to look at the database beside
    /// the requests.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.pool_size + 1
    }

    /// For another role than the gate's: so many connections, each made `within` this time, and a time for each
    /// `statement`. Whoever waits for a free connection waits for the longer of the two.
    #[must_use]
    pub fn of_role(
        target: DatabaseTarget,
        pool_size: usize,
        within: Duration,
        statement: Duration,
    ) -> Self {
        Self {
            target,
            pool_size,
            connect_timeout: within,
            acquire_timeout: within.max(statement),
            statement_timeout: statement,
            password_check: PasswordComparison::Outside,
        }
    }

    pub(super) fn read(reader: &mut Reader) -> Option<Self> {
        let mut target = target(reader, DATABASE);
        contract(reader, target.iter_mut());
        primary(reader, target.as_mut());
        if target.is_none() && !reader.is_at_fault("database.url") {
            reader.fault(
                "database.url",
                "is missing",
                "write postgres://, mysql:// or sqlite://, or name a file with database.url_file",
            );
        }
        let password_check = password_check(reader, target.as_ref());
        let section = (
            reader.number("database.pool_size", 10, 1..=1000) as usize,
            reader.timeout("database.connect_timeout", "1s", "60s"),
            reader.timeout("database.acquire_timeout", "1s", "60s"),
            reader.timeout("database.statement_timeout", "2s", "60s"),
        );
        let (pool_size, connect_timeout, acquire_timeout, statement_timeout) = section;
        Some(Self {
            target: target?,
            pool_size,
            connect_timeout,
            acquire_timeout,
            statement_timeout,
            password_check,
        })
    }
}

/// The keys of the gate's database: its URL, and the PEM files beside it.
pub(super) const DATABASE: [&str; 4] = [
    "database.url",
    "database.ca_certificate",
    "database.client_certificate",
    "database.client_key",
];

/// The database that these keys name; none where no URL is given, or a wrong one, of which the
/// reader has been told.
pub(super) fn target(reader: &mut Reader, keys: [&str; 4]) -> Option<DatabaseTarget> {
    let [url_key, authority, certificate, key] = keys;
    let url = reader.secret(url_key);
    let authority = reader.pem(authority, "CERTIFICATE");
    let client = reader.pair(certificate, key);
    let parsed = DatabaseTarget::parse(&url?, DatabaseTls { authority, client });
    parsed.map_err(|(cause, remedy)| reader.fault(url_key, cause, remedy)).ok()
}

/// `database.contract`, for all of the targets.
pub(super) fn contract<'a>(
    reader: &mut Reader,
    targets: impl Iterator<Item = &'a mut DatabaseTarget>,
) {
    let key = "database.contract";
    let Some(name) = reader.text(key) else { return };
    let name = match name.parse::<Schema>() {
        Ok(name) => name,
        Err(remedy) => return reader.fault(key, "is no name of a contract", remedy),
    };
    for target in targets {
        match target.server_mut() {
            Some(server) => server.contract = name.clone(),
            None if name.is_usual() => {}
            None => {
                reader.fault(key, "is for servers, and a file has one contract", "leave it out");
            }
        }
    }
}

/// The gate asks a server that may write: a user whom a replica does not know yet would be nobody.
fn primary(reader: &mut Reader, target: Option<&mut DatabaseTarget>) {
    let Some(server) = target.and_then(DatabaseTarget::server_mut) else { return };
    let several = match &server.places {
        Places::Hosts(hosts) => hosts.len() > 1,
        Places::Sockets(sockets) => sockets.len() > 1,
    };
    match server.session {
        TargetSession::ReadOnly => reader.fault(
            "database.url",
            "asks for a read-only server, to whom users and marks of this moment are nobody",
            "write target_session_attrs=read-write; replicas are for narrowgate-migrate",
        ),
        TargetSession::Any if several => server.session = TargetSession::ReadWrite,
        _ => {}
    }
}

fn password_check(reader: &mut Reader, target: Option<&DatabaseTarget>) -> PasswordComparison {
    let key = "database.password_check";
    match reader.text(key).as_deref() {
        None | Some("outside") => PasswordComparison::Outside,
        Some("inside") => {
            if matches!(target, Some(DatabaseTarget::Sqlite(_))) {
                reader.fault(key, "needs a server, and SQLite has none", "write \"outside\"");
            }
            PasswordComparison::Inside
        }
        Some(_) => {
            let remedy = "write \"outside\" or \"inside\", as the contract was made";
            reader.fault(key, "is not a known place", remedy);
            PasswordComparison::Outside
        }
    }
}

impl Limits {
    pub(super) fn read(reader: &mut Reader) -> Self {
        Self {
            attempts_per_user: reader.number("limits.attempts_per_user", 20, 0..=u32::MAX),
            attempts_window: reader.timeout("limits.attempts_window", "60s", "24h"),
            requests_per_client: reader.number("limits.requests_per_client", 0, 0..=u32::MAX),
            instances: reader.number("limits.instances", 1, 1..=1000),
        }
    }
}

/// So many bytes of a key cannot be found by trying.
const LEAST_KEY: usize = 16;

impl Log {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let format = match reader.text("log.format").as_deref() {
            None | Some("json") => LogFormat::Json,
            Some("text") => LogFormat::Text,
            Some(_) => {
                reader.fault("log.format", "is not a known form", "write \"json\" or \"text\"");
                LogFormat::Json
            }
        };
        let level = reader.text("log.level").unwrap_or_else(|| "info".to_owned());
        let level = level.to_ascii_lowercase();
        if !["error", "warn", "info", "debug", "trace"].contains(&level.as_str()) {
            reader.fault("log.level", "is not a level", "write error, warn, info, debug or trace");
        }
        let identifier_key = reader.secret("log.identifier_key");
        if identifier_key.as_ref().is_some_and(|key| key.reveal().len() < LEAST_KEY) {
            reader.caution(format!(
                "log.identifier_key: has fewer than {LEAST_KEY} characters, so whoever has a log finds it by trying, and with it the users; take what `openssl rand -base64 32` prints"
            ));
        }
        Self { format, level, identifier_key }
    }
}

/// How many threads can run at once.
pub(super) fn cores() -> u32 {
    available_parallelism().ok().and_then(|cores| u32::try_from(cores.get()).ok()).unwrap_or(1)
}
