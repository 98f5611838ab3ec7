//! Every fault that the audit of users knows, planted once in a table of clean rows, is found once,
//! by its code, column and id; a clean table has no findings; and no value is ever told.

mod faults;
mod table;

use std::collections::BTreeMap;

use serde_json::Value;
use tempfile::TempDir;

use super::VARIABLE;
use crate::support::program::Program;
use crate::support::{Engine, Legacy};
use faults::{Plant, ids, plants};
use table::{CANARY, Row, clean, grant, table};

/// Runs the audit in both forms: the exit code and the report. No value is told, and nothing stays.
#[track_caller]
pub fn audited(legacy: &Legacy, arguments: &[&str]) -> (Option<i32>, Value, String) {
    let (folder, temporary) =
        (TempDir::new().expect("a folder"), TempDir::new().expect("a folder"));
    std::fs::write(folder.path().join("narrowgate.toml"), "").expect("a configuration");
    let url = legacy.bulk_url();
    let environment =
        [(VARIABLE, url.as_str()), ("TMPDIR", temporary.path().to_str().expect("a path"))];
    let run = |form: &[&str]| {
        let arguments = [&["preflight"], arguments, form].concat();
        let (code, text) = Program::migrate(folder.path(), &arguments, &environment).end();
        let small = text.to_lowercase();
        for secret in [CANARY, "xj0", "example.com", "lovelace", "theme", "only-for-tests"] {
            assert!(!small.contains(secret), "{secret}: {text}");
        }
        (code, text)
    };
    let (code, text) = run(&[]);
    let (again, json) = run(&["--quiet", "--format", "json"]);
    assert_eq!(code, again, "{text}\n{json}");
    assert_eq!(std::fs::read_dir(temporary.path()).expect("a folder").count(), 0);
    let json = serde_json::from_str(&json).unwrap_or_else(|error| panic!("{error}: {json}"));
    (code, json, text)
}

/// Code and column, with the ids, in order.
pub fn found(report: &Value) -> BTreeMap<(String, String), Vec<String>> {
    let mut all = BTreeMap::<_, Vec<String>>::new();
    for finding in report["findings"].as_array().expect("a list") {
        let text = |name: &str| finding[name].as_str().unwrap_or_default().to_owned();
        let ids = finding["ids"].as_array().expect("ids");
        let named = finding["users"].as_u64().expect("a number") - ids.len() as u64;
        assert_eq!(named, u64::from(text("code") == "no_user_id"), "{finding:#}");
        assert!(!text("remedy").is_empty() && !text("found").is_empty(), "{finding:#}");
        let list = all.entry((text("code"), text("column"))).or_default();
        list.extend(ids.iter().map(|id| id.as_str().expect("a text").to_owned()));
    }
    all.values_mut().for_each(|ids| ids.sort());
    all
}

#[test]
fn every_planted_fault_is_found_once_and_no_value_is_told() {
    Legacy::each(|legacy| {
        let mut rows: Vec<Row> = (1000..1040).map(clean).collect();
        let mut due = BTreeMap::<(String, String), Vec<String>>::new();
        for Plant(id, changes, codes) in plants(legacy.engine) {
            let mut row = clean(id);
            row.extend(changes);
            rows.push(row);
            for (code, column) in codes {
                let ids =
                    due.entry((code.trim_start_matches('*').into(), (*column).into())).or_default();
                ids.push(id.to_string());
                ids.extend(code.starts_with('*').then(|| (id - 1).to_string()));
            }
        }
        for (place, (id, code)) in (6500..).zip(ids()) {
            let mut row = clean(place);
            row.insert("user_id", id.map(str::to_owned));
            rows.push(row);
            if !code.is_empty() {
                let ids = due.entry((code.into(), "user_id".into())).or_default();
                ids.extend(id.map(str::to_owned));
            }
        }
        due.values_mut().for_each(|ids| ids.sort());
        table(&legacy, &rows);
        let (code, report, text) = audited(&legacy, &["--ids", "100"]);
        assert_eq!(found(&report), due, "{text}");
        assert_eq!(code, Some(10), "{text}");
        assert_eq!(report["users"].as_u64(), Some(rows.len() as u64));
        let (_, few, _) = audited(&legacy, &["--ids", "1"]);
        for (one, all) in
            few["findings"].as_array().unwrap().iter().zip(report["findings"].as_array().unwrap())
        {
            assert_eq!((&one["users"], &one["code"]), (&all["users"], &all["code"]));
            assert!(one["ids"].as_array().unwrap().len() <= 1, "{one}");
        }
    });
}

#[test]
fn a_clean_table_has_no_findings() {
    Legacy::each(|legacy| {
        table(&legacy, &(1000..1100).map(clean).collect::<Vec<_>>());
        let (code, report, text) = audited(&legacy, &[]);
        assert_eq!(
            (code, found(&report).len(), &report["users"]),
            (Some(0), 0, &100.into()),
            "{text}"
        );
        assert_eq!(report["skipped"], Value::Array(vec![]));
    });
}

/// The connection's lengths are told; the import asks the tenant for them.
#[test]
fn usernames_are_measured_by_the_connection() {
    let legacy = Legacy::sqlite();
    let mut row = clean(1000);
    row.insert("username", Some(format!("{CANARY}-over-fifteen")));
    table(&legacy, &[row, clean(1001)]);
    let codes = |lengths: &str| {
        let (code, report, _) = audited(&legacy, &["--usernames", lengths]);
        (code, found(&report).into_keys().map(|(code, _)| code).collect::<Vec<_>>())
    };
    assert_eq!(codes("1-128"), (Some(0), vec![]));
    assert_eq!(codes("1-15"), (Some(10), vec!["username_not_allowed".to_owned()]));
    let folder = TempDir::new().expect("a folder");
    for wrong in ["15", "0-15", "16-15", "a-b"] {
        let arguments = ["preflight", "--usernames", wrong];
        assert_eq!(Program::migrate(folder.path(), &arguments, &[]).end().0, Some(2), "{wrong}");
    }
}

/// What the view lacks, or the role may not read, is told; the rest is looked at.
#[test]
fn columns_that_cannot_be_read_are_skipped() {
    Legacy::each(|legacy| {
        let mut broken = clean(1001);
        broken.insert("username", Some(format!("{CANARY} x")));
        table(&legacy, &[clean(1000), broken]);
        let view =
            if legacy.engine == Engine::Sqlite { "legacy_user" } else { "narrowgate.legacy_user" };
        let table = if legacy.engine == Engine::Sqlite { "planted" } else { "sample_shop.planted" };
        if legacy.engine == Engine::Mysql {
            legacy.execute("REVOKE SELECT ON narrowgate.legacy_user FROM 'narrowgate_bulk'@'%'");
        }
        legacy.execute(&format!("DROP VIEW {view}"));
        legacy.execute(&format!(
            "CREATE VIEW {view} AS SELECT user_id, email AS mail, username, password_hash, name FROM {table}"
        ));
        grant(&legacy, "SELECT (user_id, username, password_hash)");
        let (code, report, text) = audited(&legacy, &[]);
        assert_eq!(code, Some(10), "{text}");
        let due = [(("username_not_allowed".into(), "username".into()), vec!["1001".into()])];
        assert_eq!(found(&report), due.into(), "{text}");
        for name in ["email", "picture", "blocked", "password_salt", "email_key", "hashes"] {
            assert!(text.contains(&format!("not looked at: {name}: ")), "{name}: {text}");
        }
        assert_eq!(
            text.contains("not looked at: name: "),
            legacy.engine != Engine::Sqlite,
            "{text}"
        );
    });
}
