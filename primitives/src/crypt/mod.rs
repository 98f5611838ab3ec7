//! The derivations of crypt(3) and its kin, for which no well-kept crate exists or the crate is
//! slower than the original software.
//!
//! Those whose digest is stored in crypt's letters give those letters, so that a parser need not
//! undo permutations, cut digits or padding bits: it compares what is stored.

pub mod base64;
mod des;
mod des_crypt;
mod firebase;
mod md5_crypt;
mod phpass;
mod sha1_crypt;
mod sha_crypt;
mod sun_md5_crypt;
mod vendor;
mod yescrypt;

pub use des_crypt::{bigcrypt, bsdi_crypt, crypt16, des_crypt};
pub use firebase::{FirebaseProject, firebase_scrypt};
pub use md5_crypt::{Md5Crypt, md5_crypt};
pub use phpass::{drupal7, phpass};
pub use sha_crypt::{caching_sha2, sha256_crypt, sha512_crypt};
pub use sha1_crypt::{sha1_crypt, sha1_crypt_digest};
pub use sun_md5_crypt::sun_md5_crypt;
pub use vendor::{cram_md5, lan_manager, mysql_old_password, oracle10};
pub use yescrypt::{YescryptCost, gost_yescrypt, scrypt_crypt, yescrypt};

use zeroize::Zeroizing;

/// A digest as the stored form spells it.
pub type DigestText = Zeroizing<Vec<u8>>;

/// Bytes that are as secret as the password.
type Key = Zeroizing<Vec<u8>>;

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn no_password_salt_or_text_panics(password in vec(any::<u8>(), 0..300), salt in vec(any::<u8>(), 0..40), rounds in 0_u32..50) {
            let letters = [rounds.to_le_bytes()[0], b'.'];
            let text = String::from_utf8_lossy(&password);
            let _ = (sha512_crypt(&password, &salt, rounds), sha256_crypt(&password, &salt, rounds));
            let _ = (md5_crypt(Md5Crypt::Unix, &password, &salt), sha1_crypt(&password, &salt, rounds));
            let _ = (phpass(&password, &salt, rounds / 8), drupal7(&password, &salt, rounds / 8));
            let _ = (des_crypt(&password, letters), bigcrypt(&password, letters), crypt16(&password, letters));
            let _ = (bsdi_crypt(&password, rounds, u32::MAX - rounds), sun_md5_crypt(&password, &salt, rounds));
            let _ = (mysql_old_password(&password), lan_manager(&text), oracle10(&text, &text));
        }

        #[test]
        fn no_parameters_of_yescrypt_panic(text in "[./0-9A-Za-z]{0,14}|j[5-9][./0-9]{0,4}", salt in "[./0-9A-Za-z]{0,40}") {
            let scrypt = text.as_bytes().first_chunk().and_then(YescryptCost::parse_scrypt);
            for cost in [YescryptCost::parse(text.as_bytes()), scrypt].into_iter().flatten() {
                if cost.memory_kib().is_some_and(|kib| kib < 256) && cost.lanes < 8 && cost.time < 4 {
                    let _ = yescrypt(b"password", salt.as_bytes(), cost);
                    let _ = gost_yescrypt(b"password", b"", salt.as_bytes(), cost);
                    let _ = scrypt_crypt(b"password", salt.as_bytes(), cost);
                }
            }
        }
    }
}
