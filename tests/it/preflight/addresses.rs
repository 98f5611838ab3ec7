//! Addresses that the lookup does not find: their owners cannot log in, and strangers can sign up with them.

use serde_json::Value;
use tempfile::TempDir;

use crate::support::Legacy;
use crate::support::program::Program;

#[test]
fn an_address_that_the_lookup_does_not_find_is_told() {
    let (legacy, folder) = (Legacy::sqlite(), TempDir::new().unwrap());
    let view = legacy.column("SELECT sql FROM sqlite_master WHERE name = 'legacy_user'").concat();
    let key = "c.email COLLATE NOCASE AS email_key";
    let stale = "CASE c.id WHEN 1 THEN 'before@example.com' WHEN 1003 THEN NULL ELSE c.email END COLLATE NOCASE AS email_key";
    assert!(view.contains(key), "{view}");
    legacy.execute(&format!("DROP VIEW legacy_user; {}", view.replace(key, stale)));
    // SQLite makes small letters of ASCII's capitals alone; the service asks for the small ones.
    legacy.add_user(1001, Some("own.1"), Some("\u{c9}LAN@example.com"), None);
    legacy.add_user(1002, Some("own.2"), Some("\u{e9}lan.b@Example.com"), None);
    legacy.add_user(1003, Some("own.3"), Some("own.3@example.com"), None);
    std::fs::write(folder.path().join("narrowgate.toml"), "").unwrap();
    let environment = [("NARROWGATE_MIGRATE_DATABASE_URL", &*legacy.bulk_url())];
    let arguments = ["preflight", "--quiet", "--format", "json"];
    let (_, text) = Program::migrate(folder.path(), &arguments, &environment).end();
    let told: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
    let ids = |code: &str| -> Vec<String> {
        let findings = told["findings"].as_array().unwrap();
        let found = findings.iter().find(|finding| finding["code"] == code);
        let ids = found.map(|finding| finding["ids"].as_array().unwrap().clone());
        ids.unwrap_or_default().iter().map(|id| id.as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(ids("email_not_found"), ["1", "1003"], "{text}");
    assert_eq!(ids("email_in_capitals"), ["1001"], "{text}");
}
