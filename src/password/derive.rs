//! Deriving a digest from a password: one function for all schemes, kept apart from comparing.

use argon2::{Algorithm, Argon2, Params, Version};
use sha1::Sha1;
use sha2::Sha256;
use zeroize::Zeroizing;

use super::bcrypt::{self, BcryptVariant};

/// The three kinds of argon2 (RFC 9106 section 3.1).
#[derive(Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are those of RFC 9106")]
pub enum Argon2Kind {
    D,
    I,
    Id,
}

/// The hash under PBKDF2's HMAC.
#[derive(Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are those of FIPS 180-4")]
pub enum Pbkdf2Digest {
    Sha1,
    Sha256,
}

/// A scheme with everything that decides its cost. Only values under the caps get this far.
#[derive(Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are the parameters of the schemes' own papers")]
pub enum Parameters {
    Bcrypt { variant: BcryptVariant, cost: u32 },
    Argon2 { kind: Argon2Kind, version: u32, memory_kib: u32, passes: u32, lanes: u32 },
    DjangoPbkdf2 { digest: Pbkdf2Digest, iterations: u32 },
}

impl Parameters {
    /// The scheme's name: passlib's where passlib has one.
    #[must_use]
    pub fn scheme(&self) -> &'static str {
        match self {
            Self::Bcrypt { .. } => "bcrypt",
            Self::Argon2 { .. } => "argon2",
            Self::DjangoPbkdf2 { digest: Pbkdf2Digest::Sha1, .. } => "django_pbkdf2_sha1",
            Self::DjangoPbkdf2 { digest: Pbkdf2Digest::Sha256, .. } => "django_pbkdf2_sha256",
        }
    }

    /// A scheme at the cost that its users usually chose.
    #[must_use]
    pub fn usual(scheme: &str) -> Option<Self> {
        match scheme {
            "bcrypt" => Some(Self::Bcrypt { variant: BcryptVariant::Correct, cost: 10 }),
            "argon2" => Some(Self::Argon2 {
                kind: Argon2Kind::Id,
                version: 0x13,
                memory_kib: 19_456,
                passes: 2,
                lanes: 1,
            }),
            "django_pbkdf2_sha256" => {
                Some(Self::DjangoPbkdf2 { digest: Pbkdf2Digest::Sha256, iterations: 600_000 })
            }
            "django_pbkdf2_sha1" => {
                Some(Self::DjangoPbkdf2 { digest: Pbkdf2Digest::Sha1, iterations: 600_000 })
            }
            _ => None,
        }
    }

    /// Memory that one derivation needs, in KiB.
    #[must_use]
    pub fn memory_kib(&self) -> u32 {
        match self {
            Self::Argon2 { memory_kib, .. } => *memory_kib,
            Self::Bcrypt { .. } | Self::DjangoPbkdf2 { .. } => 4,
        }
    }

    /// Whether the scheme reads only the first part of such a password, as the legacy system did.
    #[must_use]
    pub fn cuts(&self, password_bytes: usize) -> bool {
        matches!(self, Self::Bcrypt { .. }) && password_bytes > bcrypt::MAX_KEY_BYTES
    }

    /// Derives a digest of `length` bytes; none when the library refuses the parameters.
    #[must_use]
    pub fn derive(
        &self,
        password: &[u8],
        salt: &[u8],
        length: usize,
    ) -> Option<Zeroizing<Vec<u8>>> {
        let mut digest = Zeroizing::new(vec![0; length]);
        match *self {
            Self::Bcrypt { variant, cost } => {
                let full = bcrypt::derive(variant, cost, password, salt.try_into().ok()?);
                digest.copy_from_slice(full.get(..length)?);
            }
            Self::Argon2 { kind, version, memory_kib, passes, lanes } => {
                let algorithm = match kind {
                    Argon2Kind::D => Algorithm::Argon2d,
                    Argon2Kind::I => Algorithm::Argon2i,
                    Argon2Kind::Id => Algorithm::Argon2id,
                };
                let version = Version::try_from(version).ok()?;
                let parameters = Params::new(memory_kib, passes, lanes, Some(length)).ok()?;
                Argon2::new(algorithm, version, parameters)
                    .hash_password_into(password, salt, &mut digest)
                    .ok()?;
            }
            Self::DjangoPbkdf2 { digest: Pbkdf2Digest::Sha1, iterations } => {
                pbkdf2::pbkdf2_hmac::<Sha1>(password, salt, iterations, &mut digest);
            }
            Self::DjangoPbkdf2 { digest: Pbkdf2Digest::Sha256, iterations } => {
                pbkdf2::pbkdf2_hmac::<Sha256>(password, salt, iterations, &mut digest);
            }
        }
        Some(digest)
    }
}
