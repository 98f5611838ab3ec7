//! Web frameworks' own forms that are neither LDAP's braces nor plain PBKDF2.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};

use super::build::{Read, derived, over, plain_digest, whole};
use super::fields::{decimal, digest_named, fields, least};
use super::{crypt, modular};
use crate::password::primitives::{BcryptVariant, Crypt, Digest, Kdf};
use crate::password::recipe::{Encoding, Recipe, Variable};
use crate::password::stored::hash::Unverifiable::Malformed;

/// WordPress 6.8: bcrypt over an HMAC, because bcrypt stops at 72 bytes and at NUL. The text begins
/// behind `$wp$2`; the password is trimmed, as `wp_authenticate` does.
pub(super) fn wordpress(rest: &str) -> Read {
    let hash = modular::bcrypt(rest)?.named("wordpress_bcrypt");
    over(hash, "base64(hmac_sha384(key='wp-sha384', trim($pass)))")
}

/// Drupal's hashes over the MD5 of Drupal 6, behind `U$S$`, and `U$P$` and `U$H$`.
pub(super) fn drupal_upgraded(rest: &str) -> Read {
    let hash = crypt::phpass("drupal7", |log2_rounds| Crypt::Drupal7 { log2_rounds }, 43, rest)?;
    over(hash, "md5($pass)")
}

pub(super) fn phpass_upgraded(rest: &str) -> Read {
    let hash = crypt::phpass("drupal7", |log2_rounds| Crypt::Phpass { log2_rounds }, 22, rest)?;
    over(hash, "md5($pass)")
}

/// phpBB's bcrypt over what phpass makes: `y$settings$cost\salt$digest` behind `$H\2`.
pub(super) fn phpbb(rest: &str) -> Read {
    let [kind, settings, outer, digest] = fields(rest, '$')?;
    let (cost, salt) = outer.split_once('\\').ok_or(Malformed)?;
    let mut hash = modular::bcrypt(&format!("{kind}${cost}${salt}{digest}"))?;
    let mut inner =
        crypt::phpass("phpass", |log2_rounds| Crypt::Phpass { log2_rounds }, 22, settings)?;
    if let Recipe::Derive { salt, .. } = &mut inner.recipe {
        **salt = Recipe::Constant(inner.salt.into());
    }
    hash.recipe.over(&inner.recipe);
    Ok(hash.named("phpbb_bcrypt"))
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
    crypt::des("django_des_crypt", Crypt::Des, digest)
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

/// pydal's, without web2py's key: `salt$hex`, the salt behind the password.
pub(super) fn pydal_digest(digest: Digest, rest: &str) -> Read {
    let [salt, written] = fields(rest, '$')?;
    let of = Recipe::Join(vec![Recipe::PASSWORD, Recipe::SALT]);
    plain_digest("pydal_digest", digest, of, salt.as_bytes().to_vec(), written)
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
    let digest = digest_named(name)?;
    let salt = STANDARD.decode(salt).map_err(|_| Malformed)?;
    let of = Recipe::Join(vec![Recipe::SALT, Recipe::PASSWORD]);
    let mut hash = plain_digest("shiro1", digest, of, salt, written)?;
    let step = Recipe::Digest(digest, Box::new(Recipe::Variable(Variable::Digest)));
    let count = least(decimal(iterations)?, 1)? - 1;
    if count > 0 {
        hash.recipe = Recipe::Iterate { first: Box::new(hash.recipe), step: Box::new(step), count };
    }
    Ok(hash)
}
