//! `narrowgate-migrate.toml`: what the program of migration engineers is told. It is never the
//! gate's own file, since the program that faces the network holds no credential that could list
//! users.

use std::path::{Path, PathBuf};

use url::Url;
use zeroize::Zeroizing;

use super::files::world_readable;
use super::migrate_sources::{
    OPTION, VARIABLE, bulk_database, environment_passwords, fault, load_passwords,
};
use super::reader::{Program, Reader};
use super::{DatabaseTarget, Fault, Secret, sections};
use crate::password;

/// The file that is looked for where none is named.
pub const DEFAULT_FILE: &str = "narrowgate-migrate.toml";
const GATE_FILE: &str = "narrowgate.toml";
const MARKER: [&str; 4] =
    ["marker.url", "marker.ca_certificate", "marker.client_certificate", "marker.client_key"];

/// Everything that `narrowgate-migrate` was told, checked. It has no `Debug`: it holds secrets.
pub struct Migration {
    /// `[passwords]` of the gate: what it verifies.
    pub passwords: password::Settings,
    /// The legacy database, as the role `narrowgate_bulk`.
    pub database: DatabaseTarget,
    /// The same, as the role `narrowgate_marker`, where marks are to be set.
    pub marker: Option<DatabaseTarget>,
    /// How users are sent.
    pub bulk: Bulk,
    /// Every file that all of this was read from, or is to be.
    pub files: Vec<PathBuf>,
    /// Remarks that do not stop the command.
    pub cautions: Vec<String>,
}

/// The tenant, and the machine client that speaks to its Management API.
#[derive(Clone)]
pub struct Tenant {
    /// Host, with a port where it is not 443, in lower case.
    pub domain: String,
    /// The machine client.
    pub client_id: String,
    /// Its secret.
    pub client_secret: Secret,
    /// The connection to import into, by its name or its `con_…` id.
    pub connection: String,
    /// An authority for the tenant's certificate in place of the system's.
    pub ca_certificate: Option<PathBuf>,
}

/// How users are sent.
#[derive(Clone, Copy)]
pub struct Bulk {
    /// Import jobs at once.
    pub slots: usize,
    /// Requests to the Management API in a second, at most.
    pub requests_per_second: f64,
    /// Bytes of one import file.
    pub max_file_bytes: usize,
    /// Users of one import file.
    pub max_users_per_file: usize,
}

impl Default for Bulk {
    fn default() -> Self {
        let (max_file_bytes, max_users_per_file) = (480_000, 2_000);
        Self { slots: 2, requests_per_second: 1.0, max_file_bytes, max_users_per_file }
    }
}

/// Where to look.
#[derive(Default)]
pub struct Sources<'a> {
    /// The file; without one, `narrowgate-migrate.toml` if it is there, else the environment alone.
    pub config: Option<&'a Path>,
    /// `--gate`, which goes over the file's `gate`.
    pub gate: Option<&'a Path>,
    /// `--database-url-file`, which goes over `[database]`.
    pub database_url_file: Option<&'a Path>,
    /// `--ca-certificate`, which goes with it.
    pub ca_certificate: Option<PathBuf>,
}

/// Reads the file, then the environment (`NARROWGATE_MIGRATE__SECTION__KEY`) over it, and the
/// gate's `[passwords]`. `[tenant]` may be missing.
///
/// # Errors
/// Every fault found, in both files.
pub fn load_migration(sources: &Sources<'_>) -> Result<Migration, Vec<Fault>> {
    read(sources, false).map(|(migration, _)| migration)
}

/// The same, for a command that cannot do without the tenant.
///
/// # Errors
/// As [`load_migration`].
pub fn load_migration_with_tenant(
    sources: &Sources<'_>,
) -> Result<(Migration, Tenant), Vec<Fault>> {
    let (migration, tenant) = read(sources, true)?;
    let missing = || vec![fault("tenant", "is missing", "write the section")];
    Ok((migration, tenant.ok_or_else(missing)?))
}

fn read(
    sources: &Sources<'_>,
    needs_tenant: bool,
) -> Result<(Migration, Option<Tenant>), Vec<Fault>> {
    let file = sources.config.unwrap_or(Path::new(DEFAULT_FILE));
    let mut reader = if sources.config.is_none() && !file.exists() {
        Reader::environment(Program::Migrate)?
    } else {
        Reader::open(file, Program::Migrate, super::HOW_TO_NAME)?
    };
    let passwords = passwords(&mut reader, sources, file);
    let mut database = database(&mut reader, sources);
    let mut marker = sections::target(&mut reader, MARKER);
    sections::contract(&mut reader, database.iter_mut().chain(marker.iter_mut()));
    let tenant = tenant(&mut reader, needs_tenant);
    let bulk = limits(&mut reader);
    let mut faults = vec![];
    let mut files = reader.files.clone();
    files.extend(database.iter().chain(&marker).flat_map(DatabaseTarget::files));
    let (passwords, mut cautions) = match passwords {
        Ok((passwords, of_the_gate, caution)) => {
            files.extend(of_the_gate);
            (Some(passwords), caution.into_iter().collect())
        }
        Err(of_the_gate) => {
            faults.extend(of_the_gate);
            (None, vec![])
        }
    };
    let text = std::fs::read_to_string(file).map(Zeroizing::new).unwrap_or_default();
    cautions.extend(world_readable(file).filter(|_| super::holds_secrets(&text)));
    match reader.finish() {
        Ok(remarks) => cautions.extend(remarks),
        Err(own) => faults.splice(..0, own).for_each(drop),
    }
    match (passwords, database) {
        (Some(passwords), Some(database)) if faults.is_empty() => {
            Ok((Migration { passwords, database, marker, bulk, files, cautions }, tenant))
        }
        _ => Err(faults),
    }
}

type Passwords = Result<(password::Settings, Vec<PathBuf>, Option<String>), Vec<Fault>>;

/// `gate` is looked for beside the file that names it.
fn passwords(reader: &mut Reader, sources: &Sources<'_>, file: &Path) -> Passwords {
    let beside = |name: &str| file.parent().map_or(PathBuf::from(name), |at| at.join(name));
    let written = reader.text("gate").map(|name| beside(&name));
    let named = sources.gate.map(Path::to_path_buf).or(written);
    let gate = named.clone().unwrap_or_else(|| beside(GATE_FILE));
    if named.is_none() && !gate.exists() {
        let caution = format!(
            "there is no {GATE_FILE} here: hashes are read as by a gate without settings of its own"
        );
        return environment_passwords().map(|(settings, files)| (settings, files, Some(caution)));
    }
    load_passwords(&gate).map(|(settings, files)| (settings, files, None))
}

fn database(reader: &mut Reader, sources: &Sources<'_>) -> Option<DatabaseTarget> {
    let from_file = sections::target(reader, sections::DATABASE);
    match bulk_database(sources.database_url_file, sources.ca_certificate.clone()) {
        Ok(Some((target, caution))) => {
            if let Some(caution) = caution {
                reader.caution(caution);
            }
            return Some(target);
        }
        Ok(None) => {}
        Err(Fault { key, cause, remedy }) => {
            reader.fault(&key, &cause, &remedy);
            return None;
        }
    }
    if from_file.is_none() && !reader.is_at_fault("database.url") {
        let remedy = format!(
            "write the bulk role's URL, or name a file that holds it with database.url_file or {OPTION}, or set {VARIABLE}"
        );
        reader.fault("database.url", "is missing", &remedy);
    }
    from_file
}

fn tenant(reader: &mut Reader, is_needed: bool) -> Option<Tenant> {
    let keys = ["domain", "client_id", "client_secret", "client_secret_file", "connection"];
    let given = keys.iter().any(|key| reader.has(&format!("tenant.{key}")));
    let ca_certificate = reader.pem("tenant.ca_certificate", "CERTIFICATE");
    if !given && !is_needed {
        return None;
    }
    let domain = domain(reader);
    let client_id = reader.required("tenant.client_id", "write the machine client's id");
    let client_secret = reader.secret("tenant.client_secret");
    if client_secret.is_none() && !reader.is_at_fault("tenant.client_secret") {
        let remedy = "name a file that holds it with tenant.client_secret_file";
        reader.fault("tenant.client_secret", "is missing", remedy);
    }
    let remedy = "write the name of the database connection, or its con_… id";
    let connection = reader.required("tenant.connection", remedy);
    Some(Tenant {
        domain: domain?,
        client_id: client_id?,
        client_secret: client_secret?,
        connection: connection?,
        ca_certificate,
    })
}

fn domain(reader: &mut Reader) -> Option<String> {
    let (key, remedy) = ("tenant.domain", "write for example \"YOUR_TENANT.eu.auth0.com\"");
    let text = reader.required(key, remedy)?;
    let domain = text.to_ascii_lowercase();
    let alone = Url::parse(&format!("https://{domain}/")).is_ok_and(|url| {
        let port = url.port().map_or(String::new(), |port| format!(":{port}"));
        url.host_str().is_some_and(|host| format!("{host}{port}") == domain)
    });
    if !alone {
        reader.fault(key, "is no host name, alone", remedy);
    }
    alone.then_some(domain)
}

fn limits(reader: &mut Reader) -> Bulk {
    let default = Bulk::default();
    let mut size = |key: &str, default: usize, range| {
        reader.number(key, u32::try_from(default).unwrap_or(u32::MAX), range) as usize
    };
    Bulk {
        slots: size("bulk.slots", default.slots, 1..=2),
        max_file_bytes: size("bulk.max_file_bytes", default.max_file_bytes, 1_000..=500_000),
        max_users_per_file: size("bulk.max_users_per_file", default.max_users_per_file, 1..=20_000),
        requests_per_second: reader.decimal(
            "bulk.requests_per_second",
            default.requests_per_second,
            0.05..=100.0,
        ),
    }
}
