//! A rehearsal that does not come to its end.

use crate::bulk::import::ImportError;
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
