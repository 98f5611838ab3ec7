//! J28–J31: the key set over TLS that cannot be trusted. Without keys there is no service, and no
//! way round it.

use std::path::PathBuf;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer as Authority, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tempfile::TempDir;

use super::{ask, await_status, expect_accepted, expect_unavailable, main_token};
use crate::support::{Gate, Issuer, Legacy};

struct Ca {
    signer: Authority<'static, KeyPair>,
    pem: String,
}

impl Ca {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).expect("parameters");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(rcgen::DnType::CommonName, "a test authority");
        let key = KeyPair::generate().expect("a key");
        let pem = params.self_signed(&key).expect("a certificate").pem();
        Self { signer: Authority::new(params, key), pem }
    }

    /// A server's configuration with a certificate for `name`, good between the two years.
    fn server(&self, name: &str, years: (i32, i32)) -> ServerConfig {
        let mut params = CertificateParams::new(vec![name.to_owned()]).expect("parameters");
        params.not_before = rcgen::date_time_ymd(years.0, 1, 1);
        params.not_after = rcgen::date_time_ymd(years.1, 1, 1);
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.signer).expect("a certificate");
        let provider = rustls::crypto::aws_lc_rs::default_provider().into();
        let builder = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions");
        let chain = vec![CertificateDer::from(certificate.der().to_vec())];
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        builder.with_no_client_auth().with_single_cert(chain, key).expect("a server configuration")
    }

    fn file(&self, dir: &TempDir) -> PathBuf {
        let path = dir.path().join("ca.pem");
        std::fs::write(&path, &self.pem).expect("written");
        path
    }
}

const NOW: (i32, i32) = (2020, 2090);

struct Bench {
    issuer: Issuer,
    _legacy: Legacy,
    _dir: TempDir,
    gate: Gate,
}

/// A gate that trusts `ca` and asks an issuer with this server configuration.
fn bench(ca: &Ca, tls: ServerConfig) -> Bench {
    let (issuer, legacy, dir) =
        (Issuer::start_tls(tls), Legacy::sqlite(), TempDir::new().expect("a directory"));
    let builder = Gate::builder(&issuer, &legacy)
        .config("auth.jwks_ca_certificate", ca.file(&dir).to_string_lossy().as_ref());
    let gate = builder.start();
    Bench { issuer, _legacy: legacy, _dir: dir, gate }
}

#[track_caller]
fn is_not_trusted(ca: &Ca, tls: ServerConfig) {
    let bench = bench(ca, tls);
    // Long enough for several attempts after the start.
    for _ in 0..8 {
        expect_unavailable(&bench.gate, &main_token());
        std::thread::sleep(std::time::Duration::from_millis(200));
    }
    assert_eq!(bench.issuer.fetches(), 0, "the gate spoke HTTP to a server it cannot trust");
    bench.gate.assert_sound();
}

#[test]
fn the_configured_authority_is_trusted() {
    let ca = Ca::new();
    let bench = bench(&ca, ca.server("127.0.0.1", NOW));
    await_status(&bench.gate, &main_token(), 404, std::time::Duration::from_secs(5));
    expect_accepted(&bench.gate, &main_token());
    bench.gate.assert_sound();
}

#[test]
fn j28_another_authority() {
    is_not_trusted(&Ca::new(), Ca::new().server("127.0.0.1", NOW));
}

#[test]
fn j29_another_name() {
    let ca = Ca::new();
    is_not_trusted(&ca, ca.server("other.test", NOW));
}

#[test]
fn j30_expired() {
    let ca = Ca::new();
    is_not_trusted(&ca, ca.server("127.0.0.1", (2019, 2020)));
}

#[test]
fn j31_not_yet_valid() {
    let ca = Ca::new();
    is_not_trusted(&ca, ca.server("127.0.0.1", (2089, 2090)));
}

/// Plain HTTP where TLS was configured is no key set either.
#[test]
fn plain_http_behind_an_https_address() {
    let (issuer, legacy) = (Issuer::start(), Legacy::sqlite());
    let gate = Gate::builder(&issuer, &legacy)
        .config("auth.jwks_uri", issuer.jwks_uri().replace("http:", "https:"))
        .start();
    let answer = ask(&gate, &main_token());
    answer.expect(503, "unavailable");
    assert_eq!(issuer.fetches(), 0);
    gate.assert_sound();
}
