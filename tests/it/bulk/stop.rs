//! Somebody asks to stop while passwords in clear text are hashed, which takes as long as a login each.

use std::time::{Duration, Instant};

use crate::support::{Legacy, Migration};

const USERS: u32 = 150;

fn with_clear_text(bulk: &str) -> Migration {
    let migration = Migration::with(Legacy::sqlite(), USERS, bulk);
    let plain = ("NULL AS password_scheme", "'plain' AS password_scheme");
    let hash = ("CAST(c.password_hash AS TEXT)", "'only for this test ' || c.id");
    migration.change_view(&[plain, hash]);
    migration
}

/// Ends by Ctrl-C long before everybody was hashed.
#[track_caller]
fn stops(migration: &Migration, arguments: &[&str]) {
    let program = migration.start(arguments);
    std::thread::sleep(Duration::from_secs(1));
    let asked = Instant::now();
    program.signal("INT");
    let (code, text) = program.end_within(Duration::from_secs(60));
    assert_eq!(code, Some(130), "{arguments:?}: {text}");
    let took = asked.elapsed();
    assert!(took < Duration::from_secs(3), "{arguments:?} ends {took:?} after the signal");
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
    migration.tenant.state().requests.clear();
    stops(&migration, &["import", "--run", "run", "--execute", "--progress", "none"]);
}
