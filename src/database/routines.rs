//! The three questions of the contract. Each has a type of its own, so that `/login` and
//! `/get_user` hold nothing that could write.

use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel::{QueryResult, define_sql_function};
use diesel_async::{AsyncConnection, RunQueryDsl};
use serde::Deserialize;
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use super::{Database, Engine, Error, Sqlite, run};
use crate::identifier::Identifier;
use crate::json;
use crate::profile::{InvalidUserRecord, Profile, UserId};

define_sql_function! {
    #[sql_name = "narrowgate.login_candidate"]
    fn login_candidate_routine(identifier: Text) -> diesel::sql_types::Nullable<Text>;
}
define_sql_function! {
    #[sql_name = "narrowgate.get_user"]
    fn get_user_routine(identifier: Text) -> diesel::sql_types::Nullable<Text>;
}
define_sql_function! {
    #[sql_name = "narrowgate.mark_migrated"]
    fn mark_migrated_routine(user_id: Text) -> diesel::sql_types::Nullable<Text>;
}

// SQLite has no routines: views give the same answers, one row a user.
diesel::table! { login_candidate (identifier) { identifier -> Text, answer -> Text, } }
diesel::table! { get_user (identifier) { identifier -> Text, answer -> Text, } }
diesel::table! { mark_migrated (user_id) { user_id -> Text, answer -> Text, } }
diesel::table! { migrated_user (user_id) { user_id -> Text, migrated_at -> Timestamp, } }

/// Asks the same question of whichever engine there is.
macro_rules! ask {
    ($database:expr, $routine:expr, sqlite: $view:expr) => {
        match &$database.engine {
            Engine::Postgresql(reading, _) => {
                reading
                    .ask($database.statement_timeout, async |on| {
                        diesel::select($routine).get_result(&mut &*on).await
                    })
                    .await
            }
            Engine::Mysql(pool) => {
                run(pool, $database.statement_timeout, async |on| {
                    diesel::select($routine).get_result(on).await
                })
                .await
            }
            Engine::Sqlite(reader, _) => {
                run(reader, $database.statement_timeout, async |on| {
                    Ok(Some(array(&$view.load::<String>(on).await?)))
                })
                .await
            }
        }
    };
}

/// Calls the routine and reads its answer; a row that cannot be told takes its mark back.
macro_rules! mark {
    ($on:expr, $user_id:expr) => {{
        let call = diesel::select(mark_migrated_routine($user_id.as_str()));
        let answer: Option<String> = call.get_result($on).await?;
        told(answer, $user_id)
    }};
}
/// May ask for a user together with the stored password.
#[derive(Clone)]
pub struct LoginCandidate(Database);

/// May ask for a user.
#[derive(Clone)]
pub struct GetUser(Database);

/// May mark a user as migrated.
#[derive(Clone)]
pub struct MarkMigrated(Database);

/// What an identifier leads to.
pub enum Found<T> {
    /// To nobody.
    Nobody,
    /// To this user.
    One(T),
    /// To more than one user, or to no one that can be told from others.
    Several,
}

/// A user and what `/login` decides by.
pub struct Candidate {
    /// The user.
    pub profile: Profile,
    /// Whether the legacy system locked the user out.
    pub blocked: bool,
    /// The stored password, if there is one.
    pub password: Option<StoredPassword>,
}

/// The password columns of a row. It has no `Debug`.
pub struct StoredPassword {
    /// The hash as the legacy system stored it.
    pub hash: Zeroizing<String>,
    /// The salt, where a column of its own holds it.
    pub salt: Option<Zeroizing<String>>,
    /// The scheme's name, where the contract states it.
    pub scheme: Option<String>,
}

#[derive(Deserialize)]
struct LoginColumns {
    blocked: Option<bool>,
    password_hash: Option<Zeroizing<String>>,
    password_salt: Option<Zeroizing<String>>,
    password_scheme: Option<String>,
}

impl Database {
    /// Splits the database into its three questions.
    #[must_use]
    pub fn questions(self) -> (LoginCandidate, GetUser, MarkMigrated) {
        (LoginCandidate(self.clone()), GetUser(self.clone()), MarkMigrated(self))
    }

    /// Tries the two reading routines with an identifier that names nobody.
    ///
    /// # Errors
    /// Why the contract cannot be used, in the server's own words: no user's data is involved.
    pub async fn probe(&self) -> Result<(), Error> {
        let probe = Identifier::parse("narrowgate-probe").map_err(|_| Error::Overdue("probe"))?;
        let aloud = |error| match error {
            Error::Statement(words) if is_refusal(&words.0) => Error::Refused(words.0),
            Error::Statement(words) => Error::Unreachable(words.0),
            other => other,
        };
        LoginCandidate(self.clone()).find(&probe).await.map_err(aloud)?;
        GetUser(self.clone()).find(&probe).await.map_err(aloud).map(drop)
    }
}

/// Missing rights and missing routines stay until a DBA acts; anything else may pass.
fn is_refusal(words: &str) -> bool {
    ["denied", "does not exist", "no such", "lack rights"]
        .iter()
        .any(|phrase| words.contains(phrase))
}

impl LoginCandidate {
    /// The unmarked user that the identifier names.
    ///
    /// # Errors
    /// No answer, or one that breaks the contract.
    pub async fn find(&self, identifier: &Identifier) -> Result<Found<Candidate>, Error> {
        use login_candidate::dsl;
        let text = identifier.as_str();
        let answer = ask!(self.0, login_candidate_routine(text), sqlite:
            dsl::login_candidate.filter(dsl::identifier.eq(text)).select(dsl::answer).limit(2))?;
        found(answer.as_deref(), identifier, Candidate::from_row)
    }
}

impl Candidate {
    fn from_row(profile: Profile, row: &str) -> Result<Self, InvalidUserRecord> {
        let columns: LoginColumns = json::object(row.as_bytes())
            .map_err(|_| InvalidUserRecord("blocked or a password column is of the wrong type"))?;
        let password = columns.password_hash.map(|hash| StoredPassword {
            hash,
            salt: columns.password_salt,
            scheme: columns.password_scheme,
        });
        Ok(Self { profile, blocked: columns.blocked.unwrap_or(false), password })
    }
}

impl GetUser {
    /// The unmarked user that the identifier names.
    ///
    /// # Errors
    /// No answer, or one that breaks the contract.
    pub async fn find(&self, identifier: &Identifier) -> Result<Found<Profile>, Error> {
        use get_user::dsl;
        let text = identifier.as_str();
        let answer = ask!(self.0, get_user_routine(text), sqlite:
            dsl::get_user.filter(dsl::identifier.eq(text)).select(dsl::answer).limit(2))?;
        found(answer.as_deref(), identifier, |profile, _| Ok(profile))
    }
}

impl MarkMigrated {
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
                run(writer, limit, async |on| mark_in_file(on, user_id).await).await
            }
        }
    }
}

async fn mark_in_file(on: &mut Sqlite, user_id: &UserId) -> QueryResult<Option<Profile>> {
    use mark_migrated::dsl;
    let row = dsl::mark_migrated.filter(dsl::user_id.eq(user_id.as_str())).select(dsl::answer);
    let user = told(row.first(on).await.optional()?, user_id)?;
    if user.is_some() {
        let marked_at = migrated_user::migrated_at.eq(diesel::dsl::now);
        let mark = (migrated_user::user_id.eq(user_id.as_str()), marked_at);
        diesel::insert_or_ignore_into(migrated_user::table).values(mark).execute(on).await?;
    }
    Ok(user)
}

/// The user of an answer, who must be the very one: an engine may hold `42` and `42 or so` equal.
fn told(answer: Option<String>, user_id: &UserId) -> QueryResult<Option<Profile>> {
    let Some(row) = answer.filter(|answer| answer != "null") else { return Ok(None) };
    match Profile::from_row(&row) {
        Ok(profile) if profile.user_id() == user_id => Ok(Some(profile)),
        _ => Err(diesel::result::Error::RollbackTransaction),
    }
}

/// Reads a routine's array and keeps the users that the identifier really names.
fn found<T>(
    answer: Option<&str>,
    identifier: &Identifier,
    finish: impl Fn(Profile, &str) -> Result<T, InvalidUserRecord>,
) -> Result<Found<T>, Error> {
    let rows: Option<Vec<Box<RawValue>>> = serde_json::from_str(answer.unwrap_or("null"))
        .map_err(|_| InvalidUserRecord("the answer is no JSON array"))?;
    let rows = rows.unwrap_or_default();
    let mut users = vec![];
    for row in &rows {
        let profile = Profile::from_row(row.get())?;
        if profile.is_named(identifier) {
            users.push(finish(profile, row.get())?);
        }
    }
    Ok(match (users.pop(), users.is_empty(), rows.len()) {
        (Some(user), true, _) => Found::One(user),
        (None, _, 0 | 1) => Found::Nobody,
        // Two twins and no match: the user's own row may be the third, which was not asked for.
        _ => Found::Several,
    })
}

fn array(rows: &[String]) -> String {
    format!("[{}]", rows.join(","))
}
