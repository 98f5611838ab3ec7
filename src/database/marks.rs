//! The one question that writes: a user has moved to Auth0.

use diesel::QueryResult;
use diesel::prelude::*;

use super::question::{LONGEST_ANSWER, Question, TOO_LARGE};
use super::routines::rows;
use super::sqlite::run_detached;
use super::{Database, Engine, Error, Reply, run};
use crate::identifier::Identifier;
use crate::profile::{InvalidUserRecord, Profile, UserId};

diesel::table! {
    mark_migrated (user_id) { user_id -> Text, identifier -> Nullable<Text>, answer -> Text, }
}
diesel::table! { migrated_user (user_id) { user_id -> Text, migrated_at -> Timestamp, } }

/// May mark a user as migrated.
#[derive(Clone)]
pub struct MarkMigrated(Database);

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
        if let Engine::Sqlite(_, writer) = &self.0.engine {
            let (user_id, identifier) = (user_id.clone(), identifier.cloned());
            return run(writer, self.0.statement_timeout, async |on| {
                let mark = move |on: &mut SqliteConnection| {
                    mark_in_file(on, &user_id, identifier.as_ref())
                };
                run_detached(on, mark).await
            })
            .await?
            .map_err(Error::from);
        }
        let id = Some(user_id.as_str());
        let mut user = None;
        let named = self.naming(user_id, identifier).await?.map(Some);
        // By each spelling until one names the user. One that the database cannot hold names nobody.
        for text in named.into_iter().chain(spellings(identifier)) {
            let answer = match self.0.ask(Question::MarkMigrated, &[id, text]).await? {
                Reply::Unsayable if text.is_some() => {
                    self.0.ask(Question::MarkMigrated, &[id, None]).await?.text()
                }
                reply => reply.text(),
            };
            user = told(answer, user_id, identifier)?;
            if is_settled(user.as_ref(), identifier) {
                break;
            }
        }
        Ok(user)
    }

    /// Of two spellings the one that names this user, whose row is then looked at before the mark is
    /// written: by the other, it would be written by the id alone.
    async fn naming<'a>(
        &self,
        user_id: &UserId,
        identifier: Option<&'a Identifier>,
    ) -> Result<Option<&'a str>, Error> {
        let Some(identifier) = identifier.filter(|it| it.spellings().count() > 1) else {
            return Ok(None);
        };
        for text in identifier.spellings() {
            let answer = self.0.ask(Question::GetUser, &[Some(text)]).await?.text();
            // Beside a twin, too.
            let is_this = |user: &Profile| user.user_id() == user_id && user.is_named(identifier);
            if rows(answer.as_deref(), Profile::names_in_row)?.iter().any(is_this) {
                return Ok(Some(text));
            }
        }
        Ok(None)
    }
}

fn mark_in_file(
    on: &mut SqliteConnection,
    user_id: &UserId,
    identifier: Option<&Identifier>,
) -> QueryResult<Result<Option<Profile>, InvalidUserRecord>> {
    use mark_migrated::dsl;
    let rows = dsl::mark_migrated.filter(dsl::user_id.eq(user_id.as_str())).select(dsl::answer);
    // As the routines of the servers do: an id of several rows is nobody's in particular.
    let by_id = rows.filter(dsl::identifier.is_null()).limit(2);
    let mut by_id: Vec<String> = diesel::RunQueryDsl::load(by_id, on)?;
    if by_id.len() > 1 {
        return Ok(Err(InvalidUserRecord("two rows have this id")));
    }
    let mut answer = None;
    for text in spellings(identifier).flatten() {
        if answer.is_none() {
            let named = rows.filter(dsl::identifier.eq(text));
            answer = diesel::RunQueryDsl::first(named, on).optional()?;
        }
    }
    let answer = answer.or_else(|| by_id.pop());
    let user = told(answer, user_id, identifier);
    if matches!(user, Ok(Some(_))) {
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
) -> Result<Option<Profile>, InvalidUserRecord> {
    let Some(row) = answer.filter(|answer| answer != "null") else { return Ok(None) };
    if row.len() > LONGEST_ANSWER {
        return Err(InvalidUserRecord(TOO_LARGE));
    }
    let profile = Profile::from_row(&row)?;
    if profile.user_id() != user_id {
        return Err(InvalidUserRecord("the row to mark has another id"));
    }
    let named = identifier.is_some_and(|identifier| profile.is_named(identifier));
    Ok(Some(if named { profile } else { Profile::of_id(user_id.clone()) }))
}
