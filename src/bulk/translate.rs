//! From a stored hash to Auth0's import object, or the reason why there is none. Nothing is
//! guessed: a wrong object would lock its user out in silence.

use aws_lc_rs::error::Unspecified;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::import_password::{
    Binary, CustomPasswordHash as Custom, HmacHash, ImportPassword, OnePass, Text, Typed,
};
use super::message::{Known, Message};
use super::reasons::{NotImportable, Warning};
use crate::password::{
    Account, BcryptVariant, Digest, Encoding, Inputs, Kdf, Recipe, Settings, StoredHash,
};

/// The cost that `password_hash` takes, and that plain text is hashed with.
pub(super) const COST: u32 = 10;
/// Of a password, and of the salt beside it.
const BCRYPT_BYTES: usize = 72;

/// A password that can be imported.
pub struct Translation {
    /// As what.
    pub import: Import,
    /// What to know about it.
    pub warnings: Vec<Warning>,
}

/// As what a password is imported.
pub enum Import {
    /// As it is.
    Ready(ImportPassword),
    /// The row holds the password itself, which must be hashed before it leaves the machine.
    HashAtExport(ClearText),
}

/// A password that was stored in clear text. It has no `Debug`.
pub struct ClearText(Zeroizing<Vec<u8>>);

impl ClearText {
    /// The password as bcrypt at cost 10, with a random salt: about 50 ms.
    ///
    /// # Errors
    /// The system gives no random bytes.
    pub fn hash(&self) -> Result<ImportPassword, Unspecified> {
        let mut salt = [0; 16];
        aws_lc_rs::rand::fill(&mut salt)?;
        let kdf = Kdf::Bcrypt { variant: BcryptVariant::Correct, cost: COST };
        let digest = kdf.derive(&self.0, &salt, 23).ok_or(Unspecified)?;
        let write = |bytes| Encoding::BcryptBase64.write(bytes).ok_or(Unspecified);
        let hash = format!("$2b${COST}${}{}", write(&salt)?, write(&digest)?);
        Ok(ImportPassword::PasswordHash(Zeroizing::new(hash)))
    }
}

/// Translates the hash of an account as the configuration reads it.
///
/// # Errors
/// Why the import has no words for it.
pub fn translate(
    hash: &StoredHash,
    account: Account<'_>,
    settings: &Settings,
) -> Result<Translation, NotImportable> {
    let pepper = settings.pepper.as_ref().map_or(&[][..], |pepper| pepper.as_bytes());
    let inputs = Inputs {
        password: &[],
        salt: &hash.salt,
        username: account.username.unwrap_or_default(),
        email: account.email.unwrap_or_default(),
        pepper,
    };
    let preparation = settings.preparation(hash.recipe());
    let row = Row { hash, known: Known { inputs, preparation }, stored: account.columns.hash };
    row.translate()
}

pub(super) struct Row<'a> {
    hash: &'a StoredHash,
    known: Known<'a>,
    pub(super) stored: &'a str,
}

pub(super) type Translated = Result<Translation, NotImportable>;

impl Row<'_> {
    fn translate(&self) -> Translated {
        match self.hash.recipe() {
            Recipe::Digest(digest, of) => self.one_pass(*digest, Message::of(of, self.known)?),
            Recipe::Hmac { digest, key, message } => self.hmac(*digest, key, message),
            Recipe::Derive { kdf, password, salt, length } => {
                let message = Message::of(password, self.known)?;
                let salt = self.known.constant(salt).ok_or(NotImportable::Nested)?;
                if self.digest().len() != *length {
                    return Err(NotImportable::CutDigest);
                }
                self.derived(*kdf, message, &salt)
            }
            Recipe::Iterate { .. } => Err(NotImportable::Iterated),
            clear => self.clear_text(&Message::of(clear, self.known)?),
        }
    }

    pub(super) fn digest(&self) -> &[u8] {
        &self.hash.digest
    }

    fn one_pass(&self, digest: Digest, message: Message) -> Translated {
        if self.digest().len() != digest.length() {
            return Err(NotImportable::CutDigest);
        }
        let only_ldap = matches!(digest, Digest::Sha224 | Digest::Sha384);
        let ldap = only_ldap || self.hash.scheme().starts_with("ldap_");
        if let Some(translation) = ldap.then(|| self.ldap(digest, &message)).flatten() {
            return Ok(translation);
        }
        let one_pass = OnePass {
            hash: Binary::new(self.digest()),
            salt: message.salt()?,
            password: Typed::new(message.encoding),
        };
        let custom = match digest {
            Digest::Md4 => Custom::Md4(one_pass),
            Digest::Md5 => Custom::Md5(one_pass),
            Digest::Sha1 => Custom::Sha1(one_pass),
            Digest::Sha256 => Custom::Sha256(one_pass),
            Digest::Sha512 => Custom::Sha512(one_pass),
            _ => return Err(NotImportable::DigestNotOffered),
        };
        Ok(ready(custom, message.warnings))
    }

    /// RFC 2307 and its successors: base64 of the digest and of the salt behind it.
    fn ldap(&self, digest: Digest, message: &Message) -> Option<Translation> {
        let salt = message.suffix()?;
        let name = match digest {
            Digest::Md5 => "MD5",
            Digest::Sha1 => "SHA",
            Digest::Sha224 => "SHA224",
            Digest::Sha256 => "SHA256",
            Digest::Sha384 => "SHA384",
            Digest::Sha512 => "SHA512",
            _ => return None,
        };
        let salted = if salt.is_empty() { "" } else { "S" };
        let value = Zeroizing::new([self.digest(), salt].concat());
        let mut warnings = message.warnings.clone();
        if digest == Digest::Sha224 {
            warnings.push(Warning::LdapSha224);
        }
        let spelled = self.stored.strip_prefix('{').and_then(|rest| rest.split_once('}'));
        if spelled.is_some_and(|(name, _)| name.bytes().any(|byte| byte.is_ascii_lowercase())) {
            warnings.push(Warning::LdapCase);
        }
        let hash = Text::new(format!("{{{salted}{name}}}{}", STANDARD.encode(&*value)));
        Some(ready(Custom::Ldap { hash }, warnings))
    }

    fn hmac(&self, digest: Digest, key: &Recipe, message: &Recipe) -> Translated {
        let key = self.known.constant(key).ok_or(NotImportable::PasswordIsKey)?;
        // The schema wants a value of the key.
        if key.is_empty() {
            return Err(NotImportable::Parameters);
        }
        let message = Message::of(message, self.known)?;
        // The schema allows a salt beside the key, and does not say what it does.
        if message.salt()?.is_some() {
            return Err(NotImportable::BesidePassword);
        }
        if self.digest().len() != digest.length() {
            return Err(NotImportable::CutDigest);
        }
        let name = openssl_name(digest).ok_or(NotImportable::DigestNotOffered)?;
        let hash = HmacHash::new(self.digest(), name, &key);
        let password = Typed::new(message.encoding);
        Ok(ready(Custom::Hmac { hash, password }, message.warnings))
    }

    fn clear_text(&self, message: &Message) -> Translated {
        if !message.is_bare() || !message.warnings.is_empty() {
            return Err(NotImportable::BesidePassword);
        }
        let clear = self.digest();
        if clear.is_empty() || clear.contains(&0) {
            return Err(NotImportable::Composite);
        }
        let warnings = if clear.len() > BCRYPT_BYTES { vec![Warning::Cut] } else { vec![] };
        let import = Import::HashAtExport(ClearText(Zeroizing::new(clear.to_vec())));
        Ok(Translation { import, warnings })
    }
}

pub(super) fn ready(custom: Custom, warnings: Vec<Warning>) -> Translation {
    Translation { import: Import::Ready(ImportPassword::CustomPasswordHash(custom)), warnings }
}

/// The name that both `hmac` and `pbkdf2` know a digest by.
pub(super) fn openssl_name(digest: Digest) -> Option<&'static str> {
    match digest {
        Digest::Md4 => Some("md4"),
        Digest::Md5 => Some("md5"),
        Digest::Ripemd160 => Some("ripemd160"),
        Digest::Sha1 => Some("sha1"),
        Digest::Sha224 => Some("sha224"),
        Digest::Sha256 => Some("sha256"),
        Digest::Sha384 => Some("sha384"),
        Digest::Sha512 => Some("sha512"),
        Digest::Whirlpool => Some("whirlpool"),
        _ => None,
    }
}
