//! `[auth]`: whose tokens are accepted.

use std::path::PathBuf;
use std::time::Duration;

use url::{Host, Url};

use super::reader::Reader;

/// Whose tokens are accepted (RFC 8725 section 3: every value is pinned here).
pub struct Auth {
    /// Accepted `iss` values, compared exactly.
    pub issuers: Vec<String>,
    /// The `aud` that names this service: the API identifier.
    pub audience: String,
    /// Where the issuer publishes its keys.
    pub jwks_uri: Url,
    /// Client ids that may call; empty, every machine client of the issuer may.
    pub clients: Vec<String>,
    /// Accepted signature algorithms.
    pub algorithms: Vec<SignatureAlgorithm>,
    /// Tolerance for clocks that differ.
    pub leeway: Duration,
    /// The longest life (`exp` - `iat`) a token may have.
    pub max_token_age: Duration,
    /// For one fetch of the key set.
    pub jwks_timeout: Duration,
    /// Between two fetches in the background.
    pub jwks_refresh: Duration,
    /// The least time between two fetches that callers can cause.
    pub jwks_cooldown: Duration,
    /// How long keys serve while the issuer cannot be reached.
    pub jwks_max_stale: Duration,
    /// Authority for the issuer's certificate in place of the system's.
    pub jwks_ca_certificate: Option<PathBuf>,
}

/// Signature algorithms of RFC 7518 that a deployment may accept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs, reason = "the names are those of RFC 7518")]
pub enum SignatureAlgorithm {
    Rs256,
    Ps256,
    Es256,
}

impl Auth {
    pub(super) fn read(reader: &mut Reader) -> Option<Self> {
        let issuers = reader.list("auth.issuer").unwrap_or_default();
        if issuers.is_empty() {
            reader.fault(
                "auth.issuer",
                "is missing",
                "write the tenant's issuer, for example \"https://YOUR_TENANT.eu.auth0.com/\"",
            );
        }
        for issuer in &issuers {
            if !issuer.ends_with('/') || !secure_url(issuer) {
                reader.fault(
                    "auth.issuer",
                    "is not an https URL that ends in a slash",
                    "copy it from the tenant's /.well-known/openid-configuration",
                );
            }
        }
        let audience = reader
            .required("auth.audience", "write the identifier of the API that you created in Auth0");
        let jwks_uri = reader
            .text("auth.jwks_uri")
            .or_else(|| Some(format!("{}.well-known/jwks.json", issuers.first()?)));
        if jwks_uri.as_ref().is_some_and(|uri| !secure_url(uri)) {
            reader.fault(
                "auth.jwks_uri",
                "is not an https URL",
                "write https://…/.well-known/jwks.json (http is accepted on loopback alone)",
            );
        }
        let clients = read_clients(reader);
        Some(Self {
            algorithms: SignatureAlgorithm::read(reader),
            leeway: reader.duration("auth.leeway", "5s", "60s"),
            max_token_age: reader.timeout("auth.max_token_age", "24h", "30days"),
            jwks_timeout: reader.timeout("auth.jwks_timeout", "5s", "60s"),
            jwks_refresh: reader.timeout("auth.jwks_refresh", "5m", "24h"),
            jwks_cooldown: reader.timeout("auth.jwks_cooldown", "30s", "1h"),
            jwks_max_stale: reader.timeout("auth.jwks_max_stale", "24h", "30days"),
            jwks_ca_certificate: reader.pem("auth.jwks_ca_certificate", "CERTIFICATE"),
            issuers,
            audience: audience?,
            jwks_uri: Url::parse(&jwks_uri?).ok()?,
            clients,
        })
    }
}

fn read_clients(reader: &mut Reader) -> Vec<String> {
    let Some(clients) = reader.list("auth.clients") else { return vec![] };
    if clients.is_empty() {
        // Who takes the last one off wants nobody to come in, not everybody.
        reader.fault(
            "auth.clients",
            "is empty",
            "list client ids, or leave the key out to let in every machine client of the audience",
        );
    }
    if !clients.iter().all(|client| is_client_id(client)) {
        reader.fault(
            "auth.clients",
            "holds something that is no client id",
            "list client ids, letters, digits, _ and - only",
        );
    }
    clients
}

impl SignatureAlgorithm {
    fn read(reader: &mut Reader) -> Vec<Self> {
        let names = reader.list("auth.algorithms").unwrap_or_else(|| vec!["RS256".to_owned()]);
        let algorithms: Option<Vec<Self>> =
            names.iter().map(|name| Self::from_name(name)).collect();
        match algorithms {
            Some(algorithms) if !algorithms.is_empty() => algorithms,
            _ => {
                reader.fault(
                    "auth.algorithms",
                    "holds an algorithm that is not accepted",
                    "choose from RS256, PS256 and ES256",
                );
                vec![]
            }
        }
    }

    /// The algorithm of that name in RFC 7518 section 3.1, if a deployment may accept it.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "RS256" => Some(Self::Rs256),
            "PS256" => Some(Self::Ps256),
            "ES256" => Some(Self::Es256),
            _ => None,
        }
    }
}

/// A client id as Auth0 makes them; such a text plus `@clients` is a machine's subject.
#[must_use]
pub fn is_client_id(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
}

/// Whether a host can be nobody but this machine.
#[must_use]
pub fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => name.eq_ignore_ascii_case("localhost"),
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

fn secure_url(text: &str) -> bool {
    let Ok(url) = Url::parse(text) else { return false };
    let Some(host) = url.host() else { return false };
    url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&host))
}
