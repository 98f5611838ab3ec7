//! A command that has nothing more to do.

use crate::bulk::import::ImportError;
use crate::bulk::verify::VerifyError;
use crate::cli::Ending;

/// Why there is nothing more to do.
pub(super) enum Stopped<E> {
    /// It was told already.
    Known(Ending),
    /// It is to be told.
    Error(E),
}

impl<E: Into<ImportError>> From<E> for Stopped<ImportError> {
    fn from(error: E) -> Self {
        Self::Error(error.into())
    }
}

impl<E: Into<VerifyError>> From<E> for Stopped<VerifyError> {
    fn from(error: E) -> Self {
        Self::Error(error.into())
    }
}
