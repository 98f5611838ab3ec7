//! The slow functions: what each needs, what it costs, and its derivation, apart from comparing.

use std::fmt;

use argon2::{Algorithm, Argon2, Params, Version};
use pbkdf2::pbkdf2_hmac;
use zeroize::Zeroizing;

use super::bcrypt::{self, BcryptVariant};
use super::crypt_kdf::Crypt;
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

    /// Whether only the first part of such a password counts, as in the legacy system.
    #[must_use]
    pub fn cuts(&self, password_bytes: usize) -> bool {
        matches!(self, Self::Bcrypt { .. }) && bcrypt::cuts(password_bytes)
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
            Self::Crypt(crypt) => write!(out, "rounds={}", crypt.rounds()),
        }
    }
}

/// PBKDF2 (RFC 8018 section 5.2) for the digests that some legacy system put under it.
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
        _ => return None,
    }
    Some(())
}
