//! What a caller knows a user by, in its one normal form.

mod address;

use std::borrow::Cow;
use std::iter;

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

/// An e-mail address, username or phone number in normal form: white space around it cut, NFC, and,
/// when it holds an `@`, Unicode simple lower case with the domain in its ASCII form. Nothing else
/// is folded: not plus tags, not dots, not the case of other names, not accents, width or
/// compatibility forms, not the spaces or hyphens of a phone number.
///
/// It has neither `Debug` nor `Display`, so that it cannot reach a log.
#[derive(Clone, Deserialize)]
#[serde(try_from = "String")]
pub struct Identifier {
    normal: String,
    /// The same address with its domain in Unicode, where that is another text.
    in_unicode: Option<String>,
}

impl Identifier {
    /// Brings what a caller sent to normal form.
    ///
    /// # Errors
    /// Empty, over [`MAX_IDENTIFIER_BYTES`] without the white space around it, or a control or
    /// invisible format character anywhere: collations skip those and find another user. The
    /// joiners U+200C and U+200D are part of names in several scripts, and stay in usernames.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let text = text.trim();
        if text.is_empty() || text.len() > MAX_IDENTIFIER_BYTES {
            return Err("identifier is empty or too long");
        }
        let is_address = address::is_one(text);
        if text.chars().any(|c| is_invisible(c) && (is_address || !is_joiner(c))) {
            return Err("identifier has an invisible character");
        }
        let normal = normal(text).into_owned();
        let in_unicode = if is_address { address::in_unicode(&normal) } else { None };
        Ok(Self { normal, in_unicode })
    }

    /// The normal form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.normal
    }

    /// The texts that a database is asked for: the normal form, and the same address with its
    /// domain in Unicode, where that is another text. A database knows nothing of IDNA.
    pub fn spellings(&self) -> impl Iterator<Item = &str> {
        iter::once(self.normal.as_str()).chain(self.in_unicode.as_deref())
    }

    /// Whether a stored value of a kind is this identifier under the normal form; for names without
    /// an `@`, ASCII case aside. White space around a stored value belongs to it.
    ///
    /// Database collations hold more to be equal than that (`josé` = `jose`, trailing spaces).
    #[must_use]
    pub fn is(&self, stored: &str, kind: Kind) -> bool {
        self.can_be(kind) && normal(stored).eq_ignore_ascii_case(&self.normal)
    }

    /// Whether it has the form of a kind.
    #[must_use]
    pub fn can_be(&self, kind: Kind) -> bool {
        match kind {
            Kind::Email => address::is_one(&self.normal),
            Kind::Phone => self.normal.strip_prefix('+').is_some_and(|digits| {
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

/// The normal form of what is sent and of what is stored, but for white space around it.
fn normal(text: &str) -> Cow<'_, str> {
    if address::is_one(text) {
        Cow::Owned(address::normal(text))
    } else if text.is_ascii() {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.nfc().collect())
    }
}

/// What two stored texts share where somebody takes them for the same: a lookup, which ignores case
/// and the form of a domain, or Auth0, which writes all of it in small letters. White space around
/// is cut.
pub(crate) fn likeness(text: &str) -> String {
    let normal = normal(text.trim());
    let unicode = address::in_unicode(&normal);
    let small = unicode.as_deref().unwrap_or(&normal).chars().flat_map(char::to_lowercase);
    // Where a word ends, the small sigma has another letter.
    let small: String = small.map(|c| if c == 'ς' { 'σ' } else { c }).collect();
    if small.is_ascii() { small } else { small.nfc().collect() }
}

/// ZERO WIDTH NON-JOINER and ZERO WIDTH JOINER, which Persian, Hindi and others write within words.
fn is_joiner(character: char) -> bool {
    matches!(character, '\u{200c}' | '\u{200d}')
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
mod tests;
