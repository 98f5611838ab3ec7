//! The one JSON reader for everything that comes from outside: bodies, tokens, key sets, rows.

use serde::de::{DeserializeOwned, Error as _};

/// Reads one JSON object. A derived `Deserialize` would also take an array, member by member;
/// this refuses it.
///
/// # Errors
/// Anything but one object of the type's members. The error may quote the input: never print it.
pub fn object<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, serde_json::Error> {
    match bytes.trim_ascii_start().first() {
        Some(b'{') => serde_json::from_slice(bytes),
        _ => Err(serde_json::Error::custom("not a JSON object")),
    }
}
