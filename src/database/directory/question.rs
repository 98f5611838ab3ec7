//! The questions about passwords alone, one text each for all engines.

use diesel::dsl::sql;
use diesel::expression::SqlLiteral;
use diesel::sql_types::{BigInt, Binary, Nullable};

use super::Connection;
use crate::schema::Schema;

type NB = Nullable<Binary>;

/// The users who have not migrated: the same ones that the gate's routines know.
const UNMARKED: &str = "FROM narrowgate.legacy_user AS u \
    LEFT JOIN narrowgate.migrated_user AS m ON m.user_id = u.user_id WHERE m.user_id IS NULL";

const PASSWORD_COLUMNS: &str =
    "u.password_hash, u.password_salt, u.password_scheme, u.username, u.email";

pub(super) fn count(contract: &Schema) -> SqlLiteral<BigInt> {
    sql(&contract.named(&format!("SELECT count(*) {UNMARKED}")))
}

/// The password columns, behind the id as text.
pub(super) fn named_password_columns(
    engine: &Connection,
    contract: &Schema,
) -> SqlLiteral<(NB, NB, NB, NB, NB, NB)> {
    let id = engine.id("u.user_id");
    sql(&contract.named(&format!("SELECT {id}, {PASSWORD_COLUMNS} {UNMARKED}")))
}

/// As bytes: a column may hold what is no text, which is a finding and not a fault.
pub(super) fn password_columns(contract: &Schema, tail: &str) -> SqlLiteral<(NB, NB, NB, NB, NB)> {
    sql(&contract.named(&format!("SELECT {PASSWORD_COLUMNS} {UNMARKED}{tail}")))
}
