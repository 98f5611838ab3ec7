//! All canonical columns of users: whole rows of the view.

mod columns;
mod partly;

use diesel::dsl::sql;
use diesel::expression::SqlLiteral;
use diesel::sql_types::{Binary, Nullable, Text};
use serde_json::value::RawValue;

pub use partly::Hidden;

use super::batches::Weight;
use super::{
    BATCHES, Column, Connection, Directory, DirectoryError, PasswordRow, Rows, hand_over,
    of_diesel, postgresql, stream,
};
use crate::columns::{COLUMNS, Holds};
use crate::profile::{InvalidUserRecord, Profile};
use diesel::connection::DefaultLoadingMode;
use tokio::sync::mpsc;

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
    found: Column,
}

/// The users of a page, in the order of their ids.
pub struct Page {
    /// The users.
    pub rows: Vec<UserRow>,
    /// Whether nobody comes behind them.
    pub is_last: bool,
}

/// A page ends at so many bytes, however few its users are.
const PAGE_BYTES: usize = 16 << 20;

type NB = Nullable<Binary>;
type RowTypes = (NB, NB, NB, NB, NB, NB, NB, NB, NB, NB, NB, NB, NB, NB, NB, NB, NB, NB);
#[rustfmt::skip]
type Raw = (
    Column, Column, Column, Column, Column, Column, Column, Column, Column,
    Column, Column, Column, Column, Column, Column, Column, Column, Column,
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
        self.profile_of(|_| true, "{")
    }

    /// The profile of some columns; `json` is what the object begins with.
    fn profile_of(
        &self,
        wanted: impl Fn(&str) -> bool,
        begin: &str,
    ) -> Result<Profile, InvalidUserRecord> {
        let mut json = String::with_capacity(512);
        json.push_str(begin);
        for (bytes, (name, holds)) in self.profile.iter().zip(COLUMNS) {
            let Some(bytes) = bytes.as_ref().filter(|_| wanted(name)) else { continue };
            let text = std::str::from_utf8(bytes)
                .map_err(|_| InvalidUserRecord("a column holds bytes that are not UTF-8"))?;
            json.push_str(if json.len() == 1 { "\"" } else { ",\"" });
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
        json.push('}');
        Profile::from_row(&json)
    }
}

#[rustfmt::skip]
impl postgresql::FromColumns for Raw {
    fn from_columns(mut next: impl FnMut() -> Column) -> Self {
        (
            next(), next(), next(), next(), next(), next(), next(), next(), next(),
            next(), next(), next(), next(), next(), next(), next(), next(), next(),
        )
    }
}

#[rustfmt::skip]
impl From<Raw> for UserRow {
    fn from((id, email, ev, username, phone, pv, name, given, family, nick, picture, um, am, blocked, hash, salt, scheme, found): Raw) -> Self {
        let password = PasswordRow::from((hash, salt, scheme, username.clone(), email.clone()));
        let profile = [id, email, ev, username, phone, pv, name, given, family, nick, picture, um, am, blocked];
        Self { profile, password, found }
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
        let question = sql::<RowTypes>(&(self.unmarked() + &order));
        stream!(self, Raw, question)
    }

    /// At most `limit` users, in the order of their ids, behind the id `after`; those without an id
    /// are left out. Users whom a view shows twice stand one behind the other, perhaps in two pages.
    ///
    /// # Errors
    /// The view fails.
    pub async fn page(self, after: Option<&str>, limit: usize) -> Result<Page, DirectoryError> {
        let key = self.0.key();
        let (than, text) = (if after.is_some() { ">" } else { ">=" }, after.unwrap_or(""));
        let condition = format!("{} AND {key} {than} ", self.0.with_id());
        let bound = self.0.bound();
        let mut coming =
            self.chosen(&condition, bound, text, &format!(" ORDER BY {key} LIMIT {limit}"));
        let (mut rows, mut bytes): (Vec<UserRow>, _) = (vec![], 0);
        while let Some(mut batch) = coming.next().await? {
            bytes += batch.iter().map(Weight::bytes).sum::<usize>();
            rows.append(&mut batch);
            // A page of one id alone would hide where that id ends.
            let [first, last] =
                [rows.first(), rows.last()].map(|row| row.and_then(UserRow::user_id));
            if bytes >= PAGE_BYTES && first != last {
                return Ok(Page { rows, is_last: false });
            }
        }
        let is_last = rows.len() < limit;
        Ok(Page { rows, is_last })
    }

    /// Starts reading the users of these ids who have not migrated, in no order.
    #[must_use]
    pub fn by_ids(self, ids: &[String]) -> Rows<UserRow> {
        let list = serde_json::to_string(ids).unwrap_or_default();
        let (before, behind) = self.0.list();
        let condition = format!(" AND {} IN ({before}", self.0.key());
        self.chosen(&condition, ("", behind), &list, ")")
    }

    fn unmarked(&self) -> String {
        self.1.named(&self.0.unmarked())
    }

    fn chosen(
        self,
        condition: &str,
        (before, behind): (&str, &str),
        bound: &str,
        tail: &str,
    ) -> Rows<UserRow> {
        let head: SqlLiteral<RowTypes> = sql(&format!("{}{condition}{before}", self.unmarked()));
        let question = head.bind::<Text, _>(bound.to_owned()).sql(&format!("{behind}{tail}"));
        stream!(self, Raw, question)
    }
}

impl Weight for UserRow {
    fn bytes(&self) -> usize {
        let profile: usize = self.profile.iter().flatten().map(Vec::len).sum();
        profile + self.password.bytes()
    }
}
