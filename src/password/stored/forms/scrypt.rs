//! The many ways of storing scrypt: N, r, p, salt and key, in whatever order and letters.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::build::{Read, derived, whole};
use super::fields::{decimal, fields, least, pairs};
use crate::password::primitives::Kdf;
use crate::password::recipe::{Change, Encoding, Recipe, encoding, log2};
use crate::password::stored::hash::Unverifiable;
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
    scrypt("hashcat_scrypt", [n, r, p], salt, (Encoding::Base64, key))
}

/// better-auth, Lucia, oslo: the salt's hexadecimal text is the salt; the password is in NFKC.
pub(super) fn better_auth(salt: &str, key: &str) -> Read {
    let kdf = Kdf::Scrypt { log_n: 14, r: 16, p: 1 };
    let salt = salt.as_bytes().to_vec();
    let mut hash = derived("better_auth", kdf, salt, (Encoding::Hex, key), 64)?;
    hash.recipe.over(&Recipe::PASSWORD.then(Change::Nfkc));
    Ok(hash)
}

/// Lucia's `salt:key` of its second version.
pub(super) fn lucia(rest: &str) -> Read {
    let [salt, key] = fields(rest, ':')?;
    whole(better_auth(salt, key)?, 64)
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
    derived("scrypt", kdf, salt, (Encoding::Base64NoPad, key), 32)
}
