//! bcrypt's key schedule as the implementations behind the prefixes did it.

use zeroize::Zeroizing;

/// Which bcrypt made the hash: `$2a$`, `$2b$` and `$2y$` agree; `$2x$` marks hashes of a version
/// of crypt_blowfish that extended the sign of 8-bit characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BcryptVariant {
    /// `$2a$`, `$2b$`, `$2y$`.
    Correct,
    /// `$2x$`.
    SignExtended,
}

/// The Blowfish key is 18 words: what a password holds beyond them never counted.
pub(super) const MAX_KEY_BYTES: usize = 72;

/// Derives the 24 bytes of which 23 are stored.
pub(super) fn derive(
    variant: BcryptVariant,
    cost: u32,
    password: &[u8],
    salt: [u8; 16],
) -> [u8; 24] {
    let key = match variant {
        BcryptVariant::Correct => cut(password),
        BcryptVariant::SignExtended => sign_extended(password),
    };
    ::bcrypt::bcrypt(cost, salt, &key)
}

/// The password and its closing NUL, cut where every implementation cuts.
fn cut(password: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut key = Zeroizing::new(Vec::with_capacity(MAX_KEY_BYTES));
    key.extend(password.iter().copied().chain([0]).take(MAX_KEY_BYTES));
    key
}

/// The whole schedule as the faulty version filled it (CVE-2011-2483): a character above 127 was
/// widened as a negative number, which overwrote the characters before it in the same word.
fn sign_extended(password: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut characters = password.iter().copied().chain([0]).cycle();
    let mut key = Zeroizing::new(Vec::with_capacity(MAX_KEY_BYTES));
    for _ in 0..MAX_KEY_BYTES / 4 {
        let word = characters.by_ref().take(4).fold(0_u32, |word, character| {
            let widened = i32::from(i8::from_ne_bytes([character]));
            (word << 8) | u32::from_ne_bytes(widened.to_ne_bytes())
        });
        key.extend_from_slice(&word.to_be_bytes());
    }
    key
}
