//! What a database says of SQL that it is not to run: a DBA's own connection, read-only, that
//! only asks for types and plans.

use std::time::Duration;

use diesel::prelude::*;
use diesel::sql_types::{Nullable, Text};
use tokio_postgres::Client;

use super::catalog::{Row, searches_by_constants};
use super::directory::{Connection, connect, settings};
use super::session::rows;
use super::{DirectoryError, innermost};
use crate::config::DatabaseTarget;

/// May ask what an expression would be.
pub struct Describer(Connection);

#[derive(QueryableByName)]
struct Answer {
    #[diesel(sql_type = Nullable<Text>)]
    answer: Option<String>,
}

#[derive(QueryableByName, PartialEq)]
struct MysqlPlan {
    #[diesel(sql_type = Nullable<Text>, column_name = "type")]
    access: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    key: Option<String>,
}

/// In the server's own words: the statement holds no user's data.
type Told<T> = Result<T, String>;

fn words(error: diesel::result::Error) -> String {
    match error {
        diesel::result::Error::DatabaseError(_, information) => information.message().to_owned(),
        other => innermost(&other),
    }
}

impl Describer {
    /// Connects so that nothing can be written.
    ///
    /// # Errors
    /// Why there is no connection.
    pub async fn open(target: DatabaseTarget, patience: Duration) -> Result<Self, DirectoryError> {
        let settings = settings(target, patience);
        let connecting = tokio::time::timeout(patience, connect(&settings)).await;
        let late = |_| DirectoryError::Unreachable("no connection could be made in time".into());
        let connection = connecting.map_err(late)??;
        if let Connection::Postgresql(on) = &connection {
            // A pooler that has no transactions says so now, and not of the first expression.
            let tried = alone(on, "SELECT ''").await;
            tried.map_err(DirectoryError::Refused)?;
        }
        Ok(Self(connection))
    }

    /// The column `answer` of the first row.
    ///
    /// # Errors
    /// Why the database refuses the statement.
    pub async fn answer(&mut self, sql: &str) -> Told<Option<String>> {
        let rows = match &mut self.0 {
            Connection::Postgresql(on) => {
                let rows = alone(on, sql).await?;
                return Ok(rows.into_iter().flatten().next().filter(|text| !text.is_empty()));
            }
            Connection::Mysql(on) => {
                diesel_async::RunQueryDsl::load::<Answer>(diesel::sql_query(sql), on).await
            }
            Connection::Sqlite(on) => {
                diesel::RunQueryDsl::load::<Answer>(diesel::sql_query(sql), on.as_mut())
            }
        };
        Ok(rows.map_err(words)?.into_iter().find_map(|row| row.answer))
    }

    /// Whether the plan for a question, which holds `probe` as a text, goes by an index: by another than the same question
    /// for `all` does, such as one of a column that is the same for everybody.
    ///
    /// # Errors
    /// Why the database refuses the statement.
    pub async fn goes_by_index(&mut self, question: &str, all: &str, probe: &str) -> Told<bool> {
        match &mut self.0 {
            Connection::Postgresql(on) => {
                let lines = alone(on, &format!("EXPLAIN {question}")).await?;
                let by_index = |line: &String| line.contains("Index Cond:") && line.contains(probe);
                Ok(lines.iter().flatten().any(by_index))
            }
            Connection::Mysql(on) => {
                let mut plan = async |question: &str| {
                    let plan =
                        diesel::sql_query(format!("EXPLAIN FORMAT = TRADITIONAL {question}"));
                    diesel_async::RunQueryDsl::load::<MysqlPlan>(plan, on).await.map_err(words)
                };
                let whole =
                    |row: &MysqlPlan| matches!(row.access.as_deref(), Some("ALL" | "index"));
                let rows = plan(question).await?;
                Ok(!rows.iter().any(whole) && rows != plan(all).await?)
            }
            Connection::Sqlite(on) => {
                let mut rows = |statement: String| {
                    let statement = diesel::sql_query(statement);
                    diesel::RunQueryDsl::load::<Row>(statement, on.as_mut()).map_err(words)
                };
                let plan = rows(format!("EXPLAIN QUERY PLAN {question}"))?;
                let asked = question.replace(&format!("'{probe}'"), "?");
                let code = rows(format!("EXPLAIN {asked}"))?;
                let whole = |row: &Row| row.text(3).starts_with("SCAN");
                Ok(!plan.iter().any(whole) && !searches_by_constants(&code))
            }
        }
    }
}

/// Types and operators are told with their schemas, and plans show what could be used. Settings are of
/// the transaction alone, which only reads: a pooler may give the server's process to others.
const BEGIN: &str =
    "BEGIN READ ONLY; SET LOCAL search_path = pg_catalog; SET LOCAL enable_seqscan = off";

async fn alone(on: &Client, statement: &str) -> Told<Vec<Vec<String>>> {
    let words = |error: tokio_postgres::Error| match error.as_db_error() {
        Some(answer) => answer.message().to_owned(),
        None => innermost(&error),
    };
    on.batch_execute(BEGIN).await.map_err(words)?;
    let rows = rows(on, statement, &[]).await;
    on.batch_execute("ROLLBACK").await.map_err(words)?;
    rows.map_err(words)
}
