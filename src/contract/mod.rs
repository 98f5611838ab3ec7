//! The database contract as one SQL script, made from a mapping of the legacy tables.
//!
//! It only writes text. [`describe`] asks a database about a mapping, and nothing is ever executed.

mod aggregate;
mod builder;
mod describe;
mod described_fold;
mod described_operators;
mod described_rows;
mod fill;
mod fold;
mod forms;
mod index;
mod inside;
mod lookups;
mod mapping;
mod mysql;
mod mysql_keys;
mod mysql_mark;
mod mysql_questions;
mod own_table;
mod postgresql;
mod postgresql_names;
mod postgresql_questions;
mod presets;
mod read;
mod schemes;
mod source;
mod sql;
mod sqlite;
mod walk;

use std::fmt;
use std::path::Path;
use std::str::FromStr;

pub use describe::describe;
pub use fold::{Fold, question as fold_question, replaced};
pub use mapping::{Kind, Lookup, Mapping};
pub use presets::{preset, presets};

pub use crate::columns::{COLUMNS, Holds};
use crate::schema::Schema;

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

/// The columns that every answer holds.
fn profile() -> Vec<&'static str> {
    all().into_iter().filter(|column| !column.starts_with("password_")).collect()
}

/// The columns that the login's answer holds.
fn all() -> Vec<&'static str> {
    COLUMNS.map(|(column, _)| column).into()
}

/// What a script is to be like, besides the mapping.
#[derive(Debug, Default)]
pub struct Options {
    /// The name of its schema, and what the roles' names begin with.
    pub schema: Schema,
    /// Whether the bulk half has its roles.
    pub bulk: bool,
    /// What is not to be refused: `condition`, `publication`, `row_security`.
    pub accepted: Vec<String>,
}

/// The script that makes the contract. It may be applied again and again.
#[must_use]
pub fn script(mapping: &Mapping, options: &Options) -> String {
    let origin = origin(mapping);
    let script = match mapping.engine {
        Engine::Postgresql => postgresql::script(mapping, options, &origin),
        Engine::Mysql | Engine::Mariadb => mysql::script(mapping, options, &origin),
        Engine::Sqlite => sqlite::script(mapping, &origin),
    };
    options.schema.named(&script)
}

/// The script that takes it back, and nothing else.
#[must_use]
pub fn removal(mapping: &Mapping, options: &Options) -> String {
    let origin = origin(mapping);
    let script = match mapping.engine {
        Engine::Postgresql => postgresql::removal(&origin),
        Engine::Mysql | Engine::Mariadb => mysql::removal(mapping, &origin),
        Engine::Sqlite => sqlite::removal(&origin),
    };
    options.schema.named(&script)
}

/// The script that takes from PUBLIC, on PostgreSQL, what the service's role should not have either; or the one that gives it
/// back.
#[must_use]
pub fn close_public(options: &Options, back: bool) -> String {
    options.schema.named(&postgresql::close_public(&printed_by(), back))
}

/// A text as SQL writes it.
fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn condition(mapping: &Mapping) -> String {
    condition_of(mapping.condition.as_ref())
}

fn condition_of(condition: Option<&mapping::Text>) -> String {
    condition.map(|condition| format!("\nWHERE {}", condition.text)).unwrap_or_default()
}

/// Names in lines of readable length.
fn wrapped(names: &[impl AsRef<str>], margin: &str) -> String {
    wrapped_by(names, ", ", margin)
}

fn wrapped_by(names: &[impl AsRef<str>], between: &str, margin: &str) -> String {
    let mut text = String::new();
    let mut width = 0;
    for (at, name) in names.iter().enumerate() {
        let name = name.as_ref();
        if at > 0 {
            let wraps = width + name.len() > 116;
            text.push_str(if wraps { between.trim_end() } else { between });
            if wraps {
                text.push('\n');
                text.push_str(margin);
                width = 0;
            }
        }
        text.push_str(name);
        width += name.len() + 2;
    }
    text
}

/// Columns of the view, as `u.NAME`.
fn wrapped_columns(columns: &[&str], margin: &str) -> String {
    let names: Vec<_> = columns.iter().map(|column| format!("u.{column}")).collect();
    wrapped(&names, margin)
}

/// Calls each routine for nobody: the questions by each kind of identifier there is.
fn probes(mapping: &Mapping, routines: &[&str]) -> String {
    let mut lines = vec![];
    for routine in routines {
        let name = routine.split('(').next().unwrap_or_default();
        let further = match name {
            "password_matches" => ", ''",
            "mark_migrated" => ", NULL",
            _ => "",
        };
        let asked = nobody(mapping, name);
        let asked = asked.iter().map(|probe| format!("narrowgate.{name}('{probe}'{further})"));
        lines.push(format!("SELECT {};", asked.collect::<Vec<_>>().join(", ")));
    }
    lines.join("\n")
}

/// What names no user: for a question, one of each kind of identifier.
fn nobody(mapping: &Mapping, routine: &str) -> Vec<&'static str> {
    if routine == "mark_migrated" {
        return vec![Kind::Username.nobody()];
    }
    mapping.lookups.keys().map(|kind| kind.nobody()).collect()
}

/// For a comment: a file may have any name.
fn origin(mapping: &Mapping) -> String {
    let name = Path::new(&mapping.name).file_name().unwrap_or_default().to_string_lossy();
    let name = name.replace(char::is_control, "?");
    format!("{} from {name}.", printed_by().trim_end_matches('.'))
}

fn printed_by() -> String {
    format!("Printed by narrowgate-migrate {}.", env!("CARGO_PKG_VERSION"))
}

/// On one line, for a comment.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
