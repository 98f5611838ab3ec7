//! From the columns of a row to a [`StoredHash`]: by prefix and whole form, or by the name that
//! the contract gives; never by trying.

use super::artefacts::{BEHIND, cleaned, is_json, is_locked, is_no_password, looks_like_a_hash};
use super::forms;
use super::hash::{Columns, Refusal, Row, StoredHash, Unverifiable, refuse};
use super::named::{is_clear, named};
use crate::password::names::{Scheme, usual};
use crate::password::recipe::grammar::{self, Spoken};
use crate::password::recipe::{Caps, Inputs, Recipe};

/// The longest stored text that is looked at, and the longest salt's, in bytes.
const MAX_STORED_BYTES: usize = 4096;

/// What the configuration says about stored hashes.
#[derive(Clone)]
pub struct Schemes {
    caps: Caps,
    default_scheme: String,
    usual: Recipe,
    weak: Vec<Allowed>,
}

/// A weak scheme that the configuration names.
#[derive(Clone, PartialEq, Eq)]
enum Allowed {
    Scheme(&'static str),
    Recipe(Recipe),
}

/// A row that takes fewer digests than this counts as weak, where no name tells.
const FEWEST_DIGESTS: u64 = 1000;

/// Whether trying a password against such a hash costs next to nothing: by the scheme's name, or by
/// what the row itself says where that is how often a digest is taken.
pub(in crate::password) fn is_weak(scheme: &str, recipe: &Recipe) -> bool {
    match scheme {
        "recipe" | "shiro1" | "oak" => recipe.digests() < FEWEST_DIGESTS,
        _ => Scheme::named(scheme).first().is_some_and(|it| it.weak),
    }
}

impl Default for Schemes {
    fn default() -> Self {
        let usual = usual::recipe("bcrypt").unwrap_or(Recipe::PASSWORD);
        Self { caps: Caps::HARD, default_scheme: "bcrypt".to_owned(), usual, weak: vec![] }
    }
}

impl Schemes {
    /// What unknown users are charged for until logins show what users cost.
    pub(in crate::password) fn usual(&self) -> Recipe {
        self.usual.clone()
    }

    /// The same under other caps, none of which can be above the hard ones.
    #[must_use]
    pub fn capped(self, caps: Caps) -> Self {
        Self { caps: caps.lowest(Caps::HARD), ..self }
    }

    /// The scheme of rows that neither name theirs nor show it.
    ///
    /// # Errors
    /// The name is no scheme, and no recipe.
    pub fn with_default(self, name: &str) -> Result<Self, UnknownScheme> {
        let usual = usual::recipe(name).ok_or(UnknownScheme)?;
        Ok(Self { default_scheme: name.to_owned(), usual, ..self })
    }

    /// Lets a weak scheme be verified, by its name or as a recipe.
    ///
    /// # Errors
    /// The name is no scheme, and no recipe.
    pub fn allowing(mut self, name: &str) -> Result<Self, UnknownScheme> {
        match grammar::parse(name).ok_or(UnknownScheme)? {
            Spoken { name: Some(name), .. } => {
                let named = Scheme::named(name);
                if named.is_empty() {
                    return Err(UnknownScheme);
                }
                self.weak.extend(named.iter().map(|scheme| Allowed::Scheme(scheme.name)));
            }
            Spoken { recipe: Some(recipe), .. } => self.weak.push(Allowed::Recipe(recipe)),
            _ => return Err(UnknownScheme),
        }
        Ok(self)
    }

    /// Whether the default scheme is one of the weak ones that the configuration does not name.
    #[must_use]
    pub fn default_is_off(&self) -> bool {
        match grammar::parse(&self.default_scheme) {
            Some(Spoken { name: Some(name), .. }) => Scheme::named(name)
                .first()
                .is_some_and(|it| it.weak && !self.allows(it.name, &self.usual)),
            _ => !self.allows("recipe", &self.usual),
        }
    }

    /// Whether the configuration lets a hash of the scheme be verified.
    fn allows(&self, scheme: &'static str, recipe: &Recipe) -> bool {
        let named = |allowed: &Allowed| match allowed {
            Allowed::Scheme(name) => *name == scheme,
            Allowed::Recipe(named) => named == recipe,
        };
        !is_weak(scheme, recipe) || self.weak.iter().any(named)
    }

    /// Whether the configuration lets such a hash be verified.
    #[must_use]
    pub fn allow(&self, hash: &StoredHash) -> bool {
        self.allows(hash.scheme, &hash.recipe)
    }

    /// Reads a stored hash.
    ///
    /// # Errors
    /// Why it cannot be verified.
    pub fn read(&self, columns: Columns<'_>) -> Result<StoredHash, Refusal> {
        self.read_even_weak(columns).and_then(|hash| self.unless_weak(hash))
    }

    /// Reads a stored hash, also of a weak scheme that is off: for reports, never for logins.
    ///
    /// # Errors
    /// Why it could not be verified even then.
    pub fn read_even_weak(&self, columns: Columns<'_>) -> Result<StoredHash, Refusal> {
        let hash = self.read_form(columns)?;
        if hash.digest.is_empty() {
            return refuse(hash.scheme, Unverifiable::Malformed);
        }
        Ok(hash)
    }

    fn unless_weak(&self, hash: StoredHash) -> Result<StoredHash, Refusal> {
        if self.allow(&hash) { Ok(hash) } else { refuse(hash.scheme, Unverifiable::Weak) }
    }

    fn read_form(&self, columns: Columns<'_>) -> Result<StoredHash, Refusal> {
        let salt = columns.salt;
        if columns.hash.len() > MAX_STORED_BYTES {
            return refuse("unknown", Unverifiable::Malformed);
        }
        if salt.is_some_and(|salt| salt.len() > MAX_STORED_BYTES) {
            return refuse("unknown", Unverifiable::OverCap);
        }
        let text = cleaned(columns.hash);
        // In clear text a marker is a password like any other.
        let is_clear = || is_clear(columns.scheme.unwrap_or(&self.default_scheme));
        let is_marker = || is_locked(&text) && (!is_clear() || is_no_password(&text));
        if text.is_empty() || is_marker() {
            return refuse("unknown", Unverifiable::Locked);
        }
        let row = Row { raw: columns.hash, text: &text, salt };
        let told = if is_json(&text) {
            Some(("keycloak", forms::keycloak(&text, salt)))
        } else {
            forms::read(&text)
        };
        if let Some((scheme, Err(Unverifiable::Locked))) = told {
            return refuse(scheme, Unverifiable::Locked);
        }
        // Blanks behind a password are a part of it.
        let told = match told {
            Some(("plaintext", _)) if columns.hash.ends_with(BEHIND) => forms::read(columns.hash),
            told => told,
        };
        let hash = match (columns.scheme, told) {
            (Some(name), told) => named(name, row, told)?,
            (None, Some((_, Ok(hash)))) => hash,
            (None, Some((scheme, Err(reason)))) => return refuse(scheme, reason),
            (None, None) => self.by_default(row)?,
        };
        if !self.caps.allow(&hash.recipe, hash.salt.len()) {
            return refuse(hash.scheme, Unverifiable::OverCap);
        }
        if !hash.can_be_made() {
            return refuse(hash.scheme, Unverifiable::Malformed);
        }
        let inputs = Inputs { salt: &hash.salt, ..Inputs::NONE };
        match Unverifiable::of(&hash.recipe, inputs) {
            Some(reason) => refuse(hash.scheme, reason),
            None => Ok(hash),
        }
    }

    /// Reads what does not tell its scheme as the default one, if that is of such a kind.
    fn by_default(&self, row: Row<'_>) -> Result<StoredHash, Refusal> {
        let known = || looks_like_a_hash(row.text) || !forms::several(row.text).is_empty();
        match named(&self.default_scheme, row, None) {
            Err(Refusal { reason: Unverifiable::Malformed, .. }) if !known() => {
                refuse("unknown", Unverifiable::UnknownScheme)
            }
            Err(Refusal { reason: Unverifiable::SchemeMismatch, .. }) => {
                let reason =
                    if known() { Unverifiable::Ambiguous } else { Unverifiable::UnknownScheme };
                refuse("unknown", reason)
            }
            other => other,
        }
    }
}

/// A name that is no scheme, and no recipe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownScheme;
