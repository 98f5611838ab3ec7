//! Why the view was not read, told from what the database and its client say.

use crate::database::{Error, ServerWords};
use crate::profile::InvalidUserRecord;

/// Why the view was not read.
#[derive(Debug, thiserror::Error)]
pub enum DirectoryError {
    /// Nobody there, or the connection broke.
    #[error("cannot reach the database: {0}")]
    Unreachable(String),
    /// The database is there and says no: credentials, rights or the view are wrong.
    #[error("the database refuses: {0}")]
    Refused(String),
    /// Reading ended half-way. The server's words may quote a user's value and are not repeated.
    #[error("the contract's view legacy_user failed while its rows were read")]
    Broken,
    /// The same at what is in a row.
    #[error("the contract's view legacy_user failed while its rows were read: {0}")]
    Row(&'static str),
    /// No id of a page can be gone on behind.
    #[error("the contract's view legacy_user gives ids that are no text")]
    NoTextIds,
}

pub(super) fn from_set_up(error: &Error) -> DirectoryError {
    DirectoryError::Refused(error.to_string())
}

/// An error of a question that read no row, in the server's words.
pub(super) fn aloud(error: Error) -> DirectoryError {
    match error {
        Error::Statement(ServerWords(words))
        | Error::Cancelled(ServerWords(words))
        | Error::Row(_, ServerWords(words))
        | Error::Refused(words) => DirectoryError::Refused(words),
        Error::Unreachable(cause) => DirectoryError::Unreachable(cause),
        other => DirectoryError::Unreachable(other.to_string()),
    }
}

/// An error of a question that may have read rows.
pub(super) fn silently(error: Error) -> DirectoryError {
    match error {
        Error::Unreachable(cause) => DirectoryError::Unreachable(cause),
        Error::Row(InvalidUserRecord(rule), _) => DirectoryError::Row(rule),
        _ => DirectoryError::Broken,
    }
}
