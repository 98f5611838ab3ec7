//! Schemes that a hash tells by itself: by a prefix and its whole form, or by a shape that no
//! other scheme has. A prefix whose form is broken is malformed, never tried as something else.

use super::build::Told;
use super::fields::{is_any_hex, is_hex};
use super::{braces, layered, magento, pbkdf2, scrypt, servers, spring};
use crate::password::stored::hash::Unverifiable;

/// Reads a hash that tells its scheme; none when it does not.
pub(in crate::password::stored) fn read(text: &str) -> Option<Told> {
    let read = match text.strip_prefix('{') {
        Some(rest) if !rest.starts_with('"') => braced(rest),
        _ => layered::read(text).or_else(|| shaped(text)),
    };
    read.map(labelled)
}

/// `name}body`, as Spring or LDAP servers write it: the case of the name tells which.
fn braced(rest: &str) -> Option<Told> {
    let (name, body) = rest.split_once('}')?;
    let read = spring::read(name, body).or_else(|| braces::read(name, body));
    Some(read.unwrap_or(("unknown", Err(Unverifiable::UnknownScheme))))
}

/// With the scheme that was read rather than the one that its prefix is looked up by.
fn labelled((scheme, read): Told) -> Told {
    (read.as_ref().map_or(scheme, |hash| hash.scheme), read)
}

/// By the shape of the whole.
fn shaped(text: &str) -> Option<Told> {
    if let Some(digits) = text.strip_prefix('*').filter(|it| is_hex(it, 40)) {
        return Some(("mysql41", servers::mysql41(digits)));
    }
    if let Some(digits) = text.strip_prefix("md5").filter(|it| is_hex(it, 32)) {
        return Some(("postgres_md5", servers::postgres_md5(digits)));
    }
    if let Some((first, rest)) = text.split_once(':').filter(|(first, _)| is_any_hex(first)) {
        if first.len() == 32 && is_hex(rest, 128) {
            return Some(("better_auth", scrypt::better_auth(first, rest)));
        }
        let (salt, versions) = rest.split_once(':')?;
        return magento::read(first, salt, versions);
    }
    if let Some((parameters, _)) = text.strip_prefix('$').and_then(|rest| rest.split_once('$'))
        && (5..=6).contains(&parameters.len())
        && is_any_hex(parameters)
    {
        return Some(("spring_scrypt", spring::scrypt(text.get(1..)?)));
    }
    if text.starts_with('A') && (text.len() == 68 || text.starts_with("AQAAAA")) {
        let scheme = if text.len() == 68 { "aspnet_identity_v2" } else { "aspnet_identity_v3" };
        return pbkdf2::aspnet_identity(text).map(|read| (scheme, read));
    }
    None
}
