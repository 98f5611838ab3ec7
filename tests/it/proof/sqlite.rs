//! A file has no rights to prove, but its questions need their indexes.

use super::{check, findings, text};
use crate::support::Legacy;

/// What takes an index away, the question that misses it, and what mends it. A question whose two
/// kinds of identifier have an index each misses either.
const FAULTS: [(&str, &[&str], &str); 4] = [
    (
        "DROP INDEX customer_email_nocase",
        &["login_candidate", "get_user"],
        "CREATE INDEX customer_email_nocase ON customer (email COLLATE NOCASE)",
    ),
    (
        "DROP INDEX customer_login_nocase",
        &["login_candidate", "get_user"],
        "CREATE INDEX customer_login_nocase ON customer (login COLLATE NOCASE)",
    ),
    // There is an index, and it is in another order than the question compares in.
    (
        "DROP INDEX customer_email_nocase; CREATE INDEX customer_email ON customer (email)",
        &["login_candidate", "get_user"],
        "CREATE INDEX customer_email_nocase ON customer (email COLLATE NOCASE)",
    ),
    (
        "DROP INDEX customer_id_text",
        &["mark_migrated"],
        "CREATE UNIQUE INDEX customer_id_text ON customer (CAST(id AS TEXT))",
    ),
];

#[test]
fn marks_that_cannot_be_written_are_found() {
    let legacy = Legacy::sqlite();
    let swallow = "CREATE TRIGGER swallow BEFORE INSERT ON migrated_user BEGIN SELECT RAISE(ABORT, 'not today'); END";
    legacy.execute(swallow);
    let (code, report) = check(&legacy);
    assert_eq!(code, Some(10), "{report:#}");
    assert!(findings(&report).iter().all(|f| text(f, "code") == "marks_not_written"));
    assert!(findings(&report).iter().any(|f| text(f, "found").ends_with("not today")));
    legacy.execute("DROP TRIGGER swallow");
    let (code, report) = check(&legacy);
    assert_eq!(code, Some(0), "{report:#}");
}

/// What is planted, the code, what must be told of it, and what mends it.
const CHANGES: [(&str, &str, &str, &str); 6] = [
    (
        "CREATE TRIGGER undo AFTER INSERT ON migrated_user BEGIN DELETE FROM migrated_user; END",
        "marks_not_written",
        "+CREATE TRIGGER undo",
        "DROP TRIGGER undo",
    ),
    // Who is marked in the same second counts as marked already.
    (
        "CREATE UNIQUE INDEX once ON migrated_user (migrated_at)",
        "marks_not_written",
        "index once",
        "DROP INDEX once",
    ),
    (
        "CREATE INDEX by_day ON migrated_user (migrated_at)",
        "marks_changed",
        "by_day",
        "DROP INDEX by_day",
    ),
    // Applied again, the script keeps the table.
    (
        "ALTER TABLE migrated_user ADD COLUMN reason TEXT NOT NULL DEFAULT ''; UPDATE narrowgate_applied SET sql = (SELECT s.sql FROM sqlite_master AS s WHERE s.name = 'migrated_user') WHERE name = 'migrated_user'",
        "marks_changed",
        "reason TEXT NOT NULL",
        "ALTER TABLE migrated_user DROP COLUMN reason",
    ),
    // SQLite writes the new name into the view.
    (
        "ALTER TABLE customer RENAME TO customer_old; CREATE TABLE customer AS SELECT * FROM customer_old",
        "view_changed",
        "customer_old",
        "DROP TABLE customer; ALTER TABLE customer_old RENAME TO customer",
    ),
    (
        "DROP VIEW get_user; CREATE VIEW get_user(identifier, answer) AS -- Narrowgate's\nSELECT u.email_key, json_object('user_id', u.user_id) FROM legacy_user AS u",
        "view_changed",
        "+SELECT u.email_key",
        "",
    ),
];

#[test]
fn what_is_not_what_was_applied_is_found() {
    let legacy = Legacy::sqlite();
    for (plant, code, told, mend) in CHANGES {
        legacy.execute(plant);
        let (status, report) = check(&legacy);
        assert_eq!(status, Some(10), "{plant}: {report:#}");
        let is_it = |f: &&serde_json::Value| {
            let all = format!("{} {}", text(f, "found"), f["difference"]);
            text(f, "code") == code && all.contains(told)
        };
        assert!(findings(&report).iter().any(|f| is_it(&f)), "{plant}: {report:#}");
        legacy.execute(mend);
        if code == "view_changed" {
            legacy.execute(&crate::contract::script(crate::contract::EXAMPLE, legacy.engine, &[]));
        }
        let (status, report) = check(&legacy);
        assert_eq!(status, Some(0), "{mend}: {report:#}");
    }
}

/// What the contract noted cannot be read: that is another thing than nothing noted.
#[test]
fn notes_that_cannot_be_read_are_no_missing_notes() {
    let legacy = Legacy::sqlite();
    legacy.execute("DROP TABLE narrowgate_applied");
    let (code, report) = check(&legacy);
    assert_eq!(code, Some(0), "{report:#}");
    assert!(report["not_seen"].to_string().contains("has noted nothing"), "{report:#}");
    legacy.execute("CREATE VIEW narrowgate_applied (name, sql) AS SELECT 'legacy_user', abs(-9223372036854775808)");
    let (code, report) = check(&legacy);
    assert_eq!(code, Some(1), "{report:#}");
    assert!(report.to_string().contains("integer overflow"), "{report:#}");
}

#[test]
fn a_view_of_marks_that_can_be_walked_is_found() {
    let legacy = Legacy::sqlite();
    legacy.execute("DROP VIEW mark_migrated; CREATE VIEW mark_migrated(user_id, answer) AS SELECT u.user_id, json_object('user_id', u.user_id) FROM legacy_user AS u");
    let (code, report) = check(&legacy);
    assert_eq!(code, Some(10), "{report:#}");
    assert!(findings(&report).iter().any(|f| text(f, "code") == "older_contract"), "{report:#}");
}

#[test]
fn a_lookup_without_its_index_is_found() {
    let legacy = Legacy::sqlite();
    let check = || check(&legacy);
    let clean = |report: &serde_json::Value| {
        assert!(findings(report).is_empty(), "{report:#}");
        let proven = report["proven"].as_array().expect("a list");
        let lookups = "lookups: the plan of each of the questions uses an index";
        assert!(proven.iter().any(|proven| proven == lookups), "{report:#}");
    };
    clean(&check().1);
    for (plant, questions, mend) in FAULTS {
        legacy.execute(plant);
        let (code, report) = check();
        assert_eq!(code, Some(10), "{plant}: {report:#}");
        let found = findings(&report);
        assert_eq!(found.len(), questions.len(), "{plant}: {report:#}");
        for question in questions {
            let of = |f: &&serde_json::Value| {
                text(f, "found").starts_with(&format!("narrowgate.{question} reads all of c "))
            };
            let found = found.iter().find(of);
            let found = found.unwrap_or_else(|| panic!("{plant}: not in {report:#}"));
            assert_eq!(text(found, "code"), "lookup_without_index");
            assert_eq!(text(found, "level"), "blocker");
        }
        assert!(!report.to_string().contains("uses an index"), "{plant}: {report:#}");
        legacy.execute(mend);
        clean(&check().1);
    }
}

/// There is an index, and what is looked up in it is the same for everybody.
#[test]
fn a_search_by_another_column_than_the_key_is_found() {
    let legacy = Legacy::sqlite();
    legacy.execute("CREATE INDEX customer_deleted ON customer (deleted_at)");
    let (code, report) = check(&legacy);
    assert_eq!(code, Some(0), "{report:#}");
    legacy.execute("DROP INDEX customer_email_nocase");
    let (code, report) = check(&legacy);
    assert_eq!(code, Some(10), "{report:#}");
    let found =
        findings(&report).iter().find(|f| text(f, "found").contains("reads all of customer "));
    let found = found.unwrap_or_else(|| panic!("{report:#}"));
    assert_eq!(text(found, "code"), "lookup_without_index");
    // It would make SQLite prefer the walk where most usernames are NULL.
    assert!(!text(found, "remedy").contains("ANALYZE"), "{report:#}");
}

/// Journals lie beside the file, and it can be taken away there.
#[test]
fn a_folder_that_everybody_writes_to_is_found() {
    use std::os::unix::fs::PermissionsExt;
    let legacy = Legacy::sqlite();
    let file = legacy.url().trim_start_matches("sqlite://").to_owned();
    let folder = std::path::Path::new(&file).parent().expect("a folder");
    for (mode, found) in [(0o755, false), (0o757, true), (0o1757, true), (0o700, false)] {
        std::fs::set_permissions(folder, PermissionsExt::from_mode(mode)).expect("a mode");
        let (_, report) = check(&legacy);
        assert_eq!(
            report.to_string().contains("database_file_open"),
            found,
            "{mode:o}: {report:#}"
        );
    }
}
