//! Why a hash cannot be imported, and what to know about one that can: two closed lists.

use crate::password::Change;

/// Why Auth0's import has no words for a hash. The user stays with the gate, or resets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, thiserror::Error)]
pub enum NotImportable {
    /// crypt(3) but bcrypt and `$7$`, phpass, yescrypt, Firebase, old databases.
    #[error("the scheme is a function of its own that the import does not offer")]
    FunctionNotOffered,
    /// Symfony, Authlogic, Shiro.
    #[error("the digest is taken many times over, which no algorithm of the import can say")]
    Iterated,
    /// vBulletin, WordPress 6.8, Meteor, Django's bcrypt_sha256.
    #[error("a hash is made of another hash of the password")]
    Nested,
    /// The schema has one salt on one side.
    #[error("known bytes stand on both sides of the password")]
    SaltOnBothSides,
    /// A pepper beside the password of a key derivation.
    #[error("known bytes stand beside the password, where the algorithm takes the password alone")]
    BesidePassword,
    /// For example `md5($pass.$pass)`.
    #[error("the password is hashed twice in one pass")]
    PasswordTwice,
    /// Lower or upper case, backslashes, HTML, UTF-16BE, hexadecimal.
    #[error("the password is rewritten in a way that the import has no word for")]
    PasswordRewritten,
    /// HMAC with the password as its key.
    #[error("the password is the key of the HMAC, not its message")]
    PasswordIsKey,
    /// SHA-3, Whirlpool outside HMAC and PBKDF2, and so on.
    #[error("the import does not offer the digest")]
    DigestNotOffered,
    /// The row holds less than the algorithm makes.
    #[error("the stored digest is cut")]
    CutDigest,
    /// `$2x$`.
    #[error("the hash was made by the bcrypt that extended the sign of 8-bit characters")]
    BcryptVariant,
    /// argon2d, version 16.
    #[error("Auth0 verifies argon2i and argon2id of version 19 alone")]
    Argon2Variant,
    /// Outside of what libsodium was seen to accept.
    #[error(
        "Auth0's library is not known to accept the parameters, the salt or the digest's length"
    )]
    Parameters,
    /// A concatenation of digests, a recipe without a password.
    #[error("the hash is put together from several values")]
    Composite,
}

impl NotImportable {
    /// The word for it in reports.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::FunctionNotOffered => "function_not_offered",
            Self::Iterated => "iterated_digest",
            Self::Nested => "nested_digest",
            Self::SaltOnBothSides => "salt_on_both_sides",
            Self::BesidePassword => "bytes_beside_password",
            Self::PasswordTwice => "password_twice",
            Self::PasswordRewritten => "password_rewritten",
            Self::PasswordIsKey => "password_is_key",
            Self::DigestNotOffered => "digest_not_offered",
            Self::CutDigest => "cut_digest",
            Self::BcryptVariant => "bcrypt_variant",
            Self::Argon2Variant => "argon2_variant",
            Self::Parameters => "parameters_not_proven",
            Self::Composite => "composite_hash",
        }
    }
}

/// What to know about a hash that can be imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, thiserror::Error)]
pub enum Warning {
    /// Auth0 hashes what was typed.
    #[error("the legacy system trimmed passwords: one typed with white space around it fails")]
    Trimmed,
    /// Auth0 hashes the UTF-8 that was typed.
    #[error("the legacy system brought passwords to normal form C: one typed otherwise fails")]
    Nfc,
    /// better-auth.
    #[error("the legacy system brought passwords to normal form KC: one typed otherwise fails")]
    Nfkc,
    /// Flask-Security.
    #[error("the legacy system brought passwords to normal form KD: one that it changes fails")]
    Nfkd,
    /// SCRAM.
    #[error("the legacy system prepared passwords by SASLprep: one that it changes fails")]
    Saslprep,
    /// Zope, Plone.
    #[error("the legacy system hashed Latin-1: a password with other characters fails")]
    Latin1,
    /// bcrypt at export reads 72 bytes.
    #[error("bcrypt reads the first 72 bytes of a password that was stored in full")]
    Cut,
    /// Not proven on a tenant.
    #[error("not proven: whether Auth0 accepts custom bcrypt above cost 10")]
    BcryptCost,
    /// Not proven on a tenant.
    #[error("not proven: whether Auth0 accepts argon2 with more than one lane")]
    Argon2Lanes,
    /// Not proven on a tenant.
    #[error("not proven: whether Auth0 accepts scrypt that takes more than 16 MiB")]
    ScryptMemory,
    /// Not proven on a tenant.
    #[error("not proven: whether Auth0 accepts SHA-224 in an LDAP hash")]
    LdapSha224,
    /// Not proven on a tenant.
    #[error(
        "not proven: whether Auth0 reads LDAP scheme names in any case; they are written in upper case"
    )]
    LdapCase,
}

impl Warning {
    /// The word for it in reports.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Trimmed => "password_trimmed",
            Self::Nfc => "password_nfc",
            Self::Nfkc => "password_nfkc",
            Self::Nfkd => "password_nfkd",
            Self::Saslprep => "password_saslprep",
            Self::Latin1 => "password_latin1",
            Self::Cut => "password_cut",
            Self::BcryptCost => "bcrypt_cost_not_proven",
            Self::Argon2Lanes => "argon2_lanes_not_proven",
            Self::ScryptMemory => "scrypt_memory_not_proven",
            Self::LdapSha224 => "ldap_sha224_not_proven",
            Self::LdapCase => "ldap_case_not_proven",
        }
    }

    /// Whether only a tenant can tell.
    #[must_use]
    pub fn is_unsettled(self) -> bool {
        self.code().ends_with("_not_proven")
    }

    /// What a change that the import cannot say leads to, where it leaves most passwords alone.
    pub(super) fn of(change: Change) -> Option<Self> {
        match change {
            Change::Trim => Some(Self::Trimmed),
            Change::Nfc => Some(Self::Nfc),
            Change::Nfkc => Some(Self::Nfkc),
            Change::Nfkd => Some(Self::Nfkd),
            Change::Saslprep => Some(Self::Saslprep),
            Change::Latin1 => Some(Self::Latin1),
            _ => None,
        }
    }
}
