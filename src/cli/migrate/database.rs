//! Why the legacy database was not read, in one line.

use crate::cli::Ending;
use crate::database::DirectoryError;

/// There is nothing to do, which may be true.
pub(super) fn nobody() -> Ending {
    eprintln!(
        "caution: the view shows no user who has not migrated; look whether this is the right database"
    );
    Ending::Cautions
}

/// Why the legacy database was not read, and what to do.
pub(super) fn explain(error: &DirectoryError) -> Ending {
    let remedy = match error {
        // Words that end in a remedy of their own.
        DirectoryError::Refused(cause) if cause.ends_with("run the same command again") => {
            eprintln!("{error}");
            return Ending::Refused;
        }
        DirectoryError::Unreachable(_) => "check the URL and the way to it",
        DirectoryError::Refused(_) => {
            "check the URL, that the contract was applied, its name (database.contract) and that it is the bulk role's"
        }
        DirectoryError::NoTextIds => {
            "write user_id as a text in the mapping, and apply the contract"
        }
        DirectoryError::Broken | DirectoryError::Row(_) => {
            "as a DBA, SELECT every column of it for all rows, and mend what the server complains of"
        }
    };
    eprintln!("{error}; {remedy}");
    match error {
        DirectoryError::Broken | DirectoryError::Row(_) | DirectoryError::NoTextIds => {
            Ending::Fault
        }
        _ => Ending::Refused,
    }
}
