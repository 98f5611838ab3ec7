//! The schemes of crypt(3) on DES: the traditional one, BSDi's, and two that put several
//! traditional digests together.

use zeroize::Zeroizing;

use super::DigestText;
use super::base64;
use super::des::Des;

const ROUNDS: u32 = 25;
/// Digital Unix's bigcrypt reads no more than 16 blocks.
const BIGCRYPT_BLOCKS: usize = 16;

/// Traditional crypt: 11 letters. Reads 8 bytes of the password and 7 bits of each.
#[must_use]
pub fn des_crypt(password: &[u8], salt: [u8; 2]) -> Option<DigestText> {
    Some(block(password, number(salt)?, ROUNDS))
}

/// BSDi's extended crypt (`_`): 11 letters. Reads the whole password, 7 bits of each byte.
/// `rounds` and `salt` have 24 bits each.
#[must_use]
pub fn bsdi_crypt(password: &[u8], rounds: u32, salt: u32) -> DigestText {
    let mut blocks = password.chunks(8);
    let mut folded = key(blocks.next().unwrap_or_default());
    for next in blocks {
        *folded = Des::new(*folded).encrypt(*folded) ^ *key(next);
    }
    text(Des::new(*folded).encrypt_salted(0, salt, rounds))
}

/// bigcrypt: 11 letters for each block of 8 bytes; each block's salt is the start of the digest
/// before it.
#[must_use]
pub fn bigcrypt(password: &[u8], salt: [u8; 2]) -> Option<DigestText> {
    let mut digest = DigestText::default();
    let mut salt = salt;
    let mut rest = password;
    for _ in 0..BIGCRYPT_BLOCKS {
        let (now, later) = rest.split_at(rest.len().min(8));
        let letters = des_crypt(now, salt)?;
        salt = *letters.first_chunk()?;
        digest.extend_from_slice(&letters);
        rest = later;
        if rest.is_empty() {
            break;
        }
    }
    Some(digest)
}

/// Ultrix's crypt16: 22 letters, of the password's first 8 bytes with 20 rounds and of the next 8
/// with 5.
#[must_use]
pub fn crypt16(password: &[u8], salt: [u8; 2]) -> Option<DigestText> {
    let salt = number(salt)?;
    let (first, second) = password.split_at(password.len().min(8));
    let mut digest = block(first, salt, 20);
    digest.extend_from_slice(&block(second, salt, 5));
    Some(digest)
}

fn number(salt: [u8; 2]) -> Option<u32> {
    base64::decode_number(&salt)
}

fn block(password: &[u8], salt: u32, rounds: u32) -> DigestText {
    text(Des::new(*key(password)).encrypt_salted(0, salt, rounds))
}

/// The first 8 bytes, each moved up over the parity bit; short passwords end in NULs.
fn key(password: &[u8]) -> Zeroizing<u64> {
    let bytes = password.iter().copied().chain(std::iter::repeat(0)).take(8);
    Zeroizing::new(bytes.fold(0, |key, byte| (key << 8) | u64::from(byte << 1)))
}

fn text(block: u64) -> DigestText {
    Zeroizing::new(base64::big(block).to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spelled(digest: Option<DigestText>) -> String {
        String::from_utf8(digest.expect("a salt of two letters").to_vec()).expect("letters")
    }

    /// From passlib's test suite (des_crypt, bsdi_crypt, bigcrypt, crypt16).
    #[test]
    fn published_digests_are_derived() {
        assert_eq!(
            spelled(des_crypt(b"", *b"OgAwTx2l6NADI".first_chunk().expect("two"))),
            "AwTx2l6NADI"
        );
        assert_eq!(spelled(des_crypt(b"U*U*U*U*", *b"CC")), "Nf8Sbh3HDfQ");
        let (rounds, salt) = (base64::decode_number(b"J9.."), base64::decode_number(b"CCCC"));
        let derived = bsdi_crypt(b"U*U*U*U*", rounds.expect("a number"), salt.expect("a number"));
        assert_eq!(spelled(Some(derived)), "XBrJUJV154M");
        assert_eq!(spelled(bigcrypt(b"passphrase", *b"qi")), "yh4XPJGsOZ2MEAyLkfWqeQ");
        assert_eq!(spelled(crypt16(b"passphrase", *b"qi")), "8H8R7OM4xMUNMPuRAZxlY.");
    }
}
