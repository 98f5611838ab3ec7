//! The configuration: one TOML file, environment variables over it, every fault reported at once.

mod auth;
mod database_place;
mod database_target;
mod database_url;
mod files;
mod migrate;
mod migrate_sources;
mod passwords;
mod reader;
mod sections;
mod server;
mod shadow;

use std::fmt;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

pub use auth::{Auth, SignatureAlgorithm, is_client_id, is_loopback};
pub use database_target::{
    DatabaseServer, DatabaseTarget, DatabaseTls, Places, TargetSession, Transport,
};
pub use files::{certificates, private_key};
pub use migrate::{
    Bulk, DEFAULT_FILE as DEFAULT_MIGRATION_FILE, Migration, Sources, Tenant, load_migration,
    load_migration_with_tenant,
};
pub use migrate_sources::{default_passwords, described_database};
pub use sections::{Database, Limits, Log, LogFormat, PasswordComparison};
pub use server::{Server, TlsFiles};
pub use shadow::Shadow;

use crate::password;
use reader::{Program, Reader};

/// Everything that the service was told, checked. It has no `Debug`: it holds secrets.
pub struct Settings {
    /// The public listener.
    pub server: Server,
    /// Address of the management listener; absent, there is none.
    pub management: Option<std::net::SocketAddr>,
    /// Whose tokens are accepted.
    pub auth: Auth,
    /// The legacy database.
    pub database: Database,
    /// How passwords are verified.
    pub passwords: password::Settings,
    /// Rate limits.
    pub limits: Limits,
    /// Logins that the legacy application tells of; absent, it tells of none.
    pub shadow: Option<Shadow>,
    /// What is logged.
    pub log: Log,
    /// Remarks that do not stop the service, for the log.
    pub cautions: Vec<String>,
}

/// A secret text: wiped when dropped, and impossible to print.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes a secret over.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The text itself, for the one call that needs it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

/// One thing that is wrong with the configuration. It never quotes a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The key as written in TOML, for example `auth.audience`.
    pub key: String,
    /// What is wrong with it.
    pub cause: String,
    /// What to write instead.
    pub remedy: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}; {}", self.key, self.cause, self.remedy)
    }
}

/// The remedy where the file is not there.
const HOW_TO_NAME: &str = "name the configuration file with --config FILE";
const DEFAULT_FILE: &str = "narrowgate.toml";

/// The file to read: the one that was named, else `narrowgate.toml`. None where that is not there
/// and the environment configures everything.
#[must_use]
pub fn locate(named: Option<&Path>) -> Option<PathBuf> {
    let default = Path::new(DEFAULT_FILE);
    let from_environment =
        || std::env::vars_os().any(|(name, _)| name.to_string_lossy().starts_with("NARROWGATE__"));
    match named {
        Some(file) => Some(file.to_owned()),
        None if !default.exists() && from_environment() => None,
        None => Some(default.to_owned()),
    }
}

/// Reads the file, if any, then the environment (`NARROWGATE__SECTION__KEY`) over it.
///
/// # Errors
/// Every fault found: an unreadable file, unknown keys, values of the wrong kind, rules broken.
pub fn load(file: Option<&Path>) -> Result<Settings, Vec<Fault>> {
    read(match file {
        Some(file) => Reader::open(file, Program::Gate, HOW_TO_NAME)?,
        None => Reader::environment(Program::Gate)?,
    })
}

/// Whether a configuration's text holds the password of a database, or another secret.
#[must_use]
pub fn holds_secrets(toml: &str) -> bool {
    let Ok(mut reader) = Reader::from_toml(toml) else { return false };
    let has_password = ["database.url", "marker.url"].into_iter().any(|key| {
        let url = Secret::new(reader.text(key).unwrap_or_default());
        DatabaseTarget::parse(&url, None::<PathBuf>)
            .is_ok_and(|target| target.server().is_some_and(|server| server.password.is_some()))
    });
    let secrets = ["passwords.pepper", "log.identifier_key", "tenant.client_secret"];
    has_password || secrets.iter().any(|key| reader.has(key))
}

/// Reads settings from TOML text alone, without file or environment.
///
/// # Errors
/// As [`load`].
pub fn parse(toml: &str) -> Result<Settings, Vec<Fault>> {
    read(Reader::from_toml(toml)?)
}

fn read(mut reader: Reader) -> Result<Settings, Vec<Fault>> {
    let server = Server::read(&mut reader);
    let management = reader.address("management.bind");
    let auth = Auth::read(&mut reader);
    let database = Database::read(&mut reader);
    let passwords = passwords::read(&mut reader);
    let limits = Limits::read(&mut reader);
    let shadow = Shadow::read(&mut reader);
    if shadow.is_some() && management.is_none() {
        let caution = "shadow: its counters are all that comes of it, and nobody can read them; set management.bind";
        reader.caution(caution.to_owned());
    }
    let log = Log::read(&mut reader);
    let cautions = reader.finish()?;
    match (auth, database) {
        (Some(auth), Some(database)) => Ok(Settings {
            server,
            management,
            auth,
            database,
            passwords,
            limits,
            shadow,
            log,
            cautions,
        }),
        _ => Err(vec![]),
    }
}
