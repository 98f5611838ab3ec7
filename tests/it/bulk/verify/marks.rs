//! Who is confirmed is marked, by a role that can do nothing else or by the DBA's own hand.

use serde_json::Value;

use super::sentence;
use crate::support::tenant::Fault;
use crate::support::{Legacy, Migration};

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

#[test]
fn a_marker_of_another_database_is_found_out_by_its_first_mark() {
    let migration = Migration::of(9);
    let other = Migration::of(9);
    let file = migration.folder.path().join("narrowgate-migrate.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    let marker = other.legacy.marker_url();
    std::fs::write(&file, format!("{text}[marker]\nurl = \"{marker}\"\n")).unwrap();
    migration.import(&[]);
    let (code, text) = migration.verify(&["--execute"]);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("leads to another database"), "{text}");
    assert_eq!(other.legacy.marks().len(), 1);
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
