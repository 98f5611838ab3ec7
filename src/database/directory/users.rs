//! All canonical columns of users: whole rows of the view.

use diesel::dsl::sql;
use diesel::expression::SqlLiteral;
use diesel::sql_types::{Binary, Nullable, Text};
use serde_json::value::RawValue;

use super::{
    BATCHES, Column, Connection, Directory, DirectoryError, PasswordRow, Rows, ask, hand_over,
    silently, stream,
};
use crate::profile::{InvalidUserRecord, Profile};
use diesel::connection::DefaultLoadingMode;
use tokio::sync::mpsc;

/// The canonical columns that make the profile, as the view names them, in the order of
/// [`UserColumn`].
const PROFILE: [(&str, Holds); 14] = [
    ("user_id", Holds::Text),
    ("email", Holds::Text),
    ("email_verified", Holds::Flag),
    ("username", Holds::Text),
    ("phone_number", Holds::Text),
    ("phone_verified", Holds::Flag),
    ("name", Holds::Text),
    ("given_name", Holds::Text),
    ("family_name", Holds::Text),
    ("nickname", Holds::Text),
    ("picture", Holds::Text),
    ("user_metadata", Holds::Object),
    ("app_metadata", Holds::Object),
    ("blocked", Holds::Flag),
];
const PASSWORD: [&str; 3] = ["password_hash", "password_salt", "password_scheme"];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Holds {
    Text,
    Flag,
    Object,
}

/// A canonical column of the profile.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs, reason = "the names are those of the contract")]
pub enum UserColumn {
    UserId,
    Email,
    EmailVerified,
    Username,
    PhoneNumber,
    PhoneVerified,
    Name,
    GivenName,
    FamilyName,
    Nickname,
    Picture,
    UserMetadata,
    AppMetadata,
    Blocked,
}

/// What a column holds. Flags and metadata are JSON texts: `true`, `{"theme":"dark"}`, or whatever
/// else the view gives, in quotes where that is no JSON.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Cell<'a> {
    /// NULL.
    Absent,
    /// Bytes that are not UTF-8.
    NotText,
    /// A text.
    Text(&'a str),
}

/// The order of all users.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Order {
    /// As the rows come, which costs the database least.
    AsTheyCome,
    /// As [`Directory::page`] has them: each id once it is complete, every engine in its own order.
    ById,
}

/// One row of the view. It has no `Debug`: it holds a user.
pub struct UserRow {
    profile: [Column; 14],
    password: PasswordRow,
}

type NB = Nullable<Binary>;
type RowTypes = (NB, NB, NB, NB, NB, NB, NB, NB, NB, NB, NB, NB, NB, NB, NB, NB, NB);
#[rustfmt::skip]
type Raw = (
    Column, Column, Column, Column, Column, Column, Column, Column, Column,
    Column, Column, Column, Column, Column, Column, Column, Column,
);

impl UserRow {
    /// What a column holds.
    #[must_use]
    pub fn cell(&self, column: UserColumn) -> Cell<'_> {
        match self.profile.get(column as usize).and_then(Option::as_deref) {
            None => Cell::Absent,
            Some(bytes) => std::str::from_utf8(bytes).map_or(Cell::NotText, Cell::Text),
        }
    }

    /// The id as it is stored, whether or not Auth0 could have it; none where it is NULL or no text.
    #[must_use]
    pub fn user_id(&self) -> Option<&str> {
        match self.cell(UserColumn::UserId) {
            Cell::Text(id) => Some(id),
            _ => None,
        }
    }

    /// The password columns.
    #[must_use]
    pub fn password(&self) -> &PasswordRow {
        &self.password
    }

    /// Whether the legacy system blocked the user; false where it does not say.
    #[must_use]
    pub fn is_blocked(&self) -> bool {
        self.cell(UserColumn::Blocked) == Cell::Text("true")
    }

    /// The profile, as the gate would make it.
    ///
    /// # Errors
    /// The row breaks the contract.
    pub fn profile(&self) -> Result<Profile, InvalidUserRecord> {
        let mut json = String::with_capacity(512);
        for (bytes, (name, holds)) in self.profile.iter().zip(PROFILE) {
            let Some(bytes) = bytes else { continue };
            let text = std::str::from_utf8(bytes)
                .map_err(|_| InvalidUserRecord("a column holds bytes that are not UTF-8"))?;
            json.push_str(if json.is_empty() { "{\"" } else { ",\"" });
            json.push_str(name);
            json.push_str("\":");
            match holds {
                // What is no JSON is no object either: as a text it fails where the row is read.
                Holds::Flag | Holds::Object if serde_json::from_str::<&RawValue>(text).is_ok() => {
                    json.push_str(text);
                }
                _ => json.push_str(&serde_json::to_string(text).unwrap_or_default()),
            }
        }
        json.push_str(if json.is_empty() { "{}" } else { "}" });
        Profile::from_row(&json)
    }
}

#[rustfmt::skip]
impl From<Raw> for UserRow {
    fn from((id, email, ev, username, phone, pv, name, given, family, nick, picture, um, am, blocked, hash, salt, scheme): Raw) -> Self {
        let password = PasswordRow::from((hash, salt, scheme, username.clone(), email.clone()));
        let profile = [id, email, ev, username, phone, pv, name, given, family, nick, picture, um, am, blocked];
        Self { profile, password }
    }
}

impl Directory {
    /// Starts reading all users who have not migrated, by one statement. With [`Order::ById`] the
    /// database sorts them once.
    #[must_use]
    pub fn users(self, order: Order) -> Rows<UserRow> {
        let order = match order {
            Order::AsTheyCome => String::new(),
            Order::ById => format!(" ORDER BY {}", self.0.key()),
        };
        let question = sql::<RowTypes>(&(self.0.unmarked() + &order));
        stream!(self, Raw, question)
    }

    /// At most `limit` users, in the order of their ids, behind the id `after`; those without an id
    /// are left out. Fewer than `limit` are the last. Users whom a view shows twice stand one
    /// behind the other, perhaps in two pages.
    ///
    /// # Errors
    /// The database cannot be reached, or the view fails.
    pub async fn page(
        &mut self,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<UserRow>, DirectoryError> {
        let key = self.0.key();
        let (than, text) = (if after.is_some() { ">" } else { ">=" }, after.unwrap_or(""));
        let condition = format!(" AND {key} {than} ");
        let limit = format!(" ORDER BY {key} LIMIT {limit}");
        self.load(&condition, self.0.bound(), text, &limit).await
    }

    /// The users of these ids who have not migrated, in no order.
    ///
    /// # Errors
    /// As [`Directory::page`].
    pub async fn by_ids(&mut self, ids: &[String]) -> Result<Vec<UserRow>, DirectoryError> {
        let list = serde_json::to_string(ids).unwrap_or_default();
        let (before, behind) = self.0.list();
        self.load(&format!(" AND {} IN ({before}", self.0.key()), ("", behind), &list, ")").await
    }

    /// How many users have no id at all. They can be neither sent nor named.
    ///
    /// # Errors
    /// As [`Directory::page`].
    pub async fn without_id(&mut self) -> Result<usize, DirectoryError> {
        let question = sql::<RowTypes>(&(self.0.unmarked() + " AND u.user_id IS NULL"));
        let rows = ask!(self, load::<Raw>, question).map_err(|error| silently(&error))?;
        Ok(rows.len())
    }

    async fn load(
        &mut self,
        condition: &str,
        (before, behind): (&str, &str),
        bound: &str,
        tail: &str,
    ) -> Result<Vec<UserRow>, DirectoryError> {
        let head: SqlLiteral<RowTypes> = sql(&format!("{}{condition}{before}", self.0.unmarked()));
        let question = head.bind::<Text, _>(bound.to_owned()).sql(&format!("{behind}{tail}"));
        let rows = ask!(self, load::<Raw>, question).map_err(|error| silently(&error))?;
        Ok(rows.into_iter().map(UserRow::from).collect())
    }
}

/// What each engine is asked. What makes a column JSON is what the contract's routines do, so that
/// a row is the same user by either way.
impl Connection {
    /// Every column of every user without a mark, up to a condition that begins with AND.
    fn unmarked(&self) -> String {
        let mut columns: Vec<String> =
            PROFILE.iter().map(|(name, holds)| self.column(&format!("u.{name}"), *holds)).collect();
        columns.extend(PASSWORD.iter().map(|name| self.column(&format!("u.{name}"), Holds::Text)));
        let same = match self {
            Self::Postgresql(_) => "u.user_id COLLATE \"default\"",
            Self::Mysql(_) | Self::Sqlite(_) => "u.user_id",
        };
        format!(
            "SELECT {} FROM narrowgate.legacy_user AS u \
             LEFT JOIN narrowgate.migrated_user AS m ON m.user_id = {same} WHERE m.user_id IS NULL",
            columns.join(", ")
        )
    }

    fn column(&self, name: &str, holds: Holds) -> String {
        match (self, holds) {
            (Self::Postgresql(_), Holds::Text) => format!("({name})::text"),
            (Self::Postgresql(_), _) => format!("to_json({name})::text"),
            // CONCAT writes numbers as text and leaves everything else as it is.
            (Self::Mysql(_), Holds::Flag) => format!(
                "ELT(1 + FIELD(CONCAT({name}), '0', '1'), JSON_QUOTE(CONCAT({name})), 'false', 'true')"
            ),
            (Self::Mysql(_), _) => format!("CONCAT({name})"),
            (Self::Sqlite(_), Holds::Flag) => format!(
                "CASE WHEN {name} IS NULL THEN NULL WHEN {name} = 0 THEN 'false' \
                 WHEN {name} = 1 THEN 'true' ELSE 'other' END"
            ),
            (Self::Sqlite(_), _) => name.to_owned(),
        }
    }

    /// The id in an order in which no two ids are equal, whatever the column's collation says.
    fn key(&self) -> &'static str {
        match self {
            Self::Postgresql(_) => "(u.user_id)::text COLLATE \"default\"",
            Self::Mysql(_) => "CAST(CONVERT(u.user_id USING utf8mb4) AS BINARY)",
            Self::Sqlite(_) => "u.user_id COLLATE BINARY",
        }
    }

    /// What stands before and behind an id to compare with.
    fn bound(&self) -> (&'static str, &'static str) {
        match self {
            Self::Mysql(_) => ("CAST(", " AS BINARY)"),
            Self::Postgresql(_) | Self::Sqlite(_) => ("", ""),
        }
    }

    /// What stands before and behind a JSON array to make rows of it.
    fn list(&self) -> (&'static str, &'static str) {
        match self {
            Self::Postgresql(_) => ("SELECT json_array_elements_text(", "::json)"),
            Self::Mysql(_) => (
                "SELECT CAST(j.id AS BINARY) FROM JSON_TABLE(",
                ", '$[*]' COLUMNS (id VARCHAR(255) CHARACTER SET utf8mb4 PATH '$')) AS j",
            ),
            Self::Sqlite(_) => ("SELECT value FROM json_each(", ")"),
        }
    }
}
