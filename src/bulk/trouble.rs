//! What can end a run of any kind.

use super::management::Refusal;
use super::run::RunError;
use crate::database::DirectoryError;

/// What can end a run of any kind.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// The tenant refuses.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The legacy database refuses or fails.
    #[error(transparent)]
    Database(#[from] DirectoryError),
    /// The run directory cannot be used or kept.
    #[error(transparent)]
    Run(#[from] RunError),
}
