//! PBKDF2 as single products store it: Mattermost, Jakarta Security, Seafile, Jellyfin, Crypt::PBKDF2,
//! Jackrabbit Oak and others.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::build::{Read, uncut, whole};
use super::fields::{digest_named, fields, is_any_hex, is_hex};
use super::pbkdf2::pbkdf2;
use crate::password::primitives::Digest;
use crate::password::recipe::{Encoding, Recipe, Variable, encoding};
use crate::password::stored::hash::{StoredHash, Unverifiable};
use Unverifiable::Malformed;

/// Mattermost's `f=SHA256,w=600000,l=32$salt$key` (server/channels/app/password/hashers/pbkdf2.go),
/// behind `$pbkdf2$`.
pub(super) fn mattermost(rest: &str) -> Read {
    let [parameters, salt, key] = fields(rest, '$')?;
    let [digest, iterations, length] = fields(parameters, ',')?;
    let value = |pair: &'static str, of: &str| of.strip_prefix(pair).map(str::to_owned);
    let digest = digest_named(&value("f=", digest).ok_or(Malformed)?)?;
    let iterations = value("w=", iterations).ok_or(Malformed)?;
    let length: usize = value("l=", length).and_then(|it| it.parse().ok()).ok_or(Malformed)?;
    let salt = encoding::from_base64(salt).ok_or(Malformed)?;
    let key = (Encoding::Base64NoPad, key);
    whole(pbkdf2("mattermost_pbkdf2", digest, &iterations, salt, key)?, length)
}

/// Jakarta Security's `SHA256:2048:salt:key` in base64 (Pbkdf2PasswordHashImpl of Soteria), behind
/// `PBKDF2WithHmac`.
pub(super) fn jakarta(rest: &str) -> Read {
    let [name, iterations, salt, key] = fields(rest, ':')?;
    let salt = STANDARD.decode(salt).map_err(|_| Malformed)?;
    let key = (Encoding::Base64, key);
    uncut(pbkdf2("jakarta_pbkdf2", digest_named(name)?, iterations, salt, key)?)
}

/// Seafile's `10000$salt$key` in hexadecimal, behind `PBKDF2SHA256$`.
pub(super) fn seafile(rest: &str) -> Read {
    let [iterations, salt, key] = fields(rest, '$')?;
    let salt = encoding::from_hex(salt).ok_or(Malformed)?;
    let key = (Encoding::Hex, key);
    whole(pbkdf2("seafile_pbkdf2", Digest::Sha256, iterations, salt, key)?, 32)
}

/// Jellyfin's `-SHA512$iterations=210000$SALT$KEY` of 64 bytes and `$iterations=1000$…` of 32 with SHA-1, in
/// hexadecimal (CryptographyProvider.cs); `$HMACSHA512:210000:salt$key` of Jenkins in hexadecimal and of
/// Crypt::PBKDF2 in base64. All behind `$PBKDF2`.
pub(super) fn capitals(rest: &str) -> Read {
    let (name, rest) = rest.split_once('$').ok_or(Malformed)?;
    if let Some(rest) = rest.strip_prefix("iterations=") {
        let (digest, length) = match name {
            "" => (Digest::Sha1, 32),
            "-SHA512" => (Digest::Sha512, 64),
            _ => return Err(Malformed),
        };
        let [iterations, salt, key] = fields(rest, '$')?;
        let salt = encoding::from_hex(salt).ok_or(Malformed)?;
        let key = (Encoding::Hex, key);
        return whole(pbkdf2("jellyfin_pbkdf2", digest, iterations, salt, key)?, length);
    }
    let (head, key) = rest.split_once('$').ok_or(Malformed)?;
    let [name, iterations, salt] = fields(head, ':')?;
    perl_or_jenkins(name, iterations, salt, key)
}

/// Crypt::PBKDF2's `HMACSHA2+512:AAAD6A:salt:key`, the iterations as four bytes in base64, behind
/// `{X-PBKDF2}`.
pub(super) fn perl(rest: &str) -> Read {
    let [name, iterations, salt, key] = fields(rest, ':')?;
    let iterations = encoding::from_base64(iterations).ok_or(Malformed)?;
    let iterations = u32::from_be_bytes(iterations.try_into().map_err(|_| Malformed)?);
    perl_or_jenkins(name, &iterations.to_string(), salt, key)
}

fn perl_or_jenkins(name: &str, iterations: &str, salt: &str, key: &str) -> Read {
    // `HMACSHA2+512`, or `HMACSHA2{512}` behind `$PBKDF2$`.
    let name = name.strip_prefix("HMAC").ok_or(Malformed)?;
    let name = name.replace("SHA2+", "SHA").replace("SHA2{", "SHA");
    let digest = digest_named(name.trim_end_matches('}'))?;
    if is_hex(key, digest.length() * 2) && is_any_hex(salt) {
        let salt = encoding::from_hex(salt).ok_or(Malformed)?;
        return pbkdf2("jenkins_pbkdf2", digest, iterations, salt, (Encoding::Hex, key));
    }
    let salt = encoding::from_base64(salt).ok_or(Malformed)?;
    let key = (Encoding::Base64NoPad, key.trim_end_matches('='));
    whole(pbkdf2("crypt_pbkdf2", digest, iterations, salt, key)?, digest.length())
}

/// The second version of defuse.ca's classes, `sha1:64000:18:salt:key`: digest, iterations, length
/// of the key; none where the text is not of that form.
pub(super) fn defuse(text: &str) -> Option<Read> {
    let [name, iterations, length, salt, key] = fields(text, ':').ok()?;
    let digest = digest_named(name).ok()?;
    let length: usize = length.parse().ok()?;
    let read = || {
        let salt = STANDARD.decode(salt).map_err(|_| Malformed)?;
        whole(pbkdf2("defuse_pbkdf2", digest, iterations, salt, (Encoding::Base64, key))?, length)
    };
    Some(read())
}

/// Jackrabbit Oak's `salt-1000-hex` and `salt-hex` behind the digest's name in braces: the digest of
/// the digest over the salt's text and the password (PasswordUtil.java); with PBKDF2, 16 bytes, the
/// salt in hexadecimal. None where the text is not of that form.
pub(super) fn oak(name: &str, body: &str) -> Option<(&'static str, Read)> {
    let (salt, rest) = body.split_once('-').filter(|(salt, _)| is_any_hex(salt))?;
    if !name.starts_with("PBKDF2WithHmac") && digest_named(name).is_err() {
        return None;
    }
    let (iterations, key) = rest.split_once('-').unwrap_or(("1", rest));
    let scheme = if iterations == "1" { "oak_once" } else { "oak" };
    let read = || {
        if let Some(name) = name.strip_prefix("PBKDF2WithHmac") {
            let salt = encoding::from_hex(salt).ok_or(Malformed)?;
            let key = (Encoding::Hex, key);
            return whole(pbkdf2("oak", digest_named(name)?, iterations, salt, key)?, 16);
        }
        let digest = digest_named(name)?;
        let count = iterations.parse::<u32>().ok().and_then(|it| it.checked_sub(1));
        let salted = Recipe::Join(vec![Recipe::SALT, Recipe::PASSWORD]);
        let again = Recipe::Variable(Variable::Digest);
        let [first, step] =
            [salted, again].map(|of| Box::new(Recipe::Digest(digest, Box::new(of))));
        let recipe = match count.ok_or(Malformed)? {
            0 => *first,
            count => Recipe::Iterate { first, step, count },
        };
        let own = encoding::from_hex(key).filter(|own| own.len() == digest.length());
        let (salt, own) = (salt.as_bytes().to_vec(), own.ok_or(Malformed)?.into());
        Ok(StoredHash { scheme, recipe, salt, digest: own, encoding: Encoding::Hex })
    };
    Some((scheme, read()))
}
