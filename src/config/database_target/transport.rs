//! How the connection is protected: by what the URL and the files say, and by the places.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::path::PathBuf;

use super::DatabaseServer;
use super::places::{HostPlace, Places};
use crate::config::database_url::{Parts, UrlFault};

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

const OWN_PAIR: UrlFault = (
    "goes with a client certificate or a client key alone",
    "give both, database.client_certificate and database.client_key, or neither",
);

/// In clear text only to an address that is settled here.
pub(super) fn pinned(mut server: DatabaseServer, transport: &Transport) -> DatabaseServer {
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
pub(super) fn protect(
    parts: &mut Parts,
    places: &Places,
    files: DatabaseTls,
) -> Result<Transport, UrlFault> {
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
