//! A legacy database of made-up users, in a file that is removed at the end: the sample schema and
//! contract that are shipped for SQLite. It is the same each time, but for the day.

mod hashes;
mod people;
mod random;

use std::fs::Permissions;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use diesel::connection::SimpleConnection;
use diesel::{Connection, ExpressionMethods, QueryResult, RunQueryDsl, SqliteConnection};
use tempfile::{Builder, TempDir};

use people::Person;
use random::Random;

const SCRIPTS: [&str; 3] = [
    include_str!("../../../deploy/contract/sample-sqlite-legacy.sql"),
    include_str!("../../../deploy/contract/sample-sqlite.sql"),
    // Its own twenty users, and care for a power failure: this file is thrown away.
    "DELETE FROM customer; PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF;",
];
const SEED: u64 = 12;
/// Days since the gate was opened.
const DAYS: f64 = 84.0;
const DAY: Duration = Duration::from_hours(24);

diesel::table! {
    customer (id) {
        id -> BigInt, login -> Text, email -> Nullable<Text>, email_confirmed -> Text,
        phone -> Nullable<Text>, phone_confirmed -> Text, full_name -> Text, first_name -> Text,
        last_name -> Text, status -> SmallInt, preferences -> Nullable<Text>, plan -> Text,
        password_hash -> Nullable<Text>,
    }
}
diesel::table! { migrated_user (user_id) { user_id -> Text, migrated_at -> Text, } }

/// The database, in a folder of its own, removed with it.
pub struct Sample(TempDir);

impl Sample {
    /// Makes so many users up. About half of them have logged in since the gate was opened, twelve
    /// weeks ago, and have a mark.
    ///
    /// # Errors
    /// The folder for temporary files cannot be written to; nobody wants the users any more.
    pub fn create(users: u32, wanted: impl Fn() -> bool) -> io::Result<Self> {
        let mut folder = Builder::new();
        folder.prefix("narrowgate-rehearsal-").permissions(Permissions::from_mode(0o700));
        let sample = Self(folder.tempdir()?);
        let mut connection = SqliteConnection::establish(&sample.file().to_string_lossy())
            .map_err(io::Error::other)?;
        for script in SCRIPTS {
            connection.batch_execute(script).map_err(io::Error::other)?;
        }
        connection.transaction(|on| fill(on, users, wanted)).map_err(io::Error::other)?;
        Ok(sample)
    }

    /// The database file.
    #[must_use]
    pub fn file(&self) -> PathBuf {
        self.folder().join("legacy.db")
    }

    /// Where it lies.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.0.path()
    }
}

fn fill(on: &mut SqliteConnection, users: u32, wanted: impl Fn() -> bool) -> QueryResult<()> {
    let mut random = Random::new(SEED);
    let opened = SystemTime::now() - DAY.mul_f64(DAYS);
    for number in 1..=users {
        if !wanted() {
            return Err(diesel::result::Error::RollbackTransaction);
        }
        let person = Person::new(number, &mut random);
        if let Some(came) = person.came.filter(|came| *came < DAYS) {
            let at = humantime::format_rfc3339_millis(opened + DAY.mul_f64(came)).to_string();
            let at = at.trim_end_matches('Z').replace('T', " ");
            let mark = (
                migrated_user::user_id.eq(person.id.to_string()),
                migrated_user::migrated_at.eq(at),
            );
            diesel::insert_into(migrated_user::table).values(mark).execute(on)?;
        }
        insert(on, &person)?;
    }
    Ok(())
}

fn insert(on: &mut SqliteConnection, person: &Person) -> QueryResult<usize> {
    use customer as c;
    diesel::insert_into(c::table)
        .values((
            c::id.eq(person.id),
            c::login.eq(&person.login),
            c::email.eq(&person.email),
            c::email_confirmed.eq(person.email_confirmed),
            c::phone.eq(&person.phone),
            c::phone_confirmed.eq("N"),
            c::full_name.eq(&person.full_name),
            c::first_name.eq(person.first_name),
            c::last_name.eq(person.last_name),
            c::status.eq(person.status),
            c::preferences.eq(&person.preferences),
            c::plan.eq(person.plan),
            c::password_hash.eq(&person.hash),
        ))
        .execute(on)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_are_the_same_each_time_and_some_have_come() {
        let all = || {
            let mut random = Random::new(SEED);
            (1..=2000).map(|number| Person::new(number, &mut random)).collect::<Vec<_>>()
        };
        let people = all();
        assert_eq!(people, all());
        let came = people.iter().filter(|it| it.came.is_some_and(|came| came < DAYS)).count();
        assert!((800..1200).contains(&came), "{came} of 2000");
        let early = people.iter().filter(|it| it.came.is_some_and(|came| came < 14.0)).count();
        assert!(early > came / 3, "the frequent ones first: {early} of {came}");
    }
}
