//! Somebody asks to stop while passwords in clear text are hashed, which takes as long as a login each.

use std::time::Duration;

use crate::support::{Legacy, Migration, wait_until};

const USERS: u32 = 150;

fn with_clear_text(bulk: &str) -> Migration {
    let migration = Migration::with(Legacy::sqlite(), USERS, bulk);
    let plain = ("NULL AS password_scheme", "'plain' AS password_scheme");
    let hash = ("CAST(c.password_hash AS TEXT)", "'only for this test ' || c.id");
    migration.change_view(&[plain, hash]);
    migration
}

/// Ends by Ctrl-C before everybody was hashed, and so before anything is sent.
#[track_caller]
fn stops(migration: &Migration, arguments: &[&str]) {
    migration.tenant.state().requests.clear();
    let program = migration.start(arguments);
    let folder = migration.folder.path().join("files");
    wait_until("it has begun", Duration::from_secs(60), || {
        folder.exists() || !migration.tenant.state().requests.is_empty()
    });
    program.signal("INT");
    let (code, text) = program.end_within(Duration::from_secs(60));
    assert_eq!(code, Some(130), "{arguments:?}: {text}");
    let _ = std::fs::remove_dir_all(folder);
    assert_eq!(migration.tenant.requests("POST", "/api/v2/jobs/users-imports"), 0);
}

#[test]
fn whoever_hashes_hears_it() {
    let migration = with_clear_text("requests_per_second = 100");
    stops(&migration, &["export", "--out", "files", "--quiet"]);
    stops(&migration, &["import", "--run", "run", "--execute", "--progress", "none"]);
    let canary =
        ["import", "--run", "canary", "--execute", "--progress", "none", "--canary", "200"];
    stops(&migration, &canary);
}

/// The file of an earlier process is made anew.
#[test]
fn whoever_hashes_anew_hears_it() {
    let migration = with_clear_text("requests_per_second = 100");
    migration.tenant.state().refuse = Some((402, "quota_exceeded", "Refused."));
    assert_eq!(migration.import(&[]).0, Some(1));
    stops(&migration, &["import", "--run", "run", "--execute", "--progress", "none"]);
}
