//! The contract's own questions, asked so that nothing can be written, and what they read.

use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Error as DriverError};

use super::{PostgresqlCatalog, texts};
use crate::database::Error;
use crate::database::catalog::{Reading, Routine, Row, call_of};
use crate::database::question::Arguments;

/// What was read: table or index, rows, times, whether from its beginning, the table's size.
const READINGS: &str = include_str!("readings.sql");

impl PostgresqlCatalog {
    /// The answer of a routine.
    ///
    /// # Errors
    /// No answer, or the routine failed.
    pub async fn ask(
        &self,
        name: &'static str,
        arguments: &[Option<&str>],
    ) -> Result<String, Error> {
        let call = self.call_of(name, arguments);
        self.apart(async |on| answer(on, &call, arguments).await).await
    }

    /// Whether a mark would be written, or a user told, for this id. Nothing can be written here.
    ///
    /// # Errors
    /// No answer, or the routine failed otherwise.
    pub async fn marks(&self, user_id: Option<&str>) -> Result<bool, Error> {
        let arguments = [user_id, None];
        let call = self.call_of("mark_migrated", &arguments);
        self.apart(async |on| match answer(on, &call, &arguments).await {
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
        let call = self.contract().named(&call(routine, calls));
        self.apart(async |on| {
            // What earlier transactions read may still be among the counts.
            let before = texts(on, READINGS, &[]).await?;
            texts(on, &call, &[Some(argument)]).await?;
            let after = texts(on, READINGS, &[]).await?;
            Ok(after.iter().filter_map(|row| reading(row, &before)).collect())
        })
        .await
    }

    /// A routine's name is one of ours, and arguments are bound.
    fn call_of(&self, name: &'static str, arguments: &[Option<&str>]) -> String {
        let places: Vec<_> = (1..=arguments.len()).map(|place| format!("${place}")).collect();
        self.contract().named(&format!("SELECT narrowgate.{name}({})", places.join(", ")))
    }
}

async fn answer(on: &Client, call: &str, arguments: Arguments<'_>) -> Result<String, DriverError> {
    let rows = texts(on, call, arguments).await?;
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
