//! The one question that writes: a user has moved to Auth0.

use diesel::prelude::*;
use diesel::sql_types::{Nullable, Text};
use diesel::{QueryResult, define_sql_function};
use diesel_async::{AsyncConnection, RunQueryDsl};

use super::sqlite::run_detached;
use super::{Database, Engine, Error, run};
use crate::identifier::Identifier;
use crate::profile::{Profile, UserId};

define_sql_function! {
    #[sql_name = "narrowgate.mark_migrated"]
    fn mark_migrated_routine(user_id: Text, identifier: Nullable<Text>) -> Nullable<Text>;
}

diesel::table! {
    mark_migrated (user_id) { user_id -> Text, identifier -> Nullable<Text>, answer -> Text, }
}
diesel::table! { migrated_user (user_id) { user_id -> Text, migrated_at -> Timestamp, } }

/// May mark a user as migrated.
#[derive(Clone)]
pub struct MarkMigrated(Database);

/// Calls the routine, by each spelling until one names the user, and reads its answer; a row that
/// cannot be told takes its mark back.
macro_rules! mark {
    ($on:expr, $user_id:expr, $identifier:expr) => {{
        let mut user = None;
        for text in spellings($identifier) {
            let call = diesel::select(mark_migrated_routine($user_id.as_str(), text));
            let answer: Option<String> = call.get_result($on).await?;
            user = told(answer, $user_id, $identifier)?;
            if is_settled(user.as_ref(), $identifier) {
                break;
            }
        }
        Ok(user)
    }};
}

impl MarkMigrated {
    pub(super) fn new(database: Database) -> Self {
        Self(database)
    }

    /// Marks the user by the id; a user marked before keeps the first mark. Ids can be counted up,
    /// so who it is, is told only where the identifier names this very user.
    ///
    /// # Errors
    /// No answer, or one that breaks the contract.
    pub async fn mark(
        &self,
        user_id: &UserId,
        identifier: Option<&Identifier>,
    ) -> Result<Option<Profile>, Error> {
        let limit = self.0.statement_timeout;
        match &self.0.engine {
            Engine::Postgresql(_, pool) => {
                run(pool, limit, async |on| {
                    on.transaction(async |on| mark!(on, user_id, identifier)).await
                })
                .await
            }
            Engine::Mysql(pool) => {
                run(pool, limit, async |on| {
                    on.transaction(async |on| mark!(on, user_id, identifier)).await
                })
                .await
            }
            Engine::Sqlite(_, writer) => {
                let (user_id, identifier) = (user_id.clone(), identifier.cloned());
                run(writer, limit, async |on| {
                    let mark = move |on: &mut SqliteConnection| {
                        mark_in_file(on, &user_id, identifier.as_ref())
                    };
                    run_detached(on, mark).await
                })
                .await
            }
        }
    }
}

fn mark_in_file(
    on: &mut SqliteConnection,
    user_id: &UserId,
    identifier: Option<&Identifier>,
) -> QueryResult<Option<Profile>> {
    use mark_migrated::dsl;
    let rows = dsl::mark_migrated.filter(dsl::user_id.eq(user_id.as_str())).select(dsl::answer);
    let mut answer = None;
    for text in spellings(identifier).flatten() {
        if answer.is_none() {
            let named = rows.filter(dsl::identifier.eq(text));
            answer = diesel::RunQueryDsl::first(named, on).optional()?;
        }
    }
    if answer.is_none() {
        answer =
            diesel::RunQueryDsl::first(rows.filter(dsl::identifier.is_null()), on).optional()?;
    }
    let user = told(answer, user_id, identifier)?;
    if user.is_some() {
        write_in_file(on, user_id.as_str())?;
    }
    Ok(user)
}

/// What a routine is asked with: each spelling, or nothing at all.
fn spellings(identifier: Option<&Identifier>) -> impl Iterator<Item = Option<&str>> {
    let nothing = identifier.is_none().then_some(None);
    identifier.into_iter().flat_map(Identifier::spellings).map(Some).chain(nothing)
}

/// Whether no other spelling can tell more.
fn is_settled(user: Option<&Profile>, identifier: Option<&Identifier>) -> bool {
    user.is_none_or(|user| identifier.is_none_or(|identifier| user.is_named(identifier)))
}

/// Writes a mark; who is marked before keeps the first.
pub(super) fn write_in_file(on: &mut SqliteConnection, user_id: &str) -> QueryResult<usize> {
    let marked_at = migrated_user::migrated_at.eq(diesel::dsl::now);
    let mark = (migrated_user::user_id.eq(user_id), marked_at);
    let insert = diesel::insert_or_ignore_into(migrated_user::table).values(mark);
    diesel::RunQueryDsl::execute(insert, on)
}

/// The user of an answer, who must be the very one: an engine may hold `42` and `42 or so` equal. An
/// identifier that an engine holds to be equal, and is not, names nobody.
fn told(
    answer: Option<String>,
    user_id: &UserId,
    identifier: Option<&Identifier>,
) -> QueryResult<Option<Profile>> {
    let Some(row) = answer.filter(|answer| answer != "null") else { return Ok(None) };
    match Profile::from_row(&row) {
        Ok(profile) if profile.user_id() != user_id => {
            Err(diesel::result::Error::RollbackTransaction)
        }
        Ok(profile) if identifier.is_some_and(|identifier| profile.is_named(identifier)) => {
            Ok(Some(profile))
        }
        Ok(_) => Ok(Some(Profile::of_id(user_id.clone()))),
        Err(_) => Err(diesel::result::Error::RollbackTransaction),
    }
}
