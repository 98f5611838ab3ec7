//! What still has to come to an end: records to be mended, and runs that are not finished.

use serde_json::Value;

use super::{numbers, report};
use crate::support::Migration;
use crate::support::tenant::CONNECTION;

/// Whom the gate refuses as well, no login brings before the row is mended.
#[test]
fn who_is_refused_at_a_login_too_moves_after_mending() {
    let migration = Migration::of(10);
    let view = migration.legacy.column("SELECT sql FROM sqlite_master WHERE name = 'legacy_user'");
    let id = "CAST(c.id AS TEXT) AS user_id";
    let none = "CASE WHEN c.id < 10 THEN CAST(c.id AS TEXT) END AS user_id";
    let view = view.concat().replace(id, none);
    migration.legacy.execute(&format!("DROP VIEW legacy_user; {view}"));
    let after = |told: &Value| told["after_mending"].as_u64().unwrap();
    let told = report(&migration, &[]);
    assert_eq!(after(&told), 1, "{told:#}");
    assert!(told["sentences"].to_string().contains("then moves at most about 9"), "{told:#}");
    migration.set(1, "preferences = '[]'");
    migration.set(2, "email = 'user3@example.com'");
    migration.set(4, "email = NULL");
    migration.set(5, "email = NULL, password_hash = NULL");
    migration.tenant.arrive("auth0|stranger", "user6@example.com", CONNECTION);
    migration.import(&[]);
    let told = report(&migration, &["run"]);
    let sentence = "4 cannot move, not even at a login, before their records are mended.";
    assert!(told["sentences"].to_string().contains(sentence), "{told:#}");
    assert_eq!((after(&told), &told["need_new_password"]), (4, &1.into()), "{told:#}");
    assert_eq!(numbers(&told)[3..], [6, 6], "{told:#}");
    let groups = told["groups"].as_array().unwrap();
    let moves = |way: &str| groups.iter().filter(|group| group["moves"] == way).count();
    assert_eq!((moves("login_or_bulk"), moves("after_mending")), (1, 1), "{told:#}");
}

#[test]
fn a_run_that_is_not_finished_is_told_as_such() {
    let migration = Migration::of(12);
    let sentence = "The bulk run has not come to its end";
    migration.import(&["--canary", "2"]);
    let told = report(&migration, &["run"]);
    assert_eq!(told["unfinished"], true);
    assert!(told["sentences"].to_string().contains(sentence), "{told:#}");
    migration.import(&[]);
    let told = report(&migration, &["run"]);
    assert_eq!(told["unfinished"], false);
    assert!(!told["sentences"].to_string().contains(sentence), "{told:#}");
    // One that was only verified has no import.
    migration.command(&["verify", "--run", "looked", "--progress", "none"]);
    assert_eq!(report(&migration, &["looked"])["unfinished"], false);

    // A rehearsal whose journal ends before its first file.
    let rehearse = ["rehearse", "--run", "rehearsal", "--progress", "none"];
    assert_eq!(migration.command(&rehearse).0, Some(0));
    std::fs::write(migration.folder.path().join("rehearsal/journal.ndjson"), "").unwrap();
    let told = report(&migration, &["rehearsal"]);
    assert_eq!(told["headline"], "Rehearsal, not finished: 0.0 % of 12 people would be in Auth0.");
}
