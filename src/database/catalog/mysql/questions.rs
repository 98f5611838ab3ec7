//! The contract's own questions, and what they read.

use diesel::QueryResult;
use diesel::mysql::Mysql;
use diesel::sql_types::{Nullable, Text};
use diesel_async::{AsyncMysqlConnection, RunQueryDsl, SimpleAsyncConnection};

use super::MysqlCatalog;
use crate::database::catalog::{Reading, Routine, Row, call_of};
use crate::database::{Error, run, statement_error};

impl MysqlCatalog {
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
        run(&self.pool, self.limit, async |on| {
            let question = diesel::sql_query(call).into_boxed::<Mysql>();
            let question = arguments
                .iter()
                .fold(question, |question, argument| question.bind::<Nullable<Text>, _>(*argument));
            let row: Row = question.get_result(on).await?;
            Ok(row.text(0).to_owned())
        })
        .await
    }

    /// What `calls` calls of a routine read, by the session's own counters, less what reading the
    /// counters costs.
    ///
    /// # Errors
    /// No answer, or the routine failed.
    pub async fn readings(
        &self,
        routine: Routine,
        argument: &str,
        calls: u8,
    ) -> Result<Vec<Reading>, Error> {
        // A routine's name is one of ours; nothing of a caller becomes SQL.
        let call = format!("SELECT {}", call_of(routine, "?"));
        run(&self.pool, self.limit, async |on| {
            on.batch_execute("START TRANSACTION").await?;
            let (first, second) = (rows_read(on).await?, rows_read(on).await?);
            for _ in 0..calls {
                let call = diesel::sql_query(self.contract.named(&call));
                let _: Row = call.bind::<Text, _>(argument).get_result(on).await?;
            }
            let third = rows_read(on).await?;
            on.batch_execute("ROLLBACK").await?;
            let rows = (third.saturating_sub(second)).saturating_sub(second.saturating_sub(first));
            Ok(vec![Reading { object: String::new(), rows, scanned: false, size: -1 }])
        })
        .await
    }

    /// Writes a mark, and takes it back: that an id is of several rows, only the function that marks can tell.
    ///
    /// # Errors
    /// No answer, or the routine failed.
    pub async fn mark_and_take_back(&self, user_id: &str) -> Result<(), Error> {
        let call = self.call_of("mark_migrated", &[Some(user_id), None]);
        run(&self.pool, self.limit, async |on| {
            on.batch_execute("START TRANSACTION").await?;
            let call = diesel::sql_query(call).bind::<Text, _>(user_id);
            let marked = call.bind::<Nullable<Text>, _>(None::<&str>).get_result::<Row>(on).await;
            on.batch_execute("ROLLBACK").await?;
            Ok(marked.map(drop).map_err(|error| statement_error(&error)))
        })
        .await?
    }

    fn call_of(&self, name: &'static str, arguments: &[Option<&str>]) -> String {
        let places = vec!["?"; arguments.len()].join(", ");
        self.contract.named(&format!("SELECT narrowgate.{name}({places})"))
    }
}

/// Rows that were reached by going on from another, in a table or an index: what a lookup that
/// finds nobody by an index does not do.
async fn rows_read(on: &mut AsyncMysqlConnection) -> QueryResult<u64> {
    let counters: Vec<Row> =
        diesel::sql_query("SHOW SESSION STATUS LIKE 'Handler_read%'").load(on).await?;
    let walks = ["Handler_read_rnd_next", "Handler_read_next", "Handler_read_prev"];
    let walked = counters.iter().filter(|row| walks.contains(&row.text(0)));
    Ok(walked.filter_map(|row| row.text(1).parse::<u64>().ok()).sum())
}
