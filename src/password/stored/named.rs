//! Rows whose scheme is named, by the row or by the configuration.

use super::artefacts::is_no_password;
use super::forms::{Told, columns, several};
use super::hash::{Refusal, Row, StoredHash, Unverifiable, refuse};
use crate::password::names::{Kind, Scheme, Unmarked};
use crate::password::primitives::Argon2Kind;
use crate::password::recipe::grammar::{self, Spoken};
use crate::password::recipe::{Parameters, Recipe, SaltText, Variable};

/// The shortest hash that tells its scheme, in characters.
const SHORTEST: usize = 13;

/// Reads a row as what its scheme's name says it is.
pub(super) fn named(name: &str, row: Row<'_>, told: Option<Told>) -> Result<StoredHash, Refusal> {
    let label = told.as_ref().map_or("unknown", |(scheme, _)| scheme);
    let unknown = match told {
        Some(_) => Unverifiable::SchemeMismatch,
        None => Unverifiable::UnknownName,
    };
    let Some(Spoken { name, recipe, parameters }) = grammar::parse(name) else {
        return refuse(label, unknown);
    };
    let Some(name) = name else {
        return match (told, recipe) {
            (None, Some(recipe)) => {
                by_recipe(recipe, &parameters, row).or_else(|reason| refuse("recipe", reason))
            }
            _ => refuse(label, unknown),
        };
    };
    let schemes = Scheme::named(name);
    let Some(first) = schemes.first() else { return refuse(label, unknown) };
    // Of a form that several write, the sense that the name is of.
    let sense = |(sense, _): &Told| schemes.iter().any(|scheme| scheme.name == *sense);
    let told = told.or_else(|| several(row.text).into_iter().find(sense));
    let own = |told: &Told| schemes.iter().find(|scheme| scheme.name == told.0);
    let own = told.as_ref().and_then(own);
    let scheme = own.or(schemes.iter().find(|it| !matches!(it.kind, Kind::Own))).unwrap_or(first);
    let is_own = own.is_some();
    let mut hash = match told {
        Some((_, read)) if is_own => read.or_else(|reason| refuse(scheme.name, reason))?,
        told => as_kind((scheme, name), &parameters, row, told)
            .or_else(|reason| refuse(scheme.name, reason))?,
    };
    let is_other_kind = name.strip_prefix("argon2").is_some_and(|kind| {
        matches!(kind, "i" | "d" | "id")
            && hash.parameters().to_string().split(',').next() != Some(kind)
    });
    if is_other_kind {
        return refuse(hash.scheme, Unverifiable::SchemeMismatch);
    }
    if let Some(inner) = recipe {
        let inner = with_the_columns_salt(inner, &hash, &parameters, row);
        hash.recipe.over(&inner.or_else(|reason| refuse(hash.scheme, reason))?);
    }
    Ok(hash)
}

/// Whether the name says that rows hold the password itself.
pub(super) fn is_clear(name: &str) -> bool {
    let Some(Spoken { name, recipe, .. }) = grammar::parse(name) else { return false };
    match name {
        Some(name) => Scheme::named(name)
            .first()
            .is_some_and(|scheme| matches!(scheme.kind, Kind::Bare(Unmarked::Unencoded))),
        None => recipe.is_some_and(|recipe| !recipe.is_one_way()),
    }
}

/// The kind of argon2 that a name says.
fn argon2_kind(name: &str) -> Argon2Kind {
    name.strip_prefix("argon2").and_then(Argon2Kind::named).unwrap_or(Argon2Kind::Id)
}

/// What a recipe over a scheme calls the salt is the column's: the scheme has its own in the hash.
fn with_the_columns_salt(
    mut inner: Recipe,
    hash: &StoredHash,
    parameters: &Parameters,
    row: Row<'_>,
) -> Result<Recipe, Unverifiable> {
    let parts = [Variable::Salt, Variable::Salt1, Variable::Salt2];
    if !parts.iter().any(|part| inner.uses(*part)) {
        return Ok(inner);
    }
    let salt = match row.salt.filter(|salt| !salt.is_empty()) {
        Some(salt) => {
            let text = parameters.salt.unwrap_or(SaltText::Utf8);
            text.read(salt).ok_or(Unverifiable::Malformed)?
        }
        // `digest:salt` of a scheme whose hash is a digest alone.
        None if several(row.text).is_empty() && row.text.contains(':') => hash.salt.clone(),
        None => return Err(Unverifiable::Incomplete),
    };
    let split = |salt: &[u8]| salt.iter().position(|byte| *byte == b':').unwrap_or(salt.len());
    let (salt1, salt2) = salt.split_at(split(&salt));
    let salt2 = salt2.get(1..).unwrap_or_default();
    for (variable, bytes) in parts.into_iter().zip([salt.as_slice(), salt1, salt2]) {
        inner.replace(variable, &Recipe::Constant(bytes.to_vec().into()));
    }
    Ok(inner)
}

/// A recipe's digest, or its text where all that it does can be undone.
fn by_recipe(
    recipe: Recipe,
    parameters: &Parameters,
    row: Row<'_>,
) -> Result<StoredHash, Unverifiable> {
    let salt = parameters.salt.unwrap_or(SaltText::Utf8);
    if !recipe.is_one_way() && (is_no_password(row.text) || !several(row.text).is_empty()) {
        return Err(Unverifiable::SchemeMismatch);
    }
    columns::digest("recipe", recipe, salt, (row.text, row.salt))
}

/// Reads a row as a hash of the scheme's kind.
fn as_kind(
    (scheme, name): (&Scheme, &str),
    parameters: &Parameters,
    row: Row<'_>,
    told: Option<Told>,
) -> Result<StoredHash, Unverifiable> {
    let text = (row.text, row.salt);
    match (scheme.kind, told) {
        (Kind::Unsupported, _) => Err(Unverifiable::Unsupported),
        (Kind::Over { base, password }, Some((own, read))) if own == base => {
            let mut hash = read?.named(scheme.name);
            hash.recipe.over(&grammar::inner(password).ok_or(Unverifiable::Malformed)?);
            Ok(hash)
        }
        // The text of a hash is nobody's password, whatever the row says; what begins like one, is
        // shorter than any and has not the fields of one may be.
        (Kind::Bare(Unmarked::Unencoded), told) => {
            let has_fields = row.text.len() >= SHORTEST || row.text.matches('$').count() > 2;
            let begins = told.is_some_and(|(_, read)| read.is_ok() || has_fields);
            if begins || is_no_password(row.text) || !several(row.text).is_empty() {
                return Err(Unverifiable::SchemeMismatch);
            }
            columns::bare(scheme.name, Unmarked::Unencoded, row.raw)
        }
        (Kind::Bare(bare), None) => columns::bare(scheme.name, bare, row.text),
        (Kind::Bare(bare), Some((own, _))) if bare.takes(own) => {
            columns::bare(scheme.name, bare, row.text)
        }
        (Kind::Digest(recipe, salt), None) => {
            let recipe = grammar::recipe(recipe).ok_or(Unverifiable::Malformed)?;
            columns::digest(scheme.name, recipe, parameters.salt.unwrap_or(salt), text)
        }
        (Kind::Salted(salt, recipe), None) => {
            let recipe = grammar::recipe(recipe).ok_or(Unverifiable::Malformed)?;
            columns::salted(scheme.name, recipe, salt, row.text)
        }
        (Kind::Pbkdf2(digest), None) => columns::pbkdf2(digest, parameters, text),
        (Kind::Scrypt, None) => columns::scrypt(parameters, text),
        (Kind::Argon2, None) => columns::argon2(argon2_kind(name), parameters, text),
        (Kind::Firebase, None) => columns::firebase(parameters, text),
        _ => Err(Unverifiable::SchemeMismatch),
    }
}
