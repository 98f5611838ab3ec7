//! `database.url`: which engine, where, as whom, and how the connection is protected. What is
//! connected to decides about TLS: every host, every address and every socket of the URL.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::PathBuf;

use super::Secret;
use super::database_url::{Parts, UrlFault, list, port};
use crate::schema::Schema;

/// How the connection to the database is protected.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Transport {
    /// Plain, which loopback and Unix sockets alone may be.
    Plain,
    /// TLS with the chain and the name verified.
    Tls(DatabaseTls),
}

/// PEM files for TLS to the database.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct DatabaseTls {
    /// The authority of the server's certificate; absent, those that the driver trusts.
    pub authority: Option<PathBuf>,
    /// Our own certificate and its private key.
    pub client: Option<(PathBuf, PathBuf)>,
}

impl From<Option<PathBuf>> for DatabaseTls {
    fn from(authority: Option<PathBuf>) -> Self {
        Self { authority, client: None }
    }
}

/// The engine and its address.
#[derive(Clone)]
pub enum DatabaseTarget {
    /// PostgreSQL.
    Postgresql(DatabaseServer, Transport),
    /// MySQL or MariaDB.
    Mysql(DatabaseServer, Transport),
    /// A file of SQLite.
    Sqlite(PathBuf),
}

/// A server, who asks it, and for what. It has no `Debug`: it holds a password.
#[derive(Clone)]
pub struct DatabaseServer {
    /// Where it is.
    pub places: Places,
    /// The account.
    pub user: Option<String>,
    /// Its password.
    pub password: Option<Secret>,
    /// The database.
    pub database: Option<String>,
    /// Settings of the session as PostgreSQL's `options` takes them, for example `-c x=y`.
    pub options: Option<String>,
    /// The name that PostgreSQL shows for the session.
    pub application_name: Option<String>,
    /// Which of several PostgreSQL servers will do.
    pub session: TargetSession,
    /// The contract's schema there (MySQL: its database).
    pub contract: Schema,
}

/// Where a server can be reached; tried in order.
#[derive(Clone)]
pub enum Places {
    /// Unix sockets: folder and port for PostgreSQL, the socket itself for MySQL.
    Sockets(Vec<(PathBuf, u16)>),
    /// Over TCP.
    Hosts(Vec<HostPlace>),
}

/// One host.
#[derive(Clone)]
pub struct HostPlace {
    /// The name, which TLS verifies.
    pub name: String,
    /// Where to connect; empty, wherever the name leads.
    pub addresses: Vec<IpAddr>,
    /// The port.
    pub port: u16,
}

/// Which of several servers will do (`target_session_attrs` of libpq).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TargetSession {
    /// The first that answers.
    Any,
    /// One that may write.
    ReadWrite,
    /// One that may not.
    ReadOnly,
}

const ENGINE: UrlFault = ("has an unknown scheme", "begin with postgres://, mysql:// or sqlite://");
const TWO_PLACES: UrlFault =
    ("names the server twice", "keep one: the host before the path, or ?host=, or ?socket=");
const OWN_PAIR: UrlFault = (
    "goes with a client certificate or a client key alone",
    "give both, database.client_certificate and database.client_key, or neither",
);

impl DatabaseTarget {
    /// Picks the engine by the URL's scheme and settles place and transport. What the URL says of
    /// PEM files (`sslrootcert`, `sslcert`, `sslkey`) counts where `files` does not say it.
    ///
    /// # Errors
    /// An unknown scheme or parameter, no host, or a transport that would leave credentials
    /// unprotected. The texts repeat nothing of the URL.
    pub fn parse(url: &Secret, files: impl Into<DatabaseTls>) -> Result<Self, UrlFault> {
        let text = url.reveal();
        if let Some(path) = text.strip_prefix("sqlite://").filter(|path| !path.is_empty()) {
            if path.contains('?') {
                return Err((
                    "has a parameter, and SQLite takes none",
                    "write sqlite:///PATH alone",
                ));
            }
            return Ok(Self::Sqlite(PathBuf::from(path)));
        }
        let mut parts = Parts::read(text)?;
        let files = files.into();
        match parts.scheme.as_str() {
            "postgres" | "postgresql" => {
                let server = postgresql(&mut parts)?;
                let transport = protect(&mut parts, &server.places, files)?;
                parts.nothing_left("PostgreSQL's are host, hostaddr, port, user, password, dbname, options, application_name, target_session_attrs, sslmode, sslrootcert, sslcert and sslkey; time limits are keys of [database]")?;
                Ok(Self::Postgresql(pinned(server, &transport), transport))
            }
            "mysql" | "mariadb" => {
                let server = mysql(&mut parts)?;
                let transport = protect(&mut parts, &server.places, files)?;
                parts.nothing_left("MySQL's are socket (or unix_socket), ssl-mode, ssl-ca, ssl-cert and ssl-key; time limits are keys of [database]")?;
                Ok(Self::Mysql(pinned(server, &transport), transport))
            }
            _ => Err(ENGINE),
        }
    }
}

fn postgresql(parts: &mut Parts) -> Result<DatabaseServer, UrlFault> {
    let session = match parts.take(&["target_session_attrs"])?.as_deref() {
        None | Some("any") => TargetSession::Any,
        Some("read-write" | "primary") => TargetSession::ReadWrite,
        Some("read-only" | "standby") => TargetSession::ReadOnly,
        Some(_) => {
            return Err((
                "asks for a session that is not known here",
                "write target_session_attrs=any, read-write or read-only",
            ));
        }
    };
    let (user, password) = (parts.take(&["user"])?, parts.take(&["password"])?);
    let database = parts.take(&["dbname"])?;
    Ok(DatabaseServer {
        places: postgresql_places(parts)?,
        user: one(parts.user.take(), user)?,
        password: one(parts.password.take(), password.map(Secret::new))?,
        database: one(parts.database.take(), database)?,
        options: parts.take(&["options"])?,
        application_name: parts.take(&["application_name"])?,
        session,
        contract: Schema::default(),
    })
}

fn one<T>(before: Option<T>, parameter: Option<T>) -> Result<Option<T>, UrlFault> {
    match (before, parameter) {
        (Some(_), Some(_)) => Err(("says one thing twice, before the ? and behind it", "keep one")),
        (before, parameter) => Ok(before.or(parameter)),
    }
}

fn postgresql_places(parts: &mut Parts) -> Result<Places, UrlFault> {
    let (hosts, addresses) = (list(parts.take(&["host"])?), list(parts.take(&["hostaddr"])?));
    let numbers: Vec<u16> =
        list(parts.take(&["port"])?).iter().map(|text| port(text)).collect::<Result<_, _>>()?;
    let mut named = std::mem::take(&mut parts.hosts);
    if !named.is_empty() && !hosts.is_empty() {
        return Err(TWO_PLACES);
    }
    named.extend(hosts.into_iter().map(|host| (host, None)));
    let addresses: Vec<IpAddr> =
        addresses.iter().map(|text| text.parse()).collect::<Result<_, _>>().map_err(|_| {
            ("has a hostaddr that is no IP address", "write addresses, with commas between them")
        })?;
    if named.is_empty() {
        named.extend(addresses.iter().map(|address| (address.to_string(), None)));
    }
    if !addresses.is_empty() && addresses.len() != named.len() {
        return Err(("has more hosts than addresses, or fewer", "write a hostaddr for each host"));
    }
    let alike = match numbers.len() {
        0 => true,
        many => (many == 1 || many == named.len()) && named.iter().all(|(_, port)| port.is_none()),
    };
    if !alike {
        return Err(("has ports that do not go with its hosts", "write HOST:PORT,HOST:PORT"));
    }
    let port_of = |at: usize, own: Option<u16>| {
        own.or_else(|| numbers.get(at).or(numbers.first()).copied()).unwrap_or(5432)
    };
    let with_ports = named.into_iter().enumerate();
    let named = with_ports.map(|(at, (name, own))| (name, port_of(at, own))).collect();
    places(named, &addresses)
}

fn mysql(parts: &mut Parts) -> Result<DatabaseServer, UrlFault> {
    let socket = parts.take(&["socket", "unix_socket"])?;
    let mut named: Vec<(String, u16)> = std::mem::take(&mut parts.hosts)
        .into_iter()
        .map(|(name, port)| (name, port.unwrap_or(3306)))
        .collect();
    if let Some(socket) = socket {
        let others = named.iter().any(|(name, _)| !name.eq_ignore_ascii_case("localhost"));
        if others {
            return Err(TWO_PLACES);
        }
        if !socket.starts_with('/') {
            return Err((
                "has a socket that is no absolute path",
                "write ?socket=/run/mysqld/mysqld.sock",
            ));
        }
        named = vec![(socket, 3306)];
    }
    if named.len() > 1 {
        return Err((
            "names several servers, and MySQL's driver takes one",
            "name one, or a proxy before them",
        ));
    }
    Ok(DatabaseServer {
        places: places(named, &[])?,
        user: parts.user.take(),
        password: parts.password.take(),
        database: parts.database.take(),
        options: None,
        application_name: None,
        session: TargetSession::Any,
        contract: Schema::default(),
    })
}

/// Sockets are what begins with a slash; everything else is a host.
fn places(named: Vec<(String, u16)>, addresses: &[IpAddr]) -> Result<Places, UrlFault> {
    let sockets = named.iter().filter(|(name, _)| name.starts_with('/')).count();
    if named.is_empty() {
        return Err((
            "names no host",
            "write HOST before the database, 127.0.0.1 for this machine, or ?host=/run/postgresql (MySQL: ?socket=/run/mysqld/mysqld.sock)",
        ));
    }
    if sockets == named.len() && addresses.is_empty() {
        let sockets = named.into_iter().map(|(path, port)| (PathBuf::from(path), port));
        return Ok(Places::Sockets(sockets.collect()));
    }
    if sockets > 0 {
        return Err(("names Unix sockets and hosts at once", "keep one kind"));
    }
    let is_name = |name: &str| {
        let letter = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
        name.parse::<IpAddr>().is_ok() || (!name.is_empty() && name.bytes().all(letter))
    };
    if !named.iter().all(|(name, _)| is_name(name)) {
        return Err((
            "names a host that is no name, address or path",
            "write letters, digits, dots and hyphens; names beyond ASCII in their xn-- form",
        ));
    }
    let host = |(at, (name, port))| {
        let address: Option<&IpAddr> = addresses.get(at);
        HostPlace { name, addresses: address.copied().into_iter().collect(), port }
    };
    Ok(Places::Hosts(named.into_iter().enumerate().map(host).collect()))
}

impl HostPlace {
    /// Whether whatever is connected to is this machine. Of names `localhost` alone is: it is never
    /// asked of a resolver (RFC 6761 section 6.3).
    fn is_local(&self) -> bool {
        if self.addresses.is_empty() {
            let address = self.name.parse::<IpAddr>();
            return address
                .map_or(self.name.eq_ignore_ascii_case("localhost"), |it| it.is_loopback());
        }
        self.addresses.iter().all(IpAddr::is_loopback)
    }
}

/// In clear text only to an address that is settled here.
fn pinned(mut server: DatabaseServer, transport: &Transport) -> DatabaseServer {
    if let (Places::Hosts(hosts), Transport::Plain) = (&mut server.places, transport) {
        for host in hosts.iter_mut().filter(|host| host.addresses.is_empty()) {
            host.addresses = match host.name.parse() {
                Ok(address) => vec![address],
                Err(_) => vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()],
            };
        }
    }
    server
}

/// Takes the TLS parameters out of the URL and decides by them, the places and the files.
fn protect(parts: &mut Parts, places: &Places, files: DatabaseTls) -> Result<Transport, UrlFault> {
    let mode = parts.take(&["sslmode", "ssl-mode", "ssl_mode"])?;
    let mode = mode.map(|mode| mode.to_ascii_lowercase().replace('_', "-"));
    let authority = parts.take(&["sslrootcert", "ssl-ca"])?.filter(|name| name != "system");
    let own = (parts.take(&["sslcert", "ssl-cert"])?, parts.take(&["sslkey", "ssl-key"])?);
    let own = match own {
        (Some(certificate), Some(key)) => Some((certificate.into(), key.into())),
        (None, None) => None,
        _ => return Err(OWN_PAIR),
    };
    let files = DatabaseTls {
        authority: files.authority.or(authority.map(PathBuf::from)),
        client: files.client.or(own),
    };
    let local = match places {
        Places::Sockets(_) => true,
        Places::Hosts(hosts) => hosts.iter().all(HostPlace::is_local),
    };
    let transport = match mode.as_deref() {
        Some("disable" | "disabled") if local && files == DatabaseTls::default() => {
            Transport::Plain
        }
        Some("disable" | "disabled") if local => {
            return Err(("turns TLS off although there are files for it", "keep one of the two"));
        }
        Some("require" | "required" | "verify-full" | "verify-identity") => Transport::Tls(files),
        Some(_) => {
            return Err((
                "names a TLS mode that may fall back or does not verify",
                "leave it out or write verify-full",
            ));
        }
        None if local && files == DatabaseTls::default() => Transport::Plain,
        None => Transport::Tls(files),
    };
    if matches!((places, &transport), (Places::Sockets(_), Transport::Tls(_))) {
        return Err((
            "asks for TLS on a Unix socket, which has none",
            "leave TLS mode and files out, or name a host",
        ));
    }
    Ok(transport)
}

#[cfg(test)]
mod tests;
