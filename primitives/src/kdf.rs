//! The slow functions: what each needs, what it costs, and its derivation, apart from comparing.

use std::fmt;

use argon2::{Algorithm, Argon2, Params, Version};
use pbkdf2::pbkdf2_hmac;
use zeroize::Zeroizing;

use super::bcrypt::{self, BcryptVariant};
use super::crypt_kdf::{Crypt, filled_by_scrypt};
use super::digest::Digest;

/// The three kinds of argon2 (RFC 9106 section 3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are those of RFC 9106")]
pub enum Argon2Kind {
    D,
    I,
    Id,
}

impl Argon2Kind {
    /// The kind of this name, as it stands behind `argon2`.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        [Self::D, Self::I, Self::Id].into_iter().find(|kind| kind.name() == name)
    }

    fn name(self) -> &'static str {
        match self {
            Self::D => "d",
            Self::I => "i",
            Self::Id => "id",
        }
    }
}

/// A key derivation with everything that decides its cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are the parameters of the functions' own papers")]
pub enum Kdf {
    Bcrypt {
        variant: BcryptVariant,
        cost: u32,
    },
    /// `keyed`: with an application's secret (RFC 9106 section 3.1). The salt is then a byte that
    /// says how long the salt itself is, that salt, and the secret behind it.
    Argon2 {
        kind: Argon2Kind,
        version: u32,
        memory_kib: u32,
        passes: u32,
        lanes: u32,
        keyed: bool,
    },
    Pbkdf2 {
        digest: Digest,
        iterations: u32,
    },
    Scrypt {
        log_n: u8,
        r: u32,
        p: u32,
    },
    Crypt(Crypt),
}

impl Kdf {
    /// How many bytes of the password the function reads; none where it reads them all.
    #[must_use]
    pub fn reads(&self) -> Option<usize> {
        match self {
            Self::Bcrypt { .. } => Some(72),
            Self::Crypt(crypt) => crypt.reads(),
            _ => None,
        }
    }

    /// Whether hashes of it can differ in what they cost.
    #[must_use]
    pub fn has_parameters(&self) -> bool {
        !matches!(self, Self::Crypt(crypt) if crypt.to_string().is_empty())
    }

    /// KiB that are filled in all, where memory is what counts.
    #[must_use]
    pub fn filled_kib(&self) -> u64 {
        match *self {
            Self::Argon2 { memory_kib, passes, .. } => u64::from(memory_kib) * u64::from(passes),
            Self::Scrypt { log_n, r, p } => filled_by_scrypt(log_n.into(), r, p),
            Self::Crypt(crypt) => crypt.filled_kib(),
            Self::Bcrypt { .. } | Self::Pbkdf2 { .. } => 0,
        }
    }

    /// Whether only the first part of such a password counts, as in the legacy system.
    #[must_use]
    pub fn cuts(&self, password_bytes: usize) -> bool {
        matches!(self, Self::Bcrypt { .. }) && bcrypt::cuts(password_bytes)
    }

    /// Whether there is a password from which it derives so many bytes. The salt is none where more
    /// than the hash decides it.
    #[must_use]
    pub fn is_possible(&self, salt: Option<&[u8]>, length: usize) -> bool {
        match *self {
            Self::Bcrypt { .. } => length <= 23 && salt.is_none_or(|salt| salt.len() == 16),
            Self::Argon2 { memory_kib, passes, lanes, keyed, .. } => {
                let least = argon2::MIN_SALT_LEN + usize::from(keyed);
                Params::new(memory_kib, passes, lanes, Some(length)).is_ok()
                    && salt.is_none_or(|salt| salt.len() >= least)
            }
            Self::Scrypt { log_n, r, p } => scrypt::Params::new(log_n, r, p).is_ok(),
            Self::Pbkdf2 { .. } => true,
            Self::Crypt(crypt) => crypt.is_possible(salt, length),
        }
    }

    /// Derives `length` bytes; none when the function cannot give so many, or a library refuses
    /// the parameters.
    #[must_use]
    pub fn derive(
        &self,
        password: &[u8],
        salt: &[u8],
        length: usize,
    ) -> Option<Zeroizing<Vec<u8>>> {
        let mut key = Zeroizing::new(vec![0; length]);
        match *self {
            Self::Bcrypt { variant, cost } => {
                let bcrypt = bcrypt::bcrypt(variant, cost, password, salt.try_into().ok()?)?;
                key.copy_from_slice(bcrypt.derive().get(..length)?);
            }
            Self::Argon2 { kind, version, memory_kib, passes, lanes, keyed } => {
                let algorithm = match kind {
                    Argon2Kind::D => Algorithm::Argon2d,
                    Argon2Kind::I => Algorithm::Argon2i,
                    Argon2Kind::Id => Algorithm::Argon2id,
                };
                let version = Version::try_from(version).ok()?;
                let parameters = Params::new(memory_kib, passes, lanes, Some(length)).ok()?;
                let (salt, secret) = match salt.split_first() {
                    Some((length, rest)) if keyed => {
                        rest.split_at(rest.len().min((*length).into()))
                    }
                    _ => (salt, &[][..]),
                };
                let argon2 = Argon2::new_with_secret(secret, algorithm, version, parameters);
                argon2.ok()?.hash_password_into(password, salt, &mut key).ok()?;
            }
            Self::Pbkdf2 { digest, iterations } => {
                pbkdf2(digest, password, salt, iterations, &mut key)?;
            }
            Self::Scrypt { log_n, r, p } => {
                let parameters = scrypt::Params::new(log_n, r, p).ok()?;
                scrypt::scrypt(password, salt, &parameters, &mut key).ok()?;
            }
            Self::Crypt(crypt) => return crypt.derive(password, salt, length),
        }
        Some(key)
    }
}

impl fmt::Display for Kdf {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bcrypt { cost, .. } => write!(out, "cost={cost}"),
            Self::Argon2 { kind, version, memory_kib, passes, lanes, .. } => {
                write!(out, "{},v={version},m={memory_kib},t={passes},p={lanes}", kind.name())
            }
            Self::Pbkdf2 { digest, iterations } => {
                write!(out, "{},i={iterations}", digest.name())
            }
            Self::Scrypt { log_n, r, p } => write!(out, "ln={log_n},r={r},p={p}"),
            Self::Crypt(crypt) => crypt.fmt(out),
        }
    }
}

/// PBKDF2 (RFC 8018 section 5.2), quicker over the digests that nearly all systems put under it.
fn pbkdf2(
    digest: Digest,
    password: &[u8],
    salt: &[u8],
    iterations: u32,
    key: &mut [u8],
) -> Option<()> {
    match digest {
        Digest::Md5 => pbkdf2_hmac::<md5::Md5>(password, salt, iterations, key),
        Digest::Sha1 => pbkdf2_hmac::<sha1::Sha1>(password, salt, iterations, key),
        Digest::Sha224 => pbkdf2_hmac::<sha2::Sha224>(password, salt, iterations, key),
        Digest::Sha256 => pbkdf2_hmac::<sha2::Sha256>(password, salt, iterations, key),
        Digest::Sha384 => pbkdf2_hmac::<sha2::Sha384>(password, salt, iterations, key),
        Digest::Sha512 => pbkdf2_hmac::<sha2::Sha512>(password, salt, iterations, key),
        other => return other.pbkdf2(password, salt, iterations, key),
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of `pw` and `salt` in three iterations, by PHP 8.2's `hash_pbkdf2`; over SHA-3 and BLAKE2b by
    /// Python's hashlib.
    const VECTORS: [(&str, &str); 7] = [
        (
            "md4",
            "60cffb796acc6ac864216a026d1e4e2b35a513cb4bb6f5bbe86e38e19a8130524907e7be45a7638967b5332c2436ac05",
        ),
        (
            "ripemd160",
            "872082fba2e5e614e84d9290769acc835cdf6bf33bfa77845b62947255cd4aec63aeaeb39b5c379b43468b68813c1d63",
        ),
        (
            "whirlpool",
            "8cb2f6f2593c27e03acb5a68cad09097b7a1c2382f63cad67b310e8bd0d53e431abc6baf7831f82e571fd9efb767178e",
        ),
        (
            "sha3_224",
            "7156674050dd1cb8f6be9a45713c121541ac0174f867ec264f482c33a7830cfb2bbe31fb9728623f90b9049346276325",
        ),
        (
            "sha3_512",
            "79c1e3b3e1fd2148eb6c32f68e5d39adb0924b253fc664a6b32d0125d75e14e8fac3c8a0d5a151ad3d682fa17bdfa045",
        ),
        (
            "blake2b",
            "b8af03a148b71b1d13a52b37123c76c916b09f084879c57353999b4f9954b9efc1e92fd9b8f4f02af58bfaaf1674d136",
        ),
        (
            "sha256",
            "3c671234e386cb307220d70ee15c4985160b8a8dba62f247001b07974ad52ed1785bf34b5aa5dd58858f23f5b5c57ccf",
        ),
    ];

    #[test]
    fn pbkdf2_is_derived_over_every_digest() {
        let byte = |key: &str, at| u8::from_str_radix(&key[at..at + 2], 16).expect("digits");
        for (name, key) in VECTORS {
            let digest = Digest::named(name).expect("a digest");
            let kdf = Kdf::Pbkdf2 { digest, iterations: 3 };
            let derived = kdf.derive(b"pw", b"salt", key.len() / 2).expect("a key");
            let due: Vec<u8> = (0..key.len()).step_by(2).map(|at| byte(key, at)).collect();
            assert_eq!(*derived, due, "{name}");
        }
    }
}
