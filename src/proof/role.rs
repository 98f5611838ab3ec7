//! The roles of the contract, and what each may do.

use crate::config::PasswordComparison;
use crate::database::catalog::{Allowed, Routines};

/// Whose proof it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The service's own, with where passwords are compared.
    Service(PasswordComparison),
    /// The one that reads all users.
    Bulk,
    /// The one that marks users.
    Marker,
}

const OUTSIDE: Routines = &[("login_candidate", 1), ("get_user", 1), ("mark_migrated", 2)];
const INSIDE: Routines =
    &[("password_parameters", 1), ("password_matches", 2), ("get_user", 1), ("mark_migrated", 2)];
const MARKS: Routines = &[("mark_migrated", 2)];

impl Role {
    /// What the contract lets it do.
    #[must_use]
    pub fn allowed(self) -> Allowed {
        let (routines, relations): (Routines, &[&str]) = match self {
            Self::Service(PasswordComparison::Outside) => (OUTSIDE, &[]),
            Self::Service(PasswordComparison::Inside) => (INSIDE, &[]),
            Self::Bulk => (&[], &["legacy_user", "migrated_user"]),
            Self::Marker => (MARKS, &[]),
        };
        Allowed { routines, relations }
    }

    /// The name that the contract gives it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Service(_) => "narrowgate_api",
            Self::Bulk => "narrowgate_bulk",
            Self::Marker => "narrowgate_marker",
        }
    }
}
