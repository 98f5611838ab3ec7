//! A rehearsal that does not come to its end.

use crate::bulk::import::ImportError;
use crate::bulk::verify::VerifyError;
use crate::cli::Ending;

/// Why there is nothing more to do.
pub(super) enum Stopped {
    Known(Ending),
    Error(ImportError),
}

impl<E: Into<ImportError>> From<E> for Stopped {
    fn from(error: E) -> Self {
        Self::Error(error.into())
    }
}

impl Stopped {
    /// A verification that ended before its end.
    pub(super) fn verifying(error: VerifyError) -> Self {
        match error {
            VerifyError::Trouble(error) => error.into(),
            VerifyError::Interrupted => ImportError::Interrupted.into(),
            error => {
                eprintln!("the stand-in and the check disagree: {error}");
                Self::Known(Ending::Fault)
            }
        }
    }
}
