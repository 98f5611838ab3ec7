//! The two questions about passwords alone, one text each for all engines.

use diesel::dsl::sql;
use diesel::expression::SqlLiteral;
use diesel::sql_types::{BigInt, Binary, Nullable};

use crate::schema::Schema;

type NB = Nullable<Binary>;

/// The users who have not migrated: the same ones that the gate's routines know.
const UNMARKED: &str = "FROM narrowgate.legacy_user AS u \
    LEFT JOIN narrowgate.migrated_user AS m ON m.user_id = u.user_id WHERE m.user_id IS NULL";

pub(super) fn count(contract: &Schema) -> SqlLiteral<BigInt> {
    sql(&contract.named(&format!("SELECT count(*) {UNMARKED}")))
}

/// As bytes: a column may hold what is no text, which is a finding and not a fault.
pub(super) fn password_columns(contract: &Schema, tail: &str) -> SqlLiteral<(NB, NB, NB, NB, NB)> {
    let columns = "u.password_hash, u.password_salt, u.password_scheme, u.username, u.email";
    sql(&contract.named(&format!("SELECT {columns} {UNMARKED}{tail}")))
}
