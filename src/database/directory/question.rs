//! Who has not migrated: how many they are, and the questions about their passwords alone.

use diesel::dsl::sql;
use diesel::expression::SqlLiteral;
use diesel::sql_types::{BigInt, Binary, Nullable};

use super::{Connection, Directory, DirectoryError, ask, postgresql, silently};
use crate::schema::Schema;

type NB = Nullable<Binary>;

const PASSWORD_COLUMNS: &str =
    "u.password_hash, u.password_salt, u.password_scheme, u.username, u.email";

impl Connection {
    /// The users who have not migrated: the same ones that the gate's routines know. A condition that
    /// begins with AND may follow.
    pub(super) fn of_unmarked(&self) -> String {
        // A mark's id has the database's collation; to the view's own two ids may be one.
        let same = match self {
            Self::Postgresql(_) => "u.user_id COLLATE \"default\"",
            Self::Mysql(_) | Self::Sqlite(_) => "u.user_id",
        };
        format!(
            "FROM narrowgate.legacy_user AS u \
             LEFT JOIN narrowgate.migrated_user AS m ON m.user_id = {same} WHERE m.user_id IS NULL"
        )
    }
}

impl Directory {
    /// How many users have not migrated.
    ///
    /// # Errors
    /// The view fails when its rows are counted.
    pub async fn count(&mut self) -> Result<u64, DirectoryError> {
        self.number("").await
    }

    /// How many of them have no id at all. They can be neither sent nor named.
    ///
    /// # Errors
    /// As [`Directory::count`].
    pub async fn without_id(&mut self) -> Result<u64, DirectoryError> {
        self.number(self.0.without_id()).await
    }

    async fn number(&mut self, condition: &str) -> Result<u64, DirectoryError> {
        let question = format!("SELECT count(*) {}{condition}", self.0.of_unmarked());
        self.ask_number(&question).await
    }

    /// What a question answers that gives one number.
    pub(super) async fn ask_number(&mut self, question: &str) -> Result<u64, DirectoryError> {
        let question = sql::<BigInt>(&self.1.named(question));
        let count = ask!(self, i64, question).map_err(silently)?;
        Ok(count.first().and_then(|count| u64::try_from(*count).ok()).unwrap_or_default())
    }
}

/// The password columns, behind the id as text.
pub(super) fn named_password_columns(
    engine: &Connection,
    contract: &Schema,
) -> SqlLiteral<(NB, NB, NB, NB, NB, NB)> {
    let (id, of_unmarked) = (engine.id("u.user_id"), engine.of_unmarked());
    sql(&contract.named(&format!("SELECT {id}, {PASSWORD_COLUMNS} {of_unmarked}")))
}

/// As bytes: a column may hold what is no text, which is a finding and not a fault.
pub(super) fn password_columns(
    engine: &Connection,
    contract: &Schema,
    tail: &str,
) -> SqlLiteral<(NB, NB, NB, NB, NB)> {
    sql(&contract.named(&format!("SELECT {PASSWORD_COLUMNS} {}{tail}", engine.of_unmarked())))
}
