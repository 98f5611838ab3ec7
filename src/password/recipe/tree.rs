//! What a digest is made from: one closed tree for every scheme, from bcrypt to a shop's own
//! nesting of digests. Framework forms are parsers into it.

use std::borrow::Cow;

use crate::password::primitives::{Digest, Kdf};

/// A step of the making of a digest. Every step yields bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recipe {
    /// What the row, the request or the configuration holds.
    Variable(Variable),
    /// Bytes that are the same for every user.
    Constant(Cow<'static, [u8]>),
    /// One after the other.
    Join(Vec<Recipe>),
    /// The bytes, written or changed in another way.
    Change(Change, Box<Recipe>),
    /// A digest, raw.
    Digest(Digest, Box<Recipe>),
    /// HMAC with this digest, raw.
    Hmac {
        /// The digest.
        digest: Digest,
        /// The key.
        key: Box<Recipe>,
        /// The message.
        message: Box<Recipe>,
    },
    /// A key derivation of `length` bytes, raw.
    Derive {
        /// The function and its cost.
        kdf: Kdf,
        /// What stands for the password.
        password: Box<Recipe>,
        /// What stands for the salt.
        salt: Box<Recipe>,
        /// The length of the output in bytes.
        length: usize,
    },
    /// `first`, then `count` times `step`, in which [`Variable::Digest`] is the result so far.
    Iterate {
        /// The value to begin with.
        first: Box<Recipe>,
        /// What is done to it.
        step: Box<Recipe>,
        /// How many times.
        count: u32,
    },
}

/// Where bytes come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Variable {
    /// The password, in UTF-8 as it was typed.
    Password,
    /// The salt of the hash or of the column `password_salt`.
    Salt,
    /// The part of the salt before its first colon.
    Salt1,
    /// The part of the salt behind its first colon.
    Salt2,
    /// The row's username.
    Username,
    /// The row's e-mail address.
    Email,
    /// `passwords.pepper`, without which the password cannot be verified.
    Pepper,
    /// `passwords.pepper`, or nothing.
    OptionalPepper,
    /// The result so far, inside [`Recipe::Iterate`].
    Digest,
}

/// A way of writing or changing bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Lower-case hexadecimal.
    Hex,
    /// Upper-case hexadecimal.
    UpperHex,
    /// Base64 with padding (RFC 4648 section 4).
    Base64,
    /// bcrypt's base64.
    BcryptBase64,
    /// Bytes from hexadecimal.
    FromHex,
    /// Bytes from base64.
    FromBase64,
    /// ASCII letters to lower case.
    Lower,
    /// ASCII letters to upper case.
    Upper,
    /// All letters to lower case, by Unicode's rules.
    UnicodeLower,
    /// All letters to upper case, by Unicode's rules.
    UnicodeUpper,
    /// A backslash before each quote, double quote and backslash, as PHP's `addslashes` has it.
    AddSlashes,
    /// `&`, `<`, `>` and `"` as HTML's entities, as PHP's `htmlspecialchars` has it.
    Html {
        /// With `'` as well (`ENT_QUOTES`).
        quotes: bool,
    },
    /// Without white space at both ends, as PHP's `trim` sees it.
    Trim,
    /// UTF-8 to UTF-16, little-endian, without a byte order mark.
    Utf16Le,
    /// UTF-8 to UTF-16, big-endian, without a byte order mark.
    Utf16Be,
    /// Each byte and a zero behind it.
    Widen,
    /// UTF-8 to Latin-1; text that has no such form stays as it is.
    Latin1,
    /// Unicode normal form C.
    Nfc,
    /// Unicode normal form KC.
    Nfkc,
    /// Unicode normal form KD.
    Nfkd,
    /// SASLprep (RFC 4013); text that it forbids stays as it is.
    Saslprep,
    /// The bytes from `start` on, at most `length` of them.
    Part {
        /// How many bytes are left out before it.
        start: usize,
        /// How many bytes are taken.
        length: usize,
    },
    /// In braces; nothing where there is nothing, or a `0`: as Symfony puts a salt behind a password.
    Braced,
    /// A user's name and realm with a colon between them: the first `@` if there is one.
    Realm,
    /// The bytes over and over again, until there are this many.
    Repeat(usize),
}

impl Recipe {
    /// The password as it was typed.
    pub const PASSWORD: Self = Self::Variable(Variable::Password);
    /// The salt.
    pub const SALT: Self = Self::Variable(Variable::Salt);

    /// The password and behind it the pepper, which is nothing where none is configured.
    #[must_use]
    pub fn peppered() -> Self {
        Self::Join(vec![Self::PASSWORD, Self::Variable(Variable::Pepper)])
    }

    /// The recipe, written or changed in another way.
    #[must_use]
    pub fn then(self, change: Change) -> Self {
        Self::Change(change, Box::new(self))
    }

    /// A key derivation from the password and the salt as they are.
    #[must_use]
    pub fn derived(kdf: Kdf, length: usize) -> Self {
        Self::Derive { kdf, password: Box::new(Self::PASSWORD), salt: Box::new(Self::SALT), length }
    }

    /// Calls `see` with every step of the tree.
    pub(in crate::password) fn walk(&self, see: &mut impl FnMut(&Self)) {
        see(self);
        match self {
            Self::Variable(_) | Self::Constant(_) => {}
            Self::Join(parts) => parts.iter().for_each(|part| part.walk(see)),
            Self::Change(_, of) | Self::Digest(_, of) => of.walk(see),
            Self::Hmac { key: one, message: other, .. }
            | Self::Derive { password: one, salt: other, .. }
            | Self::Iterate { first: one, step: other, .. } => {
                one.walk(see);
                other.walk(see);
            }
        }
    }

    /// Whether the recipe uses the variable.
    #[must_use]
    pub fn uses(&self, variable: Variable) -> bool {
        let mut used = false;
        self.walk(&mut |step| used |= *step == Self::Variable(variable));
        used
    }

    /// Whether the password cannot be read from what the recipe makes.
    #[must_use]
    pub fn is_one_way(&self) -> bool {
        let mut found = false;
        self.walk(&mut |step| {
            found |= matches!(step, Self::Digest(..) | Self::Hmac { .. } | Self::Derive { .. });
        });
        found
    }

    /// The length of what the recipe makes, where it makes a digest: in bytes.
    #[must_use]
    pub fn length(&self) -> Option<usize> {
        match self {
            Self::Digest(digest, _) | Self::Hmac { digest, .. } => Some(digest.length()),
            Self::Derive { length, .. } => Some(*length),
            Self::Iterate { first, count: 0, .. } => first.length(),
            Self::Iterate { step, .. } => step.length(),
            Self::Variable(_) | Self::Constant(_) | Self::Join(_) | Self::Change(..) => None,
        }
    }

    /// Whether what the recipe makes is hexadecimal, and in which case: `true` for capitals.
    #[must_use]
    pub fn hex_in_capitals(&self) -> Option<bool> {
        match self {
            Self::Change(change, of) => match change {
                Change::Hex => Some(false),
                Change::UpperHex => Some(true),
                Change::Lower | Change::UnicodeLower => of.hex_in_capitals().map(|_| false),
                Change::Upper | Change::UnicodeUpper => of.hex_in_capitals().map(|_| true),
                Change::Part { .. } | Change::Repeat(_) | Change::Trim => of.hex_in_capitals(),
                _ => None,
            },
            Self::Join(parts) => {
                let mut all = parts.iter().map(Self::hex_in_capitals);
                let first = all.next()??;
                all.all(|part| part == Some(first)).then_some(first)
            }
            Self::Iterate { first, count: 0, .. } => first.hex_in_capitals(),
            Self::Iterate { step, .. } => step.hex_in_capitals(),
            _ => None,
        }
    }

    /// Puts `inner` in the place of the password.
    pub fn over(&mut self, inner: &Self) {
        self.replace(Variable::Password, inner);
    }

    /// Puts `inner` in the place of a variable.
    pub(in crate::password) fn replace(&mut self, variable: Variable, inner: &Self) {
        match self {
            Self::Variable(own) if *own == variable => *self = inner.clone(),
            Self::Variable(_) | Self::Constant(_) => {}
            Self::Join(parts) => parts.iter_mut().for_each(|part| part.replace(variable, inner)),
            Self::Change(_, of) | Self::Digest(_, of) => of.replace(variable, inner),
            Self::Hmac { key: one, message: other, .. }
            | Self::Derive { password: one, salt: other, .. }
            | Self::Iterate { first: one, step: other, .. } => {
                one.replace(variable, inner);
                other.replace(variable, inner);
            }
        }
    }
}
