//! The way to the issuer: directly, or through a proxy that the environment names.

use std::time::{Duration, SystemTime};

use hyper_util::client::proxy::matcher::Matcher;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::redirect::Policy as Redirects;
use url::Url;

use crate::config::{Auth, is_loopback};
use crate::https;

/// The proxy that a request to this address goes through, as host and port. `HTTPS_PROXY`,
/// `ALL_PROXY` and `NO_PROXY` decide, also in small letters and as the HTTP client reads them
/// (`HTTP_PROXY` for `http` URLs, which there are on loopback alone); loopback is always asked directly.
pub(super) fn proxy(uri: &Url) -> Option<String> {
    if uri.host().is_none_or(|host| is_loopback(&host)) {
        return None;
    }
    let through = Matcher::from_env().intercept(&uri.as_str().parse().ok()?)?;
    let proxy = through.uri();
    let port = proxy.port_u16().map(|port| format!(":{port}")).unwrap_or_default();
    Some(format!("{}{port}", proxy.host()?))
}

/// The client that asks the issuer.
///
/// # Errors
/// What of its TLS cannot be set up.
pub(super) fn http_client(settings: &Auth, through_proxy: bool) -> Result<reqwest::Client, String> {
    let mut builder = reqwest::Client::builder()
        .redirect(Redirects::none())
        .https_only(settings.jwks_uri.scheme() == "https")
        .pool_max_idle_per_host(0)
        .user_agent(concat!("narrowgate/", env!("CARGO_PKG_VERSION")));
    if !through_proxy {
        builder = builder.no_proxy();
    }
    https::client(builder, settings.jwks_ca_certificate.as_deref())
}

/// Whether nobody listens there, or nothing leads there: everything else has reached somebody.
pub(super) fn is_absent(error: &reqwest::Error) -> bool {
    use std::io::ErrorKind::{ConnectionRefused, HostUnreachable, NetworkUnreachable};
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(at) = cause {
        let kind = at.downcast_ref::<std::io::Error>().map(std::io::Error::kind);
        if matches!(kind, Some(ConnectionRefused | HostUnreachable | NetworkUnreachable))
            || at.to_string().starts_with("dns error")
        {
            return true;
        }
        cause = at.source();
    }
    false
}

/// When the issuer wants to be asked again (RFC 9110 section 10.2.3): seconds, or a date.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = httpdate::parse_http_date(text).ok()?;
    Some(date.duration_since(SystemTime::now()).unwrap_or_default())
}
