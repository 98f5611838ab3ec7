//! One connection to PostgreSQL, and how it is asked so that no pooler can mix up the answers.
//!
//! A pooler in transaction mode gives each transaction whichever of the server's processes is free,
//! and statements that were prepared under a name stay behind in one of them. The driver counts its
//! names from zero in every program, so that another's `s1` would be run for ours. Therefore:
//!
//! - Where something is in between, a question is one message with a statement without a name, which
//!   is parsed, bound and run at once. No pooler takes that apart.
//! - Where nothing is in between, statements are prepared, which saves the server a third of its
//!   work. Each of them asks for a number that only this connection knows. Another's statement
//!   does nothing and answers nothing; then something is in between after all.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::{TryStreamExt, pin_mut};
use tokio::sync::OnceCell;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Error, Row, RowStream, Statement};

use super::driver::Driver;
use super::postgresql::{cannot_hold, statement_error};
use super::question::{Answer, Arguments, LONGEST_ANSWER, Question};
use crate::schema::Schema;

/// Where a question failed.
pub(super) enum Failure {
    /// Before the routine ran: what was asked for could not be taken.
    Asking(Error),
    /// The routine, or the way to it.
    Answering(Error),
    /// The server is a replica, which may not know yet what the primary knows.
    Replica,
}

impl Failure {
    /// Why there is no answer.
    pub(super) fn told(&self) -> super::Error {
        match self {
            Self::Asking(error) | Self::Answering(error) => statement_error(error),
            Self::Replica => super::Error::Replica,
        }
    }

    /// Whether the server closes the connection with these words.
    pub(super) fn ends_connection(&self) -> bool {
        match self {
            Self::Asking(error) | Self::Answering(error) => ends_connection(error),
            Self::Replica => false,
        }
    }
}

/// One connection.
pub(super) struct Session {
    client: Client,
    driver: Driver,
    kept: Kept,
    contract: Schema,
}

/// The statements that the server keeps for this connection.
struct Kept {
    /// Nobody else knows it.
    number: i64,
    prepared: [OnceCell<Statement>; Question::NUMBER],
    /// Something is in between: nothing is kept.
    shared: Arc<AtomicBool>,
}

impl Session {
    /// Where `shared` is set, or becomes so, no statement gets a name.
    pub(super) fn new(
        client: Client,
        driver: Driver,
        shared: Arc<AtomicBool>,
        contract: Schema,
    ) -> Self {
        let number = i64::from_be_bytes(super::unguessable()) & i64::MAX;
        let kept = Kept { number, prepared: Default::default(), shared };
        Self { client, driver, kept, contract }
    }

    /// Closed by either end.
    pub(super) fn has_ended(&self) -> bool {
        self.driver.has_ended()
    }

    /// Closes it at once, whatever is under way.
    pub(super) fn abandon(&self) {
        self.driver.abandon();
    }

    /// Returns when all that was asked before has been answered.
    pub(super) async fn caught_up(&self) {
        let _ = self.client.check_connection().await;
    }

    /// The routine's answer, or NULL.
    pub(super) async fn ask(
        &self,
        question: Question,
        arguments: Arguments<'_>,
    ) -> Result<Option<Answer>, Failure> {
        if !self.kept.shared.load(Ordering::Relaxed) {
            match self.ask_prepared(question, arguments).await {
                Ok(Some(row)) => return text(&row),
                // Refused before anything ran; another's statement may take other things.
                Err(Failure::Asking(error)) if cannot_hold(&error) => {}
                Err(Failure::Asking(error)) if !is_another(&error) => {
                    return Err(Failure::Asking(error));
                }
                Err(failure @ (Failure::Answering(_) | Failure::Replica)) => return Err(failure),
                // That statement was somebody else's, and did nothing.
                Ok(None) | Err(_) => self.kept.shared.store(true, Ordering::Relaxed),
            }
        }
        let statement = statement(&self.contract, question, 1, "");
        let arguments = arguments.iter().map(|argument| (argument, Type::TEXT));
        let rows = self.client.query_typed_raw(&statement, arguments).await;
        let row = first(rows.map_err(Failure::Asking)?).await?;
        row.map_or(Ok(None), |row| text(&row))
    }

    async fn ask_prepared(
        &self,
        question: Question,
        arguments: Arguments<'_>,
    ) -> Result<Option<Row>, Failure> {
        let Some(cell) = self.kept.prepared.get(question as usize) else { return Ok(None) };
        let prepare = async || {
            let own = format!(" WHERE $1 OPERATOR(pg_catalog.=) {}", self.kept.number);
            let mut types = vec![Type::TEXT; question.arguments() + 1];
            if let Some(first) = types.first_mut() {
                *first = Type::INT8;
            }
            let statement = statement(&self.contract, question, 2, &own);
            self.client.prepare_typed(&statement, &types).await
        };
        let prepared = cell.get_or_try_init(prepare).await.map_err(Failure::Asking)?;
        let number: &(dyn ToSql + Sync) = &self.kept.number;
        let texts = arguments.iter().map(|argument| argument as &(dyn ToSql + Sync));
        let bound: Vec<_> = std::iter::once(number).chain(texts).collect();
        let rows = self.client.query_raw(prepared, bound).await.map_err(Failure::Asking)?;
        first(rows).await
    }
}

/// A replica's answer is none: it may lack a mark, or a user.
fn text(row: &Row) -> Result<Option<Answer>, Failure> {
    match row.try_get(1) {
        Ok(false) => Ok(row.try_get::<_, Option<String>>(0).map_err(Into::into).transpose()),
        Ok(true) => Err(Failure::Replica),
        Err(error) => Err(Failure::Answering(error)),
    }
}

/// The rows of a statement without a name, as texts; NULL is the empty text.
pub(super) async fn rows(
    on: &Client,
    statement: &str,
    arguments: Arguments<'_>,
) -> Result<Vec<Vec<String>>, Error> {
    let arguments = arguments.iter().map(|argument| (argument, Type::TEXT));
    let rows = on.query_typed_raw(statement, arguments).await?;
    let texts = |row: Row| {
        (0..row.len())
            .map(|at| Ok(row.try_get::<_, Option<String>>(at)?.unwrap_or_default()))
            .collect()
    };
    rows.and_then(async |row| texts(row)).try_collect().await
}

/// The first row; the others are waited for.
async fn first(rows: RowStream) -> Result<Option<Row>, Failure> {
    pin_mut!(rows);
    let first = rows.try_next().await.map_err(Failure::Answering)?;
    while rows.try_next().await.map_err(Failure::Answering)?.is_some() {}
    Ok(first)
}

/// The call, whose answer is left where it is when it is too long, and whether a replica gives it. OFFSET
/// keeps the routine from being called twice.
fn statement(contract: &Schema, question: Question, from: usize, condition: &str) -> String {
    let places: Vec<_> =
        (from..from + question.arguments()).map(|place| format!("${place}")).collect();
    format!(
        "SELECT CASE WHEN pg_catalog.octet_length(answer) OPERATOR(pg_catalog.>) {LONGEST_ANSWER} THEN '' ELSE answer END, \
         pg_catalog.pg_is_in_recovery() FROM (SELECT \"{}\".{}({}) AS answer OFFSET 0) AS asked{condition}",
        contract.as_str(),
        question.routine(),
        places.join(", "),
    )
}

/// Whether the statement was not there, was there already, or takes something else: another's.
fn is_another(error: &Error) -> bool {
    let codes = [
        &SqlState::INVALID_SQL_STATEMENT_NAME,
        &SqlState::DUPLICATE_PSTATEMENT,
        &SqlState::PROTOCOL_VIOLATION,
    ];
    error.code().is_some_and(|code| codes.contains(&code)) && !ends_connection(error)
}

/// Whether the server closes the connection with these words.
fn ends_connection(error: &Error) -> bool {
    use tokio_postgres::error::Severity;
    error.as_db_error().is_none_or(|answer| {
        matches!(answer.parsed_severity(), Some(Severity::Fatal | Severity::Panic))
    })
}
