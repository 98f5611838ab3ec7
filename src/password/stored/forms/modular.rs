//! The modular crypt and PHC string forms: bcrypt, argon2, scrypt, PBKDF2.

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use zeroize::Zeroizing;

use crate::password::primitives::{Argon2Kind, BcryptVariant, Digest, Kdf};
use crate::password::recipe::{Encoding, Recipe};
use crate::password::stored::{StoredHash, Unverifiable};

pub(in crate::password::stored) type Read = Result<StoredHash, Unverifiable>;

/// A digest below 16 bytes can be met by chance; no scheme of variable length makes more than 1024.
const DIGEST_BYTES: std::ops::RangeInclusive<usize> = 16..=1024;

/// A hash by one key derivation over password and salt as they are. An empty `digest` is one that
/// the database keeps, where `usual` bytes are derived.
pub(super) fn derived(
    scheme: &'static str,
    kdf: Kdf,
    salt: Vec<u8>,
    (encoding, digest): (Encoding, &str),
    usual: usize,
) -> Read {
    let digest = Zeroizing::new(encoding.read(digest).ok_or(Unverifiable::Malformed)?);
    let length = if digest.is_empty() { usual } else { digest.len() };
    if !DIGEST_BYTES.contains(&length) {
        return Err(Unverifiable::Malformed);
    }
    Ok(StoredHash { scheme, recipe: Recipe::derived(kdf, length), salt, digest, encoding })
}

/// `$2b$10$` + 22 characters of salt + 31 of digest; the text begins behind `$2`.
pub(super) fn bcrypt(rest: &str) -> Read {
    let (variant, rest) = match rest.split_once('$').ok_or(Unverifiable::Malformed)? {
        ("a" | "b" | "y", rest) => (BcryptVariant::Correct, rest),
        ("x", rest) => (BcryptVariant::SignExtended, rest),
        _ => return Err(Unverifiable::UnknownScheme),
    };
    let (cost, encoded) = rest.split_once('$').ok_or(Unverifiable::Malformed)?;
    let (salt, digest) = encoded.split_at_checked(22).ok_or(Unverifiable::Malformed)?;
    if cost.len() != 2 || !matches!(digest.len(), 0 | 31) {
        return Err(Unverifiable::Malformed);
    }
    let cost = least(decimal(cost)?, 4)?;
    let salt = Encoding::BcryptBase64.read(salt).ok_or(Unverifiable::Malformed)?;
    derived("bcrypt", Kdf::Bcrypt { variant, cost }, salt, (Encoding::BcryptBase64, digest), 23)
}

/// The PHC form: `id$v=19$m=65536,t=3,p=4$salt$digest`, parameters in any order, `v` optional.
pub(super) fn argon2(rest: &str) -> Read {
    let fields: Vec<&str> = rest.split('$').collect();
    let (kind, version, parameters, salt, digest) = match fields[..] {
        [kind, version, parameters, salt, digest] => (kind, version, parameters, salt, digest),
        [kind, parameters, salt, digest] => (kind, "v=16", parameters, salt, digest),
        _ => return Err(Unverifiable::Malformed),
    };
    let kind = match kind {
        "d" => Argon2Kind::D,
        "i" => Argon2Kind::I,
        "id" => Argon2Kind::Id,
        _ => return Err(Unverifiable::UnknownScheme),
    };
    let version = match version {
        "v=16" => 0x10,
        "v=19" => 0x13,
        _ => return Err(Unverifiable::Malformed),
    };
    let [memory_kib, passes, lanes] = pairs(parameters, ["m", "t", "p"])?;
    let (passes, lanes) = (least(passes, 1)?, least(lanes, 1)?);
    // RFC 9106 section 3.1 wants 8 KiB a lane; more lanes than any cap allows are left to the caps.
    let memory_kib = least(memory_kib, 8 * lanes.min(256))?;
    let salt = STANDARD_NO_PAD.decode(salt).map_err(|_| Unverifiable::Malformed)?;
    if !(8..=64).contains(&salt.len()) {
        return Err(Unverifiable::Malformed);
    }
    let kdf = Kdf::Argon2 { kind, version, memory_kib, passes, lanes };
    let hash = derived("argon2", kdf, salt, (Encoding::Base64NoPad, digest), 32)?;
    if hash.digest.len() > 64 { Err(Unverifiable::Malformed) } else { Ok(hash) }
}

/// Django's `iterations$salt$digest`: the salt is text, hashed as its bytes.
pub(super) fn django_pbkdf2(scheme: &'static str, digest: Digest, rest: &str) -> Read {
    let [iterations, salt, encoded] = fields(rest, '$')?;
    let iterations = least(decimal(iterations)?, 1)?;
    if salt.is_empty() {
        return Err(Unverifiable::Malformed);
    }
    let kdf = Kdf::Pbkdf2 { digest, iterations };
    let salt = salt.as_bytes().to_vec();
    let hash = derived(scheme, kdf, salt, (Encoding::Base64, encoded), digest.length())?;
    // A shorter output of PBKDF2 begins like a longer one, so a cut digest would still match.
    whole(hash, digest.length())
}

/// The hash, if its digest has just this length.
pub(super) fn whole(hash: StoredHash, length: usize) -> Read {
    if hash.digest.is_empty() || hash.digest.len() == length {
        Ok(hash)
    } else {
        Err(Unverifiable::Malformed)
    }
}

/// Exactly so many fields.
pub(super) fn fields<const N: usize>(
    text: &str,
    separator: char,
) -> Result<[&str; N], Unverifiable> {
    let mut parts = text.split(separator);
    let mut fields = [""; N];
    for field in &mut fields {
        *field = parts.next().ok_or(Unverifiable::Malformed)?;
    }
    if parts.next().is_some() { Err(Unverifiable::Malformed) } else { Ok(fields) }
}

/// `m=65536,t=3,p=4`: each name once, in any order.
pub(super) fn pairs<const N: usize>(
    text: &str,
    names: [&str; N],
) -> Result<[u32; N], Unverifiable> {
    let mut found = [None; N];
    for pair in text.split(',') {
        let (name, value) = pair.split_once('=').ok_or(Unverifiable::Malformed)?;
        let place = names.iter().position(|known| *known == name);
        let slot = place.and_then(|place| found.get_mut(place)).ok_or(Unverifiable::Malformed)?;
        if slot.replace(decimal(value)?).is_some() {
            return Err(Unverifiable::Malformed);
        }
    }
    let mut values = [0; N];
    for (value, found) in values.iter_mut().zip(found) {
        *value = found.ok_or(Unverifiable::Malformed)?;
    }
    Ok(values)
}

/// A decimal without sign or leading zero (bcrypt's two digits aside). Too large is over the cap.
pub(super) fn decimal(text: &str) -> Result<u32, Unverifiable> {
    if text.is_empty()
        || !text.bytes().all(|byte| byte.is_ascii_digit())
        || (text.len() > 2 && text.starts_with('0'))
    {
        return Err(Unverifiable::Malformed);
    }
    text.parse().map_err(|_| Unverifiable::OverCap)
}

/// The value, if it is no less.
pub(super) fn least(value: u32, least: u32) -> Result<u32, Unverifiable> {
    if value < least { Err(Unverifiable::Malformed) } else { Ok(value) }
}
