//! phpass's portable hashes (openwall.com/phpass): `$P$`, phpBB's `$H$`, and Drupal 7's `$S$`,
//! which is the same over SHA-512.

use md5::{Digest, Md5};
use sha2::Sha512;
use zeroize::Zeroizing;

use super::{DigestText, base64};

/// Drupal 7 stores 55 letters, of which 12 are not the digest's.
const DRUPAL_LETTERS: usize = 43;

/// phpass over MD5 with 2^`log2_rounds` rounds: 22 letters.
#[must_use]
pub fn phpass(password: &[u8], salt: &[u8], log2_rounds: u32) -> DigestText {
    derive::<Md5>(password, salt, log2_rounds)
}

/// Drupal 7's phpass over SHA-512 with 2^`log2_rounds` rounds: 43 letters.
#[must_use]
pub fn drupal7(password: &[u8], salt: &[u8], log2_rounds: u32) -> DigestText {
    let mut text = derive::<Sha512>(password, salt, log2_rounds);
    text.truncate(DRUPAL_LETTERS);
    text
}

fn derive<H: Digest>(password: &[u8], salt: &[u8], log2_rounds: u32) -> DigestText {
    let mut digest =
        Zeroizing::new(H::new_with_prefix(salt).chain_update(password).finalize().to_vec());
    for _ in 0..1_u64.checked_shl(log2_rounds).unwrap_or_default() {
        let next = H::new_with_prefix(&*digest).chain_update(password).finalize();
        digest.copy_from_slice(&next);
    }
    base64::little(digest.iter())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From passlib's test suite (phpass) and hashcat's example of mode 7900 (Drupal 7).
    #[test]
    fn published_digests_are_derived() {
        let derived = phpass(b"test12345", b"IQRaTwmf", 11);
        assert_eq!(str::from_utf8(&derived), Ok("eRo7ud9Fh4E2PdI0S3r.L0"));
        let derived = drupal7(b"hashcat", b"20340258", 14);
        assert_eq!(str::from_utf8(&derived), Ok("nzjDWpoQthrdNTR02f0pmev0K/5/Nx80WSkOQcPEQRh"));
    }
}
