//! Who is confirmed is marked, by a role that can do nothing else or by the DBA's own hand.

use std::time::Duration;

use serde_json::Value;

use super::sentence;
use crate::support::tenant::Fault;
use crate::support::{Legacy, Migration, wait_until};

fn numbers(ids: impl IntoIterator<Item = u32>) -> Vec<String> {
    let mut ids: Vec<String> = ids.into_iter().map(|id| id.to_string()).collect();
    ids.sort();
    ids
}

#[test]
fn the_marker_marks_the_confirmed_and_nobody_else_on_every_engine() {
    Legacy::each(|legacy| {
        let migration = Migration::with(legacy, 30, "requests_per_second = 100");
        migration.with_marker();
        migration.import(&[]);
        migration.tenant.remove("7");
        migration.tenant.change("8", "email_verified", false.into());
        let (code, text) = migration.verify(&["--execute"]);
        assert_eq!(
            (code, sentence(&text)),
            (Some(10), "29 of 30 are there; 1 of them differs"),
            "{text}"
        );
        let due = numbers((1..=30).filter(|id| ![7, 8].contains(id)));
        assert_eq!(migration.legacy.marks(), due);
        assert!(text.contains("28 users were marked"), "{text}");
        assert!(!migration.run_directory().join("marks.sql").exists());
        assert_eq!(migration.status()["marked"], 28);
        // Once more: the marks are kept, and what was mended is marked.
        migration.tenant.change("8", "email_verified", true.into());
        let (code, text) = migration.verify(&["--execute"]);
        assert_eq!((code, sentence(&text)), (Some(10), "29 of 30 are there"), "{text}");
        assert!(text.contains("\n1 users were marked"), "{text}");
        assert_eq!(migration.legacy.marks(), numbers((1..=30).filter(|id| *id != 7)));
        assert_eq!(migration.status()["marked"], 29);
    });
}

#[test]
fn the_script_can_be_applied_as_it_is_and_again() {
    Legacy::each(|legacy| {
        let migration = Migration::with(legacy, 12, "requests_per_second = 100");
        migration.import(&[]);
        migration.mark(3);
        assert_eq!(migration.verify(&["--execute"]).0, Some(0));
        let script = migration.file("marks.sql");
        assert!(script.starts_with("-- ") && script.contains("To undo"), "{script}");
        migration.legacy.execute(&script);
        assert_eq!(migration.legacy.marks(), numbers(1..=12));
        migration.legacy.execute(&script);
        assert_eq!(migration.legacy.marks(), numbers(1..=12));
        let (code, text) = migration.verify(&["--format", "json"]);
        assert_eq!(code, Some(0), "{text}");
        let found: Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!((&found["marked_before"], &found["confirmed"]), (&12.into(), &0.into()));
    });
}

#[test]
fn a_marker_that_cannot_mark_is_refused() {
    let Some(legacy) = Legacy::postgresql() else { return };
    let migration = Migration::with(legacy, 4, "requests_per_second = 100");
    migration.with_marker();
    migration.import(&[]);
    migration.legacy.execute(
        "REVOKE EXECUTE ON FUNCTION narrowgate.mark_migrated(text, text) FROM narrowgate_marker",
    );
    let (code, text) = migration.verify(&["--execute"]);
    assert_eq!((code, text.lines().count()), (Some(1), 1), "{text}");
    assert!(text.contains("marks cannot be set") && text.contains("check marker.url"), "{text}");
    assert!(migration.legacy.marks().is_empty());
    assert!(migration.run_directory().join("differences.ndjson").exists(), "what was found stays");
}

/// Lets the marker's URL lead to another store.
fn mark_elsewhere(migration: &Migration, other: &Migration) {
    let file = migration.folder.path().join("narrowgate-migrate.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    let marker = other.legacy.marker_url();
    std::fs::write(&file, format!("{text}[marker]\nurl = \"{marker}\"\n")).unwrap();
}

#[test]
fn a_marker_of_another_database_is_found_out_by_its_first_mark() {
    let migration = Migration::of(9);
    let other = Migration::of(9);
    mark_elsewhere(&migration, &other);
    migration.import(&[]);
    let (code, text) = migration.verify(&["--execute"]);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("leads to another database"), "{text}");
    assert_eq!(other.legacy.marks().len(), 1);
}

/// A copy that lacks the first users, and a login that sets a mark in the right place meanwhile.
#[test]
fn one_mark_at_a_time_until_one_is_seen() {
    for meanwhile in [false, true] {
        let migration = Migration::of(30);
        let other = Migration::of(30);
        mark_elsewhere(&migration, &other);
        migration.import(&[]);
        other.legacy.execute("DELETE FROM customer WHERE id IN (1, 10)");
        let (code, text) = during_the_export(&migration, || {
            if meanwhile {
                migration.mark(12);
            }
        });
        assert_eq!(code, Some(1), "{text}");
        assert!(text.contains("leads to another database"), "{text}");
        assert_eq!(other.legacy.marks(), ["11"]);
        assert_eq!(migration.legacy.marks().len(), usize::from(meanwhile));
        assert_eq!(migration.status()["marked"], 0, "what was not seen does not count");
    }
    // One that knows nobody: no mark is set, and nobody is asked about everybody.
    let migration = Migration::of(60);
    let other = Migration::of(0);
    mark_elsewhere(&migration, &other);
    migration.import(&[]);
    let (code, text) = migration.verify(&["--execute"]);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("it knows none of the first 20 users"), "{text}");
}

/// `verify --execute`, with something that happens when the legacy database was read already.
fn during_the_export(migration: &Migration, happens: impl FnOnce()) -> (Option<i32>, String) {
    let before = migration.tenant.requests("GET", "/api/v2/jobs/{id}");
    migration.tenant.state().exports.job_time = Duration::from_secs(600);
    let arguments = ["verify", "--run", "run", "--execute", "--progress", "none"];
    let program = migration.start(&arguments);
    wait_until("it is looked at", Duration::from_secs(60), || {
        migration.tenant.requests("GET", "/api/v2/jobs/{id}") > before
    });
    happens();
    migration.tenant.state().exports.job_time = Duration::ZERO;
    program.end_within(Duration::from_secs(120))
}

#[test]
fn who_changes_while_the_tenant_is_read_is_not_marked() {
    Legacy::each(|legacy| {
        let migration = Migration::with(legacy, 12, "requests_per_second = 100");
        migration.with_marker();
        migration.import(&[]);
        let (code, text) = during_the_export(&migration, || {
            migration.set(3, "email = 'changed@example.com', status = 2");
            migration.mark(4);
            migration.set(5, "login = 'USER5'");
        });
        assert_eq!((code, sentence(&text)), (Some(10), "12 of 12 are there"), "{text}");
        for words in ["10 users were marked", "1 have a mark by another hand", "1 have changed"] {
            assert!(text.contains(words), "no {words:?}: {text}");
        }
        assert_eq!(migration.legacy.marks(), numbers((1..=12).filter(|id| *id != 3)));
        assert_eq!(migration.status()["marked"], 10);
        // Verified again, the difference is told.
        let (code, text) = migration.verify(&["--execute"]);
        assert_eq!(code, Some(10), "{text}");
        let kinds = [("3", "blocked_differs"), ("3", "email_differs")];
        assert_eq!(migration.differences(), super::pairs(&kinds), "{text}");
    });
}

#[test]
fn nobody_to_mark_needs_no_script() {
    let migration = Migration::of(4);
    migration.import(&[]);
    assert_eq!(migration.verify(&[]).0, Some(0));
    let script = migration.run_directory().join("marks.sql");
    assert!(script.exists());
    (1..=4).for_each(|id| migration.mark(id));
    let (code, text) = migration.verify(&[]);
    assert_eq!((code, sentence(&text)), (Some(0), "4 of 4 are there"), "{text}");
    assert!(text.contains("Nobody was marked: ") && !text.contains("marks.sql"), "{text}");
    assert!(!script.exists(), "an earlier one would be applied in its place");
}

#[test]
fn the_report_tells_marks_of_the_bulk_half_from_logins() {
    let migration = Migration::of(20);
    migration.with_marker();
    for id in 1..=2 {
        let email = format!("user{id}@example.com");
        migration.tenant.arrive(&format!("auth0|{id}"), &email, crate::support::tenant::CONNECTION);
        migration.mark(id);
    }
    // Five are found there: the answer to their delivery was lost.
    migration.tenant.state().faults.planned.push_back(Some(Fault::DropAnswer));
    migration.import(&[]);
    assert_eq!(migration.verify(&["--execute"]).0, Some(0));
    let report = ["report", "--run", "run", "--format", "json", "--out", "-", "--quiet"];
    let (code, text) = migration.command(&report);
    assert_eq!(code, Some(0), "{text}");
    let report: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!((&report["by_login"], &report["in_bulk"]), (&2.into(), &18.into()), "{report:#}");
}

/// Whoever has a mark belongs to Auth0, where an address may have come to be somebody else's, too.
#[test]
fn who_has_a_mark_is_not_there_twice() {
    let migration = Migration::of(4);
    migration.import(&[]);
    migration.mark(1);
    migration.mark(2);
    for id in ["2", "3"] {
        migration.tenant.change(id, "email", serde_json::json!("user1@example.com"));
    }
    migration.set(3, "email = 'user1@example.com'");
    let (code, text) = migration.verify(&[]);
    assert_eq!(
        (code, sentence(&text)),
        (Some(10), "4 of 4 are there; 1 of them differs"),
        "{text}"
    );
    assert_eq!(migration.differences(), super::pairs(&[("3", "twice")]));
    migration.set(3, "email = 'user3@example.com'");
    migration.tenant.change("3", "email", serde_json::json!("user3@example.com"));
    let (code, text) = migration.verify(&[]);
    assert_eq!((code, sentence(&text)), (Some(0), "4 of 4 are there"), "{text}");
}
