//! The one question that writes: a user has moved to Auth0.

use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel::{QueryResult, define_sql_function};
use diesel_async::{AsyncConnection, RunQueryDsl};

use super::sqlite::run_detached;
use super::{Database, Engine, Error, run};
use crate::profile::{Profile, UserId};

define_sql_function! {
    #[sql_name = "narrowgate.mark_migrated"]
    fn mark_migrated_routine(user_id: Text) -> diesel::sql_types::Nullable<Text>;
}

diesel::table! { mark_migrated (user_id) { user_id -> Text, answer -> Text, } }
diesel::table! { migrated_user (user_id) { user_id -> Text, migrated_at -> Timestamp, } }

/// May mark a user as migrated.
#[derive(Clone)]
pub struct MarkMigrated(Database);

/// Calls the routine and reads its answer; a row that cannot be told takes its mark back.
macro_rules! mark {
    ($on:expr, $user_id:expr) => {{
        let call = diesel::select(mark_migrated_routine($user_id.as_str()));
        let answer: Option<String> = call.get_result($on).await?;
        told(answer, $user_id)
    }};
}

impl MarkMigrated {
    pub(super) fn new(database: Database) -> Self {
        Self(database)
    }

    /// Marks the user and tells who it is; a user marked before keeps the first mark.
    ///
    /// # Errors
    /// No answer, or one that breaks the contract.
    pub async fn mark(&self, user_id: &UserId) -> Result<Option<Profile>, Error> {
        let limit = self.0.statement_timeout;
        match &self.0.engine {
            Engine::Postgresql(_, pool) => {
                run(pool, limit, async |on| on.transaction(async |on| mark!(on, user_id)).await)
                    .await
            }
            Engine::Mysql(pool) => {
                run(pool, limit, async |on| on.transaction(async |on| mark!(on, user_id)).await)
                    .await
            }
            Engine::Sqlite(_, writer) => {
                let user_id = user_id.clone();
                run(writer, limit, async |on| {
                    run_detached(on, move |on| mark_in_file(on, &user_id)).await
                })
                .await
            }
        }
    }
}

fn mark_in_file(on: &mut SqliteConnection, user_id: &UserId) -> QueryResult<Option<Profile>> {
    use mark_migrated::dsl;
    let row = dsl::mark_migrated.filter(dsl::user_id.eq(user_id.as_str())).select(dsl::answer);
    let user = told(diesel::RunQueryDsl::first(row, on).optional()?, user_id)?;
    if user.is_some() {
        write_in_file(on, user_id.as_str())?;
    }
    Ok(user)
}

/// Writes a mark; who is marked before keeps the first.
pub(super) fn write_in_file(on: &mut SqliteConnection, user_id: &str) -> QueryResult<usize> {
    let marked_at = migrated_user::migrated_at.eq(diesel::dsl::now);
    let mark = (migrated_user::user_id.eq(user_id), marked_at);
    let insert = diesel::insert_or_ignore_into(migrated_user::table).values(mark);
    diesel::RunQueryDsl::execute(insert, on)
}

/// The user of an answer, who must be the very one: an engine may hold `42` and `42 or so` equal.
fn told(answer: Option<String>, user_id: &UserId) -> QueryResult<Option<Profile>> {
    let Some(row) = answer.filter(|answer| answer != "null") else { return Ok(None) };
    match Profile::from_row(&row) {
        Ok(profile) if profile.user_id() == user_id => Ok(Some(profile)),
        _ => Err(diesel::result::Error::RollbackTransaction),
    }
}
