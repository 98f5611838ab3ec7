//! Translating what a key derivation made: bcrypt, argon2, PBKDF2, scrypt.

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use zeroize::Zeroizing;

use super::import_password::{Base64, Binary, CustomPasswordHash as Custom, ImportPassword, Text};
use super::message::Message;
use super::reasons::{NotImportable, Warning};
use super::translate::{COST, Import, Row, Translated, Translation, openssl_name, ready};
use crate::password::{Argon2Kind, BcryptVariant, Crypt, Encoding, Kdf};

impl Row<'_> {
    pub(super) fn derived(&self, kdf: Kdf, message: Message, salt: &[u8]) -> Translated {
        if let Kdf::Bcrypt { variant, cost } = kdf {
            return self.bcrypt(variant, cost, &message, salt);
        }
        if !message.is_bare() {
            return Err(NotImportable::BesidePassword);
        }
        let digest = self.digest();
        let (salted, hashed) = (STANDARD_NO_PAD.encode(salt), STANDARD_NO_PAD.encode(digest));
        let mut warnings = message.warnings;
        let custom = match kdf {
            // The hash does not show the secret, and the import has no place for one.
            Kdf::Argon2 { keyed: true, .. } => return Err(NotImportable::BesidePassword),
            Kdf::Argon2 { kind, version, memory_kib: m, passes: t, lanes: p, .. } => {
                let kind = match (kind, version) {
                    (Argon2Kind::I, 19) => "i",
                    (Argon2Kind::Id, 19) => "id",
                    _ => return Err(NotImportable::Argon2Variant),
                };
                accepted_by_libsodium(m, p, salt, digest)?;
                warnings.extend((p > 1).then_some(Warning::Argon2Lanes));
                let text = format!("$argon2{kind}$v=19$m={m},t={t},p={p}${salted}${hashed}");
                Custom::Argon2 { hash: Text::new(text) }
            }
            Kdf::Pbkdf2 { digest: under, iterations } => {
                let name = openssl_name(under).ok_or(NotImportable::DigestNotOffered)?;
                if salt.is_empty() {
                    return Err(NotImportable::Parameters);
                }
                let length = digest.len();
                let text = format!("$pbkdf2-{name}$i={iterations},l={length}${salted}${hashed}");
                Custom::Pbkdf2 { hash: Text::new(text) }
            }
            Kdf::Scrypt { log_n, r, p } => {
                scrypt([log_n.into(), r, p], digest, salt, &mut warnings)?
            }
            // The same as `$7$` writes it: the salt is its text, the key is in the letters of crypt.
            Kdf::Crypt(Crypt::ScryptCrypt(cost)) => {
                let cost = [cost.log2_blocks, cost.block_size, cost.lanes];
                let key = Crypt::bytes(digest).ok_or(NotImportable::CutDigest)?;
                scrypt(cost, &key, salt, &mut warnings)?
            }
            Kdf::Crypt(_) => return Err(NotImportable::FunctionNotOffered),
            Kdf::Bcrypt { .. } => return Err(NotImportable::BcryptVariant),
        };
        Ok(ready(custom, warnings))
    }

    fn bcrypt(
        &self,
        variant: BcryptVariant,
        cost: u32,
        message: &Message,
        salt: &[u8],
    ) -> Translated {
        if variant != BcryptVariant::Correct {
            return Err(NotImportable::BcryptVariant);
        }
        if !message.is_utf8() {
            return Err(NotImportable::PasswordRewritten);
        }
        // The three letters name one function; the row's own is kept.
        let letter = if self.stored.contains("$2y$") {
            'y'
        } else if self.stored.contains("$2a$") {
            'a'
        } else {
            'b'
        };
        let encode = |bytes| Encoding::BcryptBase64.write(bytes).unwrap_or_default();
        let value = format!("$2{letter}${cost:02}${}{}", encode(salt), encode(self.digest()));
        let mut warnings = message.warnings.clone();
        let salt = message.salt()?;
        if salt.is_none() && cost == COST && letter != 'y' {
            let import = Import::Ready(ImportPassword::PasswordHash(Zeroizing::new(value)));
            return Ok(Translation { import, warnings });
        }
        warnings.extend((cost > COST).then_some(Warning::BcryptCost));
        Ok(ready(Custom::Bcrypt { hash: Text::new(value), salt }, warnings))
    }
}

/// scrypt by the logarithm of N, r and p.
fn scrypt(
    [log_n, r, p]: [u32; 3],
    digest: &[u8],
    salt: &[u8],
    warnings: &mut Vec<Warning>,
) -> Result<Custom, NotImportable> {
    let cost = 1_u64.checked_shl(log_n).filter(|n| *n > 1);
    let cost = cost.ok_or(NotImportable::Parameters)?;
    let large = cost.saturating_mul(u64::from(r)) > 16 * 1024 * 1024 / 128;
    warnings.extend(large.then_some(Warning::ScryptMemory));
    Ok(Custom::Scrypt {
        hash: Binary::new(digest),
        salt: Base64::new(salt),
        keylen: digest.len(),
        cost,
        block_size: r,
        parallelization: p,
    })
}

/// What libsodium-wrappers-sumo 0.7.9, which stands under Auth0's library, was seen to accept:
/// 64 KiB to 1.4 GiB, 1 to 4 lanes, salts of 8 to 64 bytes, digests of 16 to 128.
fn accepted_by_libsodium(
    memory_kib: u32,
    lanes: u32,
    salt: &[u8],
    digest: &[u8],
) -> Result<(), NotImportable> {
    let accepted = (64..=1_468_006).contains(&memory_kib)
        && (1..=4).contains(&lanes)
        && (8..=64).contains(&salt.len())
        && (16..=128).contains(&digest.len());
    if accepted { Ok(()) } else { Err(NotImportable::Parameters) }
}
