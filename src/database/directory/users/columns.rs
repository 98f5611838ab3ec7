//! How each engine is asked for whole users.

use crate::columns::{COLUMNS, Holds};
use crate::database::directory::Connection;

/// What e-mail addresses are looked up by.
pub(super) const KEY: &str = "email_key";

/// What other identifiers are looked up by, and the columns that hold them.
pub(super) const OTHER_KEYS: [(&str, &str); 2] =
    [("username_key", "username"), ("phone_key", "phone_number")];

/// All that is read of a user, in order: the first 14 are those of [`UserColumn`](super::UserColumn).
pub(super) fn every() -> impl Iterator<Item = (&'static str, Holds)> {
    COLUMNS.into_iter().chain([(KEY, Holds::Text)])
}

/// What each engine is asked. What makes a column JSON is what the contract's routines do, so that
/// a row is the same user by either way.
impl Connection {
    /// Every column of every user without a mark, up to a condition that begins with AND.
    pub(super) fn unmarked(&self) -> String {
        self.unmarked_but(&[KEY], &[])
    }

    /// The same with NULL for some columns, and with a look at the keys that need one.
    pub(super) fn unmarked_but(&self, hidden: &[&str], keys: &[&str]) -> String {
        let column = |name: &'static str, holds| {
            let is_hidden = name != "user_id" && hidden.contains(&name);
            match (name == KEY, is_hidden) {
                (true, _) if !keys.is_empty() => self.looked_up(is_hidden, keys),
                (_, true) => self.null().to_owned(),
                (true, false) => self.lookup(),
                (false, false) => self.column(&format!("u.{name}"), holds),
            }
        };
        let columns: Vec<String> = every().map(|(name, holds)| column(name, holds)).collect();
        format!("SELECT {} {}", columns.join(", "), self.of_unmarked())
    }

    fn column(&self, name: &str, holds: Holds) -> String {
        match (self, holds) {
            (Self::Postgresql(_), Holds::Text) => format!("({name})::text"),
            (Self::Postgresql(_), _) => format!("to_json({name})::text"),
            // CONCAT writes numbers as text and leaves everything else as it is.
            (Self::Mysql(_), Holds::Flag) => format!(
                "ELT(1 + FIELD(CONCAT({name}), '0', '1'), JSON_QUOTE(CONCAT({name})), 'false', 'true')"
            ),
            (Self::Mysql(_), _) => format!("CONCAT({name})"),
            (Self::Sqlite(_), Holds::Flag) => format!(
                "CASE WHEN {name} IS NULL THEN NULL WHEN {name} = 0 THEN 'false' \
                 WHEN {name} = 1 THEN 'true' ELSE 'other' END"
            ),
            // Another id than a text is equal to no mark and to no text in a list.
            (Self::Sqlite(_), _) if name == "u.user_id" => {
                "CASE typeof(u.user_id) WHEN 'text' THEN u.user_id END".to_owned()
            }
            (Self::Sqlite(_), _) => name.to_owned(),
        }
    }

    fn null(&self) -> &'static str {
        match self {
            Self::Postgresql(_) => "NULL::text",
            Self::Mysql(_) => "CAST(NULL AS CHAR)",
            Self::Sqlite(_) => "NULL",
        }
    }

    /// Two letters, y or n: whether the address in small letters has this user's key, and whether it
    /// has it in capitals, as the column compares: what comes out of JSON has no collation of its own. A key of a type of
    /// its own is not judged.
    fn lookup(&self) -> String {
        let of = |fold: &str| match self {
            Self::Postgresql(_) => format!(
                "CASE WHEN pg_typeof(u.email_key)::text NOT IN ('text', 'character varying') \
                 OR (u.email_key)::text = (to_json({fold}((u.email)::text COLLATE \"C\")) #>> '{{}}') THEN 'y' ELSE 'n' END"
            ),
            Self::Mysql(_) | Self::Sqlite(_) => {
                format!("CASE WHEN u.email_key = {fold}(u.email) THEN 'y' ELSE 'n' END")
            }
        };
        match self {
            Self::Mysql(_) => format!("CONCAT({}, {})", of("lower"), of("upper")),
            _ => format!("{} || {}", of("lower"), of("upper")),
        }
    }

    /// A letter more for each key of [`OTHER_KEYS`], n where no text is equal to it: SQLite keeps numbers and bytes.
    fn looked_up(&self, without_email: bool, keys: &[&str]) -> String {
        let email = if without_email { "'--'".to_owned() } else { self.lookup() };
        let other = OTHER_KEYS.map(|(key, _)| {
            if !keys.contains(&key) {
                return "'y'".to_owned();
            }
            // The answers of several lookups are put together, and then compared as what they are.
            let equal = if without_email && keys.len() == 1 {
                format!("u.{key} IS NULL OR u.{key} = CAST(u.{key} AS TEXT)")
            } else {
                format!("typeof(u.{key}) IN ('text', 'null')")
            };
            format!("CASE WHEN {equal} THEN 'y' ELSE 'n' END")
        });
        format!("{email} || {}", other.join(" || "))
    }

    /// The id in an order in which no two ids are equal, whatever the column's collation says.
    pub(super) fn key(&self) -> &'static str {
        match self {
            Self::Postgresql(_) => "(u.user_id)::text COLLATE \"default\"",
            Self::Mysql(_) => "CAST(CONVERT(u.user_id USING utf8mb4) AS BINARY)",
            Self::Sqlite(_) => "u.user_id COLLATE BINARY",
        }
    }

    /// Who has no id. SQLite keeps numbers and bytes, too.
    pub(in crate::database::directory) fn without_id(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => " AND typeof(u.user_id) <> 'text'",
            Self::Postgresql(_) | Self::Mysql(_) => " AND u.user_id IS NULL",
        }
    }

    /// Who has one, where comparing its key with a text does not tell.
    pub(super) fn with_id(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => " AND typeof(u.user_id) = 'text'",
            Self::Postgresql(_) | Self::Mysql(_) => "",
        }
    }

    /// What stands before and behind an id to compare with.
    pub(super) fn bound(&self) -> (&'static str, &'static str) {
        match self {
            Self::Mysql(_) => ("CAST(", " AS BINARY)"),
            Self::Postgresql(_) | Self::Sqlite(_) => ("", ""),
        }
    }

    /// What stands before and behind a JSON array to make rows of it.
    pub(in crate::database::directory) fn list(&self) -> (&'static str, &'static str) {
        match self {
            Self::Postgresql(_) => ("SELECT json_array_elements_text(", "::json)"),
            Self::Mysql(_) => (
                "SELECT CAST(j.id AS BINARY) FROM JSON_TABLE(",
                ", '$[*]' COLUMNS (id LONGTEXT CHARACTER SET utf8mb4 PATH '$')) AS j",
            ),
            Self::Sqlite(_) => ("SELECT value FROM json_each(", ")"),
        }
    }
}
