//! A stored hash, read: what it was made from, and what it should come to.

use std::fmt;

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::shown::Shown;
use crate::password::recipe::{Bytes, Cost, Encoding, Followed, Inputs, Recipe, Variable};

/// The columns of a row that say what its password is.
#[derive(Clone, Copy)]
pub struct Columns<'a> {
    /// `password_hash`.
    pub hash: &'a str,
    /// `password_salt`.
    pub salt: Option<&'a str>,
    /// `password_scheme`.
    pub scheme: Option<&'a str>,
}

/// The columns of a row that say what its password is, read: the hash as it is stored, without what
/// columns and dumps add, and the salt.
#[derive(Clone, Copy)]
pub(super) struct Row<'a> {
    pub(super) raw: &'a str,
    pub(super) text: &'a str,
    pub(super) salt: Option<&'a str>,
}

/// Why a stored hash is not verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unverifiable {
    /// Nothing that is known looks like this.
    UnknownScheme,
    /// Several schemes look like this, and nobody said which it is.
    Ambiguous,
    /// It begins like a scheme and breaks its form.
    Malformed,
    /// Its parameters cost more than one login may.
    OverCap,
    /// The named scheme is another than the hash shows.
    SchemeMismatch,
    /// The name in `password_scheme` is no scheme, and no recipe.
    UnknownName,
    /// The scheme is known and not verified here.
    Unsupported,
    /// The scheme is cheap to try passwords against, and the configuration does not name it.
    Weak,
    /// A marker that the legacy system used to lock the account.
    Locked,
    /// The scheme needs a salt, a username or an e-mail address that the row does not have, or a
    /// pepper that the configuration does not have.
    Incomplete,
}

impl Unverifiable {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::UnknownScheme,
        Self::Ambiguous,
        Self::Malformed,
        Self::OverCap,
        Self::SchemeMismatch,
        Self::UnknownName,
        Self::Unsupported,
        Self::Weak,
        Self::Locked,
        Self::Incomplete,
    ];

    /// Why nothing is compared with what the recipe makes of such a row: every password would do, or it takes
    /// too long to tell.
    pub(in crate::password) fn of(recipe: &Recipe, inputs: Inputs<'_>) -> Option<Self> {
        match recipe.reads_password(inputs) {
            Some(true) => None,
            Some(false) => Some(Self::Malformed),
            None => Some(Self::OverCap),
        }
    }

    /// The word for it in logs and metrics.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::UnknownScheme => "unknown_scheme",
            Self::Ambiguous => "ambiguous_hash",
            Self::Malformed => "malformed_hash",
            Self::OverCap => "parameters_over_cap",
            Self::SchemeMismatch => "scheme_mismatch",
            Self::UnknownName => "unknown_scheme_name",
            Self::Unsupported => "unsupported_scheme",
            Self::Weak => "weak_scheme",
            Self::Locked => "locked_hash",
            Self::Incomplete => "incomplete_row",
        }
    }
}

/// A hash that is not verified: its scheme as far as it is known, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    /// A scheme's name of the closed list, or `unknown`.
    pub scheme: &'static str,
    /// Why.
    pub reason: Unverifiable,
}

pub(super) fn refuse<T>(scheme: &'static str, reason: Unverifiable) -> Result<T, Refusal> {
    Err(Refusal { scheme, reason })
}

/// A stored hash whose parameters are known to be affordable. It has no `Debug`.
///
/// Verifying is [`StoredHash::derive`] and then comparing, and the two are apart: a row whose
/// database keeps the digest to itself gives the text with as many other letters in its place, and
/// what is derived goes back in the stored form by [`StoredHash::written`].
pub struct StoredHash {
    pub(crate) scheme: &'static str,
    /// What the digest is made from.
    pub(crate) recipe: Recipe,
    /// The salt, decoded.
    pub(crate) salt: Vec<u8>,
    /// The digest, decoded; empty when the database keeps it.
    pub(crate) digest: Zeroizing<Vec<u8>>,
    /// How the row writes the digest.
    pub(crate) encoding: Encoding,
}

impl StoredHash {
    /// The scheme's name: passlib's where passlib has one, the framework's otherwise, `recipe`
    /// for a recipe of the contract's own.
    #[must_use]
    pub fn scheme(&self) -> &'static str {
        self.scheme
    }

    /// The same under another scheme's name.
    pub(super) fn named(self, scheme: &'static str) -> Self {
        Self { scheme, ..self }
    }

    /// What the digest is made from.
    #[must_use]
    pub fn recipe(&self) -> &Recipe {
        &self.recipe
    }

    /// The parameters that tell one population of a scheme from another, for people to read:
    /// `cost=10`, `m=65536,t=3,p=4`. It holds neither salt nor digest.
    #[must_use]
    pub fn parameters(&self) -> impl fmt::Display + '_ {
        Shown(&self.recipe)
    }

    /// What one verification costs.
    #[must_use]
    pub fn cost(&self) -> Cost {
        self.recipe.cost()
    }

    /// Whether the scheme reads only the first part of such a password, as the legacy system did.
    #[must_use]
    pub fn cuts(&self, password_bytes: usize) -> bool {
        match &self.recipe {
            Recipe::Derive { kdf, password, .. } => {
                **password == Recipe::PASSWORD && kdf.cuts(password_bytes)
            }
            _ => false,
        }
    }

    /// Whether making the digest needs this variable.
    #[must_use]
    pub fn uses(&self, variable: Variable) -> bool {
        self.recipe.uses(variable)
    }

    /// A hash that costs what the recipe costs and that no password meets. The salt has to be of the
    /// recipe's own form: with another, nothing may be derived at all.
    pub(in crate::password) fn decoy(recipe: Recipe, salt: Vec<u8>) -> Self {
        let digest = Zeroizing::new(vec![0; 32]);
        Self { scheme: "decoy", recipe, salt, digest, encoding: Encoding::Hex }
    }

    /// Whether some password makes a digest: the functions take the salt and their parameters.
    pub(super) fn can_be_made(&self) -> bool {
        let row = Inputs { salt: &self.salt, ..Inputs::NONE };
        let ours = [Variable::Salt, Variable::Salt1, Variable::Salt2];
        let is_known = |step: &Recipe| {
            let mut known = true;
            step.walk(&mut |part| {
                known &= match part {
                    Recipe::Variable(variable) => ours.contains(variable),
                    other => !matches!(other, Recipe::Derive { .. } | Recipe::Iterate { .. }),
                };
            });
            known
        };
        let mut possible = true;
        self.recipe.walk(&mut |step| match step {
            Recipe::Derive { kdf, salt, length, .. } => {
                possible &= match is_known(salt).then(|| salt.evaluate(row)) {
                    Some(Some(salt)) => kdf.is_possible(Some(&salt), *length),
                    Some(None) => false,
                    None => kdf.is_possible(None, *length),
                };
            }
            // A salt that is not in the encoding that is undone.
            Recipe::Change(..) if is_known(step) => possible &= step.evaluate(row).is_some(),
            _ => {}
        });
        possible
    }

    /// Makes the digest from a password; none where the password cannot be written as the scheme
    /// wants it. `inputs.salt` is not looked at: the salt is the hash's own.
    #[must_use]
    pub fn derive(&self, inputs: Inputs<'_>) -> Option<Bytes> {
        self.recipe.evaluate(Inputs { salt: &self.salt, ..inputs })
    }

    /// The same, to the first bcrypt whose digest is not among `known`.
    pub(in crate::password) fn follow(&self, inputs: Inputs<'_>, known: &[Bytes]) -> Followed {
        self.recipe.follow(Inputs { salt: &self.salt, ..inputs }, known)
    }

    /// A derived digest as the row would write it.
    #[must_use]
    pub fn written(&self, derived: &[u8]) -> Option<String> {
        self.encoding.write(derived)
    }

    /// Whether the password is the one that the hash was made from.
    #[cfg(test)]
    pub(super) fn is_made_from(&self, inputs: Inputs<'_>) -> bool {
        self.derive(inputs).is_some_and(|derived| self.is(&derived))
    }

    /// Whether this is the digest: compared in constant time, and never with an empty one.
    pub(in crate::password) fn is(&self, derived: &[u8]) -> bool {
        !self.digest.is_empty() && bool::from(derived.ct_eq(&self.digest))
    }
}
