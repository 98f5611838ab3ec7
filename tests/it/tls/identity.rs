//! Who is who between the gate and its database: certificates of clients, and servers that made
//! their own as PostgreSQL's documentation says.

use std::path::{Path, PathBuf};
use std::process::Command;

use rcgen::{BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, KeyPair};
use tempfile::TempDir;

use crate::support::certificates::{Authority, replace};
use crate::support::cluster::Cluster;
use crate::support::sample::World;
use crate::support::{Engine, Gate, GateBuilder, Issuer, Legacy};

fn folder() -> Option<PathBuf> {
    let authority = std::env::var("NARROWGATE_TEST_CA").ok().filter(|path| !path.is_empty())?;
    Path::new(&authority).parent().map(Path::to_owned)
}

fn with_client(gate: GateBuilder, files: &Path, certificate: &Path, key: &Path) -> GateBuilder {
    let text = |path: &Path| path.to_string_lossy().into_owned();
    gate.config("database.ca_certificate", text(&files.join("ca.pem")))
        .config("database.client_certificate", text(certificate))
        .config("database.client_key", text(key))
}

#[test]
fn postgresql_sees_our_certificate() {
    let (Some(legacy), Some(files)) = (Legacy::postgresql(), folder()) else { return };
    let (certificate, key) = (files.join("client.pem"), files.join("client.key"));
    let world = World::with(legacy, |gate| with_client(gate, &files, &certificate, &key));
    world.get_user("ada").expect(200, "");
    let names = world.legacy.column(
        "SELECT client_dn FROM pg_stat_ssl AS s JOIN pg_stat_activity AS a USING (pid) \
         WHERE a.application_name = 'narrowgate' AND a.datname = current_database()",
    );
    assert!(
        !names.is_empty() && names.iter().all(|name| name == "/CN=narrowgate_api"),
        "{names:?}"
    );
    world.gate.assert_calm();
}

/// An account that asks for a certificate gets it, from a key in SEC 1 form as from PKCS#8.
#[test]
fn mariadb_lets_in_who_shows_a_certificate() {
    let (Some(legacy), Some(files)) = (Legacy::mysql(), folder()) else { return };
    legacy.execute("ALTER USER 'narrowgate_api'@'%' REQUIRE SUBJECT '/CN=narrowgate_api'");
    let scrap = TempDir::new().expect("a folder");
    let (certificate, sec1) = (files.join("client.pem"), files.join("client.key"));
    let pkcs8 = scrap.path().join("client.key");
    openssl(scrap.path(), &format!("pkcs8 -topk8 -nocrypt -in {} -out client.key", sec1.display()));
    let (issuer, issued) = (Issuer::start(), Gate::builder);
    for key in [&sec1, &pkcs8] {
        let gate = with_client(issued(&issuer, &legacy), &files, &certificate, key);
        let (code, output) = gate.run("check");
        assert!(output.contains("ok  database"), "{code:?}: {output}");
    }
    let bare = issued(&issuer, &legacy)
        .config("database.ca_certificate", files.join("ca.pem").to_string_lossy().into_owned());
    let (code, output) = bare.run("check");
    assert_eq!(code, Some(1), "the account demands nothing: {output}");
}

#[test]
fn a_strangers_client_certificate_is_refused() {
    let (Some(legacy), Some(files)) = (Legacy::postgresql(), folder()) else { return };
    let (scrap, stranger) =
        (TempDir::new().expect("a folder"), Authority::new("a stranger").issue());
    let (certificate, key) = (scrap.path().join("c.pem"), scrap.path().join("k.pem"));
    replace(&certificate, &stranger.chain);
    replace(&key, &stranger.key);
    let gate = Gate::builder(&Issuer::start(), &legacy);
    let (code, output) = with_client(gate, &files, &certificate, &key).run("check");
    assert_eq!(code, Some(1), "{output}");
}

#[test]
fn half_a_pair_and_an_encrypted_key_are_faults() {
    let (issuer, legacy, scrap) =
        (Issuer::start(), Legacy::sqlite(), TempDir::new().expect("a folder"));
    let own = Authority::new("an authority").issue();
    let path = |name: &str| scrap.path().join(name).to_string_lossy().into_owned();
    replace(&scrap.path().join("c.pem"), &own.chain);
    replace(&scrap.path().join("k.pem"), &own.key);
    openssl(scrap.path(), "pkcs8 -topk8 -in k.pem -out sealed.pem -passout pass:canary-phrase");
    openssl(
        scrap.path(),
        "rsa -in /dev/stdin -traditional -aes128 -out old.pem -passout pass:canary-phrase",
    );
    let gate = Gate::builder(&issuer, &legacy)
        .config("database.url", "postgres://u:hush@db.example.com/d")
        .config("database.client_certificate", path("c.pem"));
    let expect = |gate: &GateBuilder, words: &[&str]| {
        for command in ["serve", "check"] {
            let (code, output) = gate.run(command);
            assert_eq!(code, Some(2), "{output}");
            assert!(words.iter().all(|words| output.contains(words)), "{words:?}: {output}");
            assert!(!output.contains("hush") && !output.contains("canary-phrase"), "{output}");
        }
    };
    expect(&gate, &["database.client_key", "is missing"]);
    for sealed in ["sealed.pem", "old.pem"] {
        let both = gate.clone().config("database.client_key", path(sealed));
        expect(&both, &["database.client_key", "encrypted with a passphrase", "openssl pkey"]);
        let listener = Gate::builder(&issuer, &legacy)
            .config("server.tls_certificate", path("c.pem"))
            .config("server.tls_private_key", path(sealed));
        expect(&listener, &["server.tls_private_key", "encrypted with a passphrase"]);
    }
    let plain = gate.clone().config("database.client_key", path("k.pem"));
    expect(
        &plain.config("database.url", "postgres://u:hush@localhost/d?sslmode=disable"),
        &["database.url", "TLS"],
    );
}

/// Runs OpenSSL in a folder; an RSA key for it to read comes on its input.
#[track_caller]
fn openssl(folder: &Path, arguments: &str) -> String {
    let script = if arguments.starts_with("rsa ") {
        format!("openssl genrsa 2048 2>/dev/null | openssl {arguments}")
    } else {
        format!("openssl {arguments}")
    };
    let output = Command::new("sh").arg("-c").arg(script).current_dir(folder).output();
    let output = output.expect("openssl runs");
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{arguments}: {told}");
    told
}

/// Each certificate is made by OpenSSL's own program, given to a running PostgreSQL, and named as
/// the authority of itself.
#[test]
fn a_self_signed_server_is_known_by_its_own_certificate() {
    let Some(cluster) = Cluster::start() else { return };
    let scrap = TempDir::new().expect("a folder");
    let recipe = "req -new -x509 -days 365 -nodes -text -out s.crt -keyout s.key";
    let san = "-addext subjectAltName=IP:127.0.0.1,DNS:localhost";
    let no_authority = "-addext basicConstraints=critical,CA:FALSE";
    let other = "-addext subjectAltName=DNS:db.example.com";
    let good: &[&str] = &["ok  database"];
    let cases = [
        // PostgreSQL's documentation, "Creating Certificates", to the letter.
        (format!("{recipe} -subj /CN=localhost"), good),
        (format!("{recipe} -subj /CN=LOCALHOST {no_authority}"), good),
        (format!("{recipe} -subj /CN=x {san}"), good),
        (format!("{recipe} -subj /CN=x {san} {no_authority}"), good),
        (format!("{recipe} -subj /CN=db.example.com"), &["certificate"][..]),
        (format!("{recipe} -subj /CN=localhost {other}"), &["certificate", "db.example.com"][..]),
        (
            format!("{recipe} -subj /CN=localhost {other} {no_authority}"),
            &["certificate", "db.example.com"][..],
        ),
    ];
    for (arguments, words) in cases {
        openssl(scrap.path(), &arguments);
        expect(&cluster, scrap.path(), "s.crt", &arguments, words);
    }
    write_expired(scrap.path());
    expect(&cluster, scrap.path(), "s.crt", "expired", &["certificate", "expired"]);
    // The same names from an authority: an authority's certificate is no server's, and a common name no proof.
    openssl(scrap.path(), "req -new -x509 -nodes -out ca.crt -keyout ca.key -subj /CN=root");
    openssl(scrap.path(), "req -new -nodes -out s.csr -keyout s.key -subj /CN=localhost");
    let sign = "x509 -req -in s.csr -days 9 -CA ca.crt -CAkey ca.key -CAcreateserial -out s.crt";
    for (extensions, words) in [
        ("basicConstraints=CA:FALSE", &["certificate", "no subjectAltName"][..]),
        ("basicConstraints=CA:TRUE", &["certificate", "CA:TRUE"][..]),
        ("subjectAltName=DNS:localhost", good),
    ] {
        std::fs::write(scrap.path().join("extensions"), extensions).expect("written");
        openssl(scrap.path(), &format!("{sign} -extfile extensions"));
        expect(&cluster, scrap.path(), "ca.crt", extensions, words);
    }
}

/// What the recipe made years ago.
fn write_expired(folder: &Path) {
    let mut params = CertificateParams::new(Vec::new()).expect("parameters");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, "localhost");
    params.not_before = rcgen::date_time_ymd(2020, 1, 1);
    params.not_after = rcgen::date_time_ymd(2021, 1, 1);
    let key = KeyPair::generate().expect("a key");
    let certificate = params.self_signed(&key).expect("a certificate");
    replace(&folder.join("s.crt"), &certificate.pem());
    replace(&folder.join("s.key"), &key.serialize_pem());
}

/// Gives the server this certificate and asks `check`, with the authority, for what it thinks.
#[track_caller]
fn expect(cluster: &Cluster, folder: &Path, authority: &str, case: &str, words: &[&str]) {
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).expect("a file");
    cluster.serve_certificate(&read("s.crt"), &read("s.key"));
    let (issuer, legacy) = (Issuer::start(), Legacy::sqlite());
    let url = cluster.url(Engine::Postgresql).replace("127.0.0.1", "localhost");
    let gate = Gate::builder(&issuer, &legacy)
        .config("database.url", url)
        .config("database.ca_certificate", folder.join(authority).to_string_lossy().into_owned());
    let told = gate.run("check").1.to_lowercase();
    for words in words {
        assert!(told.contains(&words.to_lowercase()), "{case}: {words}: {told}");
    }
}
