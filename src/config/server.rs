//! `[server]`: the public listener.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use super::reader::Reader;
use super::sections::cores;

/// The public listener.
pub struct Server {
    /// Where to listen; port 0 lets the system choose.
    pub bind: SocketAddr,
    /// Whether plain HTTP is allowed off loopback, because a proxy ends TLS.
    pub behind_tls_proxy: bool,
    /// Certificate and key; absent, the listener speaks plain HTTP.
    pub tls: Option<TlsFiles>,
    /// How long requests in flight may take to finish after SIGTERM.
    pub shutdown_grace: Duration,
    /// How long the listener stays open after SIGTERM while `/ready` already says no.
    pub drain_delay: Duration,
    /// From the request's head to its answer.
    pub request_timeout: Duration,
    /// For a request's head to arrive, and for an answer to be taken.
    pub header_timeout: Duration,
    /// Between an answer and the next request on its connection.
    pub keep_alive: Duration,
    /// For the request's body to arrive.
    pub body_timeout: Duration,
    /// Threads that serve requests.
    pub workers: usize,
}

/// PEM files of the listener.
#[derive(Clone)]
pub struct TlsFiles {
    /// The certificate chain, leaf first.
    pub certificate: PathBuf,
    /// Its private key.
    pub private_key: PathBuf,
    /// Certificate authorities of clients; given, every client must present a certificate.
    pub client_ca: Option<PathBuf>,
}

impl Server {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let default = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8443);
        let bind = reader.address("server.bind").unwrap_or(default);
        let wants_tls = reader.has("server.tls_certificate");
        let tls = TlsFiles::read(reader);
        let behind_proxy = reader.flag("server.behind_tls_proxy");
        if !wants_tls && !bind.ip().is_loopback() && !behind_proxy {
            reader.fault(
                "server.bind",
                "is not a loopback address and there is no TLS",
                "set server.tls_certificate and server.tls_private_key, or server.behind_tls_proxy = true if a proxy on a private network ends TLS",
            );
        }
        if wants_tls && behind_proxy {
            reader.fault(
                "server.behind_tls_proxy",
                "is true although the service has a certificate",
                "keep one of the two",
            );
        }
        Self {
            bind,
            behind_tls_proxy: behind_proxy,
            tls,
            shutdown_grace: reader.duration("server.shutdown_grace", "10s", "10m"),
            drain_delay: reader.duration("server.drain_delay", "0s", "10m"),
            request_timeout: reader.timeout("server.request_timeout", "7s", "60s"),
            header_timeout: reader.timeout("server.header_timeout", "5s", "60s"),
            body_timeout: reader.timeout("server.body_timeout", "2s", "60s"),
            // Longer than balancers keep their side: who closes first must not be the server.
            keep_alive: reader.timeout("server.keep_alive", "75s", "1h"),
            workers: reader.number("server.workers", cores(), 1..=256) as usize,
        }
    }
}

impl TlsFiles {
    fn read(reader: &mut Reader) -> Option<Self> {
        let given = |key| usize::from(reader.has(key));
        let pair = given("server.tls_certificate") + given("server.tls_private_key");
        if pair == 1 || (pair == 0 && reader.has("server.client_ca")) {
            reader.fault(
                "server.tls_certificate",
                "or server.tls_private_key is missing",
                "give both, as PEM files",
            );
        }
        let certificate = reader.pem("server.tls_certificate", "CERTIFICATE");
        let private_key = reader.private_key("server.tls_private_key");
        let client_ca = reader.pem("server.client_ca", "CERTIFICATE");
        let (certificate, private_key) = (certificate?, private_key?);
        Some(Self { certificate, private_key, client_ca })
    }
}
