//! `database.url`: which engine, where, and how the connection is protected.

use std::path::PathBuf;

use url::{Host, Url};

use super::Secret;

/// How the connection to the database is protected.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Transport {
    /// Plain, which loopback and Unix sockets alone may be.
    Plain,
    /// TLS with the chain and the name verified, by this authority file or, without one, the
    /// authorities that the driver trusts.
    Tls(Option<PathBuf>),
}

/// The engine and its address. The URLs hold credentials.
pub enum DatabaseTarget {
    /// PostgreSQL, by a URL without TLS parameters.
    Postgresql(Secret, Transport),
    /// MySQL or MariaDB.
    Mysql(Secret, Transport),
    /// A file of SQLite.
    Sqlite(PathBuf),
}

/// What is wrong with a URL, and the remedy.
type UrlFault = (&'static str, &'static str);

const TLS_PARAMETERS: [&str; 4] = ["sslmode", "ssl-mode", "ssl_mode", "sslrootcert"];

impl DatabaseTarget {
    /// Picks the engine by the URL's scheme and settles the transport.
    ///
    /// # Errors
    /// An unknown scheme, no host, or a transport that would leave credentials unprotected.
    pub fn parse(url: &Secret, ca_certificate: Option<PathBuf>) -> Result<Self, UrlFault> {
        let text = url.reveal();
        if let Some(path) = text.strip_prefix("sqlite://").filter(|path| !path.is_empty()) {
            return Ok(Self::Sqlite(PathBuf::from(path)));
        }
        let parsed = Url::parse(text).map_err(|_| {
            (
                "is not a URL",
                "write for example postgres://narrowgate_api:PASSWORD@db.example.com/app",
            )
        })?;
        let (bare, transport) = protect(parsed, ca_certificate)?;
        match bare.scheme() {
            "postgres" | "postgresql" => Ok(Self::Postgresql(Secret::new(bare.into()), transport)),
            "mysql" | "mariadb" => {
                Ok(Self::Mysql(Secret::new(with_scheme(&bare, "mysql")), transport))
            }
            _ => Err(("has an unknown scheme", "begin with postgres://, mysql:// or sqlite://")),
        }
    }
}

/// Takes the TLS parameters out of the URL and decides by them, the host and the authority.
fn protect(mut url: Url, ca_certificate: Option<PathBuf>) -> Result<(Url, Transport), UrlFault> {
    let parameter = |name: &str| {
        url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    };
    let mode = TLS_PARAMETERS[..3]
        .iter()
        .find_map(|name| parameter(name))
        .map(|mode| mode.to_ascii_lowercase().replace('_', "-"));
    let ca_certificate = ca_certificate.or_else(|| parameter("sslrootcert").map(PathBuf::from));
    let socket =
        parameter("host").or_else(|| parameter("socket")).is_some_and(|path| path.starts_with('/'));
    // The host of a scheme that `url` does not know stays a domain, even when it is an address.
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
    let local = socket
        || Host::parse(&host).is_ok_and(|host| is_loopback(&host_ref(&host)))
        || host.parse().is_ok_and(|address: std::net::Ipv6Addr| address.is_loopback());
    let verified = Transport::Tls(ca_certificate.clone());
    let transport = match mode.as_deref() {
        Some("disable" | "disabled") if local => Transport::Plain,
        Some("require" | "required" | "verify-full" | "verify-identity") => verified,
        Some(_) => {
            return Err((
                "names a TLS mode that may fall back or does not verify",
                "leave it out or write verify-full",
            ));
        }
        None if local && ca_certificate.is_none() => Transport::Plain,
        None => verified,
    };
    let kept: Vec<(String, String)> = url
        .query_pairs()
        .into_owned()
        .filter(|(key, _)| !TLS_PARAMETERS.contains(&key.as_str()))
        .collect();
    url.set_query(None);
    if !kept.is_empty() {
        url.query_pairs_mut().extend_pairs(kept);
    }
    Ok((url, transport))
}

fn host_ref(host: &Host) -> Host<&str> {
    match host {
        Host::Domain(name) => Host::Domain(name),
        Host::Ipv4(address) => Host::Ipv4(*address),
        Host::Ipv6(address) => Host::Ipv6(*address),
    }
}

/// Whether a host can be nobody but this machine.
pub(super) fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => name.eq_ignore_ascii_case("localhost"),
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

/// `Url::set_scheme` refuses to leave a scheme it knows for one it does not; the text does not.
fn with_scheme(url: &Url, scheme: &str) -> String {
    format!("{scheme}{}", &url.as_str()[url.scheme().len()..])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn transport(url: &str, ca: Option<&str>) -> Result<Transport, UrlFault> {
        match DatabaseTarget::parse(&Secret::new(url.to_owned()), ca.map(PathBuf::from))? {
            DatabaseTarget::Postgresql(_, transport) | DatabaseTarget::Mysql(_, transport) => {
                Ok(transport)
            }
            DatabaseTarget::Sqlite(_) => Ok(Transport::Plain),
        }
    }

    #[test]
    fn loopback_may_be_plain_and_nothing_else() {
        for local in ["127.0.0.1", "localhost", "[::1]", "127.0.0.9:5433"] {
            assert_eq!(
                transport(&format!("postgres://u:p@{local}/d"), None),
                Ok(Transport::Plain),
                "{local}"
            );
        }
        for far in ["db.example.com", "10.0.0.1", "127.0.0.1.example.com", "[2001:db8::1]"] {
            assert_eq!(
                transport(&format!("mysql://u:p@{far}/d"), None),
                Ok(Transport::Tls(None)),
                "{far}"
            );
            assert!(
                transport(&format!("postgres://u:p@{far}/d?sslmode=disable"), None).is_err(),
                "{far}"
            );
        }
    }

    #[test]
    fn modes_that_fall_back_are_refused() {
        for mode in ["prefer", "allow", "PREFERRED", "verify-ca", "nonsense"] {
            assert!(
                transport(&format!("postgres://u@localhost/d?sslmode={mode}"), None).is_err(),
                "{mode}"
            );
        }
        let verified = Transport::Tls(Some(PathBuf::from("/ca.pem")));
        assert_eq!(
            transport("postgres://u@localhost/d?sslmode=verify-full", Some("/ca.pem")),
            Ok(verified.clone())
        );
        assert_eq!(
            transport("mysql://u@localhost/d?ssl-mode=VERIFY_IDENTITY&sslrootcert=/ca.pem", None),
            Ok(verified.clone())
        );
        assert_eq!(transport("mysql://u@localhost/d", Some("/ca.pem")), Ok(verified));
    }

    #[test]
    fn schemes_choose_the_engine() {
        assert!(transport("oracle://u@localhost/d", None).is_err());
        assert!(transport("nonsense", None).is_err());
        assert!(transport("sqlite://", None).is_err());
        assert!(matches!(
            DatabaseTarget::parse(&Secret::new("sqlite:///var/app.db".to_owned()), None),
            Ok(DatabaseTarget::Sqlite(path)) if path.as_os_str() == "/var/app.db"
        ));
    }
}
