//! `narrowgate-migrate preflight`: the audit of users, and with `--hashes` the census of their hashes.

mod addresses;
mod census;
mod mistakes;
mod planted;
mod stores;

use serde_json::Value;
use tempfile::TempDir;

use crate::support::Legacy;
use crate::support::program::Program;

const VARIABLE: &str = "NARROWGATE_MIGRATE_DATABASE_URL";

/// Runs the census on the whole table with these further arguments: the exit code and everything printed.
#[track_caller]
fn preflight(legacy: &Legacy, arguments: &[&str]) -> (Option<i32>, String) {
    at(&legacy.bulk_url(), arguments)
}

#[track_caller]
fn at(url: &str, arguments: &[&str]) -> (Option<i32>, String) {
    let folder = TempDir::new().expect("a folder");
    std::fs::write(folder.path().join("narrowgate.toml"), "").expect("a configuration");
    let arguments = [&["preflight", "--hashes"], arguments].concat();
    Program::migrate(folder.path(), &arguments, &[(VARIABLE, url)]).end()
}

/// The report as JSON, and the exit code.
#[track_caller]
fn report(legacy: &Legacy, arguments: &[&str]) -> (Option<i32>, Value) {
    let arguments = [&["--quiet", "--format", "json"], arguments].concat();
    let (code, text) = preflight(legacy, &arguments);
    (code, serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {text}")))
}

/// Puts these rows in the place of everybody else: the hash, and whether the user has migrated.
fn only(legacy: &Legacy, rows: &[(Option<&str>, bool)]) {
    if legacy.engine != crate::support::Engine::Sqlite {
        legacy.execute("DELETE FROM sample_shop.credential");
    }
    legacy.execute(&format!("DELETE FROM {}", legacy.customers()));
    let marks = if legacy.engine == crate::support::Engine::Sqlite { "" } else { "narrowgate." };
    let now =
        if legacy.engine == crate::support::Engine::Postgresql { "now()" } else { "'2026-01-01'" };
    for (id, (hash, migrated)) in (1000..).zip(rows) {
        let login = format!("user{id}");
        legacy.add_user(id, Some(&login), Some(&format!("{login}@example.com")), *hash);
        if *migrated {
            legacy.execute(&format!(
                "INSERT INTO {marks}migrated_user (user_id, migrated_at) VALUES ('{id}', {now})"
            ));
        }
    }
}
