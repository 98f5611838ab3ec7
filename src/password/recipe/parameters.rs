//! Parameters that lie outside the hash: `pbkdf2_sha512(iterations=10000, salt=hex)`.

use super::encoding;
use crate::password::primitives::Digest;

/// How the column `password_salt` writes the salt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SaltText {
    /// The salt is the text's own bytes.
    Utf8,
    /// Hexadecimal.
    Hex,
    /// Base64 of either alphabet, padded or not.
    Base64,
}

impl SaltText {
    /// The bytes that the text stands for.
    pub(in crate::password) fn read(self, text: &str) -> Option<Vec<u8>> {
        match self {
            Self::Utf8 => Some(text.as_bytes().to_vec()),
            Self::Hex => {
                // As dumps of a column of bytes write it.
                let dump = text.strip_prefix("\\x").or_else(|| text.strip_prefix("0x"));
                encoding::from_hex(dump.unwrap_or(text))
            }
            Self::Base64 => encoding::from_any_base64(text),
        }
    }
}

/// The parameters; each is absent unless it is given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::password) struct Parameters {
    pub(in crate::password) iterations: Option<u32>,
    /// Bytes of the digest.
    pub(in crate::password) length: Option<u32>,
    pub(in crate::password) digest: Option<Digest>,
    pub(in crate::password) log_n: Option<u8>,
    pub(in crate::password) r: Option<u32>,
    pub(in crate::password) p: Option<u32>,
    /// argon2's memory in KiB.
    pub(in crate::password) memory: Option<u32>,
    pub(in crate::password) salt: Option<SaltText>,
    /// Firebase's project parameters, decoded.
    pub(in crate::password) signer_key: Option<Vec<u8>>,
    pub(in crate::password) salt_separator: Option<Vec<u8>>,
}

impl Parameters {
    /// Takes one parameter; none when it is not known, given twice or has the wrong form.
    pub(super) fn set(&mut self, key: &str, value: &str) -> Option<()> {
        fn put<T>(slot: &mut Option<T>, value: Option<T>) -> Option<()> {
            slot.replace(value?).is_none().then_some(())
        }
        let number = || value.parse::<u32>().ok();
        let key = key.to_ascii_lowercase().replace(['_', '-'], "");
        match key.as_str() {
            "iterations" | "iteration" | "rounds" | "stretches" | "i" | "t" | "passes"
            | "timecost" => put(&mut self.iterations, number()),
            "keylength" | "keylen" | "length" | "dklen" | "l" => put(&mut self.length, number()),
            "n" | "cost" => put(&mut self.log_n, number().and_then(log2)),
            "ln" | "logn" | "memcost" => put(&mut self.log_n, value.parse().ok()),
            "r" | "blocksize" => put(&mut self.r, number()),
            "m" | "memory" | "memorycost" => put(&mut self.memory, number()),
            "p" | "parallelism" | "parallelization" => put(&mut self.p, number()),
            "salt" | "saltencoding" => put(
                &mut self.salt,
                match value.to_ascii_lowercase().as_str() {
                    "utf8" | "utf-8" | "text" | "ascii" | "plain" => Some(SaltText::Utf8),
                    "hex" => Some(SaltText::Hex),
                    "base64" | "b64" => Some(SaltText::Base64),
                    _ => None,
                },
            ),
            // How the digest is written shows by its length.
            "encoding" | "hashencoding" => matches!(value, "hex" | "base64").then_some(()),
            "digest" | "algorithm" | "prf" | "hash" => {
                let name = value.to_ascii_lowercase().replace('-', "_");
                let name = name.strip_prefix("hmac_").unwrap_or(&name);
                put(&mut self.digest, Digest::named(name))
            }
            "signerkey" | "base64signerkey" => {
                put(&mut self.signer_key, encoding::from_any_base64(value))
            }
            "saltseparator" | "base64saltseparator" => {
                put(&mut self.salt_separator, encoding::from_any_base64(value))
            }
            _ => None,
        }
    }

    /// These, and what the other has beside them.
    pub(super) fn merged(self, other: Self) -> Self {
        Self {
            iterations: self.iterations.or(other.iterations),
            length: self.length.or(other.length),
            digest: self.digest.or(other.digest),
            log_n: self.log_n.or(other.log_n),
            r: self.r.or(other.r),
            p: self.p.or(other.p),
            memory: self.memory.or(other.memory),
            salt: self.salt.or(other.salt),
            signer_key: self.signer_key.or(other.signer_key),
            salt_separator: self.salt_separator.or(other.salt_separator),
        }
    }
}

/// The logarithm of a power of two.
pub(in crate::password) fn log2(n: u32) -> Option<u8> {
    n.is_power_of_two().then(|| u8::try_from(n.trailing_zeros()).ok())?
}
