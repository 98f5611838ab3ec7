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
pub use sha_crypt::{sha256_crypt, sha512_crypt};
pub use sha1_crypt::{sha1_crypt, sha1_crypt_digest};
pub use sun_md5_crypt::sun_md5_crypt;
pub use vendor::{lan_manager, mysql_old_password, oracle10};
pub use yescrypt::{YescryptCost, gost_yescrypt, scrypt_crypt, yescrypt};

use zeroize::Zeroizing;

/// A digest as the stored form spells it.
pub type DigestText = Zeroizing<Vec<u8>>;

/// Bytes that are as secret as the password.
type Key = Zeroizing<Vec<u8>>;
