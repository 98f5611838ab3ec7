//! What a report is made from is never replaced by it.

use tempfile::TempDir;

use crate::support::Legacy;
use crate::support::certificates::Authority;
use crate::support::program::Program;

#[test]
fn what_it_is_made_from_is_never_replaced() {
    let (legacy, folder) = (Legacy::sqlite(), TempDir::new().unwrap());
    let url = legacy.bulk_url();
    let database = url.strip_prefix("sqlite://").unwrap();
    std::fs::write(folder.path().join("url"), &url).unwrap();
    std::fs::write(folder.path().join("narrowgate-migrate.toml"), "").unwrap();
    std::os::unix::fs::symlink(database, folder.path().join("link")).unwrap();
    let before = std::fs::read(database).unwrap();
    for out in [database, "link", "url", "narrowgate-migrate.toml"] {
        let arguments = ["report", "--quiet", "--database-url-file", "url", "--out", out];
        let (code, text) = Program::migrate(folder.path(), &arguments, &[]).end();
        assert_eq!(code, Some(2), "{text}");
        assert!(text.contains("; name a file of its own"), "{text}");
    }
    assert!(std::fs::read(database).unwrap() == before);
    assert_eq!(std::fs::read_to_string(folder.path().join("url")).unwrap(), url);
}

/// Also what the configuration names, and the gate's configuration that lies beside it unnamed.
#[test]
fn a_file_that_the_configuration_names_is_never_replaced() {
    let (legacy, folder) = (Legacy::sqlite(), TempDir::new().unwrap());
    let url = legacy.bulk_url();
    let path = |name: &str| folder.path().join(name);
    let authority = Authority::new("of the tenant").pem;
    let gate = "[passwords]\npepper_file = \"pepper\"\n";
    let own = "[database]\nurl_file = \"bulk.url\"\n[marker]\nurl_file = \"marker.url\"\n\
               [tenant]\ndomain = \"127.0.0.1:9\"\nclient_id = \"id\"\nclient_secret_file = \"secret\"\n\
               connection = \"users\"\nca_certificate = \"ca.pem\"\n";
    let log = url.strip_prefix("sqlite://").unwrap().to_owned() + "-wal";
    let files = [
        ("narrowgate.toml", gate),
        ("named.toml", gate),
        ("narrowgate-migrate.toml", own),
        ("bulk.url", &url),
        ("marker.url", &url),
        ("secret", "only for this test"),
        ("pepper", "only for this test"),
        ("ca.pem", &authority),
    ];
    files.iter().for_each(|(name, text)| std::fs::write(path(name), text).unwrap());
    let report = |out: &str, more: &[&str]| {
        let arguments = [&["report", "--quiet", "--out", out], more].concat();
        Program::migrate(folder.path(), &arguments, &[]).end()
    };
    for (out, _) in files.iter().filter(|(name, _)| *name != "named.toml") {
        let (code, text) = report(out, &[]);
        assert_eq!(code, Some(2), "{out}: {text}");
        assert!(text.contains("; name a file of its own"), "{text}");
    }
    assert_eq!(report("named.toml", &["--gate", "named.toml"]).0, Some(2));
    std::fs::write(path("narrowgate-migrate.toml"), format!("gate = \"named.toml\"\n{own}"))
        .unwrap();
    assert_eq!(report("named.toml", &[]).0, Some(2));
    std::fs::write(path("narrowgate-migrate.toml"), own).unwrap();
    for (name, text) in files {
        assert_eq!(std::fs::read_to_string(path(name)).unwrap(), text, "{name}");
    }
    std::fs::remove_file(path("narrowgate.toml")).unwrap();
    let environment = [("NARROWGATE__PASSWORDS__PEPPER_FILE", "pepper")];
    let arguments = ["report", "--quiet", "--out", "pepper"];
    assert_eq!(Program::migrate(folder.path(), &arguments, &environment).end().0, Some(2));
    // What SQLite has not yet written into the file itself.
    std::fs::write(&log, "").unwrap();
    assert_eq!(report(&log, &[]).0, Some(2));
}
