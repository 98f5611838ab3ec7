//! What went wrong at the bottom of an error.

use std::error::Error;

/// The innermost cause, which says what happened and, of a request, holds no URL.
pub(crate) fn innermost(error: &dyn Error) -> String {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}
