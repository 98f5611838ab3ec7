//! Web frameworks' own forms that are neither LDAP's braces nor plain PBKDF2.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use zeroize::Zeroizing;

use super::bcrypt::BcryptVariant;
use super::braces::{Told, plain_digest};
use super::crypt_kdf::Crypt;
use super::digest::Digest;
use super::encoding::{self, Encoding};
use super::kdf::{Argon2Kind, Kdf};
use super::modular::{self, Read, decimal, derived, fields, least, pairs, whole};
use super::recipe::{Change, Recipe, Variable};
use super::settings::log2;
use super::stored::{StoredHash, Unverifiable};
use super::{crypt_forms, grammar};
use Unverifiable::Malformed;

/// The hash, made from what the recipe makes of the password.
fn over(mut hash: StoredHash, recipe: &'static str) -> Read {
    hash.recipe.over(&grammar::inner(recipe).ok_or(Malformed)?);
    Ok(hash)
}

/// WordPress 6.8: bcrypt over an HMAC, because bcrypt stops at 72 bytes and at NUL. The text begins
/// behind `$wp$2`; the password is trimmed, as `wp_authenticate` does.
pub(super) fn wordpress(rest: &str) -> Read {
    let hash = modular::bcrypt(rest)?.named("wordpress_bcrypt");
    over(hash, "base64(hmac_sha384(key='wp-sha384', trim($pass)))")
}

/// Drupal's hashes over the MD5 of Drupal 6: `U$S$…`, `U$P$…`.
pub(super) fn drupal_upgraded(rest: &str) -> Read {
    let hash = if let Some(rest) = rest.strip_prefix("S$") {
        crypt_forms::phpass("drupal7", |log2_rounds| Crypt::Drupal7 { log2_rounds }, 43, rest)?
    } else {
        let rest = rest.strip_prefix("P$").or(rest.strip_prefix("H$")).ok_or(Malformed)?;
        crypt_forms::phpass("drupal7", |log2_rounds| Crypt::Phpass { log2_rounds }, 22, rest)?
    };
    over(hash, "md5($pass)")
}

/// passlib's `v=2,t=2b,r=12$salt$digest` (HMAC with the salt's text as the key), and version 1,
/// `2a,12$salt$digest` (SHA-256 alone).
pub(super) fn bcrypt_sha256(rest: &str) -> Read {
    let [parameters, salt, digest] = fields(rest, '$')?;
    let (kind, cost, recipe) = if let Some(rest) = parameters.strip_prefix("v=2,t=2") {
        let (kind, cost) = rest.split_once(",r=").ok_or(Malformed)?;
        (kind, cost, "base64(hmac_sha256(key=$salt, $pass))")
    } else {
        let rest = parameters.strip_prefix('2').ok_or(Malformed)?;
        let (kind, cost) = rest.split_once(',').ok_or(Malformed)?;
        (kind, cost, "base64(sha256_bin($pass))")
    };
    let text = format!("{kind}${cost:0>2}${salt}{digest}");
    let mut hash = over(modular::bcrypt(&text)?.named("bcrypt_sha256"), recipe)?;
    // The key of the HMAC is the salt as it is written, bcrypt's salt is what that stands for.
    if let Recipe::Derive { password, .. } = &mut hash.recipe
        && let Recipe::Change(_, hmac) = password.as_mut()
        && let Recipe::Hmac { key, .. } = hmac.as_mut()
    {
        **key = Recipe::Constant(salt.as_bytes().to_vec().into());
    }
    Ok(hash)
}

pub(super) fn django_bcrypt_sha256(rest: &str) -> Read {
    over(modular::bcrypt(rest)?.named("django_bcrypt_sha256"), "sha256($pass)")
}

/// `salt$digest`, the digest with the salt before it again; very old ones have an empty salt.
pub(super) fn django_des_crypt(rest: &str) -> Read {
    let [salt, digest] = fields(rest, '$')?;
    if !salt.is_empty() && !digest.starts_with(salt.get(..2).ok_or(Malformed)?) {
        return Err(Malformed);
    }
    crypt_forms::des("django_des_crypt", Crypt::Des, digest)
}

/// AdonisJS: bcrypt with the PHC's base64.
pub(super) fn adonis_bcrypt(rest: &str) -> Read {
    let [cost, salt, digest] = fields(rest, '$')?;
    let salt = STANDARD_NO_PAD.decode(salt).ok().filter(|salt| salt.len() == 16);
    let cost = least(decimal(cost)?, 4)?;
    let kdf = Kdf::Bcrypt { variant: BcryptVariant::Correct, cost };
    let key = (Encoding::Base64NoPad, digest);
    whole(derived("adonis_bcrypt", kdf, salt.ok_or(Malformed)?, key, 23)?, 23)
}

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
pub(super) fn django_scrypt(rest: &str) -> Read {
    let [n, salt, r, p, key] = fields(rest, '$')?;
    let salt = salt.as_bytes().to_vec();
    whole(scrypt("django_scrypt", [n, r, p], salt, (Encoding::Base64, key))?, 64)
}

/// Werkzeug's `N:r:p$salt$hex`: the salt is text.
pub(super) fn werkzeug_scrypt(rest: &str) -> Read {
    let [method, salt, key] = fields(rest, '$')?;
    let salt = salt.as_bytes().to_vec();
    whole(scrypt("werkzeug_scrypt", fields(method, ':')?, salt, (Encoding::Hex, key))?, 64)
}

/// hashcat's `N:r:p:salt:key` in base64.
pub(super) fn hashcat_scrypt(rest: &str) -> Read {
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

/// Werkzeug before 2.3: `salt$hex`, HMAC with the salt as the key.
pub(super) fn werkzeug_hmac(scheme: &'static str, digest: Digest, rest: &str) -> Read {
    let [salt, written] = fields(rest, '$')?;
    if salt.is_empty() {
        return Err(Malformed);
    }
    let mut hash =
        plain_digest(scheme, digest, Recipe::PASSWORD, salt.as_bytes().to_vec(), written)?;
    let (key, message) = (Box::new(Recipe::SALT), Box::new(Recipe::PASSWORD));
    hash.recipe = Recipe::Hmac { digest, key, message };
    Ok(hash)
}

/// Django before 1.4: `salt$hex`.
pub(super) fn django_digest(scheme: &'static str, digest: Digest, rest: &str) -> Read {
    let [salt, written] = fields(rest, '$')?;
    let of = Recipe::Join(vec![Recipe::SALT, Recipe::PASSWORD]);
    plain_digest(scheme, digest, of, salt.as_bytes().to_vec(), written)
}

/// Shiro's `SHA-256$iterations$salt$digest`: the salt before the password, then the digest of the
/// digest.
pub(super) fn shiro(rest: &str) -> Read {
    let [name, iterations, salt, written] = fields(rest, '$')?;
    let digest = Digest::named(&name.to_ascii_lowercase().replace('-', "_")).ok_or(Malformed)?;
    let salt = STANDARD.decode(salt).map_err(|_| Malformed)?;
    let of = Recipe::Join(vec![Recipe::SALT, Recipe::PASSWORD]);
    let mut hash = plain_digest("shiro1", digest, of, salt, written)?;
    let step = Recipe::Digest(digest, Box::new(Recipe::Variable(Variable::Digest)));
    let count = least(decimal(iterations)?, 1)? - 1;
    hash.recipe = Recipe::Iterate { first: Box::new(hash.recipe), step: Box::new(step), count };
    Ok(hash)
}

/// Magento 2: `hex:salt:version`, with one version for each step that an upgrade put on top. The
/// steps are MD5 (0), SHA-256 (1) and argon2id (2; 3 tells its parameters), the salt before what
/// is hashed, and hexadecimal between them.
pub(super) fn magento(hex: &str, salt: &str, versions: &str) -> Option<Told> {
    let known = |version: &str| matches!(version, "0" | "1" | "2") || version.starts_with("3_");
    let steps: Vec<&str> = versions.split(':').collect();
    if steps.len() > 4 || !steps.iter().copied().all(known) {
        return None;
    }
    let slow = steps.iter().any(|step| !matches!(*step, "0" | "1"));
    let scheme = if slow { "magento2_argon2id13" } else { "magento2_sha256" };
    Some((scheme, magento_steps(scheme, &steps, hex, salt)))
}

fn magento_steps(scheme: &'static str, steps: &[&str], hex: &str, salt: &str) -> Read {
    let mut recipe = Recipe::PASSWORD;
    for (place, step) in steps.iter().enumerate() {
        if place > 0 {
            recipe = recipe.then(Change::Hex);
        }
        let salted = |of| Box::new(Recipe::Join(vec![Recipe::SALT, of]));
        recipe = match *step {
            "0" => Recipe::Digest(Digest::Md5, salted(recipe)),
            "1" => Recipe::Digest(Digest::Sha256, salted(recipe)),
            "2" => magento_argon2(recipe, ["32", "2", "67108864"])?,
            parameters => {
                magento_argon2(recipe, fields(parameters.get(2..).ok_or(Malformed)?, '_')?)?
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
fn magento_argon2(of: Recipe, parameters: [&str; 3]) -> Result<Recipe, Unverifiable> {
    let [length, passes, bytes] = parameters;
    let memory_kib = least(decimal(bytes)? / 1024, 8)?;
    let passes = least(decimal(passes)?, 1)?;
    let kdf = Kdf::Argon2 { kind: Argon2Kind::Id, version: 0x13, memory_kib, passes, lanes: 1 };
    let length = decimal(length)? as usize;
    if !(16..=64).contains(&length) {
        return Err(Malformed);
    }
    let salt = Box::new(Recipe::SALT.then(Change::Repeat(16)));
    Ok(Recipe::Derive { kdf, password: Box::new(of), salt, length })
}

/// `ln=16,r=8,p=1$salt$key`, or with N itself, as `n=` or, in Ory's files, as `ln=`.
pub(super) fn scrypt_phc(rest: &str) -> Read {
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
