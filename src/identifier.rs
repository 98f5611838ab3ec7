//! What a caller knows a user by, in its one normal form.

use std::borrow::Cow;

use serde::Deserialize;
use unicode_normalization::UnicodeNormalization;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

/// The longest identifier, in bytes as received.
pub const MAX_IDENTIFIER_BYTES: usize = 320;

/// What an identifier can be. Which kinds a deployment has is the contract's to say: its routines
/// ask by those alone, and tell with each user by which kind they found it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// An e-mail address: it holds an `@`.
    Email,
    /// A telephone number as in ITU-T E.164: `+`, then 7 to 15 digits, the first not 0.
    Phone,
    /// Anything, also what looks like one of the others.
    Username,
}

impl Kind {
    /// In the order in which they are asked.
    pub const ALL: [Self; 3] = [Self::Email, Self::Phone, Self::Username];

    /// As it is written in mappings and answers.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Username => "username",
        }
    }

    /// The canonical column that holds it.
    #[must_use]
    pub fn column(self) -> &'static str {
        match self {
            Self::Phone => "phone_number",
            other => other.name(),
        }
    }

    /// An identifier of this kind that names nobody, in names that are reserved for this (RFC 2606,
    /// ITU-T E.164 section 6.2.1).
    #[must_use]
    pub const fn nobody(self) -> &'static str {
        match self {
            Self::Email => "narrowgate-probe@nobody.invalid",
            Self::Phone => "+999000000000",
            Self::Username => "narrowgate-probe",
        }
    }
}

/// An e-mail address, username or phone number in normal form: NFC, and lower-cased in ASCII when
/// it holds an `@`. Nothing else is folded: not plus tags, not dots, not case outside ASCII, not
/// the spaces or hyphens of a phone number.
///
/// It has neither `Debug` nor `Display`, so that it cannot reach a log.
#[derive(Clone, Deserialize)]
#[serde(try_from = "String")]
pub struct Identifier(String);

impl Identifier {
    /// Brings what a caller sent to normal form.
    ///
    /// # Errors
    /// Empty, over [`MAX_IDENTIFIER_BYTES`], white space at either end, or a control or
    /// invisible format character anywhere: collations skip those and find another user.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        if text.is_empty() || text.len() > MAX_IDENTIFIER_BYTES {
            return Err("identifier is empty or too long");
        }
        if text.trim() != text || text.chars().any(is_invisible) {
            return Err("identifier has white space around it or an invisible character");
        }
        let mut normal = compose(text).into_owned();
        if normal.contains('@') {
            normal.make_ascii_lowercase();
        }
        Ok(Self(normal))
    }

    /// The normal form, as it is sent to the database.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a stored value of a kind is this identifier under the normal form, ASCII case aside.
    ///
    /// Database collations hold more to be equal than that (`josé` = `jose`, trailing spaces).
    #[must_use]
    pub fn is(&self, stored: &str, kind: Kind) -> bool {
        self.can_be(kind) && compose(stored).eq_ignore_ascii_case(&self.0)
    }

    /// Whether it has the form of a kind.
    #[must_use]
    pub fn can_be(&self, kind: Kind) -> bool {
        match kind {
            Kind::Email => self.0.contains('@'),
            Kind::Phone => self.0.strip_prefix('+').is_some_and(|digits| {
                matches!(digits.len(), 7..=15)
                    && !digits.starts_with('0')
                    && digits.bytes().all(|byte| byte.is_ascii_digit())
            }),
            Kind::Username => true,
        }
    }
}

impl TryFrom<String> for Identifier {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

fn compose(text: &str) -> Cow<'_, str> {
    if text.is_ascii() { Cow::Borrowed(text) } else { Cow::Owned(text.nfc().collect()) }
}

/// Control, format, line- and paragraph-separator characters (Unicode categories Cc, Cf, Zl, Zp).
pub(crate) fn is_invisible(character: char) -> bool {
    if character.is_ascii() {
        return character.is_ascii_control();
    }
    matches!(
        character.general_category(),
        GeneralCategory::Control
            | GeneralCategory::Format
            | GeneralCategory::LineSeparator
            | GeneralCategory::ParagraphSeparator
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn normal(text: &str) -> String {
        Identifier::parse(text).map(|identifier| identifier.0).unwrap_or_default()
    }

    #[test]
    fn folds_ascii_case_of_addresses_and_nothing_else() {
        assert_eq!(normal("Ada.B+x@Example.COM"), "ada.b+x@example.com");
        assert_eq!(normal("Ada"), "Ada");
        assert_eq!(normal("JOS\u{c9}@example.com"), "jos\u{c9}@example.com");
        assert_eq!(normal("jose\u{301}@example.com"), "jos\u{e9}@example.com");
    }

    #[test]
    fn refuses_what_a_collation_would_skip() {
        for text in [
            "",
            " a",
            "a ",
            "a\0",
            "a\u{1}b",
            "a\u{200b}b",
            "a\u{ad}b",
            "\u{202e}a",
            "a\u{2028}b",
            "a\u{85}b",
        ] {
            assert!(Identifier::parse(text).is_err(), "{text:?}");
        }
        assert!(Identifier::parse(&"a".repeat(320)).is_ok());
        assert!(Identifier::parse(&"a".repeat(321)).is_err());
    }

    #[test]
    fn a_phone_number_has_one_form() {
        let is_phone = |text| Identifier::parse(text).is_ok_and(|known| known.can_be(Kind::Phone));
        for text in ["+4412345", "+441234567890", "+123456789012345"] {
            assert!(is_phone(text), "{text}");
        }
        for text in [
            "441234567890",
            "+0441234567890",
            "+44 1234567890",
            "+441234",
            "+1234567890123456",
            "+44123456789o",
            "++4412345678",
            "\u{ff0b}4412345678",
        ] {
            assert!(!is_phone(text), "{text}");
        }
    }

    #[test]
    fn a_collation_twin_is_another_user() {
        let jose = Identifier::parse("jose@example.com").expect("valid");
        assert!(jose.is("Jose@Example.com", Kind::Email));
        for twin in [
            "jos\u{e9}@example.com",
            "jose@example.com ",
            "jose\u{200b}@example.com",
            "\u{ff4a}ose@example.com",
        ] {
            assert!(!jose.is(twin, Kind::Email), "{twin:?}");
        }
        let strasse = Identifier::parse("strasse").expect("valid");
        assert!(!strasse.is("stra\u{df}e", Kind::Username));
    }
}
