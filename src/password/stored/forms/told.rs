//! Schemes that a hash tells by itself: by a prefix and its whole form, or by a shape that no
//! other scheme has. A prefix whose form is broken is malformed, never tried as something else.

use super::build::Told;
use super::fields::{fields, is_any_hex, is_hex};
use super::{braces, layered, magento, pbkdf2, products, scrypt, servers, several, spring};
use crate::password::stored::hash::Unverifiable;

/// Reads a hash that tells its scheme; none when it does not.
pub(in crate::password::stored) fn read(text: &str) -> Option<Told> {
    let read = match text.strip_prefix('{') {
        Some(rest) if !rest.trim_start().starts_with('"') => braced(rest),
        _ => layered::read(text).or_else(|| shaped(text)),
    };
    read.map(labelled)
}

/// `name}body`, as Spring or LDAP servers write it: the case of the name tells which. None where
/// several products write the same.
fn braced(rest: &str) -> Option<Told> {
    let (name, body) = rest.split_once('}')?;
    let is_name = |c: char| c.is_ascii_alphanumeric() || "-_.@/|,;= ".contains(c);
    if !name.chars().all(is_name) || !several::read(&format!("{{{rest}")).is_empty() {
        return None;
    }
    let read = products::oak(name, body)
        .or_else(|| spring::read(name, body))
        .or_else(|| braces::read(name, body));
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
        let (salt, versions) = rest.split_once(':')?;
        return magento::read(first, salt, versions);
    }
    if let Some(read) = spring::unbraced_scrypt(text)
        && !spring::could_be_iterations(text)
    {
        return Some(("spring_scrypt", read));
    }
    if let Some(read) = products::defuse(text) {
        return Some(("defuse_pbkdf2", read));
    }
    if let Some(read) = servers::bugzilla(text) {
        return Some(("bugzilla", read));
    }
    if text.len() > 60 && fields::<5>(text, '$').is_ok_and(|it| it.into_iter().all(is_some_hex)) {
        return Some(("authlogic_scrypt", scrypt::ruby(text)));
    }
    if text.starts_with('A') && (text.len() == 68 || text.starts_with("AQAAAA")) {
        let scheme = if text.len() == 68 { "aspnet_identity_v2" } else { "aspnet_identity_v3" };
        return pbkdf2::aspnet_identity(text).map(|read| (scheme, read));
    }
    None
}

fn is_some_hex(text: &str) -> bool {
    !text.is_empty() && is_any_hex(text)
}
