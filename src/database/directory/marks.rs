//! The marks: how many there are by day, and who has one.

use std::collections::{BTreeMap, HashSet};

use diesel::connection::DefaultLoadingMode;
use diesel::dsl::sql;
use diesel::sql_types::{BigInt, Binary, Nullable, Text};
use tokio::sync::mpsc;

use super::{
    BATCHES, Column, Connection, Directory, DirectoryError, Rows, ask, hand_over, of_diesel,
    postgresql, silently, stream,
};

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

impl postgresql::FromColumns for (i64, i64) {
    fn from_columns(mut next: impl FnMut() -> Column) -> Self {
        (i64::from_columns(&mut next), i64::from_columns(&mut next))
    }
}

/// The ids of all marks, as text.
fn all(engine: &Connection) -> String {
    let id = match engine {
        Connection::Postgresql(_) => "(m.user_id)::text",
        Connection::Mysql(_) => "CONCAT(m.user_id)",
        Connection::Sqlite(_) => "m.user_id",
    };
    format!("SELECT {id} FROM narrowgate.migrated_user AS m")
}

impl Directory {
    /// Marks by day, counted from 1970-01-01 in UTC.
    ///
    /// # Errors
    /// The database cannot be reached, or the marks cannot be read.
    pub async fn marks_by_day(&mut self) -> Result<BTreeMap<u32, u64>, DirectoryError> {
        let day = match &self.0 {
            Connection::Postgresql(_) => {
                "CASE WHEN isfinite(migrated_at) THEN CAST(floor(extract(epoch FROM migrated_at) / 86400) AS bigint) ELSE 0 END"
            }
            Connection::Mysql(_) => {
                "COALESCE(CAST(DATEDIFF(migrated_at, '1970-01-01') AS SIGNED), 0)"
            }
            Connection::Sqlite(_) => {
                "COALESCE(CAST(julianday(migrated_at) - 2440587.5 AS INTEGER), 0)"
            }
        };
        let question = format!(
            "SELECT {day} AS day, count(*) AS marks FROM narrowgate.migrated_user GROUP BY 1"
        );
        let question = sql::<(BigInt, BigInt)>(&self.1.named(&question));
        let rows = ask!(self, (i64, i64), question).map_err(silently)?;
        // A date that no calendar has is the first of all: its user counts.
        let mut days = BTreeMap::new();
        for (day, marks) in rows {
            let day = u32::try_from(day.clamp(0, u32::MAX.into())).unwrap_or_default();
            *days.entry(day).or_default() += u64::try_from(marks).unwrap_or_default();
        }
        Ok(days)
    }

    /// Starts reading the ids of all who have a mark, in no order.
    #[must_use]
    pub fn marks(self) -> Rows<Marked> {
        let question = sql::<Nullable<Binary>>(&all(&self.0));
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
        let condition = format!("{} WHERE {key} IN ({before}", all(&self.0));
        let head = sql::<Nullable<Binary>>(&condition);
        let question = head.bind::<Text, _>(list).sql(&format!("{behind})"));
        let rows = ask!(self, Column, question).map_err(silently)?;
        Ok(rows.into_iter().map(|id| Marked::from(id).0).collect())
    }
}
