//! PostgreSQL's catalogue. The statements are files, for a DBA to read and to run.

mod attempts;

use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::timeout;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Error as DriverError};

use super::{Reading, Routine, Routines, Row, call_of};
use crate::config::Database as Settings;
use crate::database::postgresql::{Address, connect_error, statement_error};
use crate::database::session::{Arguments, rows};
use crate::database::{Error, GRACE};

const BEGIN: &str =
    "BEGIN READ ONLY; SET LOCAL search_path = pg_catalog; SET LOCAL quote_all_identifiers = off";

/// Asks as the runtime role. Every question is a transaction of its own, and what it sets ends with it:
/// a pooler may give the server's process to others in between.
pub struct PostgresqlCatalog {
    address: Address,
    kept: Mutex<Option<Client>>,
    begin: String,
    patience: Duration,
}

/// As many of the server's other databases are tried.
const DATABASES: usize = 20;

/// The statements that return findings: code, what was found, what to do.
const FINDINGS: [&str; 6] = [
    include_str!("postgresql/role.sql"),
    include_str!("postgresql/grants.sql"),
    include_str!("postgresql/routines.sql"),
    include_str!("postgresql/owners.sql"),
    include_str!("postgresql/marks.sql"),
    include_str!("postgresql/settings.sql"),
];

/// What was read: table or index, rows, times, whether from its beginning, the table's size.
const READINGS: &str = include_str!("postgresql/readings.sql");

impl PostgresqlCatalog {
    pub(super) fn new(address: Address, settings: &Settings) -> Self {
        let limit = settings.statement_timeout;
        let begin = format!("{BEGIN}; SET LOCAL statement_timeout = {}", limit.as_millis());
        let patience = settings.connect_timeout + limit + GRACE;
        Self { address, kept: Mutex::default(), begin, patience }
    }

    /// All that the catalogue holds against the role: code, what was found, what to do.
    ///
    /// # Errors
    /// No answer.
    pub async fn findings(&self, routines: Routines) -> Result<Vec<Row>, Error> {
        let list: Vec<String> = routines
            .iter()
            // The argument types as pg_proc.proargtypes shows them; 25 is text.
            .map(|(name, arguments)| format!("('{name}', '{}')", vec!["25"; *arguments].join(" ")))
            .collect();
        let mut rows = vec![];
        for statement in FINDINGS {
            rows.extend(self.rows(&statement.replace("{routines}", &list.join(", "))).await?);
        }
        if self.version().await? >= 150_000 {
            rows.extend(self.rows(include_str!("postgresql/parameters.sql")).await?);
        }
        Ok(rows)
    }

    /// The role's name and its limit of connections, -1 for none.
    ///
    /// # Errors
    /// No answer.
    pub async fn role(&self) -> Result<Row, Error> {
        let statement =
            "SELECT rolname::text, rolconnlimit::text FROM pg_roles WHERE rolname = current_user";
        Ok(self.rows(statement).await?.pop().unwrap_or(Row(vec![])))
    }

    /// How the server sees this connection: its TLS version, or nothing.
    ///
    /// # Errors
    /// No answer.
    pub async fn tls_version(&self) -> Result<String, Error> {
        let rows = self
            .rows("SELECT version FROM pg_stat_ssl WHERE ssl AND pid = pg_backend_pid()")
            .await?;
        Ok(rows.iter().map(|row| row.text(0)).collect())
    }

    /// Where a pooler is in between, after how many milliseconds the role's statements are given up
    /// (0: never); none where nothing is.
    ///
    /// # Errors
    /// No answer.
    pub async fn behind_pooler(&self) -> Result<Option<u128>, Error> {
        if !self.address.is_shared() {
            return Ok(None);
        }
        let own = "SELECT reset_val FROM pg_settings WHERE name = 'statement_timeout'";
        let rows = self.rows(own).await?;
        Ok(Some(rows.first().and_then(|row| row.text(0).parse().ok()).unwrap_or(0)))
    }

    async fn version(&self) -> Result<u32, Error> {
        let rows = self.rows("SELECT current_setting('server_version_num')").await?;
        Ok(rows.iter().find_map(|row| row.text(0).parse().ok()).unwrap_or(0))
    }

    /// Other databases of the server that let the role in with the same credential, and how many
    /// were not asked. Those that only `pg_hba.conf` keeps shut are tried, for nothing else can tell.
    ///
    /// # Errors
    /// No answer from the role's own database.
    pub async fn open_databases(&self) -> Result<(Vec<String>, usize), Error> {
        let others = "SELECT datname::text FROM pg_database WHERE datallowconn \
            AND datname <> current_database() AND has_database_privilege(oid, 'CONNECT') ORDER BY 1";
        let mut open = vec![];
        let others = self.rows(others).await?;
        for other in others.iter().take(DATABASES) {
            if self.address.of_database(other.text(0)).client().await.is_ok() {
                open.push(other.text(0).to_owned());
            }
        }
        Ok((open, others.len().saturating_sub(DATABASES)))
    }

    /// The answer of a routine.
    ///
    /// # Errors
    /// No answer, or the routine failed.
    pub async fn ask(
        &self,
        name: &'static str,
        arguments: &[Option<&str>],
    ) -> Result<String, Error> {
        self.apart(async |on| answer(on, name, arguments).await).await
    }

    /// The contract's views (name, nothing, definition), and the columns of text that they read (view,
    /// column, type, collation).
    ///
    /// # Errors
    /// No answer.
    pub async fn lookups(&self) -> Result<Vec<Row>, Error> {
        self.rows(include_str!("postgresql/lookups.sql")).await
    }

    /// The answer to a question that reads no table; none where the server refuses it.
    pub async fn evaluated(&self, question: &str) -> Option<String> {
        let rows = self.rows(question).await.ok()?;
        rows.into_iter().next().map(|row| row.text(0).to_owned())
    }

    /// Whether a mark would be written, or a user told, for this id. Nothing can be written here.
    ///
    /// # Errors
    /// No answer, or the routine failed otherwise.
    pub async fn marks(&self, user_id: Option<&str>) -> Result<bool, Error> {
        self.apart(async |on| match answer(on, "mark_migrated", &[user_id, None]).await {
            Ok(answer) => Ok(!answer.is_empty()),
            Err(error) if error.code() == Some(&SqlState::READ_ONLY_SQL_TRANSACTION) => Ok(true),
            Err(error) => Err(error),
        })
        .await
    }

    /// What `calls` calls of a routine read.
    ///
    /// # Errors
    /// No answer, or the routine failed.
    pub async fn readings(
        &self,
        routine: Routine,
        argument: &str,
        calls: u8,
    ) -> Result<Vec<Reading>, Error> {
        self.apart(async |on| {
            // What earlier transactions read may still be among the counts.
            let before = texts(on, READINGS, &[]).await?;
            texts(on, &call(routine, calls), &[Some(argument)]).await?;
            let after = texts(on, READINGS, &[]).await?;
            Ok(after.iter().filter_map(|row| reading(row, &before)).collect())
        })
        .await
    }

    async fn rows(&self, statement: &str) -> Result<Vec<Row>, Error> {
        self.apart(async |on| texts(on, statement, &[]).await).await
    }

    /// Does something in a transaction that only reads and is rolled back.
    async fn apart<T>(
        &self,
        work: impl AsyncFnOnce(&Client) -> Result<T, DriverError>,
    ) -> Result<T, Error> {
        let mut kept = self.kept.lock().await;
        let connected = kept.take().filter(|client| !client.is_closed());
        let done = async {
            let client = match connected {
                Some(client) => client,
                None => self.address.client().await.map_err(|error| connect_error(&error))?,
            };
            client.batch_execute(&self.begin).await.map_err(|error| self.no_transaction(&error))?;
            let transaction = async {
                let done = work(&client).await?;
                client.batch_execute("ROLLBACK").await?;
                Ok(done)
            };
            let done = transaction.await.map_err(|error: DriverError| statement_error(&error))?;
            Ok::<_, Error>((client, done))
        };
        let late = |_| Error::Overdue("the statement was not answered");
        let (client, done) = timeout(self.patience, done).await.map_err(late)??;
        *kept = Some(client);
        Ok(done)
    }
}

impl PostgresqlCatalog {
    fn no_transaction(&self, error: &DriverError) -> Error {
        match statement_error(error) {
            Error::Unreachable(_) if self.address.is_shared() && error.code().is_some() => {
                Error::Refused(
                    "a pooler in between takes no transactions (statement mode), and the proof needs them; \
                     let it go to the server itself"
                        .to_owned(),
                )
            }
            other => other,
        }
    }
}

async fn texts(
    on: &Client,
    statement: &str,
    arguments: Arguments<'_>,
) -> Result<Vec<Row>, DriverError> {
    Ok(rows(on, statement, arguments).await?.into_iter().map(Row).collect())
}

/// A routine's name is one of ours, and arguments are bound.
async fn answer(
    on: &Client,
    name: &'static str,
    arguments: &[Option<&str>],
) -> Result<String, DriverError> {
    let places: Vec<_> = (1..=arguments.len()).map(|place| format!("${place}")).collect();
    let call = format!("SELECT narrowgate.{name}({})", places.join(", "));
    let rows = texts(on, &call, arguments).await?;
    Ok(rows.first().map_or_else(String::new, |row| row.text(0).to_owned()))
}

/// A routine's name is one of ours; nothing of a caller becomes SQL.
fn call(routine: Routine, calls: u8) -> String {
    format!("SELECT {} FROM generate_series(1, {calls})", call_of(routine, "$1"))
}

/// What was read of one object since `before`; none when it was left alone.
fn reading(row: &Row, before: &[Row]) -> Option<Reading> {
    let earlier = before.iter().find(|earlier| earlier.text(0) == row.text(0));
    let since = |place: usize| {
        let count = |row: &Row| row.text(place).parse::<u64>().unwrap_or(0);
        count(row).saturating_sub(earlier.map_or(0, count))
    };
    (since(2) > 0).then(|| Reading {
        object: row.text(0).to_owned(),
        rows: since(1),
        scanned: row.text(3) == "true",
        size: row.text(4).parse().unwrap_or(-1),
    })
}

impl Address {
    /// The same server and credential, another database.
    fn of_database(&self, name: &str) -> Self {
        let mut address = self.clone();
        std::sync::Arc::make_mut(&mut address.config).dbname(name);
        address
    }
}
