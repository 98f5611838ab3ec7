//! The configuration: every fault at once, each with its key, the cause and the remedy, and never a secret.

use serde_json::json;

use super::faults::{FAULTS, WRONG};
use super::{complete, folder};
use crate::support::program::Program;

#[test]
fn every_fault_is_told_at_once_with_cause_and_remedy() {
    let folder = folder();
    std::fs::write(folder.path().join("narrowgate.toml"), WRONG).expect("written");
    for command in ["serve", "check"] {
        let (code, text) = Program::run(folder.path(), &[command], &[]);
        assert_eq!(code, Some(2), "{text}");
        let missing: Vec<_> = FAULTS
            .iter()
            .filter(|(key, hint)| {
                let about = |line: &str| {
                    line.trim().starts_with(&format!("{key}: ")) && line.contains(hint)
                };
                !text.lines().any(about)
            })
            .collect();
        assert!(missing.is_empty(), "{command} does not tell of {missing:?}:\n{text}");
        for line in text.lines().filter(|line| line.starts_with("  ")) {
            assert!(
                line.contains(": ") && line.contains("; "),
                "key: cause; remedy is missing: {line}"
            );
        }
        assert!(!text.contains("canary-secret"), "a secret is told: {text}");
    }
}

/// A value that is wrong in itself, alone in an otherwise good file.
#[test]
fn what_is_unsafe_is_refused_by_name() {
    for (key, value) in [
        ("server.bind", json!("0.0.0.0:8443")),
        ("server.bind", json!("[::]:8443")),
        ("auth.issuer", json!("https://tenant.example.com")),
        ("auth.issuer", json!("http://tenant.example.com/")),
        ("auth.issuer", json!("")),
        ("auth.issuer", json!([])),
        ("auth.audience", json!("")),
        ("auth.jwks_uri", json!("http://tenant.example.com/.well-known/jwks.json")),
        ("auth.jwks_uri", json!("http://127.0.0.1.example.com/jwks.json")),
        ("auth.jwks_uri", json!("file:///etc/passwd")),
        ("auth.algorithms", json!(["HS256"])),
        ("auth.algorithms", json!(["none"])),
        ("auth.algorithms", json!(["rs256"])),
        ("auth.algorithms", json!([])),
        ("auth.clients", json!(["a@clients"])),
        ("auth.clients", json!(["*"])),
        ("auth.clients", json!([])),
        ("auth.clients", json!(" , ")),
        ("database.url", json!("postgres://u:canary-secret@db.example.com/d?sslmode=disable")),
        ("database.url", json!("postgres://u:canary-secret@127.0.0.1/d?sslmode=prefer")),
        ("database.url", json!("mysql://u:canary-secret@db.example.com/d?ssl-mode=PREFERRED")),
        ("database.url", json!("u:canary-secret@db")),
        ("database.url", json!("sqlite://")),
        ("database.url", json!("")),
        ("passwords.weak_schemes", json!(["rot13"])),
        ("passwords.weak_schemes", json!(["md5($nonsense)"])),
        ("passwords.default_scheme", json!("plain")),
        ("passwords.default_scheme", json!("md5($salt.$pass)")),
        ("passwords.pre_hash", json!("md5($salt)")),
        ("passwords.max_bcrypt_cost", json!(15)),
        ("log.identifier_key", json!("")),
    ] {
        for command in ["check", "serve"] {
            let (code, text) = complete().config(key, value.clone()).run(command);
            assert_eq!(code, Some(2), "{command}, {key} = {value}: {text}");
            assert!(text.contains(&format!("{key}: ")), "{command}, {key} = {value}: {text}");
            assert!(!text.contains("canary-secret"), "{command}, {key} = {value}: {text}");
        }
    }
}

#[test]
fn a_file_that_is_no_configuration_is_told_without_its_text() {
    let folder = folder();
    let file = folder.path().join("narrowgate.toml");
    for text in [
        "[database]\nurl = \"postgres://u:canary-secret@h/d\n",
        "canary-secret",
        "\u{0}canary-secret",
        "[database]\nurl = 'canary-secret'\nurl = 'canary-secret'\n",
        "[[database]]\nurl = 'canary-secret'\n",
    ] {
        std::fs::write(&file, text).expect("written");
        let (code, told) = Program::run(folder.path(), &["serve"], &[]);
        assert_eq!(code, Some(2), "{text}: {told}");
        assert!(!told.contains("canary-secret"), "{told}");
    }
    std::fs::write(&file, b"[auth]\nissuer = \"\xff\"\n").expect("written");
    assert_eq!(Program::run(folder.path(), &["check"], &[]).0, Some(2));
    std::fs::remove_file(&file).expect("removed");
    let (code, told) = Program::run(folder.path(), &["check"], &[]);
    assert_eq!(code, Some(2), "{told}");
    assert!(told.contains("narrowgate.toml") && told.contains("--config"), "{told}");
    let (code, told) = Program::run(folder.path(), &["check", "--config", "elsewhere.toml"], &[]);
    assert!(code == Some(2) && told.contains("elsewhere.toml"), "{told}");
}

/// Whoever has a log finds a short key by trying.
#[test]
fn a_short_key_of_pseudonyms_is_a_caution() {
    for (key, is_short) in [("fifteen letters", true), ("sixteen letters!", false)] {
        let (_, text) = complete().config("log.identifier_key", key).run("check");
        assert_eq!(text.contains("log.identifier_key: has fewer than 16"), is_short, "{text}");
        assert!(!text.contains(key), "{text}");
    }
}

/// Each secret has a twin that names a file; both given is an error, and the file's own faults are told.
#[test]
fn secrets_can_lie_in_files_of_their_own() {
    let folder = folder();
    let file = folder.path().join("secret");
    let path = file.to_str().expect("UTF-8").to_owned();
    for (key, value) in [
        ("database.url", "sqlite:///nonexistent/canary-secret.db"),
        ("passwords.pepper", "canary-secret"),
        ("log.identifier_key", "canary-secret"),
    ] {
        let twin = format!("{key}_file");
        std::fs::write(&file, format!("{value}\r\n")).expect("written");
        let alone = complete().without(key).config(&twin, path.as_str());
        let (code, text) = alone.run("check");
        assert_eq!(code, Some(1), "{twin}: {text}");
        assert!(text.contains("ok  configuration"), "{twin}: {text}");
        assert!(text.contains(&twin) && text.contains("0640"), "everybody can read it: {text}");
        let (code, text) = alone.clone().config(key, value).run("check");
        assert_eq!(code, Some(2), "both {key} and {twin}: {text}");
        assert!(text.contains(key) && text.contains(&twin) && text.contains("keep one"), "{text}");
        for content in [&b""[..], b"\r\n\n", b"\xff"] {
            std::fs::write(&file, content).expect("written");
            let (code, text) = alone.run("check");
            assert!(code == Some(2) && text.contains(&twin), "{twin} {content:?}: {text}");
        }
        let (code, text) = alone.clone().config(&twin, "/nonexistent/secret").run("check");
        assert!(code == Some(2) && text.contains("/nonexistent/secret"), "{twin}: {text}");
    }
}

#[test]
fn the_environment_goes_over_the_file() {
    let wrong = complete()
        .config("auth.issuer", "wrong")
        .without("auth.audience")
        .config("log.level", "loud");
    let (code, text) = wrong
        .env("NARROWGATE__AUTH__ISSUER", "https://a.example.com/,https://b.example.com/")
        .env("NARROWGATE__AUTH__AUDIENCE", "https://api.example.com/")
        .env("NARROWGATE__AUTH__CLIENTS", "one, two")
        .env("NARROWGATE__LOG__LEVEL", "warn")
        .env("NARROWGATE__SERVER__WORKERS", "1")
        .env("NARROWGATE__SERVER__BEHIND_TLS_PROXY", "true")
        .env("NARROWGATE__SERVER__BIND", "0.0.0.0:0")
        .env("NARROWGATE__PASSWORDS__MAX_WAIT", "250ms")
        .env("NARROWGATE__DATABASE__POOL_SIZE", "3")
        .run("check");
    assert!(code == Some(1) && text.contains("ok  configuration"), "{text}");
    for (name, value, key) in [
        ("NARROWGATE__AUTH__AUDIENCE", "", "auth.audience"),
        ("NARROWGATE__SERVER__WORKERS", "many", "server.workers"),
        ("NARROWGATE__SERVER__NONSENSE", "1", "server.nonsense"),
        ("NARROWGATE__NONSENSE", "1", "nonsense"),
        ("NARROWGATE__DATABASE__URL_FILE", "/nonexistent/url", "database.url_file"),
    ] {
        let (code, text) = complete().env(name, value).run("check");
        assert!(code == Some(2) && text.contains(key), "{name}={value}: {code:?} {text}");
    }
    // Names that only look alike are somebody else's.
    let (code, text) = complete().env("NARROWGATE_PORT", "1").env("NARROWGATE", "1").run("check");
    assert!(code == Some(1) && text.contains("ok  configuration"), "{text}");
}
