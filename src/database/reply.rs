//! What comes of a question that a server was asked, and which faults are a row's own.

use super::question::{Answer, LONGEST_ANSWER, TOO_LARGE};
use super::{Error, ServerWords};
use crate::profile::InvalidUserRecord;

/// What came of a question.
pub(super) enum Reply {
    /// The routine's answer, or NULL.
    Told(Option<String>),
    /// The database cannot hold such a text, so nobody has it.
    Unsayable,
}

impl Reply {
    /// The answer, or none.
    pub(super) fn text(self) -> Option<String> {
        match self {
            Self::Told(text) => text,
            Self::Unsayable => None,
        }
    }

    /// An answer that is a text, and not too long.
    pub(super) fn told(answer: Option<Answer>) -> Result<Self, Error> {
        let of_row = |rule| Error::Row(InvalidUserRecord(rule), ServerWords(rule.to_owned()));
        match answer.transpose() {
            Ok(Some(text)) if text.is_empty() || text.len() > LONGEST_ANSWER => {
                Err(of_row(TOO_LARGE))
            }
            Ok(answer) => Ok(Self::Told(answer)),
            Err(_) => Err(of_row("the answer is not text")),
        }
    }
}

/// The states of a statement that was cancelled: PostgreSQL's, and that of MySQL and MariaDB.
const CANCELLED: [&str; 2] = ["57014", "70100"];

/// Sorts a failure by the class of its SQLSTATE: what a row holds is no outage, and does not go away.
pub(super) fn statement(sqlstate: &str, words: &str) -> Error {
    let words = ServerWords(words.to_owned());
    if CANCELLED.contains(&sqlstate) {
        return Error::Cancelled(words);
    }
    match sqlstate.get(..2) {
        Some("21") => Error::Row(InvalidUserRecord("two rows have this id"), words),
        Some("22") => Error::Row(InvalidUserRecord("a value cannot be read as what it is"), words),
        Some("54") => {
            Error::Row(InvalidUserRecord("a value is beyond the database's limits"), words)
        }
        _ => Error::Statement(words),
    }
}
