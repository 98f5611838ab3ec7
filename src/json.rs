//! The one JSON reader for everything that comes from outside: bodies, tokens, key sets, rows.

use serde::de::{Deserialize, Error as _};

/// Reads one JSON object. A derived `Deserialize` would also take an array, member by member, and
/// pass over bytes that are no UTF-8 in members it does not know; this refuses both.
///
/// # Errors
/// Anything but one object of the type's members. The error may quote the input: never print it.
pub fn object<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, serde_json::Error> {
    let text = std::str::from_utf8(bytes).map_err(serde_json::Error::custom)?;
    if text.trim_ascii_start().starts_with('{') {
        serde_json::from_str(text)
    } else {
        Err(serde_json::Error::custom("not a JSON object"))
    }
}
