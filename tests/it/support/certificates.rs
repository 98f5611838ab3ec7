//! Certificate authorities of the tests' own, and a TLS client that says what it met.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair};
use rustls::client::Resumption;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{
    ClientConfig, ClientConnection, ProtocolVersion, RootCertStore, ServerConfig, StreamOwned,
    SupportedProtocolVersion,
};

use super::Answer;
use super::wire::{connect, read_answer};

/// Signs certificates.
#[derive(Debug)]
pub struct Authority {
    signer: rcgen::Issuer<'static, KeyPair>,
    der: CertificateDer<'static>,
    pub pem: String,
}

/// A certificate for a server on loopback, or for a client.
#[derive(Debug)]
pub struct Certificate {
    pub der: CertificateDer<'static>,
    pub chain: String,
    pub key: String,
    key_der: Vec<u8>,
}

impl Authority {
    pub fn new(name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).expect("parameters");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().expect("a key");
        let own = params.self_signed(&key).expect("a certificate");
        let (der, pem) = (own.der().clone(), own.pem());
        Self { signer: rcgen::Issuer::new(params, key), der, pem }
    }

    pub fn issue(&self) -> Certificate {
        self.issue_until(4096)
    }

    /// One that is valid until this year begins.
    pub fn issue_until(&self, year: i32) -> Certificate {
        let names = ["127.0.0.1", "localhost"].map(str::to_owned);
        let mut params = CertificateParams::new(names).expect("parameters");
        params.not_after = rcgen::date_time_ymd(year, 1, 1);
        params.extended_key_usages =
            vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.signer).expect("a certificate");
        Certificate {
            der: certificate.der().clone(),
            chain: certificate.pem(),
            key: key.serialize_pem(),
            key_der: key.serialize_der(),
        }
    }
}

impl Certificate {
    /// What a server with this certificate answers by.
    pub fn server(&self) -> ServerConfig {
        let provider = rustls::crypto::aws_lc_rs::default_provider().into();
        let builder = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth();
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(self.key_der.clone()));
        builder.with_single_cert(vec![self.der.clone()], key).expect("a certificate")
    }
}

/// Puts a text in the place of a file, all at once.
pub fn replace(file: &Path, text: &str) {
    let fresh = file.with_extension("new");
    std::fs::write(&fresh, text).expect("written");
    std::fs::rename(fresh, file).expect("renamed");
}

/// A client's settings.
#[derive(Debug, Clone)]
pub struct TlsClient(Arc<ClientConfig>);

impl TlsClient {
    /// Trusts these authorities.
    pub fn new(authorities: &[&Authority]) -> Self {
        Self::with(authorities, rustls::ALL_VERSIONS, None, &[])
    }

    pub fn with(
        authorities: &[&Authority],
        versions: &[&'static SupportedProtocolVersion],
        own: Option<&Certificate>,
        protocols: &[&[u8]],
    ) -> Self {
        let mut roots = RootCertStore::empty();
        for authority in authorities {
            roots.add(authority.der.clone()).expect("an authority");
        }
        let provider = rustls::crypto::aws_lc_rs::default_provider().into();
        let builder = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(versions)
            .expect("versions")
            .with_root_certificates(roots);
        let mut config = match own {
            None => builder.with_no_client_auth(),
            Some(own) => {
                let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(own.key_der.clone()));
                builder.with_client_auth_cert(vec![own.der.clone()], key).expect("a certificate")
            }
        };
        config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
        // A resumed session shows the certificate of the one before.
        config.resumption = Resumption::disabled();
        Self(Arc::new(config))
    }

    /// The same, but it resumes sessions where the server lets it.
    pub fn with_memory(self) -> Self {
        let mut config = Arc::unwrap_or_clone(self.0);
        config.resumption = Resumption::in_memory_sessions(16);
        Self(Arc::new(config))
    }

    /// Connects and completes the handshake.
    pub fn connect(&self, to: SocketAddr) -> io::Result<Secured> {
        let name = to.ip().into();
        let connection =
            ClientConnection::new(Arc::clone(&self.0), name).map_err(io::Error::other)?;
        let mut stream = StreamOwned::new(connection, connect(to)?);
        stream.conn.complete_io(&mut stream.sock)?;
        Ok(Secured(stream))
    }

    /// One request on a connection of its own.
    pub fn ask(&self, to: SocketAddr, request: &[u8]) -> io::Result<(Answer, Secured)> {
        let mut stream = self.connect(to)?;
        let answer = stream.ask(request)?;
        Ok((answer, stream))
    }
}

/// A connection whose handshake is done.
#[derive(Debug)]
pub struct Secured(StreamOwned<ClientConnection, TcpStream>);

impl Secured {
    pub fn ask(&mut self, request: &[u8]) -> io::Result<Answer> {
        self.0.write_all(request)?;
        self.0.flush()?;
        read_answer(&mut self.0)
    }

    /// What comes first after these bytes.
    pub fn hear(&mut self, bytes: &[u8]) -> io::Result<Vec<u8>> {
        self.0.write_all(bytes)?;
        let mut heard = vec![0; 64];
        let length = self.0.read(&mut heard)?;
        heard.truncate(length);
        Ok(heard)
    }

    pub fn certificate(&self) -> CertificateDer<'static> {
        let chain = self.0.conn.peer_certificates().expect("a server's certificate");
        chain[0].clone().into_owned()
    }

    pub fn version(&self) -> Option<ProtocolVersion> {
        self.0.conn.protocol_version()
    }

    pub fn protocol(&self) -> Option<Vec<u8>> {
        self.0.conn.alpn_protocol().map(<[u8]>::to_vec)
    }
}
