//! NetBSD's crypt on HMAC-SHA-1 (`$sha1$`).

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

use super::{DigestText, base64};

/// The order in which the digest is spelled; its first byte fills the last group up.
const ORDER: [usize; 21] =
    [2, 1, 0, 5, 4, 3, 8, 7, 6, 11, 10, 9, 14, 13, 12, 17, 16, 15, 0, 19, 18];

/// NetBSD's SHA-1 crypt: 28 letters. None for a key that the library refuses (there is none).
#[must_use]
pub fn sha1_crypt(password: &[u8], salt: &[u8], rounds: u32) -> Option<DigestText> {
    let keyed = Hmac::<Sha1>::new_from_slice(password).ok()?;
    let setting = format!("$sha1${rounds}");
    let mut digest = keyed.clone().chain_update(salt).chain_update(setting).finalize().into_bytes();
    for _ in 1..rounds {
        digest = keyed.clone().chain_update(digest).finalize().into_bytes();
    }
    Some(base64::little(ORDER.iter().filter_map(|place| digest.get(*place))))
}

/// The 28 letters of a stored digest as crypt(3) spells them: other software fills the last group
/// up with zeros instead of the digest's first byte. None when they are no digest.
#[must_use]
pub fn sha1_crypt_digest(stored: &[u8; 28]) -> Option<DigestText> {
    let mut bytes = base64::decode_little(stored)?;
    let first = *bytes.get(ORDER.iter().position(|place| *place == 0)?)?;
    *bytes.get_mut(ORDER.iter().rposition(|place| *place == 0)?)? = first;
    Some(base64::little(&bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From passlib's test suite (sha1_crypt).
    #[test]
    fn published_digests_are_derived() {
        for (rounds, salt, password, digest) in [
            (19_703, "iVdJqfSE", "password", "v4qYKl1zqYThwpjJAoKX6UvlHq/a"),
            (40_000, "uJ3Sp7LE", "t\u{e1}\u{411}\u{2113}\u{259}", ".VEmLO5xntyRFYihC7ggd3297T/D"),
        ] {
            let derived =
                sha1_crypt(password.as_bytes(), salt.as_bytes(), rounds).expect("a digest");
            assert_eq!(str::from_utf8(&derived), Ok(digest));
        }
    }

    /// hashcat's example of mode 15100.
    #[test]
    fn a_last_group_filled_up_with_zeros_is_the_same_digest() {
        let stored = sha1_crypt_digest(b"HhYMDdaEHiK3eMIzTldOFPnw.s2Q");
        assert_eq!(stored, sha1_crypt(b"hashcat", b"75552156", 20_000));
        assert_eq!(sha1_crypt_digest(b"HhYMDdaEHiK3eMIzTldOFPnw.s2!"), None);
    }
}
