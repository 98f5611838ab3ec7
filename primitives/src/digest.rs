//! The named digests, and HMAC over each of them.

use blake2::Blake2b512;
use hmac::digest::Digest as _;
use hmac::{KeyInit, Mac, SimpleHmac};
use pbkdf2::pbkdf2;
use zeroize::Zeroizing;

macro_rules! digests {
    ($($variant:ident $type:ty, $name:literal $(| $alias:literal)*;)*) => {
        /// A digest by name; its length is that of its published definition.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[allow(missing_docs, reason = "the names are those of the digests' own standards")]
        pub enum Digest { $($variant),* }

        impl Digest {
            /// The digest of this name, as hashcat and PHP's `hash()` spell it.
            #[must_use]
            pub fn named(name: &str) -> Option<Self> {
                match name { $($name $(| $alias)* => Some(Self::$variant),)* _ => None }
            }

            /// The name that recipes write.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The length of its output in bytes.
            #[must_use]
            pub fn length(self) -> usize {
                match self { $(Self::$variant => <$type>::output_size(),)* }
            }

            /// The digest of the bytes.
            #[must_use]
            pub fn of(self, bytes: &[u8]) -> Zeroizing<Vec<u8>> {
                Zeroizing::new(match self { $(Self::$variant => <$type>::digest(bytes).to_vec(),)* })
            }

            /// HMAC (RFC 2104) with this digest.
            #[must_use]
            pub fn hmac(self, key: &[u8], message: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
                Some(Zeroizing::new(match self {
                    $(Self::$variant => SimpleHmac::<$type>::new_from_slice(key).ok()?
                        .chain_update(message).finalize().into_bytes().to_vec(),)*
                }))
            }

            /// PBKDF2 (RFC 8018 section 5.2) over HMAC with this digest.
            pub(crate) fn pbkdf2(self, password: &[u8], salt: &[u8], iterations: u32, key: &mut [u8]) -> Option<()> {
                match self {
                    $(Self::$variant => pbkdf2::<SimpleHmac<$type>>(password, salt, iterations, key).ok(),)*
                }
            }
        }
    };
}

digests! {
    Md4 md4::Md4, "md4";
    Md5 md5::Md5, "md5";
    Sha1 sha1::Sha1, "sha1" | "sha_1";
    Sha224 sha2::Sha224, "sha224" | "sha_224" | "sha2_224";
    Sha256 sha2::Sha256, "sha256" | "sha_256" | "sha2_256";
    Sha384 sha2::Sha384, "sha384" | "sha_384" | "sha2_384";
    Sha512 sha2::Sha512, "sha512" | "sha_512" | "sha2_512";
    Sha3x224 sha3::Sha3_224, "sha3_224";
    Sha3x256 sha3::Sha3_256, "sha3_256";
    Sha3x384 sha3::Sha3_384, "sha3_384";
    Sha3x512 sha3::Sha3_512, "sha3_512";
    Keccak224 sha3::Keccak224, "keccak_224" | "keccak224";
    Keccak256 sha3::Keccak256, "keccak_256" | "keccak256";
    Keccak384 sha3::Keccak384, "keccak_384" | "keccak384";
    Keccak512 sha3::Keccak512, "keccak_512" | "keccak512";
    Ripemd160 ripemd::Ripemd160, "ripemd160" | "ripemd_160";
    Whirlpool whirlpool::Whirlpool, "whirlpool";
    Blake2b512 Blake2b512, "blake2b_512" | "blake2b";
    Streebog256 streebog::Streebog256, "streebog_256" | "streebog256";
    Streebog512 streebog::Streebog512, "streebog_512" | "streebog512";
}
