//! Forms that carry another hash as it is: XenForo's serialised arrays, WoltLab's bcrypt of bcrypt.

use super::build::{Read, Told, by_recipe};
use super::prefixes;
use crate::password::primitives::{BcryptVariant, Kdf};
use crate::password::recipe::{Change, Encoding, Recipe};
use crate::password::stored::hash::Unverifiable;
use Unverifiable::Malformed;

/// Reads XenForo's array, or a form that its prefix tells.
pub(super) fn read(text: &str) -> Option<Told> {
    match text.strip_prefix("a:").filter(|rest| rest.contains(":{")) {
        Some(rest) => Some(("xenforo_sha256", xenforo(rest))),
        None => prefixes::read(text),
    }
}

/// XenForo's PHP array, behind `a:`: `1:{s:4:"hash";s:60:"$2a$…";}`, or a digest with its salt.
fn xenforo(rest: &str) -> Read {
    let value = |name: &str| {
        let (_, rest) = rest.split_once(&format!("\"{name}\";s:"))?;
        let (_, rest) = rest.split_once(":\"")?;
        rest.split_once('"').map(|(value, _)| value)
    };
    let hash = value("hash").ok_or(Malformed)?;
    let Some(salt) = value("salt") else {
        return prefixes::read(hash).ok_or(Malformed)?.1;
    };
    let (scheme, recipe) = match value("hashFunc") {
        Some("sha1") => ("xenforo_sha1", "sha1(sha1($pass).$salt)"),
        _ => ("xenforo_sha256", "sha256(sha256($pass).$salt)"),
    };
    by_recipe(scheme, recipe, salt.as_bytes().to_vec(), (Encoding::Hex, hash))
}

/// WoltLab 4: bcrypt of bcrypt's whole text, both with the one salt that is stored.
pub(super) fn woltlab(text: &str) -> Read {
    let mut hash = prefixes::read(text).ok_or(Malformed)?.1?;
    let Recipe::Derive { kdf: Kdf::Bcrypt { variant: BcryptVariant::Correct, .. }, .. } =
        hash.recipe
    else {
        return Err(Unverifiable::SchemeMismatch);
    };
    let before = Recipe::Constant(text.get(..29).ok_or(Malformed)?.as_bytes().to_vec().into());
    let inner = Recipe::Join(vec![before, hash.recipe.clone().then(Change::BcryptBase64)]);
    hash.recipe.over(&inner);
    Ok(hash.named("wbb4"))
}
