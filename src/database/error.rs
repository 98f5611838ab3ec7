//! Why the database gave no answer.

use crate::profile::InvalidUserRecord;

/// What to do about a row that breaks the contract.
pub const MEND_RECORD: &str = "mend the row or the view legacy_user";

/// Why the database gave no answer. The texts hold nothing of any user.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nobody there, or the connection broke.
    #[error("cannot reach the database: {0}")]
    Unreachable(String),
    /// It did not come in time.
    #[error("{0} in time")]
    Overdue(&'static str),
    /// The database is there and says no: credentials, rights or routines are wrong.
    #[error("the database refuses: {0}")]
    Refused(String),
    /// What it does not know yet would be nobody.
    #[error("the server is a read-only replica, and a user it does not know yet would be nobody")]
    Replica,
    /// A routine failed.
    #[error("a routine failed; `narrowgate check` shows why")]
    Statement(ServerWords),
    /// The server cancelled a routine: it took too long, or somebody asked for it.
    #[error("the server cancelled a routine")]
    Cancelled(ServerWords),
    /// The answer breaks the contract.
    #[error(transparent)]
    InvalidRecord(#[from] InvalidUserRecord),
    /// A routine fails at what is in this row, and always will.
    #[error("{0}")]
    Row(InvalidUserRecord, ServerWords),
}

impl Error {
    /// What came from a server that was reached.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Unreachable(words) | Self::Refused(words) => words.clone(),
            other => other.to_string(),
        }
    }

    /// What an operator does about it, where `key` of the configuration names the database.
    #[must_use]
    pub fn remedy(&self, key: &str) -> String {
        match self {
            Self::Unreachable(_) => format!("check {key}, the database and the way to it"),
            Self::Overdue(_) | Self::Cancelled(_) => {
                "look for locks and slow statements in the database; where all connections are busy, raise database.pool_size".to_owned()
            }
            Self::Refused(_) => {
                format!("check {key}, the role's grants and that the contract was applied")
            }
            Self::Replica => format!("let {key} name the primary"),
            Self::Statement(_) => {
                "run `narrowgate check`, which shows what a routine lacks".to_owned()
            }
            Self::InvalidRecord(_) | Self::Row(..) => MEND_RECORD.to_owned(),
        }
    }

    /// Whether the server was asked and refuses this very statement. All else is no answer at all.
    #[must_use]
    pub fn refuses_statement(&self) -> bool {
        matches!(self, Self::Statement(_) | Self::Row(..))
    }
}

/// What the server said of a failed statement. It may quote a user's value, so it cannot be
/// printed; only the probe, which asks about nobody, repeats it.
pub struct ServerWords(pub(super) String);

impl std::fmt::Debug for ServerWords {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("…")
    }
}
