//! The legacy id, which becomes a part of Auth0's.

use serde::{Deserialize, Serialize};

use super::InvalidUserRecord;
use crate::identifier::is_invisible;

/// The longest `user_id`, in characters.
pub const MAX_USER_ID_CHARACTERS: usize = 255;

/// A legacy user id that is safe to become an Auth0 id: one to 255 characters, no white space, no
/// `|`, nothing invisible, and not ending in `@clients`, which marks a machine's subject.
#[derive(Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String")]
pub struct UserId(String);

impl UserId {
    /// The id as the database knows it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for UserId {
    type Error = InvalidUserRecord;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let unsafe_character = |c: char| c == '|' || c.is_whitespace() || is_invisible(c);
        if text.is_empty() || text.chars().count() > MAX_USER_ID_CHARACTERS {
            return Err(InvalidUserRecord("user_id is empty or too long"));
        }
        if text.chars().any(unsafe_character) || text.ends_with("@clients") {
            return Err(InvalidUserRecord("user_id cannot be an Auth0 user id"));
        }
        Ok(Self(text))
    }
}
