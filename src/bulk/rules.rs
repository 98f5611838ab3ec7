//! What Auth0 refuses of a profile, as far as that can be known here. Nothing is altered: a user
//! who breaks a rule is held back.
//!
//! Sources: auth0.com/docs, "Bulk User Import Database Schema and Examples", "User Profile
//! Structure", "Metadata Field Names and Data Types"; the Management API's description.

use serde_json::{Map, Value};

use super::held::HeldReason;
use crate::identifier::is_invisible;
use crate::profile::Profile;

/// The largest profile that is sent, in bytes of JSON.
pub const MAX_PROFILE_BYTES: usize = 10 * 1024;

/// The longest username, where the connection does not say.
const LONGEST_USERNAME: (usize, usize) = (1, 128);

/// Names that `app_metadata` must not hold.
pub const RESERVED_APP_METADATA: [&str; 18] = [
    "metadata",
    "__tenant",
    "_id",
    "blocked",
    "clientID",
    "created_at",
    "email_verified",
    "email",
    "globalClientID",
    "global_client_id",
    "identities",
    "lastIP",
    "lastLogin",
    "loginsCount",
    "multifactor_last_modified",
    "multifactor",
    "updated_at",
    "user_id",
];

/// What the connection asks of users, beside what Auth0 asks of all.
#[derive(Clone, Copy, Default)]
pub struct Rules {
    /// The lengths of usernames; none where the connection does not say.
    pub usernames: Option<(usize, usize)>,
}

impl Rules {
    /// Looks at everything but the size.
    ///
    /// # Errors
    /// The first rule that the profile breaks.
    pub fn check(self, profile: &Profile) -> Result<(), HeldReason> {
        self.broken(profile).next().map_or(Ok(()), Err)
    }

    /// All rules that the profile breaks, but for the size.
    pub fn broken(self, profile: &Profile) -> impl Iterator<Item = HeldReason> {
        let email = match profile.email() {
            None => Some(HeldReason::NoEmail),
            Some(email) => (!is_address(email)).then_some(HeldReason::NoAddress),
        };
        let (shortest, longest) = self.usernames.unwrap_or(LONGEST_USERNAME);
        let username = profile.username().is_some_and(|name| !is_username(name, shortest, longest));
        let phone = profile.phone_number().is_some_and(|number| !is_phone_number(number));
        let too_long = profile.descriptions().into_iter().any(|(name, text)| {
            let longest = match name {
                "given_name" | "family_name" => 150,
                "name" | "nickname" => 300,
                _ => usize::MAX,
            };
            text.is_some_and(|text| text.chars().count() > longest)
        });
        let [of_user, of_application] = profile.metadata();
        let reserved = |name: &String| RESERVED_APP_METADATA.contains(&name.as_str());
        let metadata =
            of_application.keys().any(reserved) || !names_are_plain(of_user, of_application);
        let found = [
            email,
            username.then_some(HeldReason::Username),
            phone.then_some(HeldReason::PhoneNumber),
            too_long.then_some(HeldReason::TooLong),
            metadata.then_some(HeldReason::Metadata),
        ];
        found.into_iter().flatten()
    }
}

/// Field names must not contain `.` or `$`.
fn names_are_plain(of_user: &Map<String, Value>, of_application: &Map<String, Value>) -> bool {
    of_user.keys().chain(of_application.keys()).all(|name| !name.contains(['.', '$']))
}

/// Whether a text can be an e-mail address: what stands before the last `@` is at most 64 bytes,
/// all of it at most 254, and nothing in it is white space or invisible. Whether anybody
/// reads mail there is another question.
#[must_use]
pub fn is_address(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let stray =
        |c: char| c.is_whitespace() || is_invisible(c) || matches!(c, '<' | '>' | ',' | ';');
    (1..=64).contains(&local.len())
        && text.len() <= 254
        && !domain.is_empty()
        && domain.split('.').all(|label| !label.is_empty())
        && !text.contains(stray)
        && !local.contains('@')
}

/// Whether a text can be a username: letters without accents, figures and ``@^$.!`-#+'~_``, and no
/// e-mail address.
#[must_use]
pub fn is_username(text: &str, shortest: usize, longest: usize) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || "@^$.!`-#+'~_".contains(c);
    (shortest..=longest).contains(&text.len()) && text.chars().all(fits) && !is_address(text)
}

/// `+` and up to fifteen figures.
#[must_use]
pub fn is_phone_number(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(|figures| {
        (1..=15).contains(&figures.len()) && figures.bytes().all(|byte| byte.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(members: &str) -> Result<(), HeldReason> {
        let row = format!(r#"{{"user_id":"1",{members}}}"#);
        let profile = Profile::from_row(&row).expect("a profile");
        Rules { usernames: Some((3, 15)) }.check(&profile)
    }

    #[test]
    fn what_the_tenant_would_refuse_is_known_here() {
        let with = |more: &str| checked(&format!(r#""email":"ada@example.com",{more}"#));
        assert_eq!(checked(r#""username":"ada""#), Err(HeldReason::NoEmail));
        for email in [
            "ada",
            "@example.com",
            "ada@",
            "a da@example.com",
            "ada@example.com ",
            "a@b..c",
            "a@b@c.d",
            "a\u{200b}da@example.com",
        ] {
            assert_eq!(
                checked(&format!(r#""email":"{email}""#)),
                Err(HeldReason::NoAddress),
                "{email}"
            );
        }
        assert_eq!(
            checked(&format!(r#""email":"{}@example.com""#, "x".repeat(65))),
            Err(HeldReason::NoAddress)
        );
        for username in ["ad", "ada lovelace", "zoë", "ada@example.com", "a-name-that-is-too-long"]
        {
            assert_eq!(
                with(&format!(r#""username":"{username}""#)),
                Err(HeldReason::Username),
                "{username}"
            );
        }
        for number in ["441234567890", "+44 1234", "+", "+1234567890123456"] {
            assert_eq!(
                with(&format!(r#""phone_number":"{number}""#)),
                Err(HeldReason::PhoneNumber),
                "{number}"
            );
        }
        assert_eq!(
            with(&format!(r#""given_name":"{}""#, "x".repeat(151))),
            Err(HeldReason::TooLong)
        );
        for metadata in [
            r#""app_metadata":{"email":1}"#,
            r#""user_metadata":{"a.b":1}"#,
            r#""app_metadata":{"$x":1}"#,
        ] {
            assert_eq!(with(metadata), Err(HeldReason::Metadata), "{metadata}");
        }
    }

    #[test]
    fn what_it_takes_is_sent() {
        assert_eq!(
            checked(
                r#""email":"José.O'Brien+tag@Example.com","username":"o'brien-#1","phone_number":"+441234567890","name":"Zoë 🦊","user_metadata":{"metadata":1,"email":2}"#
            ),
            Ok(())
        );
    }
}
