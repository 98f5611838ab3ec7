//! How many marks there are, by day: counts alone, no ids.

use std::collections::BTreeMap;

use diesel::dsl::sql;
use diesel::sql_types::BigInt;

use super::{Column, Connection, Directory, DirectoryError, ask, postgresql, silently};

impl postgresql::FromColumns for (i64, i64) {
    fn from_columns(mut next: impl FnMut() -> Column) -> Self {
        (i64::from_columns(&mut next), i64::from_columns(&mut next))
    }
}

impl Directory {
    /// Marks by day, counted from 1970-01-01 in UTC.
    ///
    /// # Errors
    /// The database cannot be reached, or the marks cannot be read.
    pub async fn marks_by_day(&mut self) -> Result<BTreeMap<u32, u64>, DirectoryError> {
        let day = match &self.0 {
            Connection::Postgresql(_) => {
                "CAST(floor(extract(epoch FROM migrated_at) / 86400) AS bigint)"
            }
            Connection::Mysql(_) => "CAST(DATEDIFF(migrated_at, '1970-01-01') AS SIGNED)",
            Connection::Sqlite(_) => "CAST(julianday(migrated_at) - 2440587.5 AS INTEGER)",
        };
        let question = format!(
            "SELECT {day} AS day, count(*) AS marks FROM narrowgate.migrated_user GROUP BY 1"
        );
        let question = sql::<(BigInt, BigInt)>(&self.1.named(&question));
        let rows = ask!(self, (i64, i64), question).map_err(silently)?;
        let count = |(day, marks)| Some((u32::try_from(day).ok()?, u64::try_from(marks).ok()?));
        Ok(rows.into_iter().filter_map(count).collect())
    }
}
