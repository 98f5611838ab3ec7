//! TLS of the public listener: 1.2 and 1.3, files re-read when they change.

use std::fmt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use arc_swap::ArcSwap;
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{
    ClientHello, NoServerSessionStorage, ResolvesServerCert, WebPkiClientVerifier,
};
use rustls::sign::CertifiedKey;
use rustls::{
    DigitallySignedStruct, DistinguishedName, Error, RootCertStore, ServerConfig, SignatureScheme,
};

use x509_cert::der::Decode;

use crate::config::{self, TlsFiles};
use crate::database::crypto_provider;
use crate::wire::Ends;

/// The listener's certificate and the authority of its clients, as they are now.
pub(super) struct Certificates {
    files: TlsFiles,
    changed: Mutex<Vec<Option<State>>>,
    own: Arc<Own>,
    clients: Option<Arc<Clients>>,
    /// Of the connections that the authority of now has let in.
    ends: Arc<Ends>,
}

/// The listener's certificate is spoken of from so long before its last day on.
const NOTICE: Duration = Duration::from_hours(14 * 24);

/// Reads the listener's files as a start would, and gives what should be known of them.
///
/// # Errors
/// The key, what is wrong with its file, and the remedy.
pub fn check_files(files: &TlsFiles) -> Result<Option<String>, String> {
    Certificates::load(files).map(|certificates| certificates.caution())
}

#[derive(Debug)]
struct Own(ArcSwap<CertifiedKey>);

struct Clients(ArcSwap<Authority>);

struct Authority {
    certificates: Vec<CertificateDer<'static>>,
    verifier: Arc<dyn ClientCertVerifier>,
}

impl Certificates {
    /// Reads the files.
    ///
    /// # Errors
    /// The key, what is wrong with its file, and the remedy.
    pub(super) fn load(files: &TlsFiles) -> Result<Self, String> {
        let own = Arc::new(Own(ArcSwap::from_pointee(certified_key(files)?)));
        let clients = match &files.client_ca {
            Some(path) => Some(Arc::new(Clients(ArcSwap::from_pointee(authority(path)?)))),
            None => None,
        };
        let (changed, ends) = (Mutex::new(modified(files)), Arc::default());
        Ok(Self { changed, files: files.clone(), own, clients, ends })
    }

    /// What ends the listener's connections.
    pub(super) fn ends(&self) -> Arc<Ends> {
        Arc::clone(&self.ends)
    }

    /// Until when the listener's certificate is valid; of one that says so in no form that can be
    /// read, nothing.
    fn expiry(&self) -> Option<SystemTime> {
        let key = self.own.0.load();
        let leaf = x509_cert::Certificate::from_der(key.cert.first()?).ok()?;
        Some(leaf.tbs_certificate.validity.not_after.to_system_time())
    }

    fn caution(&self) -> Option<String> {
        let end = self.expiry().filter(|end| *end < SystemTime::now() + NOTICE)?;
        let (end, path) =
            (humantime::format_rfc3339_seconds(end), self.files.certificate.display());
        Some(format!(
            "server.tls_certificate: {path} is valid until {end}, and callers refuse it from then on; renew it"
        ))
    }

    /// Tells until when the listener's certificate is valid, as a metric, and near its end in the log.
    pub(super) fn tell_expiry(&self) {
        let since_1970 = self.expiry().and_then(|end| end.duration_since(UNIX_EPOCH).ok());
        if let Some(seconds) = since_1970 {
            metrics::gauge!("narrowgate_tls_certificate_expiry_timestamp_seconds").set(seconds);
        }
        if let Some(caution) = self.caution() {
            tracing::warn!(caution, "caution");
        }
    }

    /// What the listener needs; it follows later reloads by itself.
    ///
    /// # Errors
    /// The crypto provider supports neither protocol version.
    pub(super) fn server_config(&self) -> Result<ServerConfig, String> {
        let builder = ServerConfig::builder_with_provider(provider())
            .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
            .map_err(|error| format!("server.tls_certificate: {error}; this build lacks TLS"))?;
        let resolver = Arc::clone(&self.own) as Arc<dyn ResolvesServerCert>;
        let Some(clients) = &self.clients else {
            return Ok(builder.with_no_client_auth().with_cert_resolver(resolver));
        };
        let clients = Arc::clone(clients) as Arc<dyn ClientCertVerifier>;
        let mut config = builder.with_client_cert_verifier(clients).with_cert_resolver(resolver);
        // A resumed session would not be checked against an authority that has changed since.
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        Ok(config)
    }

    /// Takes the files over when they have changed, or when somebody `asked`; bad ones leave
    /// everything as it was.
    pub(super) fn reload(&self, asked: bool) {
        let changed = modified(&self.files);
        let mut known = self.changed.lock().unwrap_or_else(PoisonError::into_inner);
        if changed == *known && !asked {
            return;
        }
        *known = changed;
        drop(known);
        match Self::load(&self.files) {
            Ok(fresh) => {
                self.own.0.store(fresh.own.0.load_full());
                if let (Some(clients), Some(fresh)) = (&self.clients, &fresh.clients) {
                    let (fresh, stale) = (fresh.0.load_full(), clients.0.load_full());
                    clients.0.store(Arc::clone(&fresh));
                    // Whom the former authority has let in is asked for a certificate anew.
                    if fresh.certificates != stale.certificates {
                        self.ends.end_present();
                    }
                }
                self.tell_expiry();
                tracing::info!("certificate files taken over");
            }
            Err(cause) => tracing::error!(
                cause,
                remedy = "the old certificate stays in use; mend the files",
                "certificate files not taken over"
            ),
        }
    }
}

/// What tells one state of a file from another: times of contents and of the entry, number, length.
type State = (i64, i64, i64, i64, u64, u64);

fn modified(files: &TlsFiles) -> Vec<Option<State>> {
    let paths = [Some(&files.certificate), Some(&files.private_key), files.client_ca.as_ref()];
    let state = |file: std::fs::Metadata| {
        (file.mtime(), file.mtime_nsec(), file.ctime(), file.ctime_nsec(), file.ino(), file.len())
    };
    paths.into_iter().flatten().map(|path| std::fs::metadata(path).ok().map(state)).collect()
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(crypto_provider())
}

fn certificates(key: &str, path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    config::certificates(path).map_err(|cause| {
        format!("{key}: {}: {cause}; write certificates in PEM form", path.display())
    })
}

fn certified_key(files: &TlsFiles) -> Result<CertifiedKey, String> {
    let chain = certificates("server.tls_certificate", &files.certificate)?;
    let unusable = |error: &dyn fmt::Display| {
        format!(
            "server.tls_private_key: {}: {error}; write the certificate's own key in PEM form",
            files.private_key.display()
        )
    };
    let key = config::private_key(&files.private_key).map_err(|cause| unusable(&cause))?;
    CertifiedKey::from_der(chain, key, &provider()).map_err(|error| match error {
        Error::InvalidCertificate(cause) => format!(
            "server.tls_certificate: {}: {cause}; make it X.509 version 3, with subjectAltName",
            files.certificate.display()
        ),
        error => unusable(&error),
    })
}

fn authority(path: &Path) -> Result<Authority, String> {
    let unusable = |error: &dyn fmt::Display| {
        format!(
            "server.client_ca: {}: {error}; write the clients' authority in PEM form",
            path.display()
        )
    };
    let certificates = certificates("server.client_ca", path)?;
    let mut roots = RootCertStore::empty();
    for certificate in &certificates {
        roots.add(certificate.clone()).map_err(|error| unusable(&error))?;
    }
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider())
        .build()
        .map_err(|error| unusable(&error))?;
    Ok(Authority { certificates, verifier })
}

impl ResolvesServerCert for Own {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.load_full())
    }
}

impl fmt::Debug for Clients {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Clients")
    }
}

impl ClientCertVerifier for Clients {
    /// No hints: clients have one certificate, and the list of authorities may change.
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end: &CertificateDer<'_>,
        between: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        self.0.load().verifier.verify_client_cert(end, between, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.0.load().verifier.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.0.load().verifier.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.load().verifier.supported_verify_schemes()
    }
}
