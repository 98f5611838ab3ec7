//! How a user of an import file says what the password is made of.
//!
//! Source: auth0.com/docs, "Bulk User Import Database Schema and Examples". The fields that an
//! algorithm does not allow cannot be said here.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use zeroize::Zeroizing;

use crate::password::Encoding;

/// A text that wipes itself.
type Secret = Zeroizing<String>;

/// The password member of a user in an import file. The two exclude each other. It has no `Debug`.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ImportPassword {
    /// bcrypt `$2a$` or `$2b$` at cost 10. Only the first import of a user may bring it.
    PasswordHash(Secret),
    /// Everything else; another may replace it until the user's first login.
    CustomPasswordHash(CustomPasswordHash),
}

/// `custom_password_hash`, by its `algorithm`.
#[derive(Serialize)]
#[serde(tag = "algorithm", rename_all = "lowercase")]
#[allow(missing_docs, reason = "the names are those of the schema")]
pub enum CustomPasswordHash {
    Argon2 {
        hash: Text,
    },
    Bcrypt {
        hash: Text,
        #[serde(skip_serializing_if = "Option::is_none")]
        salt: Option<Salt>,
    },
    Hmac {
        hash: HmacHash,
        #[serde(skip_serializing_if = "Option::is_none")]
        password: Option<Typed>,
    },
    Ldap {
        hash: Text,
    },
    Md4(OnePass),
    Md5(OnePass),
    Sha1(OnePass),
    Sha256(OnePass),
    Sha512(OnePass),
    Pbkdf2 {
        hash: Text,
    },
    Scrypt {
        hash: Binary,
        salt: ScryptSalt,
        keylen: usize,
        cost: u64,
        #[serde(rename = "blockSize")]
        block_size: u32,
        parallelization: u32,
    },
}

/// A digest of one pass over the password, with constant bytes on one side of it or none.
#[derive(Serialize)]
pub struct OnePass {
    pub(super) hash: Binary,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) salt: Option<Salt>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) password: Option<Typed>,
}

/// `hash` of the algorithms whose value is a text of their own.
#[derive(Serialize)]
pub struct Text {
    value: Secret,
    encoding: &'static str,
}

/// Bytes, in hexadecimal.
#[derive(Serialize)]
pub struct Binary {
    value: Secret,
    encoding: &'static str,
}

/// `hash` of `hmac`.
#[derive(Serialize)]
pub struct HmacHash {
    value: Secret,
    encoding: &'static str,
    digest: &'static str,
    key: Base64,
}

/// `salt` of `scrypt`, which has no position.
pub type ScryptSalt = Base64;

/// Bytes, in base64 with padding.
#[derive(Serialize)]
pub struct Base64 {
    value: Secret,
    encoding: &'static str,
}

/// `salt`, with the side of the password that it stands on.
#[derive(Serialize)]
pub struct Salt {
    value: Secret,
    encoding: &'static str,
    position: Position,
}

/// The side of the password that a salt stands on.
#[derive(Serialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
pub(super) enum Position {
    Prefix,
    Suffix,
}

/// `password`: how the legacy system wrote what was typed.
#[derive(Serialize)]
pub struct Typed {
    encoding: PasswordEncoding,
}

/// The encodings of the password that a translation makes use of.
#[derive(Serialize, Clone, Copy, Debug, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(super) enum PasswordEncoding {
    Utf8,
    Utf16le,
    Latin1,
}

impl CustomPasswordHash {
    /// The name of the algorithm.
    #[must_use]
    pub fn algorithm(&self) -> &'static str {
        match self {
            Self::Argon2 { .. } => "argon2",
            Self::Bcrypt { .. } => "bcrypt",
            Self::Hmac { .. } => "hmac",
            Self::Ldap { .. } => "ldap",
            Self::Md4(_) => "md4",
            Self::Md5(_) => "md5",
            Self::Sha1(_) => "sha1",
            Self::Sha256(_) => "sha256",
            Self::Sha512(_) => "sha512",
            Self::Pbkdf2 { .. } => "pbkdf2",
            Self::Scrypt { .. } => "scrypt",
        }
    }
}

impl Text {
    pub(super) fn new(value: String) -> Self {
        Self { value: Zeroizing::new(value), encoding: "utf8" }
    }
}

impl Binary {
    pub(super) fn new(bytes: &[u8]) -> Self {
        let value = Encoding::Hex.write(bytes).unwrap_or_default();
        Self { value: Zeroizing::new(value), encoding: "hex" }
    }
}

impl Base64 {
    pub(super) fn new(bytes: &[u8]) -> Self {
        Self { value: Zeroizing::new(STANDARD.encode(bytes)), encoding: "base64" }
    }
}

impl Salt {
    pub(super) fn new(bytes: &[u8], position: Position) -> Self {
        let Base64 { value, encoding } = Base64::new(bytes);
        Self { value, encoding, position }
    }
}

impl HmacHash {
    pub(super) fn new(bytes: &[u8], digest: &'static str, key: &[u8]) -> Self {
        let Binary { value, encoding } = Binary::new(bytes);
        Self { value, encoding, digest, key: Base64::new(key) }
    }
}

impl Typed {
    /// None for UTF-8, which is what an import file means without it.
    pub(super) fn new(encoding: PasswordEncoding) -> Option<Self> {
        (encoding != PasswordEncoding::Utf8).then_some(Self { encoding })
    }
}
