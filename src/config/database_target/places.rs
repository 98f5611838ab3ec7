//! Where a server can be reached, as the URL says it.

use std::net::IpAddr;
use std::path::PathBuf;

use crate::config::database_url::{Parts, UrlFault, list, port};

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

pub(super) const TWO_PLACES: UrlFault =
    ("names the server twice", "keep one: the host before the path, or ?host=, or ?socket=");

/// The places of PostgreSQL, as libpq reads host, hostaddr and port.
pub(super) fn postgresql_places(parts: &mut Parts) -> Result<Places, UrlFault> {
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

/// Sockets are what begins with a slash; everything else is a host.
pub(super) fn places(named: Vec<(String, u16)>, addresses: &[IpAddr]) -> Result<Places, UrlFault> {
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
    pub(super) fn is_local(&self) -> bool {
        if self.addresses.is_empty() {
            let address = self.name.parse::<IpAddr>();
            return address
                .map_or(self.name.eq_ignore_ascii_case("localhost"), |it| it.is_loopback());
        }
        self.addresses.iter().all(IpAddr::is_loopback)
    }
}
