//! What columns and dumps do to stored hashes, and what stands in their place.

use std::borrow::Cow;

use crate::password::recipe::encoding;

/// Without what columns and dumps add: blanks of a CHAR(n), `\x` and `0x` before hexadecimal.
pub(super) fn cleaned(text: &str) -> Cow<'_, str> {
    let text = text.trim_end_matches(' ');
    let dump = text.strip_prefix("\\x").or_else(|| {
        let digits = text.strip_prefix("0x")?;
        // SQL Server's own hashes and Sybase's begin so; no digest has their lengths.
        (!matches!(digits.len(), 52 | 92 | 140 | 84)).then_some(digits)
    });
    let Some(digits) = dump else { return text.into() };
    let is_text = |bytes: &Vec<u8>| bytes.iter().all(|byte| matches!(byte, b' '..=b'~'));
    match encoding::from_hex(digits).filter(is_text).map(String::from_utf8) {
        // Bytes of a digest are all printable less than once in a million times.
        Some(Ok(inner)) if inner.len() >= 13 => inner.into(),
        _ => digits.into(),
    }
}

/// Markers by which systems lock an account (shadow(5), Django, Solaris): they match nothing.
pub(super) fn is_locked(text: &str) -> bool {
    matches!(text, "" | "x" | "X" | "NP" | "*" | "**" | "*0" | "*1")
        || text.starts_with('!')
        || text.starts_with("*LK*")
        || text.starts_with("*NP*")
        || text.starts_with("*LOCKED*")
}

/// Whether some scheme without a prefix could have made the text: it is then ambiguous.
pub(super) fn looks_like_a_hash(text: &str) -> bool {
    let head = text.split_once(':').map_or(text, |(head, _)| head);
    let hexadecimal = head.len() >= 16 && head.bytes().all(|byte| byte.is_ascii_hexdigit());
    let letters = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'/' | b'+');
    let base64 = matches!(text.len(), 22 | 24 | 27 | 28 | 32 | 43 | 44 | 64 | 86 | 88)
        && text.trim_end_matches('=').bytes().all(letters);
    hexadecimal
        || base64
        || text.len() == 13 && text.bytes().all(letters)
        || text.starts_with("md5$")
        || text.starts_with("sha1$")
}
