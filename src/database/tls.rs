//! TLS to the database: whom we trust, what we show, and what a refused certificate lacks.

use std::error::Error as StdError;
use std::path::Path;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::crypto::{CryptoProvider, KeyProvider, aws_lc_rs};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::sign::SigningKey;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error as TlsError, RootCertStore,
    SignatureScheme,
};
use x509_cert::der::{Decode, Tag, Tagged, asn1::ObjectIdentifier};

use super::Error;
use crate::cause::innermost;
use crate::config::{self, DatabaseTls};

const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");
const SUBJECT_ALT_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.17");

/// The one provider of cryptography, the listener's too. It reads a private key in whatever form it is: the driver for
/// MySQL calls every client key PKCS#1.
#[must_use]
pub fn crypto_provider() -> CryptoProvider {
    CryptoProvider { key_provider: &AnyForm, ..aws_lc_rs::default_provider() }
}

#[derive(Debug)]
struct AnyForm;

impl KeyProvider for AnyForm {
    fn load_private_key(
        &self,
        key: PrivateKeyDer<'static>,
    ) -> Result<Arc<dyn SigningKey>, TlsError> {
        let read = |key: &PrivateKeyDer<'_>| aws_lc_rs::sign::any_supported_type(key);
        let other =
            || PrivateKeyDer::try_from(key.secret_der()).ok().and_then(|key| read(&key).ok());
        read(&key).or_else(|error| other().ok_or(error))
    }
}

/// What the driver for PostgreSQL connects with.
pub(super) fn client_config(files: &DatabaseTls) -> Result<ClientConfig, Error> {
    let failed = |key: &str, error: &dyn StdError| Error::Refused(format!("{key}: {error}"));
    let (inner, named) = match &files.authority {
        None => {
            let verifier = rustls_platform_verifier::Verifier::new(crypto_provider().into());
            let verifier = verifier.map_err(|error| failed("the system's authorities", &error))?;
            (Arc::new(verifier) as Arc<dyn ServerCertVerifier>, vec![])
        }
        Some(path) => {
            let key = "database.ca_certificate";
            let named = certificates(key, path)?;
            let mut roots = RootCertStore::empty();
            for certificate in &named {
                roots.add(certificate.clone()).map_err(|error| failed(key, &error))?;
            }
            let verifier = WebPkiServerVerifier::builder(roots.into()).build();
            (verifier.map_err(|error| failed(key, &error))? as Arc<dyn ServerCertVerifier>, named)
        }
    };
    let verifier = Arc::new(Verifier { inner, named });
    let builder = ClientConfig::builder().dangerous().with_custom_certificate_verifier(verifier);
    let Some((certificate, key)) = &files.client else { return Ok(builder.with_no_client_auth()) };
    let chain = certificates("database.client_certificate", certificate)?;
    builder
        .with_client_auth_cert(chain, private_key(key)?)
        .map_err(|error| failed("database.client_key", &error))
}

fn certificates(key: &str, path: &Path) -> Result<Vec<CertificateDer<'static>>, Error> {
    config::certificates(path)
        .map_err(|cause| Error::Refused(format!("{key}: {}: {cause}", path.display())))
}

/// Our own key for TLS to the database.
pub(super) fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, Error> {
    config::private_key(path).map_err(|cause| {
        Error::Refused(format!("database.client_key: {}: {cause}", path.display()))
    })
}

/// Verifies as the Web does, and beyond that takes a certificate that the operator named itself:
/// PostgreSQL's recipe for a self-signed one makes an authority's, with the host as common name.
#[derive(Debug)]
struct Verifier {
    inner: Arc<dyn ServerCertVerifier>,
    named: Vec<CertificateDer<'static>>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end: &CertificateDer<'_>,
        between: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, TlsError> {
        let refusal = match self.inner.verify_server_cert(end, between, name, ocsp, now) {
            Ok(verified) => return Ok(verified),
            Err(refusal) => refusal,
        };
        let TlsError::InvalidCertificate(cause) = &refusal else { return Err(refusal) };
        let of_a_kind = is_of_authority(cause) || is_for_another_name(cause);
        if !of_a_kind || !self.named.contains(end) {
            return Err(refusal);
        }
        proves_itself(end, name, now).map(|()| ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        self.inner.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        self.inner.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}

/// Checks that a certificate is valid now and for this host, by its alternative names or, without
/// any, by its common name, as libpq has it.
fn proves_itself(
    der: &CertificateDer<'_>,
    name: &ServerName<'_>,
    now: UnixTime,
) -> Result<(), TlsError> {
    let unreadable = |_| TlsError::from(CertificateError::BadEncoding);
    let certificate = x509_cert::Certificate::from_der(der).map_err(unreadable)?;
    let body = &certificate.tbs_certificate;
    if now.as_secs() > body.validity.not_after.to_unix_duration().as_secs() {
        return Err(CertificateError::Expired.into());
    }
    if now.as_secs() < body.validity.not_before.to_unix_duration().as_secs() {
        return Err(CertificateError::NotValidYet.into());
    }
    let named = verify_server_name(&ParsedCertificate::try_from(der)?, name);
    let mut extensions = body.extensions.iter().flatten();
    if named.is_ok() || extensions.any(|extension| extension.extn_id == SUBJECT_ALT_NAME) {
        return named;
    }
    let host = name.to_str();
    let parts = body.subject.0.iter().flat_map(|part| part.0.iter());
    let texts = [Tag::Utf8String, Tag::PrintableString, Tag::Ia5String];
    let mut common_names = parts
        .filter(|part| part.oid == COMMON_NAME && texts.contains(&part.value.tag()))
        .filter_map(|part| std::str::from_utf8(part.value.value()).ok());
    // More than one would leave open which is meant.
    match (common_names.next(), common_names.next()) {
        (Some(one), None) if one.eq_ignore_ascii_case(&host) => Ok(()),
        _ => named,
    }
}

fn is_of_authority(error: &CertificateError) -> bool {
    matches!(error, CertificateError::Other(other) if format!("{other:?}").contains("CaUsedAsEndEntity"))
}

fn is_for_another_name(error: &CertificateError) -> bool {
    use CertificateError::{NotValidForName, NotValidForNameContext};
    matches!(error, NotValidForName | NotValidForNameContext { .. })
}

/// The innermost cause of a failed connection; of a refused certificate also what it lacks.
pub(super) fn explain(error: &(dyn StdError + 'static)) -> String {
    let told = innermost(error);
    let mut cause = Some(error);
    while let Some(at) = cause {
        let inside = at.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        let inside = inside.and_then(|error| error.downcast_ref::<TlsError>());
        if let Some(TlsError::InvalidCertificate(why)) = inside.or_else(|| at.downcast_ref()) {
            return lack(why).map_or_else(|| told.clone(), |lack| format!("{told}: {lack}"));
        }
        cause = at.source();
    }
    told
}

/// What to do about a refused certificate.
fn lack(error: &CertificateError) -> Option<&'static str> {
    match error {
        CertificateError::UnknownIssuer => {
            Some("name the certificate of its authority as database.ca_certificate")
        }
        CertificateError::NotValidForNameContext { presented, .. } if presented.is_empty() => Some(
            "the server's certificate has no subjectAltName; make it with -addext subjectAltName=DNS:HOST (or IP:ADDRESS)",
        ),
        error if is_of_authority(error) => Some(
            "the server's certificate is an authority's (CA:TRUE) and not the one in database.ca_certificate; make one with -addext basicConstraints=critical,CA:FALSE and a subjectAltName",
        ),
        error if format!("{error:?}").contains("UnsupportedCertVersion") => Some(
            "the server's certificate is of X.509 version 1, without extensions; make one of version 3 with a subjectAltName (openssl x509 -req -extfile)",
        ),
        _ => None,
    }
}
