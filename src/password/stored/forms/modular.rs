//! bcrypt in the modular crypt form, argon2 in the PHC string form: what most others carry.

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use super::build::{Read, derived, whole};
use super::fields::{decimal, least, pairs};
use crate::password::primitives::{Argon2Kind, BcryptVariant, Kdf};
use crate::password::recipe::{Encoding, Recipe, Variable};
use crate::password::stored::hash::{StoredHash, Unverifiable};

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
    let kind = Argon2Kind::named(kind).ok_or(Unverifiable::UnknownScheme)?;
    let version = match version {
        "v=16" => 0x10,
        "v=19" => 0x13,
        _ => return Err(Unverifiable::Malformed),
    };
    let is_further = |pair: &str| pair.starts_with("data=") || pair.starts_with("keyid=");
    if parameters.split(',').any(is_further) {
        return Err(Unverifiable::Unsupported);
    }
    let [memory_kib, passes, lanes] = pairs(parameters, ["m", "t", "p"])?;
    let (passes, lanes) = (least(passes, 1)?, least(lanes, 1)?);
    // RFC 9106 section 3.1 wants 8 KiB a lane; more lanes than any cap allows are left to the caps.
    let memory_kib = least(memory_kib, 8 * lanes.min(256))?;
    let salt = STANDARD_NO_PAD.decode(unpadded(salt)).map_err(|_| Unverifiable::Malformed)?;
    let digest = unpadded(digest);
    if !(8..=64).contains(&salt.len()) {
        return Err(Unverifiable::Malformed);
    }
    let kdf = Kdf::Argon2 { kind, version, memory_kib, passes, lanes, keyed: false };
    let hash = derived("argon2", kdf, salt, (Encoding::Base64NoPad, digest), 32)?;
    if hash.digest.len() > 64 { Err(Unverifiable::Malformed) } else { Ok(hash) }
}

/// Without base64's padding, which the PHC's strings leave out and some software writes.
fn unpadded(text: &str) -> &str {
    let short = text.trim_end_matches('=');
    if short.len().next_multiple_of(4) == text.len() { short } else { text }
}

/// The same with an application's secret, which the text does not show: the pepper.
pub(super) fn keyed(mut hash: StoredHash) -> Read {
    let length = u8::try_from(hash.salt.len()).map_err(|_| Unverifiable::Malformed)?;
    let Recipe::Derive { kdf: Kdf::Argon2 { keyed, .. }, salt, .. } = &mut hash.recipe else {
        return Err(Unverifiable::SchemeMismatch);
    };
    *keyed = true;
    let length = Recipe::Constant(vec![length].into());
    **salt = Recipe::Join(vec![length, Recipe::SALT, Recipe::Variable(Variable::Pepper)]);
    Ok(hash.named("argon2_secret"))
}

/// bcrypt with a cost, a salt in bcrypt's base64 and the digest behind it.
pub(super) fn bcrypt_parts(cost: &str, salt: Vec<u8>, digest: &str) -> Read {
    let cost = least(decimal(cost)?, 4)?;
    let kdf = Kdf::Bcrypt { variant: BcryptVariant::Correct, cost };
    if salt.len() != 16 {
        return Err(Unverifiable::Malformed);
    }
    whole(derived("bcrypt", kdf, salt, (Encoding::BcryptBase64, digest), 23)?, 23)
}
