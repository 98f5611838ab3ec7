//! The many ways of storing scrypt: N, r, p, salt and key, in whatever order and letters.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::build::{Read, derived, uncut, whole};
use super::fields::{decimal, fields, least, pairs};
use crate::password::primitives::{Digest, Kdf};
use crate::password::recipe::{Change, Encoding, Recipe, encoding, log2};
use crate::password::stored::hash::{StoredHash, Unverifiable};
use Unverifiable::Malformed;

fn scrypt(
    scheme: &'static str,
    [n, r, p]: [&str; 3],
    salt: Vec<u8>,
    key: (Encoding, &str),
) -> Read {
    let (r, p) = (least(decimal(r)?, 1)?, least(decimal(p)?, 1)?);
    let log_n = log2(least(decimal(n)?, 2)?).ok_or(Malformed)?;
    derived(scheme, Kdf::Scrypt { log_n, r, p }, salt, key, 64)
}

/// Django's `N$salt$r$p$key`: the salt is text.
pub(super) fn django(rest: &str) -> Read {
    let [n, salt, r, p, key] = fields(rest, '$')?;
    let salt = salt.as_bytes().to_vec();
    whole(scrypt("django_scrypt", [n, r, p], salt, (Encoding::Base64, key))?, 64)
}

/// Werkzeug's `N:r:p$salt$hex`: the salt is text.
pub(super) fn werkzeug(rest: &str) -> Read {
    let [method, salt, key] = fields(rest, '$')?;
    let salt = salt.as_bytes().to_vec();
    whole(scrypt("werkzeug_scrypt", fields(method, ':')?, salt, (Encoding::Hex, key))?, 64)
}

/// hashcat's `N:r:p:salt:key` in base64.
pub(super) fn hashcat(rest: &str) -> Read {
    let [n, r, p, salt, key] = fields(rest, ':')?;
    let salt = STANDARD.decode(salt).map_err(|_| Malformed)?;
    uncut(scrypt("hashcat_scrypt", [n, r, p], salt, (Encoding::Base64, key))?)
}

/// better-auth, Lucia, oslo: the salt's hexadecimal text is the salt; the password is in NFKC.
pub(super) fn better_auth(salt: &str, key: &str) -> Read {
    let kdf = Kdf::Scrypt { log_n: 14, r: 16, p: 1 };
    let salt = salt.as_bytes().to_vec();
    let mut hash = whole(derived("better_auth", kdf, salt, (Encoding::Hex, key), 64)?, 64)?;
    hash.recipe.over(&Recipe::PASSWORD.then(Change::Nfkc));
    Ok(hash)
}

/// Lucia's `salt:key` of its second version.
pub(super) fn lucia(rest: &str) -> Read {
    let [salt, key] = fields(rest, ':')?;
    better_auth(salt, key)
}

/// `ln=16,r=8,p=1$salt$key`, or with N itself, as `n=` or, in Ory's files, as `ln=`.
pub(super) fn phc(rest: &str) -> Read {
    let [parameters, salt, key] = fields(rest, '$')?;
    let ([n, r, p], is_log) = match pairs(parameters, ["ln", "r", "p"]) {
        Ok(found) => (found, true),
        Err(_) => (pairs(parameters, ["n", "r", "p"])?, false),
    };
    let log_n = match u8::try_from(n) {
        Ok(log_n) if is_log && log_n < 64 => log_n,
        _ => log2(n).ok_or(Unverifiable::OverCap)?,
    };
    let (r, p) = (least(r, 1)?, least(p, 1)?);
    let salt = encoding::from_base64(salt).ok_or(Malformed)?;
    let kdf =
        Kdf::Scrypt { log_n: u8::try_from(least(log_n.into(), 1)?).map_err(|_| Malformed)?, r, p };
    uncut(derived("scrypt", kdf, salt, (Encoding::Base64NoPad, key), 32)?)
}

/// SCryptUtil's `e0801$salt$key` of 32 bytes and libscrypt's `0e0801$salt$key` of 64, behind `$s0$` and
/// `$s1$`: the logarithm of N, r and p in hexadecimal.
pub(super) fn packed(scheme: &'static str, length: usize, rest: &str) -> Read {
    let [parameters, salt, key] = fields(rest, '$')?;
    let packed = u32::from_str_radix(parameters, 16).map_err(|_| Malformed)?;
    let [high, log_n, r, p] = packed.to_be_bytes();
    if high != 0 || !(1..64).contains(&log_n) || r == 0 || p == 0 {
        return Err(Malformed);
    }
    let salt = STANDARD.decode(salt).map_err(|_| Malformed)?;
    let kdf = Kdf::Scrypt { log_n, r: r.into(), p: p.into() };
    whole(derived(scheme, kdf, salt, (Encoding::Base64, key), length)?, length)
}

/// Scrypt.NET's `N$r$p$salt$key` of 32 bytes, behind `$s2$`.
pub(super) fn net(rest: &str) -> Read {
    let [n, r, p, salt, key] = fields(rest, '$')?;
    let salt = STANDARD.decode(salt).map_err(|_| Malformed)?;
    whole(scrypt("scrypt_net", [n, r, p], salt, (Encoding::Base64, key))?, 32)
}

/// The scrypt gem's `400$8$1b$salt$key`, all in hexadecimal, as Authlogic stores it: the salt without
/// NULs at its start. With 40 digits of salt, SHA-1 over 256 bytes whose salt is the text before.
pub(super) fn ruby(text: &str) -> Read {
    let [n, r, p, own, key] = fields(text, '$')?;
    let number = |text: &str| u32::from_str_radix(text, 16).map_err(|_| Malformed);
    let (r, p) = (least(number(r)?, 1)?, least(number(p)?, 1)?);
    let log_n = log2(least(number(n)?, 2)?).ok_or(Malformed)?;
    let kdf = Kdf::Scrypt { log_n, r, p };
    if own.len() == 40 {
        let salt = text.as_bytes().get(..text.len() - key.len() - 1).ok_or(Malformed)?.to_vec();
        let recipe = Recipe::Digest(Digest::Sha1, Box::new(Recipe::derived(kdf, 256)));
        let digest = encoding::from_hex(key).filter(|key| key.len() == 20).ok_or(Malformed)?;
        let (digest, scheme) = (digest.into(), "authlogic_scrypt");
        return Ok(StoredHash { scheme, recipe, salt, digest, encoding: Encoding::Hex });
    }
    let mut salt = encoding::from_hex(own).filter(|salt| salt.len() <= 32).ok_or(Malformed)?;
    let nuls = salt.iter().take_while(|byte| **byte == 0).count();
    salt.drain(..nuls);
    uncut(derived("authlogic_scrypt", kdf, salt, (Encoding::Hex, key), 32)?)
}
