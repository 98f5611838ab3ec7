//! The functions that import objects name, by other implementations than the password rooms' where
//! there are some: aws-lc for SHA, HMAC and PBKDF2.

use ::hmac::{KeyInit, Mac, SimpleHmac};
use aws_lc_rs::{digest, hmac, pbkdf2};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use md5::Digest as _;

use super::check;

pub(super) fn plain(name: &str, message: &[u8]) -> Result<Vec<u8>, String> {
    let sha = |algorithm| digest::digest(algorithm, message).as_ref().to_vec();
    Ok(match name {
        "md4" => md4::Md4::digest(message).to_vec(),
        "md5" => md5::Md5::digest(message).to_vec(),
        "sha1" | "sha" => sha(&digest::SHA1_FOR_LEGACY_USE_ONLY),
        "sha224" => sha(&digest::SHA224),
        "sha256" => sha(&digest::SHA256),
        "sha384" => sha(&digest::SHA384),
        "sha512" => sha(&digest::SHA512),
        other => return Err(format!("digest {other}")),
    })
}

pub(super) fn keyed(name: &str, key: &[u8], message: &[u8]) -> Result<Vec<u8>, String> {
    let sha = |algorithm| hmac::sign(&hmac::Key::new(algorithm, key), message).as_ref().to_vec();
    macro_rules! other {
        ($digest:ty) => {
            SimpleHmac::<$digest>::new_from_slice(key)
                .expect("any key")
                .chain_update(message)
                .finalize()
                .into_bytes()
                .to_vec()
        };
    }
    Ok(match name {
        "md4" => other!(md4::Md4),
        "md5" => other!(md5::Md5),
        "ripemd160" => other!(ripemd::Ripemd160),
        "whirlpool" => other!(whirlpool::Whirlpool),
        "sha1" => sha(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY),
        "sha224" => sha(hmac::HMAC_SHA224),
        "sha256" => sha(hmac::HMAC_SHA256),
        "sha384" => sha(hmac::HMAC_SHA384),
        "sha512" => sha(hmac::HMAC_SHA512),
        other => return Err(format!("hash.digest {other}")),
    })
}

fn number(text: &str, name: &str) -> Result<u32, String> {
    let digits = text.strip_prefix(name).and_then(|rest| rest.strip_prefix('='));
    digits.and_then(|digits| digits.parse().ok()).ok_or(format!("{name} in {text}"))
}

fn unpadded(text: &str) -> Result<Vec<u8>, String> {
    STANDARD_NO_PAD.decode(text).map_err(|e| e.to_string())
}

/// `$pbkdf2-<digest>$i=<n>,l=<length>$<salt>$<hash>`
pub(super) fn phc_pbkdf2(value: &str, typed: &[u8]) -> Result<bool, String> {
    let ["", id, parameters, salt, hash] = value.split('$').collect::<Vec<_>>()[..] else {
        return Err("not five fields".into());
    };
    let name = id.strip_prefix("pbkdf2-").ok_or("id")?;
    let (i, l) = parameters.split_once(',').ok_or("parameters")?;
    let (iterations, length) = (number(i, "i")?, number(l, "l")?);
    let (salt, hash) = (unpadded(salt)?, unpadded(hash)?);
    check(hash.len() == length as usize && !salt.is_empty(), "lengths")?;
    let mut key = vec![0; hash.len()];
    let algorithm = match name {
        "sha1" => Some(pbkdf2::PBKDF2_HMAC_SHA1),
        "sha256" => Some(pbkdf2::PBKDF2_HMAC_SHA256),
        "sha384" => Some(pbkdf2::PBKDF2_HMAC_SHA384),
        "sha512" => Some(pbkdf2::PBKDF2_HMAC_SHA512),
        _ => None,
    };
    if let Some(algorithm) = algorithm {
        let iterations = iterations.try_into().map_err(|_| "no iterations")?;
        pbkdf2::derive(algorithm, iterations, &salt, typed, &mut key);
        return Ok(key == hash);
    }
    // RFC 8018 section 5.2.
    let mut derived = vec![];
    for block in 1_u32.. {
        if derived.len() >= hash.len() {
            break;
        }
        let mut u = keyed(name, typed, &[&salt[..], &block.to_be_bytes()].concat())?;
        let mut sum = u.clone();
        for _ in 1..iterations {
            u = keyed(name, typed, &u)?;
            sum.iter_mut().zip(&u).for_each(|(sum, u)| *sum ^= u);
        }
        derived.extend(sum);
    }
    Ok(derived.get(..hash.len()) == Some(&hash[..]))
}

/// What libsodium's `crypto_pwhash_str_verify` reads.
pub(super) fn argon2(value: &str, typed: &[u8]) -> Result<bool, String> {
    use ::argon2::{Algorithm, Argon2, Params, Version};
    let ["", id, "v=19", parameters, salt, hash] = value.split('$').collect::<Vec<_>>()[..] else {
        return Err("not libsodium's form".into());
    };
    let algorithm = match id {
        "argon2i" => Algorithm::Argon2i,
        "argon2id" => Algorithm::Argon2id,
        other => return Err(format!("argon2 {other}")),
    };
    let [m, t, p] = parameters.split(',').collect::<Vec<_>>()[..] else {
        return Err("parameters".into());
    };
    let (m, t, p) = (number(m, "m")?, number(t, "t")?, number(p, "p")?);
    let (salt, hash) = (unpadded(salt)?, unpadded(hash)?);
    check((1..=4).contains(&p) && (64..1_500_000).contains(&m), "lanes or memory")?;
    check((8..=64).contains(&salt.len()) && (16..=128).contains(&hash.len()), "lengths")?;
    let parameters = Params::new(m, t, p, Some(hash.len())).map_err(|e| e.to_string())?;
    let mut key = vec![0; hash.len()];
    Argon2::new(algorithm, Version::V0x13, parameters)
        .hash_password_into(typed, &salt, &mut key)
        .map_err(|e| e.to_string())?;
    Ok(key == hash)
}

/// RFC 2307 section 5.3, with the salt behind the digest as OpenLDAP does it.
pub(super) fn ldap(value: &str, typed: &[u8]) -> Result<bool, String> {
    let (scheme, rest) =
        value.strip_prefix('{').and_then(|rest| rest.split_once('}')).ok_or("no scheme")?;
    let rest = STANDARD.decode(rest).map_err(|e| e.to_string())?;
    let salted =
        scheme.strip_prefix('S').filter(|name| name.starts_with("MD") || name.starts_with("SHA"));
    let name = salted.unwrap_or(scheme).to_lowercase();
    check(name.to_uppercase() == salted.unwrap_or(scheme), "case")?;
    let length = plain(&name, b"")?.len();
    let (hash, salt) = rest.split_at_checked(length).ok_or("too short")?;
    check(salt.is_empty() == salted.is_none(), "salt")?;
    Ok(plain(&name, &[typed, salt].concat())? == hash)
}
