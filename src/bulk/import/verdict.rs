//! What the tenant's words for one user mean.

use super::{Import, ImportError};
use crate::bulk::management::Lookup;

/// What an error's code says, before anybody is looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// The record is refused as it is.
    Refused,
    /// Somebody is there already: perhaps the very user.
    Exists,
    /// No user can be imported into this connection.
    Connection,
    /// The documentation does not know the code, or says that it can be tried again.
    Unclear,
}

/// What a user is quarantined for whose id somebody of another connection has.
pub(super) const ID_COLLISION: &str = "id_collision";

/// Source: auth0.com/docs, "Bulk User Imports", "Error codes and messages".
pub(super) fn class(code: &str) -> Class {
    match code {
        "ANY_OF_MISSING"
        | "ARRAY_LENGTH_LONG"
        | "ARRAY_LENGTH_SHORT"
        | "ENUM_MISMATCH"
        | "FORMAT"
        | "INVALID_FORMAT"
        | "INVALID_TYPE"
        | "MAX_LENGTH"
        | "MAXIMUM"
        | "MIN_LENGTH"
        | "MINIMUM"
        | "NOT_PASSED"
        | "OBJECT_REQUIRED"
        | "PATTERN"
        | "PROFILE_SIZE_EXCEEDED" => Class::Refused,
        "CONFLICT" | "CONFLICT_EMAIL" | "CONFLICT_USERNAME" | "DUPLICATED_USER" => Class::Exists,
        "CONNECTION_NOT_FOUND" => Class::Connection,
        _ => Class::Unclear,
    }
}

impl Import {
    /// Looks a user up by id, which is immediately consistent.
    pub(super) async fn look_up(&self, id: &str) -> Result<Lookup, ImportError> {
        self.unless_stopped(self.management.user(id, &self.connection.name)).await
    }
}
