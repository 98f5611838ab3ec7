//! The one profile that every endpoint answers with, and the row it is made from.

mod metadata;
mod user_id;

pub use metadata::{LEGACY_BLOCKED, Metadata, holds_inexact_number};
pub use user_id::{MAX_USER_ID_CHARACTERS, UserId};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::identifier::{Identifier, Kind};
use crate::json;

/// A row that breaks the contract of the database; the text names the rule and never the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the user's row breaks the contract: {0}")]
pub struct InvalidUserRecord(pub &'static str);

/// What Auth0 is told about a user. Absent values are left out; metadata are always objects.
///
/// [`Profile::from_columns`] and [`Profile::of_id`] are its only constructors.
#[derive(Serialize)]
pub struct Profile {
    user_id: UserId,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email_verified: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    phone_number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    phone_verified: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    given_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    family_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nickname: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    picture: Option<String>,
    user_metadata: Map<String, Value>,
    app_metadata: Map<String, Value>,
    #[serde(skip)]
    blocked: bool,
    /// The kind of identifier that led to the user.
    #[serde(skip)]
    matched: Option<Kind>,
    /// What the user has under that kind, where a table of its own holds it.
    #[serde(skip)]
    found_as: Option<Vec<String>>,
}

/// The canonical profile columns, as the routines and the view give them: typed, so that a flag that
/// is no boolean or an id that is no string fails instead of being read as true or as a number.
#[derive(Default, Deserialize)]
#[expect(missing_docs, reason = "the names are those of the contract's columns")]
pub struct Columns {
    pub user_id: Option<String>,
    pub email: Option<String>,
    pub email_verified: Option<bool>,
    pub username: Option<String>,
    pub phone_number: Option<String>,
    pub phone_verified: Option<bool>,
    pub name: Option<String>,
    pub given_name: Option<String>,
    pub family_name: Option<String>,
    pub nickname: Option<String>,
    pub picture: Option<String>,
    pub user_metadata: Option<Metadata>,
    pub app_metadata: Option<Metadata>,
    pub blocked: Option<bool>,
    /// The kind of identifier that led to the user; a routine's answer alone has it.
    pub matched: Option<Kind>,
    /// What a table of its own holds for the user under that kind.
    pub found_as: Option<Vec<String>>,
}

impl Profile {
    /// Makes the profile from one JSON object of canonical columns.
    ///
    /// # Errors
    /// [`InvalidUserRecord`] for a column of the wrong type, and as [`Profile::from_columns`].
    pub fn from_row(row: &str) -> Result<Self, InvalidUserRecord> {
        let columns = json::object(row.as_bytes())
            .map_err(|_| InvalidUserRecord("a column is repeated or of the wrong type"))?;
        Self::from_columns(columns)
    }

    /// Makes what names a user from a row, whatever its other columns hold.
    ///
    /// # Errors
    /// As [`Profile::from_row`], for the columns that name.
    pub fn names_in_row(row: &str) -> Result<Self, InvalidUserRecord> {
        #[derive(Deserialize)]
        struct Names {
            user_id: Option<String>,
            email: Option<String>,
            username: Option<String>,
            phone_number: Option<String>,
            matched: Option<Kind>,
            found_as: Option<Vec<String>>,
        }
        let Names { user_id, email, username, phone_number, matched, found_as } =
            json::object(row.as_bytes())
                .map_err(|_| InvalidUserRecord("a column is repeated or of the wrong type"))?;
        let rest = Columns::default();
        Self::from_columns(Columns {
            user_id,
            email,
            username,
            phone_number,
            matched,
            found_as,
            ..rest
        })
    }

    /// Makes the profile from canonical columns.
    ///
    /// # Errors
    /// [`InvalidUserRecord`] for an id that Auth0 must never see, or metadata that are no object.
    pub fn from_columns(row: Columns) -> Result<Self, InvalidUserRecord> {
        // An empty column is an absent value: Auth0 refuses empty strings.
        let text = |value: Option<String>| value.filter(|text| !text.is_empty());
        let object = |value: Option<Metadata>| value.map(Metadata::read).transpose();
        let email = text(row.email);
        let phone_number = text(row.phone_number);
        let blocked = row.blocked.unwrap_or(false);
        let app_metadata = object(row.app_metadata)?.unwrap_or_default();
        Ok(Self {
            user_id: UserId::try_from(row.user_id.unwrap_or_default())?,
            email_verified: email.is_some().then(|| row.email_verified.unwrap_or(false)),
            email,
            username: text(row.username),
            phone_verified: row.phone_verified.filter(|_| phone_number.is_some()),
            phone_number,
            name: text(row.name),
            given_name: text(row.given_name),
            family_name: text(row.family_name),
            nickname: text(row.nickname),
            picture: text(row.picture),
            user_metadata: object(row.user_metadata)?.unwrap_or_default(),
            app_metadata: metadata::with_block(app_metadata, blocked)?,
            blocked,
            matched: row.matched,
            found_as: row.found_as,
        })
    }

    /// What is told of a user to whoever knows no more than the id.
    #[must_use]
    pub fn of_id(user_id: UserId) -> Self {
        Self {
            user_id,
            email: None,
            email_verified: None,
            username: None,
            phone_number: None,
            phone_verified: None,
            name: None,
            given_name: None,
            family_name: None,
            nickname: None,
            picture: None,
            user_metadata: Map::new(),
            app_metadata: Map::new(),
            blocked: false,
            matched: None,
            found_as: None,
        }
    }

    /// The stable id of the user.
    #[must_use]
    pub fn user_id(&self) -> &UserId {
        &self.user_id
    }

    /// The username, as stored.
    #[must_use]
    pub fn username(&self) -> Option<&str> {
        self.username.as_deref()
    }

    /// The e-mail address, as stored.
    #[must_use]
    pub fn email(&self) -> Option<&str> {
        self.email.as_deref()
    }

    /// Whether the address is known to be the user's; false unless the contract says so.
    #[must_use]
    pub fn is_email_verified(&self) -> bool {
        self.email_verified.unwrap_or(false)
    }

    /// The phone number, as stored.
    #[must_use]
    pub fn phone_number(&self) -> Option<&str> {
        self.phone_number.as_deref()
    }

    /// Whether the phone number is known to be the user's; none where there is no number, or nothing is said of it.
    #[must_use]
    pub fn phone_verified(&self) -> Option<bool> {
        self.phone_verified
    }

    /// The texts that describe the user, by their member's name.
    #[must_use]
    pub fn descriptions(&self) -> [(&'static str, Option<&str>); 5] {
        [
            ("name", self.name.as_deref()),
            ("given_name", self.given_name.as_deref()),
            ("family_name", self.family_name.as_deref()),
            ("nickname", self.nickname.as_deref()),
            ("picture", self.picture.as_deref()),
        ]
    }

    /// What the user's applications note, and what they note about the user: `user_metadata` and
    /// `app_metadata`.
    #[must_use]
    pub fn metadata(&self) -> [&Map<String, Value>; 2] {
        [&self.user_metadata, &self.app_metadata]
    }

    /// Whether the legacy system locked the user out.
    #[must_use]
    pub fn is_blocked(&self) -> bool {
        self.blocked
    }

    /// Whether the identifier really names this user by the column that was matched, whatever the database's
    /// collation says. Other columns count only where the routine does not tell which it was.
    #[must_use]
    pub fn is_named(&self, identifier: &Identifier) -> bool {
        let by = |kind| {
            let stored = match kind {
                Kind::Email => &self.email,
                Kind::Phone => &self.phone_number,
                Kind::Username => &self.username,
            };
            stored.as_deref().is_some_and(|stored| identifier.is(stored, kind))
        };
        match (self.matched, &self.found_as) {
            (Some(kind), Some(texts)) => texts.iter().any(|text| identifier.is(text, kind)),
            (Some(kind), None) => by(kind),
            (None, _) => Kind::ALL.into_iter().any(by),
        }
    }
}

#[cfg(test)]
mod tests;
