//! A stored text, taken apart: fields, numbers, digits and names of digests.

use crate::password::primitives::Digest;
use crate::password::stored::hash::Unverifiable;

/// Exactly so many fields.
pub(super) fn fields<const N: usize>(
    text: &str,
    separator: char,
) -> Result<[&str; N], Unverifiable> {
    let mut parts = text.split(separator);
    let mut fields = [""; N];
    for field in &mut fields {
        *field = parts.next().ok_or(Unverifiable::Malformed)?;
    }
    if parts.next().is_some() { Err(Unverifiable::Malformed) } else { Ok(fields) }
}

/// `m=65536,t=3,p=4`: each name once, in any order.
pub(super) fn pairs<const N: usize>(
    text: &str,
    names: [&str; N],
) -> Result<[u32; N], Unverifiable> {
    let mut found = [None; N];
    for pair in text.split(',') {
        let (name, value) = pair.split_once('=').ok_or(Unverifiable::Malformed)?;
        let place = names.iter().position(|known| *known == name);
        let slot = place.and_then(|place| found.get_mut(place)).ok_or(Unverifiable::Malformed)?;
        if slot.replace(decimal(value)?).is_some() {
            return Err(Unverifiable::Malformed);
        }
    }
    let mut values = [0; N];
    for (value, found) in values.iter_mut().zip(found) {
        *value = found.ok_or(Unverifiable::Malformed)?;
    }
    Ok(values)
}

/// A decimal without sign or leading zero (bcrypt's two digits aside). Too large is over the cap.
pub(super) fn decimal(text: &str) -> Result<u32, Unverifiable> {
    if text.is_empty()
        || !text.bytes().all(|byte| byte.is_ascii_digit())
        || (text.len() > 2 && text.starts_with('0'))
    {
        return Err(Unverifiable::Malformed);
    }
    text.parse().map_err(|_| Unverifiable::OverCap)
}

/// The value, if it is no less.
pub(super) fn least(value: u32, least: u32) -> Result<u32, Unverifiable> {
    if value < least { Err(Unverifiable::Malformed) } else { Ok(value) }
}

/// Whether the text is so many hexadecimal digits.
pub(super) fn is_hex(text: &str, length: usize) -> bool {
    text.len() == length && is_any_hex(text)
}

/// Whether the text is hexadecimal digits alone, or nothing.
pub(super) fn is_any_hex(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The digest of this name, in any case, with hyphens or underscores.
pub(super) fn digest_named(name: &str) -> Result<Digest, Unverifiable> {
    Digest::named(&name.to_ascii_lowercase().replace('-', "_")).ok_or(Unverifiable::Malformed)
}
