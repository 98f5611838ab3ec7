//! The two questions that read. Each has a type of its own: `/login` and `/get_user` hold nothing
//! that could write.

use diesel::prelude::*;
use serde::Deserialize;
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use super::question::{LONGEST_ANSWER, Question, TOO_LARGE};
use super::sqlite::run_detached;
use super::{Database, Engine, Error, Reply, run};
use crate::identifier::Identifier;
use crate::json;
use crate::profile::{InvalidUserRecord, Profile, UserId};

// SQLite has no routines: views give the same answers, one row a user.
diesel::table! { login_candidate (identifier) { identifier -> Text, answer -> Binary, } }
diesel::table! { get_user (identifier) { identifier -> Text, answer -> Binary, } }

/// Asks the same question of whichever engine there is: a routine, or in a file a view.
macro_rules! ask {
    ($database:expr, $question:expr, $identifier:expr, sqlite: $view:ident) => {
        match &$database.engine {
            Engine::Sqlite(reader, _) => {
                let asked = $identifier.to_owned();
                let question = $view::table.filter($view::identifier.eq(asked)).limit(3);
                let question = question.select($view::answer);
                let load = move |on: &mut SqliteConnection| {
                    diesel::RunQueryDsl::load::<Vec<u8>>(question, on)
                };
                run(reader, $database.statement_timeout, async |on| run_detached(on, load).await)
                    .await
                    .and_then(array)
            }
            _ => $database.ask($question, &[Some($identifier)]).await.map(Reply::text),
        }
    };
}

/// May ask for a user together with the stored password.
#[derive(Clone)]
pub struct LoginCandidate(pub(super) Database);

/// May ask for a user.
#[derive(Clone)]
pub struct GetUser(pub(super) Database);

/// What an identifier leads to.
pub enum Found<T> {
    /// To nobody.
    Nobody,
    /// To this user.
    One(T),
    /// To more than one user, or to no one that can be told from others.
    Several,
}

impl<T> Found<T> {
    /// What two spellings of one identifier lead to, together.
    pub(super) fn or(self, other: Self, id: impl Fn(&T) -> &UserId) -> Self {
        match (self, other) {
            (Self::Nobody, found) | (found, Self::Nobody) => found,
            (Self::One(one), Self::One(same)) if id(&one) == id(&same) => Self::One(one),
            _ => Self::Several,
        }
    }
}

/// A user and what `/login` decides by.
pub struct Candidate {
    /// The user, or of a row with a fault what names the user.
    pub profile: Profile,
    /// Why the row gives no profile. It is told to whoever has the password, and to nobody else.
    pub fault: Option<InvalidUserRecord>,
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
    #[serde(rename = "password_hash")]
    hash: Option<Zeroizing<String>>,
    #[serde(rename = "password_salt")]
    salt: Option<Zeroizing<String>>,
    #[serde(rename = "password_scheme")]
    scheme: Option<String>,
}

/// Lets the server's own words through.
pub(super) fn aloud(error: Error) -> Error {
    match error {
        Error::Statement(words) if is_refusal(&words.0) => Error::Refused(words.0),
        Error::Statement(words) | Error::Cancelled(words) | Error::Row(_, words) => {
            Error::Unreachable(words.0)
        }
        other => other,
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
        let mut all = Found::Nobody;
        for text in identifier.spellings() {
            let answer = ask!(self.0, Question::LoginCandidate, text, sqlite: login_candidate)?;
            let found =
                found(answer.as_deref(), identifier, Candidate::from_row, Candidate::profile)?;
            all = all.or(found, |user| user.profile.user_id());
        }
        Ok(all)
    }
}

impl Candidate {
    pub(super) fn from_row(row: &str) -> Result<Self, InvalidUserRecord> {
        let (profile, fault) = match Profile::from_row(row) {
            Ok(profile) => (profile, None),
            Err(fault) => (Profile::names_in_row(row)?, Some(fault)),
        };
        let columns: LoginColumns = json::object(row.as_bytes())
            .map_err(|_| InvalidUserRecord("a password column is of the wrong type"))?;
        let password = columns.hash.map(|hash| StoredPassword {
            hash,
            salt: columns.salt,
            scheme: columns.scheme,
        });
        Ok(Self { profile, fault, password })
    }

    pub(super) fn profile(&self) -> &Profile {
        &self.profile
    }
}

impl GetUser {
    /// The unmarked user that the identifier names.
    ///
    /// # Errors
    /// No answer, or one that breaks the contract.
    pub async fn find(&self, identifier: &Identifier) -> Result<Found<Profile>, Error> {
        let mut all = Found::Nobody;
        for text in identifier.spellings() {
            let answer = ask!(self.0, Question::GetUser, text, sqlite: get_user)?;
            let found = found(answer.as_deref(), identifier, Profile::from_row, |user| user)?;
            all = all.or(found, Profile::user_id);
        }
        Ok(all)
    }
}

/// Reads a routine's array and keeps the users that the identifier really names.
pub(super) fn found<T>(
    answer: Option<&str>,
    identifier: &Identifier,
    read: impl Fn(&str) -> Result<T, InvalidUserRecord>,
    profile: impl Fn(&T) -> &Profile,
) -> Result<Found<T>, Error> {
    let mut users = rows(answer, read)?;
    let rows = users.len();
    users.retain(|user| profile(user).is_named(identifier));
    Ok(match (users.pop(), users.is_empty(), rows) {
        (Some(user), true, ..=2) => Found::One(user),
        (None, _, 0 | 1) => Found::Nobody,
        // Two twins and no match, or three rows of which one matches: there may be more that were not asked for.
        _ => Found::Several,
    })
}

/// Reads a routine's array.
pub(super) fn rows<T>(
    answer: Option<&str>,
    read: impl Fn(&str) -> Result<T, InvalidUserRecord>,
) -> Result<Vec<T>, InvalidUserRecord> {
    let rows: Option<Vec<Box<RawValue>>> = serde_json::from_str(answer.unwrap_or("null"))
        .map_err(|_| InvalidUserRecord("the answer is no JSON array"))?;
    rows.unwrap_or_default().iter().map(|row| read(row.get())).collect()
}

fn array(rows: Vec<Vec<u8>>) -> Result<Option<String>, Error> {
    if rows.iter().map(Vec::len).sum::<usize>() > LONGEST_ANSWER {
        return Err(InvalidUserRecord(TOO_LARGE).into());
    }
    let rows: Result<Vec<_>, _> = rows.into_iter().map(String::from_utf8).collect();
    let rows = rows.map_err(|_| InvalidUserRecord("the answer is not text"))?;
    Ok(Some(format!("[{}]", rows.join(","))))
}
