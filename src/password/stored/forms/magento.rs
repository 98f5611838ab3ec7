//! Magento 2's hashes, with the steps that upgrades put on top of one another.

use zeroize::Zeroizing;

use super::build::{Read, Told};
use super::fields::{decimal, fields, least};
use crate::password::primitives::{Argon2Kind, Digest, Kdf};
use crate::password::recipe::{Change, Encoding, Recipe, encoding};
use crate::password::stored::hash::{StoredHash, Unverifiable};
use Unverifiable::Malformed;

/// Magento 2: `hex:salt:version`, with one version for each step that an upgrade put on top. The
/// steps are MD5 (0), SHA-256 (1) and argon2id (2; 3 tells its parameters), the salt before what
/// is hashed, and hexadecimal between them.
pub(super) fn read(hex: &str, salt: &str, versions: &str) -> Option<Told> {
    let known = |version: &str| matches!(version, "0" | "1" | "2") || version.starts_with("3_");
    let steps: Vec<&str> = versions.split(':').collect();
    if steps.len() > 4 || !steps.iter().copied().all(known) {
        return None;
    }
    let slow = steps.iter().any(|step| !matches!(*step, "0" | "1"));
    let scheme = if slow { "magento2_argon2id13" } else { "magento2_sha256" };
    Some((scheme, steps_of(scheme, &steps, hex, salt)))
}

fn steps_of(scheme: &'static str, steps: &[&str], hex: &str, salt: &str) -> Read {
    let mut recipe = Recipe::PASSWORD;
    for (place, step) in steps.iter().enumerate() {
        if place > 0 {
            recipe = recipe.then(Change::Hex);
        }
        let salted = |of| Box::new(Recipe::Join(vec![Recipe::SALT, of]));
        recipe = match *step {
            "0" => Recipe::Digest(Digest::Md5, salted(recipe)),
            "1" => Recipe::Digest(Digest::Sha256, salted(recipe)),
            "2" => libsodium_argon2(recipe, ["32", "2", "67108864"])?,
            parameters => {
                libsodium_argon2(recipe, fields(parameters.get(2..).ok_or(Malformed)?, '_')?)?
            }
        };
    }
    let length = match &recipe {
        Recipe::Derive { length, .. } => *length,
        Recipe::Digest(digest, _) => digest.length(),
        _ => return Err(Malformed),
    };
    let digest = encoding::from_hex(hex).filter(|digest| digest.len() == length);
    let digest = Zeroizing::new(digest.ok_or(Malformed)?);
    let salt = salt.as_bytes().to_vec();
    Ok(StoredHash { scheme, recipe, salt, digest, encoding: Encoding::Hex })
}

/// libsodium's `crypto_pwhash`: length, passes and bytes of memory; the first 16 bytes of the salt.
fn libsodium_argon2(of: Recipe, parameters: [&str; 3]) -> Result<Recipe, Unverifiable> {
    let [length, passes, bytes] = parameters;
    let memory_kib = least(decimal(bytes)? / 1024, 8)?;
    let passes = least(decimal(passes)?, 1)?;
    let kdf = Kdf::Argon2 {
        kind: Argon2Kind::Id,
        version: 0x13,
        memory_kib,
        passes,
        lanes: 1,
        keyed: false,
    };
    let length = decimal(length)? as usize;
    if !(16..=64).contains(&length) {
        return Err(Malformed);
    }
    let salt = Box::new(Recipe::SALT.then(Change::Repeat(16)));
    Ok(Recipe::Derive { kdf, password: Box::new(of), salt, length })
}
