//! What `narrowgate check` asks: what the runtime role is and may do, by the server's catalogue and
//! by attempts that cannot harm. Nothing here names a user, and nothing is kept: every question runs
//! in a transaction that is rolled back.

mod mysql;
mod postgresql;
mod sqlite;

use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, QueryableByName};
use diesel::row::{Field, NamedRow};
use diesel::sql_types::Text;

pub use mysql::MysqlCatalog;
pub use postgresql::PostgresqlCatalog;
pub use sqlite::SqliteCatalog;
pub(super) use sqlite::searches_by_constants;

use super::routines::aloud;
use super::{Database, Engine, Error, pool};
use crate::config::{Database as Settings, DatabaseTarget};
use crate::database::mysql::manager;
use crate::schema::Schema;

/// A routine of the contract, with the number of its text arguments.
pub type Routine = (&'static str, usize);

/// The routines of the contract that the role calls.
pub type Routines = &'static [Routine];

/// What the contract lets a role do.
#[derive(Clone, Copy)]
pub struct Allowed {
    /// The routines that it calls.
    pub routines: Routines,
    /// The relations of the contract's schema that it reads.
    pub relations: &'static [&'static str],
}

impl Allowed {
    /// Rows of SQL for the relations; the empty name is that of none.
    fn relations(self, row: fn(&str) -> String) -> String {
        let none = self.relations.is_empty().then(|| row(""));
        self.relations.iter().map(|name| row(name)).chain(none).collect::<Vec<_>>().join(", ")
    }

    /// Whether a statement only reads what the role is to read.
    fn reads(self, statement: &str) -> bool {
        self.relations.iter().any(|name| statement.contains(&format!("FROM narrowgate.{name} ")))
    }
}

/// A call with the placeholder of the first argument; of a second one nothing is expected.
fn call_of((name, arguments): Routine, placeholder: &str) -> String {
    let rest = ", 'narrowgate-probe'".repeat(arguments.saturating_sub(1));
    format!("narrowgate.{name}({placeholder}{rest})")
}

/// What a server refuses gives nothing; where there is no answer, nothing is known.
fn none_if_refused<T: Default>(answer: Result<T, Error>) -> Result<T, Error> {
    answer.or_else(|error| if error.refuses_statement() { Ok(T::default()) } else { Err(error) })
}

/// The catalogue of the engine that answers.
pub enum Catalog {
    /// PostgreSQL.
    Postgresql(Box<PostgresqlCatalog>),
    /// MySQL or MariaDB.
    Mysql(MysqlCatalog),
    /// A file has no roles; there are only plans to ask for.
    Sqlite(SqliteCatalog),
}

/// A row of texts; NULL is the empty text.
pub struct Row(Vec<String>);

impl Row {
    /// The text at a place, empty when there is none.
    #[must_use]
    pub fn text(&self, place: usize) -> &str {
        self.0.get(place).map_or("", String::as_str)
    }
}

// By place, not by name: SHOW GRANTS names its column after the account.
impl<DB: Backend> QueryableByName<DB> for Row
where
    String: FromSql<Text, DB>,
{
    fn build<'a>(row: &impl NamedRow<'a, DB>) -> deserialize::Result<Self> {
        let texts = (0..row.field_count()).map(|place| {
            let field = diesel::row::Row::get(row, place).ok_or("a column is missing")?;
            field.value().map_or_else(|| Ok(String::new()), String::from_sql)
        });
        texts.collect::<Result<_, _>>().map(Self)
    }
}

/// Something that the role should not be able to do, and whether it could.
pub struct Attempt {
    /// The statement.
    pub statement: String,
    /// What the server said.
    pub outcome: Outcome,
}

/// What came of an attempt.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It was carried out, as far as it can be: there was nothing for it to change.
    Allowed,
    /// The right to it is missing.
    Denied,
    /// It failed for another reason, which says nothing about rights.
    Failed,
}

/// How much a call of a routine read.
pub struct Reading {
    /// The table or index, where the engine tells.
    pub object: String,
    /// Rows or index entries.
    pub rows: u64,
    /// The table was read from its beginning.
    pub scanned: bool,
    /// How many rows the table has, by its statistics; negative when nobody knows.
    pub size: i64,
}

impl Database {
    /// What `narrowgate check` may ask.
    ///
    /// # Errors
    /// As [`Database::open`].
    pub fn catalog(&self, settings: &Settings) -> Result<Catalog, Error> {
        // The account may have few connections: those of the questions make room.
        Ok(match &self.engine {
            Engine::Postgresql(reading, marking) => {
                reading.close_idle();
                marking.close_idle();
                let catalog = PostgresqlCatalog::new(reading.address().clone(), settings);
                Catalog::Postgresql(Box::new(catalog))
            }
            Engine::Mysql(connections) => {
                connections.close_idle();
                let DatabaseTarget::Mysql(server, transport) = &settings.target else {
                    return Err(Error::Refused("these are another database's settings".to_owned()));
                };
                let pool = pool(settings, 1, manager(server, transport, settings)?)?;
                let contract = server.contract.clone();
                let (limit, connections) = (self.statement_timeout, settings.connections());
                Catalog::Mysql(MysqlCatalog { pool, limit, contract, connections })
            }
            Engine::Sqlite(reader, writer) => Catalog::Sqlite(SqliteCatalog {
                pool: reader.clone(),
                writer: writer.clone(),
                limit: self.statement_timeout,
            }),
        })
    }
}

impl Catalog {
    /// The name of the contract.
    #[must_use]
    pub fn contract(&self) -> Schema {
        match self {
            Self::Postgresql(catalog) => catalog.contract(),
            Self::Mysql(catalog) => catalog.contract.clone(),
            Self::Sqlite(_) => Schema::default(),
        }
    }

    /// The answer of a routine to any texts, or NULL; a file gives none.
    ///
    /// # Errors
    /// No answer, or the routine failed.
    pub async fn ask(
        &self,
        name: &'static str,
        arguments: &[Option<&str>],
    ) -> Result<String, Error> {
        match self {
            Self::Postgresql(catalog) => catalog.ask(name, arguments).await,
            Self::Mysql(catalog) => catalog.ask(name, arguments).await,
            Self::Sqlite(_) => Ok(String::new()),
        }
    }

    /// Whether anybody would be marked for this id. Asked of PostgreSQL alone: in a transaction that only
    /// reads, MySQL calls no function that could write, and where there is no InnoDB behind the marks it
    /// keeps what was rolled back.
    ///
    /// # Errors
    /// No answer, or the routine failed.
    pub async fn marks(&self, user_id: Option<&str>) -> Result<bool, Error> {
        match self {
            Self::Postgresql(catalog) => catalog.marks(user_id).await,
            Self::Mysql(_) | Self::Sqlite(_) => Ok(false),
        }
    }

    /// Whether the id is that of several rows, by which no mark can ever be written. Nothing is
    /// written here: the question is asked where that cannot be, or is taken back.
    ///
    /// # Errors
    /// No answer.
    pub async fn is_repeated(&self, user_id: &str) -> Result<bool, Error> {
        let told = match self {
            Self::Postgresql(catalog) => catalog.marks(Some(user_id)).await.map(drop),
            Self::Mysql(catalog) => catalog.mark_and_take_back(user_id).await,
            Self::Sqlite(catalog) => return catalog.is_repeated(user_id).await,
        };
        match told {
            Err(error) if error.refuses_statement() => {
                Ok(aloud(error).words().contains("more than one row"))
            }
            told => told.map(|()| false),
        }
    }

    /// What `calls` calls of a routine read. The server's own words are in the error: they may name
    /// what was asked for.
    ///
    /// # Errors
    /// No answer, or the routine failed.
    pub async fn readings(
        &self,
        routine: Routine,
        argument: &str,
        calls: u8,
    ) -> Result<Vec<Reading>, Error> {
        let readings = match self {
            Self::Postgresql(catalog) => catalog.readings(routine, argument, calls).await,
            Self::Mysql(catalog) => catalog.readings(routine, argument, calls).await,
            Self::Sqlite(_) => Ok(vec![]),
        };
        // The contract's own are told by their usual names.
        let contract = self.contract();
        let named =
            |reading: Reading| Reading { object: contract.usual(&reading.object), ..reading };
        Ok(readings.map_err(aloud)?.into_iter().map(named).collect())
    }
}
