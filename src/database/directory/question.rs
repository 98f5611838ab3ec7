//! The two questions about passwords alone, one expression each for all engines.

use diesel::dsl::auto_type;
use diesel::prelude::*;

diesel::table! {
    narrowgate.legacy_user (user_id) {
        user_id -> Text,
        // As bytes: a column may hold what is no text, which is a finding and not a fault.
        email -> Nullable<Binary>,
        username -> Nullable<Binary>,
        password_hash -> Nullable<Binary>,
        password_salt -> Nullable<Binary>,
        password_scheme -> Nullable<Binary>,
    }
}
diesel::table! { narrowgate.migrated_user (user_id) { user_id -> Text, } }
diesel::allow_tables_to_appear_in_same_query!(legacy_user, migrated_user);
use legacy_user::{email, password_hash, password_salt, password_scheme, username};

/// The users who have not migrated: the same ones that the gate's routines know.
#[auto_type]
pub fn unmarked() -> _ {
    let marks = migrated_user::table.on(migrated_user::user_id.eq(legacy_user::user_id));
    legacy_user::table.left_join(marks).filter(migrated_user::user_id.nullable().is_null())
}

#[auto_type]
pub fn password_columns() -> _ {
    unmarked().select((password_hash, password_salt, password_scheme, username, email))
}
