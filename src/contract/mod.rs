//! The database contract as one SQL script, made from a mapping of the legacy tables.
//!
//! It only writes text: nothing here can reach a database.

mod mapping;
mod presets;
mod reads;
mod source;
mod sql;

use std::fmt;
use std::str::FromStr;

pub use mapping::{Kind, Lookup, Mapping};
pub use presets::{preset, presets};

/// The canonical columns of the view `legacy_user`, in their order, and what each holds.
pub const COLUMNS: [(&str, Holds); 17] = [
    ("user_id", Holds::Text),
    ("email", Holds::Text),
    ("email_verified", Holds::Flag),
    ("username", Holds::Text),
    ("phone_number", Holds::Text),
    ("phone_verified", Holds::Flag),
    ("name", Holds::Text),
    ("given_name", Holds::Text),
    ("family_name", Holds::Text),
    ("nickname", Holds::Text),
    ("picture", Holds::Text),
    ("user_metadata", Holds::Object),
    ("app_metadata", Holds::Object),
    ("blocked", Holds::Flag),
    ("password_hash", Holds::Text),
    ("password_salt", Holds::Text),
    ("password_scheme", Holds::Text),
];

/// What a canonical column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    /// Text.
    Text,
    /// True, false or unknown.
    Flag,
    /// A JSON object.
    Object,
}

/// The engine that a script is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// PostgreSQL 13 and later.
    Postgresql,
    /// MySQL 8.0 and later.
    Mysql,
    /// MariaDB 10.6 and later.
    Mariadb,
    /// SQLite 3.38 and later.
    Sqlite,
}

impl Engine {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Postgresql, Self::Mysql, Self::Mariadb, Self::Sqlite];

    /// As it is written in mappings and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Postgresql => "postgresql",
            Self::Mysql => "mysql",
            Self::Mariadb => "mariadb",
            Self::Sqlite => "sqlite",
        }
    }

    /// MySQL or MariaDB, which differ little.
    #[must_use]
    pub fn is_mysql(self) -> bool {
        matches!(self, Self::Mysql | Self::Mariadb)
    }
}

impl FromStr for Engine {
    type Err = &'static str;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let named = Self::ALL.into_iter().find(|engine| engine.name() == name);
        named.ok_or("write postgresql, mysql, mariadb or sqlite")
    }
}

/// One thing that is wrong with a mapping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The line of the mapping, from 1; none when something is missing.
    pub line: Option<usize>,
    /// The key, for example `columns.email`.
    pub key: String,
    /// What is wrong with it.
    pub cause: String,
    /// What to do.
    pub remedy: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(out, "line {line}: ")?;
        }
        write!(out, "{}: {}; {}", self.key, self.cause, self.remedy)
    }
}

/// The script that makes the contract.
///
/// # Errors
/// What the engine cannot do.
pub fn script(mapping: &Mapping) -> Result<String, Vec<Fault>> {
    let _ = mapping;
    Ok(String::new())
}

/// The script that takes it back.
#[must_use]
pub fn removal(mapping: &Mapping) -> String {
    let _ = mapping;
    String::new()
}
