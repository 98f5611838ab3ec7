//! What is wrong with a hash that is not verified, and what to do, for reports.

use super::hash::Unverifiable;

impl Unverifiable {
    /// What is wrong, and what to do.
    #[must_use]
    pub fn explained(self) -> (&'static str, &'static str) {
        match self {
            Self::UnknownScheme => (
                "nothing that is known looks like this",
                "name the scheme or its recipe in the contract's password_scheme; else these users reset",
            ),
            Self::Ambiguous => (
                "several schemes look like this",
                "name the scheme in the contract's password_scheme, or in passwords.default_scheme",
            ),
            Self::Malformed => (
                "the hash begins like a scheme and breaks its form",
                "look whether the column or the contract's view cuts or pads it",
            ),
            Self::OverCap => (
                "the parameters cost more than one login may",
                "raise the cap in [passwords] where it was lowered; else these users reset",
            ),
            Self::SchemeMismatch => (
                "password_scheme names another scheme than the hash shows",
                "mend password_scheme in the contract's view",
            ),
            Self::UnknownName => (
                "password_scheme is neither a scheme nor a recipe",
                "mend password_scheme in the contract's view",
            ),
            Self::Unsupported => {
                ("the scheme is known and not verified here", "these users reset their passwords")
            }
            Self::Weak => (
                "the scheme is weak and the configuration does not name it",
                "name it in passwords.weak_schemes",
            ),
            Self::Incomplete => (
                "the row lacks the salt or name, or the configuration the pepper",
                "fill password_salt, username and email in the contract's view, and passwords.pepper",
            ),
            Self::Locked => ("a marker that no password meets", "nothing"),
        }
    }
}
