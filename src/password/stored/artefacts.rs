//! What columns and dumps do to stored hashes, what stands in their place, and what looks like one.

use std::borrow::Cow;

use super::forms;
use crate::password::recipe::{MAX_PASSWORD_BYTES, encoding};

/// What columns add behind a text: blanks of a CHAR(n), the end of a line that a file was read in.
pub(super) const BEHIND: [char; 4] = [' ', '\t', '\r', '\n'];

/// The longest run of letters of base64 that somebody may have typed.
const TYPED: usize = 39;

/// Without what columns and dumps add: blanks behind it, `\x` and `0x` before bytes in hexadecimal.
pub(super) fn cleaned(text: &str) -> Cow<'_, str> {
    let text = text.trim_end_matches(BEHIND);
    let Some((digits, bytes)) = dump(text).and_then(|it| Some((it, encoding::from_hex(it)?)))
    else {
        return text.into();
    };
    match String::from_utf8(bytes) {
        Ok(inner) if is_dumped_text(unfilled(&inner)) => unfilled(&inner).to_owned().into(),
        _ if digits.len() >= 16 => digits.into(),
        _ => text.into(),
    }
}

/// Without what fills a column of bytes up: NULs, too.
fn unfilled(inner: &str) -> &str {
    inner.trim_end_matches('\0').trim_end_matches(BEHIND)
}

/// What stands behind `\x` or `0x`.
fn dump(text: &str) -> Option<&str> {
    text.strip_prefix("\\x").or_else(|| {
        let digits = text.strip_prefix("0x")?;
        // SQL Server's own hashes and Sybase's begin so.
        let own = matches!(
            (digits.get(..4), digits.len()),
            (Some("0100"), 52 | 92) | (Some("0200"), 140) | (Some("c007"), 84)
        );
        (!own).then_some(digits)
    })
}

/// Whether dumped bytes were a text. Those of a digest are all printable, or begin like a hash, less than
/// once in a hundred thousand times.
fn is_dumped_text(inner: &str) -> bool {
    let printable = inner.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    // MySQL's salts are of any seven bits.
    let marked = || forms::marks().any(|mark| mark.len() >= 3 && inner.starts_with(mark));
    inner.len() >= 13 && (printable || marked())
}

/// Whether an object of JSON with a member begins here, however it is laid out.
pub(super) fn is_json(text: &str) -> bool {
    text.strip_prefix('{').is_some_and(|rest| rest.trim_start().starts_with('"'))
}

/// Markers by which systems lock an account (shadow(5), Django, Solaris): they match nothing.
pub(super) fn is_locked(text: &str) -> bool {
    matches!(text, "x" | "X" | "NP" | "*" | "**" | "*0" | "*1")
        // Request Tracker's own hashes begin so.
        || text.starts_with('!') && !text.starts_with("!bcrypt!") && !text.starts_with("!sha512!")
        || text.starts_with("*LK*")
        || text.starts_with("*NP*")
        || text.starts_with("*LOCKED*")
}

fn letters(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'/' | b'+'))
}

/// Whether some scheme without a prefix could have made the text: it is then ambiguous.
pub(super) fn looks_like_a_hash(text: &str) -> bool {
    let head = text.split_once(':').map_or(text, |(head, _)| head);
    let hexadecimal = head.len() >= 16 && head.bytes().all(|byte| byte.is_ascii_hexdigit());
    let base64 = matches!(text.len(), 22 | 24 | 27 | 28 | 32 | 43 | 44 | 64 | 86 | 88)
        && letters(text.trim_end_matches('='));
    hexadecimal
        || base64
        || text.len() == 13 && letters(text)
        || ["md5$", "sha1$", "sha256$", "sha512$"].iter().any(|start| text.starts_with(start))
}

/// Whether nobody would choose the text as a password, since only a machine makes such: digits of a
/// digest, base64 of one, or a hash behind whatever an application puts before it.
pub(super) fn is_no_password(text: &str) -> bool {
    let is_hash = |(at, _): (usize, &str)| {
        let hash = text.get(at..).and_then(forms::modular);
        hash.is_some_and(|(_, read)| read.is_ok())
    };
    has_digits(text)
        || text.split(|c| !is_base64(c)).any(is_digest)
        || text.len() <= MAX_PASSWORD_BYTES && text.match_indices('$').any(is_hash)
}

/// Whether it holds 32 hexadecimal digits in a row, or 16 pairs of them as .NET writes bytes.
fn has_digits(text: &str) -> bool {
    let runs = text.split(|c: char| !c.is_ascii_hexdigit());
    let is_pair = |pair: &&str| pair.len() == 2 && pair.bytes().all(|it| it.is_ascii_hexdigit());
    runs.map(str::len).any(|length| length >= 32) || text.split('-').filter(is_pair).count() >= 16
}

fn is_base64(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '-' | '_' | '.' | '=')
}

/// Whether a run of base64's letters is padded as a digest is, or longer than what people type and as
/// disordered as bytes are: a letter in four follows one of another kind. In words a capital
/// before a small letter is no disorder.
fn is_digest(run: &str) -> bool {
    let letters = run.trim_end_matches('=');
    let padded = letters.len() < run.len() && matches!(run.len(), 24 | 28 | 40 | 44 | 64 | 68 | 88);
    if padded && !letters.contains('=') {
        return true;
    }
    let kind = |byte: &u8| match byte {
        b'0'..=b'9' => 1,
        b'A'..=b'Z' => 2,
        b'a'..=b'z' => 3,
        _ => 0,
    };
    let disordered = |pair: &[u8; 2]| {
        let [one, other] = pair.each_ref().map(kind);
        one != other && one != 0 && other != 0 && (one, other) != (2, 3)
    };
    let pairs = run.as_bytes().array_windows::<2>();
    run.len() > TYPED && pairs.filter(|pair| disordered(pair)).count() * 4 >= run.len()
}
