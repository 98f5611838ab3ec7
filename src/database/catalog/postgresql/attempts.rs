//! What the role tries on PostgreSQL and must be denied.

use tokio::time::timeout;
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use super::{BEGIN, PostgresqlCatalog};
use crate::cause::innermost;
use crate::database::Error;
use crate::database::catalog::{Allowed, Attempt, Outcome};

/// The view of the contract, the marks, and every table that the view stands on.
const RELATIONS: &str = include_str!("relations.sql");

/// Rights of which nothing but the answer matters: each statement does nothing where it is allowed.
const ATTEMPTS: [&str; 8] = [
    "SELECT FROM pg_catalog.pg_authid LIMIT 0",
    "SELECT pg_catalog.pg_read_file('/nonexistent') WHERE false",
    "SELECT pg_catalog.lo_create(0) WHERE false",
    "COPY (SELECT 1 WHERE false) TO '/dev/null'",
    "COPY (SELECT 1 WHERE false) TO PROGRAM 'true'",
    "DO LANGUAGE plpgsql 'BEGIN END'",
    "SET LOCAL ROLE narrowgate_owner",
    "SET LOCAL SESSION AUTHORIZATION narrowgate_owner",
];

impl PostgresqlCatalog {
    /// Tries what must be denied.
    ///
    /// # Errors
    /// No answer.
    pub async fn attempts(&self, allowed: Allowed) -> Result<Vec<Attempt>, Error> {
        let contract = self.contract();
        let mut statements: Vec<String> = ATTEMPTS.map(|tried| contract.named(tried)).into();
        for relation in self.rows(RELATIONS).await? {
            // EXPLAIN checks the rights of what it explains, and runs nothing.
            let name = relation.text(0);
            statements.push(format!("SELECT FROM {name} LIMIT 0"));
            statements.push(format!("EXPLAIN INSERT INTO {name} DEFAULT VALUES"));
            statements.push(format!("EXPLAIN DELETE FROM {name}"));
        }
        let own = |statement: &String| allowed.reads(&contract.usual(statement));
        statements.retain(|statement| !own(statement));
        // The role may have few connections: the one in the pool makes room.
        self.kept.lock().await.take();
        let client = self.in_time(self.address.client()).await?;
        let mut attempts = vec![];
        for statement in statements {
            let outcome = self.in_time(attempt(&client, BEGIN, &statement)).await?;
            attempts.push(Attempt { statement, outcome });
        }
        // A transaction that only reads makes no temporary table either; this one is rolled back.
        let statement = "CREATE TEMPORARY TABLE narrowgate_probe ()".to_owned();
        let outcome = self.in_time(attempt(&client, "BEGIN READ WRITE", &statement)).await?;
        attempts.push(Attempt { statement, outcome });
        Ok(attempts)
    }

    /// Each by itself: a far server is asked as much as a near one.
    async fn in_time<T>(
        &self,
        tried: impl Future<Output = Result<T, tokio_postgres::Error>>,
    ) -> Result<T, Error> {
        let late = |_| Error::Overdue("what was tried was not answered");
        let tried = timeout(self.patience, tried).await.map_err(late)?;
        tried.map_err(|error| Error::Unreachable(innermost(&error)))
    }
}

/// On the driver itself, for Diesel does not tell the SQLSTATE.
async fn attempt(
    on: &Client,
    begin: &str,
    statement: &str,
) -> Result<Outcome, tokio_postgres::Error> {
    if let Err(error) = on.batch_execute(begin).await {
        // A replica begins nothing that could write.
        return if error.as_db_error().is_some() { Ok(Outcome::Failed) } else { Err(error) };
    }
    let outcome = on.batch_execute(statement).await;
    on.batch_execute("ROLLBACK").await?;
    Ok(match outcome {
        Ok(()) => Outcome::Allowed,
        Err(error) if error.code() == Some(&SqlState::INSUFFICIENT_PRIVILEGE) => Outcome::Denied,
        Err(_) => Outcome::Failed,
    })
}
