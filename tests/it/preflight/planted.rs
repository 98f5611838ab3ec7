//! Every fault that the audit of users knows, planted once in a table of clean rows, is found once,
//! by its code, column and id; a clean table has no findings; and no value is ever told.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::Value;
use tempfile::TempDir;

use super::VARIABLE;
use crate::support::program::Program;
use crate::support::{Engine, Legacy};

/// Stands in every value of every row, and never in an id.
const CANARY: &str = "c4n4ry";
/// What presets have in their stores.
const HASHES: [&str; 4] = [
    "$2b$10$XJ0.fOgda7DEdq55EOpDdO6MP9At1vsASFJUBPhs9jdBqz2UBe/L6",
    "$2y$10$hVQRO3zBKyqbeyCkZgs9dOSZ6WlMQ65Wc38CjDTQ2djzHe9HZnsL.",
    "$argon2id$v=19$m=19456,t=2,p=1$e61i7Zx1oLVQl6oaLt3+bA$1fchnZBf+A+s/JBlfVYswJVDxxye4UcxHccjDPrz5IQ",
    "pbkdf2_sha256$20000$lbgSyHU8dNCtTwB53tJYWZ$fGlDsgxnuMTrL8OyuVhgasHkgqQlFW5gFyOw4EfyuVw=",
];
const COLUMNS: [&str; 15] = [
    "user_id",
    "email",
    "email_verified",
    "username",
    "phone_number",
    "phone_verified",
    "name",
    "given_name",
    "family_name",
    "nickname",
    "picture",
    "user_metadata",
    "app_metadata",
    "blocked",
    "password_hash",
];

type Row = BTreeMap<&'static str, Option<String>>;

fn clean(id: u32) -> Row {
    let text = |text: String| Some(text);
    let values = [
        text(id.to_string()),
        text(format!("{CANARY}{id}@example.com")),
        text("true".into()),
        text(format!("{CANARY}{id}")),
        text(format!("+4412345{id:06}")),
        text("false".into()),
        text(format!("{CANARY} Lovelace")),
        text(CANARY.into()),
        text("Lovelace".into()),
        None,
        text(format!("https://cdn.example.com/{CANARY}/{id}.png")),
        text(format!(r#"{{"theme":"{CANARY}","logins":{id},"nested":{{"at":"2026-01-01"}}}}"#)),
        text(r#"{"plan":"pro"}"#.into()),
        text("false".into()),
        text(HASHES[id as usize % HASHES.len()].into()),
    ];
    COLUMNS.into_iter().zip(values).collect()
}

/// A fault: the row's id, what is changed, and where it is found: code and column. A code that begins
/// with a star is found at the row before as well.
struct Plant(u32, Vec<(&'static str, Option<String>)>, &'static [(&'static str, &'static str)]);

fn plants(engine: Engine) -> Vec<Plant> {
    let long = "x".repeat(151);
    let fields = (0..12).map(|n| format!(r#""{CANARY}{n}":"{}""#, "x".repeat(900)));
    let large = format!("{{{}}}", fields.collect::<Vec<_>>().join(","));
    let nearly = large.replace(&"x".repeat(900), &"x".repeat(720));
    let wide = format!(r#"{{"theme":"{CANARY}{}"}}"#, "x".repeat(2048));
    let picture = format!("data:image/png;base64,{CANARY}");
    let email = |text: &str| ("email", Some(text.replace('*', CANARY)));
    let username = |text: &str| ("username", Some(text.replace('*', CANARY)));
    let phone = |text: &str| ("phone_number", Some(text.replace('*', CANARY)));
    let user = |text: &str| ("user_metadata", Some(text.replace('*', CANARY)));
    let app = |text: &str| ("app_metadata", Some(text.replace('*', CANARY)));
    let hash = |text: &str| ("password_hash", Some(text.replace('*', CANARY)));
    let column = |name, text: &str| (name, Some(text.replace('*', CANARY)));
    let mut plants: Vec<(_, &'static [(&str, &str)])> = vec![
        (vec![("email", None)], &[("no_email", "email")]),
        (vec![email("*.example.com")], &[("email_is_no_address", "email")]),
        (vec![email("*@")], &[("email_is_no_address", "email")]),
        (vec![email("*@x@example.com")], &[("email_is_no_address", "email")]),
        (vec![email("*\u{200b}@example.com")], &[("email_is_no_address", "email")]),
        (vec![email("* x@example.com")], &[("email_is_no_address", "email")]),
        (vec![email(" *blank@example.com")], &[("email_with_blanks", "email")]),
        (vec![email("*blank@example.com")], &[("*duplicate_email", "email")]),
        (vec![email("*@localhost")], &[("email_may_be_refused", "email")]),
        (vec![email("*..x@example.com")], &[("email_may_be_refused", "email")]),
        (vec![email("*same@example.com")], &[]),
        (vec![email("*same@example.com")], &[("*duplicate_email", "email")]),
        (vec![email("*CAPITALS@example.com")], &[("email_in_capitals", "email")]),
        (vec![email("*capitals@example.com")], &[("*duplicate_email", "email")]),
        (vec![email("*\u{e9}@example.com")], &[]),
        (
            vec![email("*e\u{301}@example.com")],
            &[("*duplicate_email", "email"), ("email_not_in_normal_form", "email")],
        ),
        (vec![email("*@b\u{fc}cher.example")], &[]),
        (vec![email("*@xn--bcher-kva.example")], &[("*duplicate_email", "email")]),
        (vec![username("* x")], &[("username_not_allowed", "username")]),
        (vec![username("*\u{e9}")], &[("username_not_allowed", "username")]),
        (vec![username(&format!("*{long}"))], &[("username_not_allowed", "username")]),
        (vec![username("*x ")], &[("username_with_blanks", "username")]),
        (vec![username("*over-fifteen")], &[("username_over_15", "username")]),
        (vec![username("*same")], &[]),
        (vec![username("C4n4rySame")], &[("*duplicate_username", "username")]),
        (vec![email("*theirs@example.com")], &[]),
        (
            vec![username("*theirs@example.com")],
            &[("username_is_email", "username"), ("*identifiers_cross", "")],
        ),
        (vec![phone("+441239999999")], &[]),
        (vec![username("+441239999999")], &[("*identifiers_cross", "")]),
        (vec![phone("+441238888888")], &[]),
        (vec![phone("+441238888888")], &[("*duplicate_phone_number", "phone_number")]),
        (vec![phone("0044 123*")], &[("phone_number_not_e164", "phone_number")]),
        (vec![phone("+0441234567890")], &[("phone_number_not_found", "phone_number")]),
        (vec![column("given_name", &format!("*{long}"))], &[("field_too_long", "")]),
        (vec![column("picture", &picture)], &[("picture_is_data", "picture")]),
        (vec![column("picture", "/*.png")], &[("picture_no_url", "picture")]),
        (vec![user(&large)], &[("profile_too_large", "")]),
        (vec![user(&nearly)], &[("profile_nearly_too_large", "")]),
        (vec![user(&wide)], &[("metadata_field_over_2kb", "user_metadata")]),
        (vec![user("[]")], &[("invalid_user_record", "user_metadata")]),
        (vec![user(r#""{\"theme\":\"*\"}""#)], &[("invalid_user_record", "user_metadata")]),
        (vec![app("7")], &[("invalid_user_record", "app_metadata")]),
        (vec![app(r#"{"legacy_blocked":"N"}"#)], &[("invalid_user_record", "app_metadata")]),
        (vec![app(r#"{"email":"*"}"#)], &[("metadata_not_allowed", "")]),
        (vec![user(r#"{"*.x":1}"#)], &[("metadata_not_allowed", "")]),
        (vec![user(r#"{"$*":1}"#)], &[("metadata_not_allowed", "")]),
        (
            vec![user(r#"{"*account":12345678901234567890}"#)],
            &[("metadata_number_not_exact", "user_metadata")],
        ),
        (vec![user(r#"{"theme":7}"#)], &[("metadata_two_types", "user_metadata")]),
        (vec![user(r#"{"*since":"0000-00-00 00:00:00"}"#)], &[("zero_date", "user_metadata")]),
        (vec![column("email_verified", "Y")], &[("invalid_user_record", "email_verified")]),
        (vec![column("phone_verified", "2")], &[("invalid_user_record", "phone_verified")]),
        (vec![column("blocked", "N")], &[("invalid_user_record", "blocked")]),
        (vec![column("blocked", "true")], &[("blocked", "blocked")]),
        (vec![hash("*-never-to-be-shown")], &[("unknown_scheme", "")]),
        (
            vec![hash("$2b$12$XJ0.fOgda7DEdq55EOpDdO6MP9At1vsASFJUBPhs9jdBqz2UBe/L6")],
            &[("bcrypt_cost_not_proven", "")],
        ),
        (vec![hash("{SSHA}oAfGeyCWuzjUQbHYy6xwnGt9ltLLyyJnSsuKRw==")], &[("weak_scheme", "")]),
        (
            vec![hash(
                "$argon2d$v=19$m=19456,t=2,p=1$e61i7Zx1oLVQl6oaLt3+bA$1fchnZBf+A+s/JBlfVYswJVDxxye4UcxHccjDPrz5IQ",
            )],
            &[("argon2_variant", "")],
        ),
        (
            vec![email("*"), username("* "), column("email_verified", "Y"), phone("1")],
            &[
                ("email_is_no_address", "email"),
                ("username_with_blanks", "username"),
                ("invalid_user_record", "email_verified"),
                ("phone_number_not_e164", "phone_number"),
            ],
        ),
    ];
    if engine == Engine::Sqlite {
        plants.push((vec![("name", Some("x'ff636e'".into()))], &[("invalid_user_record", "name")]));
        plants
            .push((vec![("email", Some("x'ff636e'".into()))], &[("invalid_user_record", "email")]));
        plants.push((vec![hash("x'ff636e'")], &[("not_text", "")]));
        plants.push((vec![user("{\"*")], &[("invalid_user_record", "user_metadata")]));
    }
    (5000..).zip(plants).map(|(id, (change, found))| Plant(id, change, found)).collect()
}

/// Users whose ids are at fault: the row, and the code under `user_id`.
fn ids() -> Vec<(Option<&'static str>, &'static str)> {
    vec![
        (None, "no_user_id"),
        (Some("60 01"), "invalid_user_record"),
        (Some("60|02"), "invalid_user_record"),
        (Some(""), "invalid_user_record"),
        (Some("6003@clients"), "invalid_user_record"),
        (Some("6004"), "repeated_user_id"),
        (Some("6004"), ""),
    ]
}

fn literal(legacy: &Legacy, column: &str, value: Option<&str>) -> String {
    let is_flag = ["email_verified", "phone_verified", "blocked"].contains(&column);
    match value {
        Some("true") if is_flag && legacy.engine != Engine::Postgresql => "1".into(),
        Some("false") if is_flag && legacy.engine != Engine::Postgresql => "0".into(),
        Some(bytes) if bytes.starts_with("x'") => bytes.into(),
        value => legacy.literal(value),
    }
}

/// Puts a view over a table of canonical columns in the place of the contract's.
fn table(legacy: &Legacy, rows: &[Row]) {
    legacy.bulk_url();
    let (place, view, text) = match legacy.engine {
        Engine::Sqlite => ("planted", "legacy_user", ""),
        Engine::Postgresql => ("sample_shop.planted", "narrowgate.legacy_user", "text"),
        Engine::Mysql => (
            "sample_shop.planted",
            "narrowgate.legacy_user",
            "TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
        ),
    };
    let columns = COLUMNS.map(|column| format!("{column} {text}")).join(", ");
    let expression = |column: &str| match (legacy.engine, column) {
        (Engine::Postgresql, "email_verified" | "phone_verified" | "blocked") => format!(
            "CASE WHEN p.{column} IN ('true', 'false') THEN to_json(p.{column}::boolean) ELSE to_json(p.{column}) END"
        ),
        (Engine::Postgresql, "user_metadata" | "app_metadata") => format!("p.{column}::json"),
        _ => format!("p.{column}"),
    };
    let expressions: Vec<_> =
        COLUMNS.iter().map(|column| format!("{} AS {column}", expression(column))).collect();
    let drop = if legacy.engine == Engine::Postgresql { "CASCADE" } else { "" };
    legacy.execute(&format!("DROP VIEW {view} {drop}"));
    legacy.execute(&format!("CREATE TABLE {place} ({columns})"));
    legacy.execute(&format!(
        "CREATE VIEW {view} AS SELECT {}, NULL AS password_salt, NULL AS password_scheme, \
         p.email AS email_key FROM {place} AS p",
        expressions.join(", ")
    ));
    grant(legacy, "SELECT");
    let mut all = String::new();
    for row in rows {
        let values: Vec<_> =
            COLUMNS.iter().map(|column| literal(legacy, column, row[column].as_deref())).collect();
        let comma = if all.is_empty() { "" } else { ", " };
        write!(all, "{comma}({})", values.join(", ")).expect("a text");
    }
    legacy.execute(&format!("INSERT INTO {place} VALUES {all}"));
}

fn grant(legacy: &Legacy, right: &str) {
    let role = match legacy.engine {
        Engine::Sqlite => return,
        Engine::Postgresql => "narrowgate_bulk",
        Engine::Mysql => "'narrowgate_bulk'@'%'",
    };
    legacy.execute(&format!("GRANT {right} ON narrowgate.legacy_user TO {role}"));
}

/// Runs the audit in both forms: the exit code and the report. No value is told, and nothing stays.
#[track_caller]
fn audited(legacy: &Legacy, arguments: &[&str]) -> (Option<i32>, Value, String) {
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
fn found(report: &Value) -> BTreeMap<(String, String), Vec<String>> {
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
