//! `narrowgate-migrate.toml`: the example is accepted, and every fault is told at once.

use tempfile::TempDir;

use crate::support::program::{Program, write_secret};
use crate::support::{Legacy, Migration};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/narrowgate-migrate.example.toml");

fn preflight(folder: &TempDir, environment: &[(&str, &str)]) -> (Option<i32>, String) {
    let arguments = ["preflight", "--hashes", "--quiet", "--config", "narrowgate-migrate.toml"];
    Program::migrate(folder.path(), &arguments, environment).end()
}

fn folder(text: &str) -> TempDir {
    let folder = TempDir::new().expect("a folder");
    std::fs::write(folder.path().join("narrowgate-migrate.toml"), text).expect("written");
    std::fs::write(folder.path().join("narrowgate.toml"), "").expect("written");
    folder
}

#[test]
fn the_example_is_accepted_with_every_key() {
    let legacy = Legacy::sqlite();
    let example = std::fs::read_to_string(FILE).expect("the example");
    let every = |line: &str| match line.strip_prefix("# ") {
        Some(key) if key.contains(" = ") && !key.contains(". ") => key.to_owned(),
        _ => line.to_owned(),
    };
    let lines: Vec<String> = example.lines().map(every).collect();
    let lines = lines.join("\n").replace("/etc/narrowgate/", "");
    assert!(lines.contains("\nslots = 2\n") && lines.contains("\nca_certificate"), "{lines}");
    let folder = folder(&lines);
    for authority in ["database-ca.crt", "tenant-ca.crt"] {
        let pem = "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n";
        std::fs::write(folder.path().join(authority), pem).expect("written");
    }
    for name in ["database-client", "marker-client"] {
        let pem = "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n";
        std::fs::write(folder.path().join(format!("{name}.crt")), pem).expect("written");
        let pem = "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n";
        std::fs::write(folder.path().join(format!("{name}.key")), pem).expect("written");
    }
    let url = legacy.bulk_url();
    let (code, text) = preflight(&folder, &[("NARROWGATE_MIGRATE__DATABASE__URL", &url)]);
    assert!(matches!(code, Some(0 | 10 | 11)), "{code:?}: {text}");
    assert!(text.contains("bcrypt"), "{text}");
}

#[test]
fn all_faults_are_told_at_once() {
    let folder = folder(
        "gate = \"other.toml\"\n[database]\nurl = \"oracle://x\"\n[tenant]\ndomain = \"https://example.auth0.com/\"\n\
         client_id = \"\"\nconnection = 3\n[bulk]\nslots = 3\nrequests_per_second = 0\nmax_file_byte = 1\n[marker]\nurl = \"x\"\n",
    );
    std::fs::write(folder.path().join("other.toml"), "[passwords]\nmax_wait = \"no\"\n").unwrap();
    let (code, text) = preflight(&folder, &[]);
    assert_eq!(code, Some(2), "{text}");
    let keys: Vec<&str> =
        text.lines().filter_map(|line| line.split_once(": ")).map(|it| it.0).collect();
    assert_eq!(
        keys,
        [
            "database.url",
            "marker.url",
            "tenant.domain",
            "tenant.client_id",
            "tenant.client_secret",
            "bulk.slots",
            "bulk.requests_per_second",
            "bulk.max_file_byte",
            "passwords.max_wait",
        ],
        "{text}"
    );
}

#[test]
fn the_environment_goes_over_the_file_and_secrets_have_twins() {
    let legacy = Legacy::sqlite();
    let folder = folder("[database]\nurl_file = \"url\"\n[bulk]\nslots = 9\n");
    std::fs::write(folder.path().join("url"), format!("{}\n", legacy.bulk_url())).unwrap();
    let (code, text) = preflight(&folder, &[("NARROWGATE_MIGRATE__BULK__SLOTS", "1")]);
    assert!(matches!(code, Some(0 | 10 | 11)), "{code:?}: {text}");
    let twice = [
        ("NARROWGATE_MIGRATE__BULK__SLOTS", "1"),
        ("NARROWGATE_MIGRATE__DATABASE__URL", "sqlite://x"),
    ];
    let (code, text) = preflight(&folder, &twice);
    assert_eq!(code, Some(2), "{text}");
    assert!(text.contains("is given twice"), "{text}");
}

/// One that is not used would be taken for one that is.
#[test]
fn an_authority_goes_with_a_url_that_is_given_beside_it() {
    let migration = Migration::of(1);
    let folder = migration.folder.path();
    let url = migration.legacy.bulk_url();
    write_secret(&folder.join("url"), &url);
    let alone = "--ca-certificate: nofile goes with a URL";
    for (arguments, said) in [
        (&["preflight"][..], alone),
        (&["contract", "--preset", "wordpress", "--engine", "mysql"], alone),
        (&["preflight", "--database-url-file", "url"], "--ca-certificate: nofile: "),
        (
            &["contract", "--preset", "wordpress", "--engine", "mysql", "--describe-file", "url"],
            "--ca-certificate: nofile: ",
        ),
    ] {
        let given = [arguments, &["--ca-certificate", "nofile"]].concat();
        let (code, told) = Program::migrate(folder, &given, &[]).end();
        assert_eq!(code, Some(2), "{given:?}: {told}");
        assert!(told.contains(said), "{given:?}: {told}");
    }
    let other = ["contract", "--close-public", "--engine", "sqlite"];
    let (code, told) = Program::migrate(folder, &other, &[]).end();
    assert!(code == Some(2) && told.contains("--engine: PUBLIC is PostgreSQL's"), "{told}");
}
