//! What tells one population of a scheme from another.

use std::fmt;

use crate::password::recipe::Recipe;

/// A recipe's parameters, for people to read.
pub(super) struct Shown<'a>(pub(super) &'a Recipe);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut result = Ok(());
        let mut separator = "";
        self.0.walk(&mut |step| {
            if result.is_err() {
                return;
            }
            let written = match step {
                Recipe::Derive { kdf, .. } if kdf.has_parameters() => {
                    write!(out, "{separator}{kdf}")
                }
                Recipe::Iterate { first, step, count } => {
                    // The first digest is one of them.
                    let is_digest = |of: &Recipe| matches!(of, Recipe::Digest(..));
                    let more = u32::from(is_digest(first) && is_digest(step));
                    write!(out, "{separator}rounds={}", count.saturating_add(more))
                }
                _ => return,
            };
            (result, separator) = (written, " ");
        });
        result
    }
}
