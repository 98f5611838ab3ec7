//! Every refusal and fault that a caller can meet.

mod answer;

use std::fmt;
use std::time::Duration;

use crate::auth::{Rejection, Scope};
use crate::database;
use crate::password::VerifyError;
use crate::profile::InvalidUserRecord;

/// An answer that is no profile. The texts inside are for the log; callers get fixed ones.
#[derive(Debug)]
pub enum Problem {
    /// The gate did not let the caller in; the scope is the endpoint's.
    Rejected(Rejection, Scope),
    /// An authentic token without the endpoint's scope.
    InsufficientScope(Scope),
    /// The body, its fields or the way it was sent break the rules.
    InvalidRequest(&'static str),
    /// Not this user's password, or no such user: one answer for all.
    InvalidCredentials(&'static str),
    /// The right password of a user who is locked out.
    UserBlocked,
    /// Nobody, or somebody who has already migrated.
    UserNotFound,
    /// More than one user; the gate does not choose.
    AmbiguousUser,
    /// Try again after this long.
    TooManyAttempts(Duration),
    /// Not one of the three paths.
    NoSuchEndpoint,
    /// Not POST.
    MethodNotAllowed,
    /// A body over the limit.
    PayloadTooLarge,
    /// A body that is not JSON.
    UnsupportedMediaType,
    /// More header bytes than a token and a few fields need.
    HeadersTooLarge,
    /// A head that began and did not end in time.
    RequestTimeout,
    /// Nobody is left to answer: for the log alone.
    CallerGone,
    /// More work than can be done in time.
    Overloaded,
    /// Something we need is not there now; the text says what.
    Unavailable(String),
    /// The database is not there now: why, and what an operator does about it.
    DatabaseUnavailable(String, String),
    /// A row that must not be emitted.
    InvalidUserRecord(InvalidUserRecord),
    /// A fault of our own.
    InternalError(&'static str),
}

impl Problem {
    /// What callers branch on.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.fixed().1
    }

    /// Why, for the log; it holds nothing of any user.
    #[must_use]
    pub fn reason(&self) -> Option<String> {
        match self {
            Self::Rejected(rejection, _) => Some(rejection.to_string()),
            Self::InvalidRequest(reason)
            | Self::InvalidCredentials(reason)
            | Self::InternalError(reason) => Some((*reason).to_owned()),
            Self::Unavailable(cause) | Self::DatabaseUnavailable(cause, _) => Some(cause.clone()),
            Self::InvalidUserRecord(record) => Some(record.to_string()),
            _ => None,
        }
    }

    /// Whether this is ours to mend, and how; refusals are information for the caller.
    #[must_use]
    pub fn remedy(&self) -> Option<&str> {
        match self {
            Self::Rejected(Rejection::KeysUnavailable, _) => {
                Some("check auth.jwks_uri and the way to it; logins wait for the key set")
            }
            Self::Unavailable(_) => Some(
                "see what is slow, the database or hashing (narrowgate_request_seconds by endpoint), or raise server.request_timeout",
            ),
            Self::DatabaseUnavailable(_, remedy) => Some(remedy),
            Self::InvalidUserRecord(_) => Some(database::MEND_RECORD),
            Self::InternalError(_) => Some("report it with this line"),
            _ => None,
        }
    }

    /// Whether the connection ends with this answer: what came before a valid token, and what left
    /// a body unread. Only callers that the gate knows may keep a connection, and drip into it.
    #[must_use]
    pub fn ends_connection(&self) -> bool {
        matches!(
            self,
            Self::Rejected(..)
                | Self::InsufficientScope(_)
                | Self::InvalidRequest(_)
                | Self::NoSuchEndpoint
                | Self::MethodNotAllowed
                | Self::PayloadTooLarge
                | Self::UnsupportedMediaType
                | Self::HeadersTooLarge
                | Self::RequestTimeout
                | Self::CallerGone
        )
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.code())
    }
}

impl From<database::Error> for Problem {
    fn from(error: database::Error) -> Self {
        match error {
            database::Error::InvalidRecord(record) | database::Error::Row(record, _) => {
                Self::InvalidUserRecord(record)
            }
            // Whatever else the database says, it has not said that there is no such user.
            other => Self::DatabaseUnavailable(other.to_string(), other.remedy("database.url")),
        }
    }
}

impl From<VerifyError> for Problem {
    fn from(error: VerifyError) -> Self {
        match error {
            VerifyError::Overloaded => Self::Overloaded,
            VerifyError::Broken => Self::InternalError("a hashing thread failed"),
        }
    }
}
