//! What a database says of SQL that it is not to run: a DBA's own connection, read-only, that
//! only asks for types and plans.

use std::time::Duration;

use diesel::prelude::*;
use diesel::sql_types::{Nullable, Text};
use tokio_postgres::Client;

use super::DirectoryError;
use super::catalog::{Row, searches_by_constants};
use super::directory::{Connection, connect};
use super::session::rows;
use crate::cause::innermost;
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

/// How a question finds its row, as the plan shows it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Way {
    /// By an index.
    Index,
    /// It reads the whole table.
    Walk,
    /// By a statement of another server, which is told what is looked for.
    Sent,
    /// It fetches the whole table of another server.
    Fetched,
}

impl Way {
    fn by_index(by_index: bool) -> Self {
        if by_index { Self::Index } else { Self::Walk }
    }

    /// What a plan of PostgreSQL says, if it tells: a wrapper need not show its statements.
    fn of_plan(lines: &[String], probe: &str) -> Option<Self> {
        if !lines.iter().any(|line| line.contains("Foreign Scan")) {
            let of_probe = |line: &String| line.contains("Index Cond:") && line.contains(probe);
            return Some(Self::by_index(lines.iter().any(of_probe) && !walks(lines, probe)));
        }
        if lines.iter().any(|line| line.trim_start().starts_with("Filter:") && line.contains(probe))
        {
            return Some(Self::Fetched);
        }
        let sent: Vec<_> = lines.iter().filter(|line| line.contains(": SELECT ")).collect();
        let told = sent.iter().any(|line| line.contains(probe));
        let whole = sent.iter().any(|line| !line.contains(" WHERE "));
        (!sent.is_empty()).then_some(if told && !whole { Self::Sent } else { Self::Fetched })
    }
}

/// Whether a plan of PostgreSQL reads all of a table, such as one of a UNION or one that inherits, to look for the probe.
fn walks(lines: &[String], probe: &str) -> bool {
    const ALL: [&str; 3] = ["Seq Scan on ", "Index Scan using ", "Index Only Scan using "];
    let mut reads_all = false;
    for line in lines {
        if line.contains("(cost=") {
            reads_all = ALL.iter().any(|scan| line.contains(scan));
        } else if line.contains("Index Cond:") {
            reads_all = false;
        } else if reads_all && line.trim_start().starts_with("Filter:") && line.contains(probe) {
            return true;
        }
    }
    false
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
        let connection = connect(target, patience).await?;
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

    /// How the plan for a question, which holds `probe` as a text, finds its row. An index is another than the same question
    /// for `all` goes by, such as one of a column that is the same for everybody. None where the plan does not tell.
    ///
    /// # Errors
    /// Why the database refuses the statement.
    pub async fn way(&mut self, question: &str, all: &str, probe: &str) -> Told<Option<Way>> {
        match &mut self.0 {
            Connection::Postgresql(on) => {
                let lines = alone(on, &format!("EXPLAIN (VERBOSE) {question}")).await?;
                Ok(Way::of_plan(&lines.concat(), probe))
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
                Ok(Some(Way::by_index(!rows.iter().any(whole) && rows != plan(all).await?)))
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
                let by_index = !plan.iter().any(whole) && !searches_by_constants(&code);
                Ok(Some(Way::by_index(by_index)))
            }
        }
    }
}

impl Describer {
    /// Whether PostgreSQL takes a question for another one where it looks for names in these schemas, too.
    ///
    /// # Errors
    /// Why it refuses the question.
    pub async fn is_another(&mut self, question: &str, schemas: &[&str]) -> Told<bool> {
        let Connection::Postgresql(on) = &self.0 else { return Ok(false) };
        let explain = format!("EXPLAIN (VERBOSE, COSTS OFF) {question}");
        let path = format!("pg_catalog, {}", schemas.join(", "));
        let plans =
            [alone_in(on, "pg_catalog", &explain).await?, alone_in(on, &path, &explain).await?];
        let [alone, beside] = plans.map(|plan| plainly(&plan.concat(), schemas));
        Ok(alone != beside)
    }
}

/// A plan without the schemas that are told or not, depending on where names are looked for.
fn plainly(plan: &[String], schemas: &[&str]) -> String {
    let mut text = plan.join("\n");
    for schema in schemas {
        text = text.replace(&format!("{schema}."), "");
    }
    let mut parts = text.split("OPERATOR(");
    let mut told = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        told += &part.replacen(')', "", 1);
    }
    told
}

/// What SQLite makes of values that are compared with an expression.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Affinity {
    /// Texts, as of a column that is declared as one.
    Text,
    /// Nothing: a number is equal to no text.
    None,
    /// Numbers.
    Number,
}

impl Affinity {
    /// The flags of a comparison hold it: `A` for none, `B` for texts, numbers from `C` on.
    fn of_flags(flags: i64) -> Option<Self> {
        match u8::try_from(flags & 0x47).ok()? {
            b'A' => Some(Self::None),
            b'B' => Some(Self::Text),
            b'C'..=b'G' => Some(Self::Number),
            _ => None,
        }
    }
}

impl Describer {
    /// The affinity of an expression, by the code of a comparison with it. None on other engines.
    pub fn affinity(&mut self, from: &str, expression: &str) -> Option<Affinity> {
        let Connection::Sqlite(on) = &mut self.0 else { return None };
        let code = diesel::sql_query(format!("EXPLAIN SELECT ({expression}) = ? FROM {from}"));
        let code: Vec<Row> = diesel::RunQueryDsl::load(code, on.as_mut()).ok()?;
        let asked = code.iter().find(|row| row.text(1) == "Variable")?.text(3);
        let is_it = |row: &&Row| row.text(1) == "Eq" && [row.text(2), row.text(4)].contains(&asked);
        Affinity::of_flags(code.iter().find(is_it)?.text(6).parse().ok()?)
    }
}

/// Types and operators are told with their schemas, and plans show what could be used. Settings are of
/// the transaction alone, which only reads: a pooler may give the server's process to others.
const BEGIN: &str = "BEGIN READ ONLY; SET LOCAL enable_seqscan = off; SET LOCAL search_path = ";

async fn alone(on: &Client, statement: &str) -> Told<Vec<Vec<String>>> {
    alone_in(on, "pg_catalog", statement).await
}

async fn alone_in(on: &Client, path: &str, statement: &str) -> Told<Vec<Vec<String>>> {
    let words = |error: tokio_postgres::Error| match error.as_db_error() {
        Some(answer) => answer.message().to_owned(),
        None => innermost(&error),
    };
    on.batch_execute(&format!("{BEGIN}{path}")).await.map_err(words)?;
    let rows = rows(on, statement, &[]).await;
    on.batch_execute("ROLLBACK").await.map_err(words)?;
    rows.map_err(words)
}
