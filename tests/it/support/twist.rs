//! A view `legacy_user` that breaks the contract for one user.

use super::{Engine, Legacy};

const COLUMNS: [&str; 17] = [
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
    "password_salt",
    "password_scheme",
];

/// What a column says for the one user.
#[derive(Debug, Clone, Copy)]
pub enum Cell<'a> {
    /// This text.
    Text(&'a str),
    /// NULL.
    Null,
    /// For flags and metadata: this JSON (a text without its quotes, where the column is no JSON).
    Json(&'a str),
    /// This SQL expression of the engine's own.
    Sql(&'a str),
}

/// While it lives, `column` says something else for the user whose id is 1.
#[derive(Debug)]
pub struct Twist<'a> {
    legacy: &'a Legacy,
    original: String,
}

impl<'a> Twist<'a> {
    #[track_caller]
    pub fn new(legacy: &'a Legacy, column: &str, cell: Cell<'_>) -> Self {
        let twist = Self { legacy, original: view_text(legacy) };
        let columns = COLUMNS.map(|own| {
            if own == column { expression(legacy, own, cell) } else { format!("r.{own} AS {own}") }
        });
        let columns = format!("{}, r.email_key, r.username_key", columns.join(", "));
        // MySQL finds the user by this column, which must read the same as the id.
        let key = match (column, cell) {
            ("user_id", Cell::Text(_)) => {
                expression(legacy, "user_id", cell).replace(" AS user_id", "")
            }
            _ => "r.user_key".into(),
        };
        // In one go: at no instant is there no view, or the service would notice and say that the database is down.
        legacy.execute(&match legacy.engine {
            Engine::Sqlite => format!(
                "PRAGMA busy_timeout = 9000; BEGIN IMMEDIATE; DROP VIEW legacy_user; {}; \
                 CREATE VIEW legacy_user AS SELECT {columns} FROM legacy_user_real AS r; COMMIT",
                twist.original.replacen("legacy_user", "legacy_user_real", 1)
            ),
            Engine::Postgresql => format!(
                "ALTER VIEW narrowgate.legacy_user RENAME TO legacy_user_real; \
                 CREATE VIEW narrowgate.legacy_user AS SELECT {columns} FROM narrowgate.legacy_user_real AS r; \
                 GRANT SELECT ON narrowgate.legacy_user TO narrowgate_owner"
            ),
            Engine::Mysql => format!(
                "CREATE OR REPLACE VIEW narrowgate.legacy_user_real AS {};\n\
                 CREATE OR REPLACE VIEW narrowgate.legacy_user AS \
                 SELECT {columns}, {key} AS user_key FROM narrowgate.legacy_user_real AS r;\n",
                twist.original
            ),
        });
        twist
    }
}

impl Drop for Twist<'_> {
    fn drop(&mut self) {
        self.legacy.execute(&match self.legacy.engine {
            Engine::Sqlite => format!(
                "PRAGMA busy_timeout = 9000; BEGIN IMMEDIATE; \
                 DROP VIEW legacy_user; DROP VIEW legacy_user_real; {}; COMMIT",
                self.original
            ),
            Engine::Postgresql => "DROP VIEW narrowgate.legacy_user; \
                 ALTER VIEW narrowgate.legacy_user_real RENAME TO legacy_user"
                .into(),
            Engine::Mysql => format!(
                "CREATE OR REPLACE ALGORITHM = MERGE DEFINER = 'narrowgate_owner'@'localhost' \
                 SQL SECURITY DEFINER VIEW narrowgate.legacy_user AS {}",
                self.original
            ),
        });
    }
}

/// The true view's text, where it cannot simply be renamed.
fn view_text(legacy: &Legacy) -> String {
    match legacy.engine {
        Engine::Sqlite => legacy.column("SELECT sql FROM sqlite_master WHERE name = 'legacy_user'"),
        Engine::Postgresql => vec![],
        Engine::Mysql => legacy.column(
            "SELECT view_definition FROM information_schema.views \
             WHERE table_schema = 'narrowgate' AND table_name = 'legacy_user'",
        ),
    }
    .concat()
}

fn expression(legacy: &Legacy, column: &str, cell: Cell<'_>) -> String {
    let json = legacy.engine == Engine::Postgresql && matches!(cell, Cell::Json(_));
    let value = match cell {
        Cell::Text(text) => legacy.literal(Some(text)),
        Cell::Null => "NULL".into(),
        Cell::Json(text) if json => format!("{}::jsonb", legacy.literal(Some(text))),
        Cell::Json(text) if column.ends_with("metadata") => legacy.literal(Some(text)),
        Cell::Json(text) => legacy.literal(Some(text.trim_matches('"'))),
        Cell::Sql(text) => text.into(),
    };
    let other = if json { format!("to_jsonb(r.{column})") } else { format!("r.{column}") };
    format!("CASE WHEN r.user_id = '1' THEN {value} ELSE {other} END AS {column}")
}
