//! Rows whose scheme is named, by the row or by the configuration.

use super::forms::{Told, columns};
use super::hash::{Refusal, StoredHash, Unverifiable, refuse};
use crate::password::names::{Kind, Scheme};
use crate::password::recipe::grammar::{self, Spoken};
use crate::password::recipe::{Parameters, SaltText};

/// Reads a row as what its scheme's name says it is.
pub(super) fn named(
    name: &str,
    row: (&str, Option<&str>),
    told: Option<Told>,
) -> Result<StoredHash, Refusal> {
    let label = told.as_ref().map_or("unknown", |(scheme, _)| scheme);
    let unknown = match told {
        Some(_) => Unverifiable::SchemeMismatch,
        None => Unverifiable::UnknownName,
    };
    let Some(Spoken { name, recipe, parameters }) = grammar::parse(name) else {
        return refuse(label, unknown);
    };
    let Some(name) = name else {
        let salt = parameters.salt.unwrap_or(SaltText::Utf8);
        return match (told, recipe) {
            (None, Some(recipe)) => columns::digest("recipe", recipe, salt, row)
                .or_else(|reason| refuse("recipe", reason)),
            _ => refuse(label, unknown),
        };
    };
    let schemes = Scheme::named(name);
    let Some(first) = schemes.first() else { return refuse(label, unknown) };
    let answers = |scheme: &&&Scheme| told.as_ref().is_none_or(|told| told.0 == scheme.name);
    let own = schemes.iter().find(answers).filter(|_| told.is_some());
    let scheme = own.or(schemes.iter().find(|it| !matches!(it.kind, Kind::Own))).unwrap_or(first);
    let is_other_kind = |hash: &StoredHash| {
        name.starts_with("argon2")
            && name != "argon2"
            && !hash.parameters().to_string().starts_with(&name[6..])
    };
    let mut hash = match told {
        Some((_, read)) if own.is_some() => read.or_else(|reason| refuse(scheme.name, reason))?,
        told => {
            as_kind(scheme, &parameters, row, told).or_else(|reason| refuse(scheme.name, reason))?
        }
    };
    if is_other_kind(&hash) {
        return refuse(hash.scheme, Unverifiable::SchemeMismatch);
    }
    if let Some(inner) = recipe {
        hash.recipe.over(&inner);
    }
    Ok(hash)
}

/// Reads a row as a hash of the scheme's kind.
fn as_kind(
    scheme: &Scheme,
    parameters: &Parameters,
    row: (&str, Option<&str>),
    told: Option<Told>,
) -> Result<StoredHash, Unverifiable> {
    match (scheme.kind, told) {
        (Kind::Unsupported, _) => Err(Unverifiable::Unsupported),
        (Kind::Over { base, password }, Some((own, read))) if own == base => {
            let mut hash = read?.named(scheme.name);
            hash.recipe.over(&grammar::inner(password).ok_or(Unverifiable::Malformed)?);
            Ok(hash)
        }
        (Kind::Bare(bare), None) => columns::bare(scheme.name, bare, row.0),
        (Kind::Bare(bare), Some((own, _))) if bare.takes(own) => {
            columns::bare(scheme.name, bare, row.0)
        }
        (Kind::Digest(recipe, salt), None) => {
            let recipe = grammar::recipe(recipe).ok_or(Unverifiable::Malformed)?;
            columns::digest(scheme.name, recipe, parameters.salt.unwrap_or(salt), row)
        }
        (Kind::Salted(salt, recipe), None) => {
            let recipe = grammar::recipe(recipe).ok_or(Unverifiable::Malformed)?;
            columns::salted(scheme.name, recipe, salt, row.0)
        }
        (Kind::Pbkdf2(digest), None) => columns::pbkdf2(digest, parameters, row),
        (Kind::Scrypt, None) => columns::scrypt(parameters, row),
        (Kind::Firebase, None) => columns::firebase(parameters, row),
        _ => Err(Unverifiable::SchemeMismatch),
    }
}
