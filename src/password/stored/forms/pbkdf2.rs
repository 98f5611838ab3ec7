//! The many ways of storing PBKDF2: digest, iterations, salt, key, in whatever order and letters.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};

use super::build::{Read, derived, uncut, whole};
use super::fields::{decimal, digest_named, fields, least};
use crate::password::primitives::{Digest, Kdf};
use crate::password::recipe::encoding::{self, ADAPTED};
use crate::password::recipe::{Change, Encoding, Recipe};
use crate::password::stored::hash::{StoredHash, Unverifiable};
use Unverifiable::Malformed;

/// A PBKDF2 hash of whatever length its key has.
pub(super) fn pbkdf2(
    scheme: &'static str,
    digest: Digest,
    iterations: &str,
    salt: Vec<u8>,
    key: (Encoding, &str),
) -> Read {
    let iterations = least(decimal(iterations)?, 1)?;
    derived(scheme, Kdf::Pbkdf2 { digest, iterations }, salt, key, digest.length())
}

/// The same from bytes, which are compared in hexadecimal where the database compares them.
pub(super) fn from_bytes(
    scheme: &'static str,
    digest: Digest,
    iterations: u32,
    salt: &[u8],
    key: &[u8],
) -> Read {
    let kdf = Kdf::Pbkdf2 { digest, iterations: least(iterations, 1)? };
    let mut hash = derived(scheme, kdf, salt.to_vec(), (Encoding::Hex, ""), key.len())?;
    hash.digest = key.to_vec().into();
    Ok(hash)
}

/// passlib's name for PBKDF2 over this digest.
pub(super) fn name_of(digest: Digest) -> Option<&'static str> {
    Some(match digest {
        Digest::Md5 => "pbkdf2_md5",
        Digest::Sha1 => "pbkdf2_sha1",
        Digest::Sha224 => "pbkdf2_sha224",
        Digest::Sha256 => "pbkdf2_sha256",
        Digest::Sha384 => "pbkdf2_sha384",
        Digest::Sha512 => "pbkdf2_sha512",
        _ => return None,
    })
}

/// `[-sha256]$1000$salt$key` in passlib's base64, `-sha256$i=1000,l=32$salt$key` in the PHC's.
pub(super) fn modular(rest: &str) -> Read {
    let [name, cost, salt, key] = fields(rest, '$')?;
    let digest = match name {
        "" => Digest::Sha1,
        name => digest_named(name.strip_prefix('-').ok_or(Malformed)?)?,
    };
    let scheme = name_of(digest).ok_or(Malformed)?;
    let Some(parameters) = cost.strip_prefix("i=") else {
        let salt = ADAPTED.decode(salt).map_err(|_| Malformed)?;
        let hash = pbkdf2(scheme, digest, cost, salt, (Encoding::AdaptedBase64, key))?;
        return whole(hash, digest.length());
    };
    let (iterations, length) = match parameters.split_once(",l=") {
        Some((iterations, length)) => (iterations, Some(decimal(length)?)),
        None => (parameters, None),
    };
    let salt = encoding::from_base64(salt).ok_or(Malformed)?;
    let hash = pbkdf2(scheme, digest, iterations, salt, (Encoding::Base64NoPad, key))?;
    match length {
        Some(length) => whole(hash, length as usize),
        None => whole(hash, digest.length()),
    }
}

/// Django's `iterations$salt$digest`: the salt is text, hashed as its bytes.
pub(super) fn django(scheme: &'static str, digest: Digest, rest: &str) -> Read {
    let [iterations, salt, encoded] = fields(rest, '$')?;
    let iterations = least(decimal(iterations)?, 1)?;
    if salt.is_empty() {
        return Err(Malformed);
    }
    let kdf = Kdf::Pbkdf2 { digest, iterations };
    let salt = salt.as_bytes().to_vec();
    let hash = derived(scheme, kdf, salt, (Encoding::Base64, encoded), digest.length())?;
    // A shorter output of PBKDF2 begins like a longer one, so a cut digest would still match.
    whole(hash, digest.length())
}

/// Werkzeug's `sha256:1000$salt$hex`: the salt is text.
pub(super) fn werkzeug(rest: &str) -> Read {
    let [method, salt, key] = fields(rest, '$')?;
    let (name, iterations) = method.split_once(':').ok_or(Malformed)?;
    let digest = digest_named(name)?;
    let salt = salt.as_bytes().to_vec();
    let hash = pbkdf2("werkzeug_pbkdf2", digest, iterations, salt, (Encoding::Hex, key))?;
    whole(hash, digest.length())
}

/// web2py's `1000,20,sha512)$salt$hex`.
pub(super) fn web2py(rest: &str) -> Read {
    let [parameters, salt, key] = fields(rest, '$')?;
    let [iterations, length, name] = fields(parameters.strip_suffix(')').ok_or(Malformed)?, ',')?;
    let salt = salt.as_bytes().to_vec();
    let digest = digest_named(name)?;
    let hash = pbkdf2("web2py_pbkdf2", digest, iterations, salt, (Encoding::Hex, key))?;
    whole(hash, decimal(length)? as usize)
}

/// MediaWiki's `sha512:30000:64:salt:key` in base64.
pub(super) fn mediawiki(rest: &str) -> Read {
    let [name, iterations, length, salt, key] = fields(rest, ':')?;
    let salt = STANDARD.decode(salt).map_err(|_| Malformed)?;
    let digest = digest_named(name)?;
    let hash = pbkdf2("mediawiki_pbkdf2", digest, iterations, salt, (Encoding::Base64, key))?;
    whole(hash, decimal(length)? as usize)
}

/// GRUB's `sha512.10000.SALT.KEY` in hexadecimal.
pub(super) fn grub(rest: &str) -> Read {
    let [iterations, salt, key] = fields(rest, '.')?;
    let salt = encoding::from_hex(salt).ok_or(Malformed)?;
    let key = (Encoding::UpperHex, key);
    whole(pbkdf2("grub_pbkdf2_sha512", Digest::Sha512, iterations, salt, key)?, 64)
}

/// hashcat's `1000:salt:key` in base64, behind the digest's name and a colon.
pub(super) fn hashcat(digest: Digest, rest: &str) -> Read {
    let [iterations, salt, key] = fields(rest, ':')?;
    let salt = STANDARD.decode(salt).map_err(|_| Malformed)?;
    uncut(pbkdf2("hashcat_pbkdf2", digest, iterations, salt, (Encoding::Base64, key))?)
}

/// The same with the salt's text as the salt, as the PHP class of crackstation.net takes it.
pub(super) fn crackstation(digest: Digest, rest: &str) -> Read {
    let [iterations, salt, key] = fields(rest, ':')?;
    let (salt, key) = (salt.as_bytes().to_vec(), (Encoding::Base64, key));
    uncut(pbkdf2("crackstation_pbkdf2", digest, iterations, salt, key)?)
}

/// `$p5k2$`, with iterations in hexadecimal. Cryptacular pads its base64; Dwayne Litzenberger's
/// does not, and takes the whole text before the key for the salt.
pub(super) fn p5k2(rest: &str) -> Read {
    let [rounds, salt, key] = fields(rest, '$')?;
    let iterations = match rounds {
        "" => 400,
        rounds => u32::from_str_radix(rounds, 16).map_err(|_| Malformed)?,
    };
    let kdf = Kdf::Pbkdf2 { digest: Digest::Sha1, iterations: least(iterations, 1)? };
    if key.ends_with('=') || salt.ends_with('=') {
        let salt = URL_SAFE.decode(salt).map_err(|_| Malformed)?;
        return whole(derived("cta_pbkdf2_sha1", kdf, salt, (Encoding::Base64Url, key), 20)?, 20);
    }
    let salt = format!("$p5k2${rounds}${salt}").into_bytes();
    whole(derived("dlitz_pbkdf2_sha1", kdf, salt, (Encoding::AdaptedBase64, key), 24)?, 24)
}

/// passlib's `$scram$`: iterations, salt, and the salted password under one or more digests, of
/// which the longest is compared. Made after SASLprep.
pub(super) fn scram(rest: &str) -> Read {
    let [iterations, salt, keys] = fields(rest, '$')?;
    let salt = ADAPTED.decode(salt).map_err(|_| Malformed)?;
    let mut best: Option<StoredHash> = None;
    for key in keys.split(',') {
        let (name, key) = key.split_once('=').ok_or(Malformed)?;
        let digest = digest_named(name)?;
        let key = (Encoding::AdaptedBase64, key);
        // A shorter one that is broken says that the row was damaged.
        let hash = whole(pbkdf2("scram", digest, iterations, salt.clone(), key)?, digest.length())?;
        let longer = best.as_ref().is_none_or(|best| hash.digest.len() > best.digest.len());
        if name_of(digest).is_some() && longer {
            best = Some(hash);
        }
    }
    let mut hash = best.ok_or(Malformed)?;
    hash.recipe.over(&Recipe::PASSWORD.then(Change::Saslprep));
    Ok(hash)
}

/// A SCRAM verifier (RFC 5802 section 3): the digest of an HMAC under the salted password.
pub(super) fn scram_verifier(
    scheme: &'static str,
    digest: Digest,
    [iterations, salt, stored_key]: [&str; 3],
) -> Read {
    let salt = STANDARD.decode(salt).map_err(|_| Malformed)?;
    let key = (Encoding::Base64, stored_key);
    let mut hash = whole(pbkdf2(scheme, digest, iterations, salt, key)?, digest.length())?;
    let message = Box::new(Recipe::Constant(b"Client Key".as_slice().into()));
    let key = Box::new(hash.recipe);
    hash.recipe = Recipe::Digest(digest, Box::new(Recipe::Hmac { digest, key, message }));
    Ok(hash)
}

/// ASP.NET Identity: a byte of version, then the salt and key of version 0, or of version 1 the
/// function, iterations and the salt's length as big-endian numbers before them.
pub(super) fn aspnet_identity(text: &str) -> Option<Read> {
    let bytes = STANDARD.decode(text).ok()?;
    Some(match bytes.split_first()? {
        (0, rest) if rest.len() == 48 => {
            let (salt, key) = rest.split_at_checked(16)?;
            from_bytes("aspnet_identity_v2", Digest::Sha1, 1000, salt, key)
        }
        (1, rest) => {
            let (numbers, rest) = rest.split_at_checked(12)?;
            let number =
                |at: usize| Some(u32::from_be_bytes(numbers.get(at..at + 4)?.try_into().ok()?));
            let digest = match number(0)? {
                0 => Digest::Sha1,
                1 => Digest::Sha256,
                2 => Digest::Sha512,
                _ => return None,
            };
            let (salt, key) = rest.split_at_checked(number(8)? as usize)?;
            let iterations = number(4)?;
            // .NET takes a key that was cut to 16 bytes. With its own salt it makes 32, whatever the
            // iterations; only its tests have single ones.
            let own = salt.len() == 16 && iterations >= 100;
            let whole = if own { key.len() == 32 } else { key.len().is_multiple_of(16) };
            if salt.len() < 16 || key.len() < 16 || !whole {
                return Some(Err(Malformed));
            }
            from_bytes("aspnet_identity_v3", digest, iterations, salt, key)
        }
        _ => return None,
    })
}
