//! SQLite's plans: there is no role to ask about, but its questions need their indexes all the same.

mod searches;

use std::time::Duration;

use diesel::SqliteConnection;
use diesel::result::Error::RollbackTransaction;
use diesel_async::pooled_connection::deadpool::Pool;

use super::Row;
use crate::database::marks::write_in_file;
use crate::database::routines::aloud;
use crate::database::sqlite::run_detached;
use crate::database::{Error, Sqlite, run};
use crate::identifier::Kind;

/// The questions as the service asks them.
const QUESTIONS: [(&str, &str); 4] = [
    ("login_candidate", "SELECT answer FROM login_candidate WHERE identifier = ? LIMIT 3"),
    ("get_user", "SELECT answer FROM get_user WHERE identifier = ? LIMIT 3"),
    // With NULL for the identifier. Were it said so, the plan would walk what is never NULL, and the walk never begin.
    (
        "mark_migrated",
        "SELECT answer FROM mark_migrated WHERE user_id = ? AND identifier IS ? LIMIT 1",
    ),
    (
        "mark_migrated",
        "SELECT answer FROM mark_migrated WHERE user_id = ? AND identifier = ? LIMIT 1",
    ),
];

/// Whether a statement, of which EXPLAIN gave this code, searches a table by what is the same for everybody.
pub(in crate::database) fn searches_by_constants(code: &[Row]) -> bool {
    !searches::by_constants(code).is_empty()
}

/// Asks on a connection that cannot write, but for one question.
pub struct SqliteCatalog {
    pub(super) pool: Pool<Sqlite>,
    pub(super) writer: Pool<Sqlite>,
    pub(super) limit: Duration,
}

impl SqliteCatalog {
    /// The name of each question and the steps of its plan. Nothing is looked up.
    ///
    /// # Errors
    /// No answer, or a view that is not there.
    pub async fn plans(&self) -> Result<Vec<(&'static str, Vec<String>)>, Error> {
        let mut plans = vec![];
        for (name, question) in QUESTIONS {
            let rows = self.rows(format!("EXPLAIN QUERY PLAN {question}")).await?;
            // The columns are id, parent, one that is not used, and the words.
            plans.push((name, rows.iter().map(|row| row.text(3).to_owned()).collect()));
        }
        Ok(plans)
    }

    /// The name of each question that searches a table by what is the same for everybody, and that table.
    ///
    /// # Errors
    /// As [`Self::plans`].
    pub async fn searches_by_constants(&self) -> Result<Vec<(&'static str, String)>, Error> {
        let roots = "SELECT CAST(rootpage AS TEXT), tbl_name FROM sqlite_master";
        let roots = self.rows(roots.to_owned()).await?;
        let mut searches = vec![];
        for (name, question) in QUESTIONS {
            let code = self.rows(format!("EXPLAIN {question}")).await?;
            for root in searches::by_constants(&code) {
                let table = roots.iter().find(|row| row.text(0) == root.to_string());
                searches.extend(table.map(|row| (name, row.text(1).to_owned())));
            }
        }
        searches.dedup();
        Ok(searches)
    }

    /// What of the contract was changed: code, what was found, what to do, then, now.
    ///
    /// # Errors
    /// No answer, or a contract of before it noted anything.
    pub async fn changed(&self) -> Result<Vec<Row>, Error> {
        self.rows(include_str!("sqlite/changed.sql").to_owned()).await
    }

    async fn rows(&self, statement: String) -> Result<Vec<Row>, Error> {
        let rows = run(&self.pool, self.limit, async |on| {
            let load = move |on: &mut SqliteConnection| {
                diesel::RunQueryDsl::load::<Row>(diesel::sql_query(statement), on)
            };
            run_detached(on, load).await
        });
        rows.await.map_err(aloud)
    }

    /// Whether the view of marks is of an earlier version, which gave a whole profile for a bare id.
    ///
    /// # Errors
    /// No answer.
    pub async fn is_older(&self) -> Result<bool, Error> {
        let columns = "SELECT name FROM pragma_table_info('mark_migrated')";
        let columns = self.rows(columns.to_owned()).await?;
        Ok(!columns.is_empty() && columns.iter().all(|row| row.text(0) != "identifier"))
    }

    /// Whether the id is that of several rows.
    ///
    /// # Errors
    /// No answer.
    pub async fn is_repeated(&self, user_id: &str) -> Result<bool, Error> {
        let user_id = user_id.to_owned();
        let rows = run(&self.pool, self.limit, async |on| {
            let load = move |on: &mut SqliteConnection| {
                let rows = "SELECT answer FROM mark_migrated WHERE user_id = ? AND identifier IS NULL LIMIT 2";
                let question = diesel::sql_query(rows).bind::<diesel::sql_types::Text, _>(user_id);
                diesel::RunQueryDsl::load::<Row>(question, on)
            };
            run_detached(on, load).await
        });
        Ok(rows.await?.len() > 1)
    }

    /// Answers about some users, as `/login` would read them: there is no server that could deny it.
    ///
    /// # Errors
    /// No answer.
    pub async fn samples(&self) -> Result<Vec<String>, Error> {
        let rows = self.rows("SELECT answer FROM get_user LIMIT 1000".to_owned()).await?;
        Ok(rows.iter().map(|row| row.text(0).to_owned()).collect())
    }

    /// Writes a mark for nobody and takes it back.
    ///
    /// # Errors
    /// Why it cannot be written, in SQLite's own words.
    pub async fn marks(&self) -> Result<(), Error> {
        let marked = run(&self.writer, self.limit, async |on| {
            run_detached(on, |on| {
                let outcome = on.immediate_transaction(|on| {
                    write_in_file(on, Kind::Username.nobody())?;
                    Err::<(), _>(RollbackTransaction)
                });
                outcome.or_else(|error| match error {
                    RollbackTransaction => Ok(()),
                    other => Err(other),
                })
            })
            .await
        });
        marked.await.map_err(aloud)
    }
}
