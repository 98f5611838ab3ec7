//! `narrowgate-migrate rehearse`: all of it without a tenant.

mod traces;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use crate::support::program::Program;
use crate::support::{Legacy, Migration};

const PATIENCE: Duration = Duration::from_secs(120);

/// Runs it in a folder, where temporary files go as well.
#[track_caller]
fn rehearse(folder: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    start(folder, arguments).end_within(PATIENCE)
}

fn start(folder: &Path, arguments: &[&str]) -> Program {
    let temporary = folder.join("tmp");
    std::fs::create_dir_all(&temporary).unwrap();
    let all = [&["rehearse", "--progress", "none"], arguments].concat();
    Program::migrate(folder, &all, &[("TMPDIR", temporary.to_str().unwrap())])
}

fn listed(file: PathBuf, member: &str) -> BTreeMap<String, usize> {
    let mut words = BTreeMap::new();
    for line in std::fs::read_to_string(file).unwrap().lines() {
        let line: Value = serde_json::from_str(line).expect("a JSON line");
        *words.entry(line[member].as_str().expect("a word").to_owned()).or_default() += 1;
    }
    words
}

fn is_empty(folder: &Path) -> bool {
    std::fs::read_dir(folder).unwrap().next().is_none()
}

#[test]
fn one_command_without_configuration_shows_all_of_it() {
    let folder = TempDir::new().unwrap();
    let (code, text) = rehearse(folder.path(), &["--sample", "2000", "--run", "run"]);
    assert_eq!(code, Some(10), "{text}");
    for words in [
        "2,000  users",
        "everybody is accounted for",
        "run/report.html",
        "a production tenant",
        "docs/bulk.md",
        "Nothing left this machine",
    ] {
        assert!(text.contains(words), "no {words:?}: {text}");
    }
    let run = folder.path().join("run");
    let (code, status) =
        Program::migrate(folder.path(), &["status", "--run", "run", "--format", "json"], &[]).end();
    assert_eq!(code, Some(10), "{status}");
    let status: Value = serde_json::from_str(&status).unwrap();
    let number = |name: &str| status[name].as_u64().unwrap();
    assert_eq!(status["done"], true, "{status:#}");
    let sum = number("inserted") + number("present") + number("quarantined") + number("held");
    assert_eq!(sum, number("planned"), "{status:#}");
    assert!(number("inserted") > 500 && number("doubts") == 0, "{status:#}");
    let held = listed(run.join("held.ndjson"), "reason");
    assert_eq!(held.values().sum::<usize>() as u64, number("held"), "{held:?}");
    for reason in [
        "ambiguous_hash",
        "duplicate_email",
        "email_is_no_address",
        "field_too_long",
        "function_not_offered",
        "invalid_user_record",
        "metadata_not_allowed",
        "no_email",
        "phone_number_not_e164",
        "username_not_allowed",
    ] {
        assert!(held.contains_key(reason), "no {reason}: {held:?}");
    }
    let differences = listed(run.join("differences.ndjson"), "kind");
    let missing = differences.get("missing").copied().unwrap_or_default();
    assert_eq!(missing, held.values().sum::<usize>(), "{differences:?}");
    assert_eq!(differences.values().sum::<usize>() as u64, number("held") + number("quarantined"));
    assert!(!run.join("marks.sql").exists(), "nobody has moved: nobody is to be marked");
    let page = std::fs::read_to_string(run.join("report.html")).unwrap();
    assert!(page.contains("Rehearsal: ") && page.contains("nobody has moved by it"), "{page}");
    assert!(page.contains("class=\"bulk\"") && page.trim_end().ends_with("</html>"));
    let before = std::fs::read_to_string(run.join("report-before.html")).unwrap();
    assert!(!before.contains("Rehearsal") && before.contains("class=\"likely\""), "a forecast");
    assert!(is_empty(&folder.path().join("tmp")), "temporary files are removed");

    // The same again: the same users, and the same outcome.
    let (code, _) = rehearse(folder.path(), &["--sample", "2000", "--run", "again"]);
    assert_eq!(code, Some(10));
    assert_eq!(listed(folder.path().join("again/held.ndjson"), "reason"), held);
}

#[test]
fn nothing_is_written_over() {
    let folder = TempDir::new().unwrap();
    let within = |name: &str| folder.path().join(name);
    std::fs::create_dir(within("run")).unwrap();
    std::fs::write(within("run/own.txt"), "mine").unwrap();
    std::fs::write(within("report.html"), "mine").unwrap();
    for (arguments, words) in [
        (&["--run", "run"][..], "new or empty"),
        (&["--run", "report.html"], "new or empty"),
        (&["--run", "new", "--out", "report.html"], "name a new file"),
        (&["--run", "new", "--out", "no-such/report.html"], "its folder is not there"),
        (&["--run", "no-such/run"], "its folder is not there"),
        (&["--config", "narrowgate-migrate.toml"], "cannot be used with"),
        (&["--gate", "narrowgate.toml"], "cannot be used with"),
    ] {
        let (code, text) = rehearse(folder.path(), &[&["--sample", "10"], arguments].concat());
        assert_eq!(code, Some(2), "{arguments:?}: {text}");
        assert!(text.contains(words), "{arguments:?}: {text}");
    }
    assert!(!within("new").exists());
    assert_eq!(std::fs::read_to_string(within("report.html")).unwrap(), "mine");
    let (code, text) =
        rehearse(folder.path(), &["--sample", "10", "--run", "run2", "--out", "own.html"]);
    assert!(matches!(code, Some(0 | 10 | 11)), "{text}");
    assert!(within("own.html").exists() && !within("run2/report.html").exists());
    let (code, text) = rehearse(folder.path(), &[]);
    assert_eq!(code, Some(2), "{text}");
    assert!(text.contains("rehearse --sample 10000"), "{text}");
}

/// Marks and rows of the legacy database.
fn contents(legacy: &Legacy) -> (Vec<String>, Vec<String>) {
    let rows = format!("SELECT CAST(count(*) AS CHAR(20)) FROM {}", legacy.customers());
    (legacy.marks(), legacy.column(&rows))
}

#[test]
fn your_own_database_is_only_read_on_every_engine() {
    Legacy::each(|legacy| {
        let migration = Migration::with(legacy, 30, "max_users_per_file = 7");
        migration.mark(3);
        migration.set(4, "email = NULL");
        let before = contents(&migration.legacy);
        // SQLite has no roles: every byte of the file stays.
        let url = migration.legacy.bulk_url();
        let read = || url.strip_prefix("sqlite://").map(|file| std::fs::read(file).unwrap());
        let bytes = read();
        let (code, text) = rehearse(migration.folder.path(), &["--run", "rehearsal"]);
        assert_eq!(code, Some(10), "{text}");
        assert_eq!(contents(&migration.legacy), before);
        assert!(read() == bytes, "every byte of the file");
        for words in ["30  users", "28  inserted", "1  held", "in 4 files", "29 of 30 are there"] {
            assert!(text.contains(words), "no {words:?}: {text}");
        }
        // The tenant of the configuration was not asked for anything.
        assert!(migration.tenant.state().requests.is_empty());

        // What was rehearsed can neither be sent nor taken for the truth.
        let (code, text) = migration.command(&["import", "--run", "rehearsal", "--execute"]);
        assert_eq!(code, Some(2), "{text}");
        assert!(text.contains("another tenant (rehearsal"), "{text}");
        let report = ["report", "--run", "rehearsal", "--out", "-", "--format", "json", "--quiet"];
        let (code, text) = migration.command(&report);
        assert_eq!(code, Some(0), "{text}");
        let told: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(
            (&told["rehearsal"], &told["users_per_hour"]),
            (&Value::Bool(true), &Value::Null)
        );
    });
}

/// An image without /tmp, for example.
#[test]
fn without_a_folder_for_temporary_files_it_says_what_to_set() {
    let folder = TempDir::new().unwrap();
    let none = [("TMPDIR", "/no-such-directory")];
    let arguments = ["rehearse", "--sample", "10", "--progress", "none"];
    let (code, text) = Program::migrate(folder.path(), &arguments, &none).end_within(PATIENCE);
    assert_eq!(code, Some(3), "{text}");
    assert!(text.contains("set TMPDIR to a directory that can be written"), "{text}");
    assert!(text.contains("/no-such-directory"), "{text}");
}
