//! PostgreSQL's catalogue. The statements are files, for a DBA to read and to run.

mod attempts;
mod questions;

use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::timeout;
use tokio_postgres::{Client, Error as DriverError};

use super::{Allowed, Routine, Row, none_if_refused};
use crate::config::Database as Settings;
use crate::database::postgresql::{Address, connect_error, statement_error};
use crate::database::question::Arguments;
use crate::database::session::rows;
use crate::database::{Error, GRACE};
use crate::schema::Schema;

const BEGIN: &str =
    "BEGIN READ ONLY; SET LOCAL search_path = pg_catalog; SET LOCAL quote_all_identifiers = off";

/// Asks as the runtime role. Every question is a transaction of its own, and what it sets ends with it:
/// a pooler may give the server's process to others in between.
pub struct PostgresqlCatalog {
    address: Address,
    kept: Mutex<Option<Client>>,
    begin: String,
    patience: Duration,
    /// How many the service may have, at most.
    connections: usize,
}

/// As many of the server's other databases are tried.
const DATABASES: usize = 20;

/// The statements that return findings: code, what was found, what to do; one tells as well what was and what is.
const FINDINGS: [&str; 8] = [
    include_str!("postgresql/role.sql"),
    include_str!("postgresql/grants.sql"),
    include_str!("postgresql/routines.sql"),
    include_str!("postgresql/changed.sql"),
    include_str!("postgresql/owners.sql"),
    include_str!("postgresql/marks.sql"),
    include_str!("postgresql/view.sql"),
    include_str!("postgresql/settings.sql"),
];

impl PostgresqlCatalog {
    pub(super) fn new(address: Address, settings: &Settings) -> Self {
        let limit = settings.statement_timeout;
        let begin = format!("{BEGIN}; SET LOCAL statement_timeout = {}", limit.as_millis());
        let patience = settings.connect_timeout + limit + GRACE;
        let connections = settings.connections();
        Self { address, kept: Mutex::default(), begin, patience, connections }
    }

    /// All that the catalogue holds against the role: code, what was found, what to do.
    ///
    /// # Errors
    /// No answer.
    pub async fn findings(&self, allowed: Allowed) -> Result<Vec<Row>, Error> {
        // The argument types as pg_proc.proargtypes shows them; 25 is text.
        let routine = |(name, arguments): &Routine| {
            format!("('{name}', '{}')", vec!["25"; *arguments].join(" "))
        };
        let none = allowed.routines.is_empty().then(|| "('', '')".to_owned());
        let routines: Vec<_> = allowed.routines.iter().map(routine).chain(none).collect();
        let relations = allowed.relations(|name| format!("('{name}')"));
        let mut rows = vec![];
        for statement in FINDINGS {
            let statement = statement.replace("{routines}", &routines.join(", "));
            let statement = statement.replace("{connections}", &self.connections.to_string());
            rows.extend(self.rows(&statement.replace("{relations}", &relations)).await?);
        }
        if self.version().await? >= 150_000 {
            rows.extend(self.rows(include_str!("postgresql/parameters.sql")).await?);
        }
        Ok(rows)
    }

    /// The role's name, its limit of connections (-1 for none), whether it may take advisory locks and write
    /// to the WAL, and its bound of temporary files (-1 for none).
    ///
    /// # Errors
    /// No answer.
    pub async fn role(&self) -> Result<Row, Error> {
        let statement = "SELECT r.rolname::text, r.rolconnlimit::text, \
            has_function_privilege('pg_advisory_lock(bigint)', 'EXECUTE')::text, \
            has_function_privilege('pg_logical_emit_message(boolean, text, text)', 'EXECUTE')::text, \
            current_setting('temp_file_limit') FROM pg_roles AS r WHERE r.rolname = current_user";
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

    /// The contract's views (name, nothing, definition), and the columns of text that they read (view,
    /// column, type, collation).
    ///
    /// # Errors
    /// No answer.
    pub async fn lookups(&self) -> Result<Vec<Row>, Error> {
        self.rows(include_str!("postgresql/lookups.sql")).await
    }

    /// Whether the server lets the role in by a password that is not its own.
    pub async fn lets_anybody_in(&self) -> bool {
        let mut address = self.address.clone();
        let wrong = u64::from_be_bytes(crate::database::unguessable());
        std::sync::Arc::make_mut(&mut address.config).password(format!("narrowgate-{wrong}"));
        address.client().await.is_ok()
    }

    /// The answer to a question that reads no table; none where the server refuses it.
    ///
    /// # Errors
    /// No answer.
    pub async fn evaluated(&self, question: &str) -> Result<Option<String>, Error> {
        let rows = none_if_refused(self.rows(question).await)?;
        Ok(rows.into_iter().next().map(|row| row.text(0).to_owned()))
    }

    pub(super) fn contract(&self) -> Schema {
        self.address.contract.clone()
    }

    /// Statements of ours, which speak of the contract by its usual name.
    async fn rows(&self, statement: &str) -> Result<Vec<Row>, Error> {
        let statement = self.contract().named(statement);
        self.apart(async |on| texts(on, &statement, &[]).await).await
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

impl Address {
    /// The same server and credential, another database.
    fn of_database(&self, name: &str) -> Self {
        let mut address = self.clone();
        std::sync::Arc::make_mut(&mut address.config).dbname(name);
        address
    }
}
