//! A table of canonical columns behind the contract's view, and clean rows for it.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::support::{Engine, Legacy};

/// Stands in every value of every row, and never in an id.
pub const CANARY: &str = "c4n4ry";
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

pub type Row = BTreeMap<&'static str, Option<String>>;

pub fn clean(id: u32) -> Row {
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
pub fn table(legacy: &Legacy, rows: &[Row]) {
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

pub fn grant(legacy: &Legacy, right: &str) {
    let role = match legacy.engine {
        Engine::Sqlite => return,
        Engine::Postgresql => "narrowgate_bulk",
        Engine::Mysql => "'narrowgate_bulk'@'%'",
    };
    legacy.execute(&format!("GRANT {right} ON narrowgate.legacy_user TO {role}"));
}
