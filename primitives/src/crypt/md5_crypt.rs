//! MD5-crypt, as FreeBSD's crypt(3) made it: `$1$`, and Apache's `$apr1$`.

use md5::{Digest, Md5};
use zeroize::Zeroizing;

use super::{DigestText, base64};

/// The salt beyond this many bytes is ignored.
const SALT_BYTES: usize = 8;
const ROUNDS: u32 = 1000;
/// The order in which the digest is spelled.
pub const ORDER: [usize; 16] = [12, 6, 0, 13, 7, 1, 14, 8, 2, 15, 9, 3, 5, 10, 4, 11];

/// Whose MD5-crypt it is: the prefix is hashed too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Md5Crypt {
    /// `$1$`.
    Unix,
    /// `$apr1$`.
    Apache,
}

impl Md5Crypt {
    fn prefix(self) -> &'static [u8] {
        match self {
            Self::Unix => b"$1$",
            Self::Apache => b"$apr1$",
        }
    }
}

/// MD5-crypt: 22 letters.
#[must_use]
pub fn md5_crypt(kind: Md5Crypt, password: &[u8], salt: &[u8]) -> DigestText {
    let salt = salt.get(..SALT_BYTES).unwrap_or(salt);
    let both = Md5::new_with_prefix(password).chain_update(salt).chain_update(password).finalize();
    let mut mixed = Md5::new_with_prefix(password).chain_update(kind.prefix()).chain_update(salt);
    both.iter().cycle().take(password.len()).for_each(|byte| mixed.update([*byte]));
    // One step a bit of the length, lowest first: a NUL (meant to be a digest's byte, but it had
    // been wiped by then), or the password's first byte.
    let mut length = password.len();
    while length > 0 {
        mixed.update(if length & 1 == 1 { &[0] } else { password.get(..1).unwrap_or_default() });
        length >>= 1;
    }
    let mut digest = Zeroizing::new(<[u8; 16]>::from(mixed.finalize()));
    for round in 0..ROUNDS {
        let odd = round % 2 == 1;
        let mut hash = Md5::new_with_prefix(if odd { password } else { &*digest });
        if round % 3 != 0 {
            hash.update(salt);
        }
        if round % 7 != 0 {
            hash.update(password);
        }
        hash.update(if odd { &*digest } else { password });
        *digest = hash.finalize().into();
    }
    base64::little(ORDER.iter().filter_map(|place| digest.get(*place)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From passlib's test suite (md5_crypt, apr_md5_crypt).
    #[test]
    fn published_digests_are_derived() {
        for (kind, salt, password, digest) in [
            (Md5Crypt::Unix, "dXc3I7Rw", "U*U*U*U*", "ctlgjDdWJLMT.qwHsWhXR1"),
            (Md5Crypt::Unix, "dOHYPKoP", "", "tnxS1T8Q6VVn3kpV8cN6o."),
            (Md5Crypt::Apache, "r31.....", "myPassword", "HqJZimcKQFAMYayBlzkrA/"),
        ] {
            let derived = md5_crypt(kind, password.as_bytes(), salt.as_bytes());
            assert_eq!(str::from_utf8(&derived), Ok(digest));
        }
    }
}
