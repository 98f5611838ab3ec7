//! The marks: how many there are, and who has one.

use std::collections::HashSet;

use diesel::connection::DefaultLoadingMode;
use diesel::dsl::sql;
use diesel::sql_types::{BigInt, Binary, Nullable, Text};
use tokio::sync::mpsc;

use super::{
    BATCHES, Column, Connection, Directory, DirectoryError, Rows, ask, hand_over, of_diesel,
    postgresql, silently, stream,
};
use crate::day::Day;
use crate::schema::Schema;

/// The id of a user who has a mark. One that is no text is nobody's.
pub struct Marked(pub String);

impl From<Column> for Marked {
    fn from(id: Column) -> Self {
        Self(id.and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default())
    }
}

impl postgresql::FromColumns for Column {
    fn from_columns(mut next: impl FnMut() -> Column) -> Self {
        next()
    }
}

/// The id of a user who has a mark, and the mark's day.
pub struct DatedMark {
    /// The id; one that is no text is nobody's.
    pub user_id: String,
    /// The day; a date that no calendar has is the first.
    pub day: Day,
}

impl From<(Column, i64)> for DatedMark {
    fn from((id, day): (Column, i64)) -> Self {
        Self { user_id: Marked::from(id).0, day: day_of(day) }
    }
}

impl postgresql::FromColumns for (Column, i64) {
    fn from_columns(mut next: impl FnMut() -> Column) -> Self {
        (next(), i64::from_columns(&mut next))
    }
}

/// A date that no calendar has is the first of all: its user counts.
fn day_of(day: i64) -> Day {
    Day(u32::try_from(day.clamp(0, u32::MAX.into())).unwrap_or_default())
}

/// The ids of all marks, as text.
fn all(engine: &Connection, contract: &Schema) -> String {
    let id = engine.id("m.user_id");
    contract.named(&format!("SELECT {id} FROM narrowgate.migrated_user AS m"))
}

impl Connection {
    /// An id as text.
    pub(super) fn id(&self, column: &str) -> String {
        match self {
            Self::Postgresql(_) => format!("({column})::text"),
            Self::Mysql(_) => format!("CONCAT({column})"),
            Self::Sqlite(_) => column.to_owned(),
        }
    }

    /// The day of a mark, as a number.
    fn day(&self) -> &'static str {
        match self {
            Self::Postgresql(_) => {
                "CASE WHEN isfinite(migrated_at) THEN CAST(floor(extract(epoch FROM migrated_at) / 86400) AS bigint) ELSE 0 END"
            }
            Self::Mysql(_) => "COALESCE(CAST(DATEDIFF(migrated_at, '1970-01-01') AS SIGNED), 0)",
            Self::Sqlite(_) => "COALESCE(CAST(julianday(migrated_at) - 2440587.5 AS INTEGER), 0)",
        }
    }
}

impl Directory {
    /// How many marks there are.
    ///
    /// # Errors
    /// The database cannot be reached, or the marks cannot be read.
    pub async fn count_marks(&mut self) -> Result<u64, DirectoryError> {
        self.ask_number("SELECT count(*) FROM narrowgate.migrated_user").await
    }

    /// Starts reading all marks with their days, in no order.
    #[must_use]
    pub fn dated_marks(self) -> Rows<DatedMark> {
        let (id, day) = (self.0.id("m.user_id"), self.0.day());
        let question = format!("SELECT {id}, {day} FROM narrowgate.migrated_user AS m");
        let question = sql::<(Nullable<Binary>, BigInt)>(&self.1.named(&question));
        stream!(self, (Column, i64), question)
    }

    /// Starts reading the ids of all who have a mark, in no order.
    #[must_use]
    pub fn marks(self) -> Rows<Marked> {
        let question = sql::<Nullable<Binary>>(&all(&self.0, &self.1));
        stream!(self, Column, question)
    }

    /// Which of these ids have a mark.
    ///
    /// # Errors
    /// The database cannot be reached, or the marks cannot be read.
    pub async fn marked(&mut self, ids: &[String]) -> Result<HashSet<String>, DirectoryError> {
        let list = serde_json::to_string(ids).unwrap_or_default();
        let (before, behind) = self.0.list();
        let key = match &self.0 {
            Connection::Mysql(_) => "CAST(m.user_id AS BINARY)",
            Connection::Postgresql(_) | Connection::Sqlite(_) => "m.user_id",
        };
        let condition = format!("{} WHERE {key} IN ({before}", all(&self.0, &self.1));
        let head = sql::<Nullable<Binary>>(&condition);
        let question = head.bind::<Text, _>(list).sql(&format!("{behind})"));
        let rows = ask!(self, Column, question).map_err(silently)?;
        Ok(rows.into_iter().map(|id| Marked::from(id).0).collect())
    }
}
