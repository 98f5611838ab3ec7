//! The stored forms of crypt(3): a prefix, rounds, the salt as text, and the digest in crypt's
//! letters.

use zeroize::Zeroizing;

use super::build::Read;
use super::fields::decimal;
use crate::password::primitives::crypt::base64::decode_number;
use crate::password::primitives::crypt::{Md5Crypt, YescryptCost, sha1_crypt_digest};
use crate::password::primitives::{Crypt, Kdf};
use crate::password::recipe::{Encoding, Recipe};
use crate::password::stored::hash::{StoredHash, Unverifiable};

/// A hash whose digest is `letters` letters of crypt; one without any is refused by `Schemes`.
fn crypted(scheme: &'static str, crypt: Crypt, salt: &str, digest: &str, letters: usize) -> Read {
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'/');
    if !(digest.is_empty() || digest.len() == letters) || !digest.bytes().all(is_letter) {
        return Err(Unverifiable::Malformed);
    }
    Ok(StoredHash {
        scheme,
        recipe: Recipe::derived(Kdf::Crypt(crypt), letters),
        salt: salt.as_bytes().to_vec(),
        digest: Zeroizing::new(digest.as_bytes().to_vec()),
        encoding: Encoding::Text,
    })
}

/// `salt$digest` behind `$1$` and `$apr1$`.
pub(super) fn md5_crypt(scheme: &'static str, kind: Md5Crypt, rest: &str) -> Read {
    let (salt, digest) = rest.rsplit_once('$').ok_or(Unverifiable::Malformed)?;
    crypted(scheme, Crypt::Md5(kind), salt_within(salt, 8)?, digest, 22)
}

/// `[rounds=N$]salt$digest` behind `$5$` and `$6$`.
pub(super) fn sha_crypt(
    scheme: &'static str,
    crypt: fn(u32) -> Crypt,
    letters: usize,
    rest: &str,
) -> Read {
    let (rounds, rest) = match rest.strip_prefix("rounds=") {
        Some(rest) => {
            let (rounds, rest) = rest.split_once('$').ok_or(Unverifiable::Malformed)?;
            // libxcrypt and glibc lift less than 1000 to 1000.
            (decimal(rounds)?.max(1000), rest)
        }
        None => (5000, rest),
    };
    let (salt, digest) = rest.rsplit_once('$').ok_or(Unverifiable::Malformed)?;
    crypted(scheme, crypt(rounds), salt_within(salt, 16)?, digest, letters)
}

/// `rounds$salt$digest` behind `$sha1$`.
pub(super) fn sha1_crypt(rest: &str) -> Read {
    let (rounds, rest) = rest.split_once('$').ok_or(Unverifiable::Malformed)?;
    let (salt, digest) = rest.rsplit_once('$').ok_or(Unverifiable::Malformed)?;
    let crypt = Crypt::Sha1 { rounds: decimal(rounds)? };
    let mut hash = crypted("sha1_crypt", crypt, salt_within(salt, 64)?, digest, 28)?;
    if let Ok(letters) = <&[u8; 28]>::try_from(hash.digest.as_slice()) {
        hash.digest = sha1_crypt_digest(letters).ok_or(Unverifiable::Malformed)?;
    }
    Ok(hash)
}

/// `$md5$salt$digest`, `$md5$salt$$digest`, `$md5,rounds=N$salt$digest`: what stands before the
/// digest is hashed, with one `$` less than is there at its end.
pub(super) fn sun_md5(rest: &str) -> Read {
    let rounds = match rest.strip_prefix(",rounds=") {
        Some(rest) => decimal(rest.split_once('$').ok_or(Unverifiable::Malformed)?.0)?,
        None => 0,
    };
    let (setting, digest) = rest.rsplit_once('$').ok_or(Unverifiable::Malformed)?;
    let setting = format!("$md5{setting}");
    crypted("sun_md5_crypt", Crypt::SunMd5 { rounds }, &setting, digest, 22)
}

/// `_` + 4 letters of rounds + 4 of salt + 11 of digest.
pub(super) fn bsdi_crypt(rest: &str) -> Read {
    let (rounds, rest) = rest.split_at_checked(4).ok_or(Unverifiable::Malformed)?;
    let (salt, digest) = rest.split_at_checked(4).ok_or(Unverifiable::Malformed)?;
    let rounds = decode_number(rounds.as_bytes()).filter(|rounds| *rounds > 0);
    decode_number(salt.as_bytes()).ok_or(Unverifiable::Malformed)?;
    let rounds = rounds.ok_or(Unverifiable::Malformed)?;
    crypted("bsdi_crypt", Crypt::Bsdi { rounds }, salt, digest, 11)
}

/// Two letters of salt and the digest, for schemes that only their name tells.
pub(super) fn des(scheme: &'static str, crypt: Crypt, text: &str) -> Read {
    let (salt, digest) = text.split_at_checked(2).ok_or(Unverifiable::Malformed)?;
    let letters = match crypt {
        Crypt::Crypt16 => 22,
        Crypt::Bigcrypt => digest.len().next_multiple_of(11).clamp(11, 16 * 11),
        _ => 11,
    };
    decode_number(salt.as_bytes()).ok_or(Unverifiable::Malformed)?;
    crypted(scheme, crypt, salt, digest, letters)
}

/// One letter of rounds (a power of two), 8 of salt and the digest, behind `$P$`, `$H$`, `$S$`.
pub(super) fn phpass(
    scheme: &'static str,
    crypt: fn(u32) -> Crypt,
    letters: usize,
    rest: &str,
) -> Read {
    let (rounds, rest) = rest.split_at_checked(1).ok_or(Unverifiable::Malformed)?;
    let (salt, digest) = rest.split_at_checked(8).ok_or(Unverifiable::Malformed)?;
    let log2_rounds = decode_number(rounds.as_bytes());
    match log2_rounds.ok_or(Unverifiable::Malformed)? {
        log2_rounds @ 7..=30 => crypted(scheme, crypt(log2_rounds), salt, digest, letters),
        0..7 => Err(Unverifiable::Malformed),
        _ => Err(Unverifiable::OverCap),
    }
}

/// `params$salt$digest` behind `$y$` and `$gy$`.
pub(super) fn yescrypt(gost: bool, rest: &str) -> Read {
    let (parameters, rest) = rest.split_once('$').ok_or(Unverifiable::Malformed)?;
    let (salt, digest) = rest.rsplit_once('$').ok_or(Unverifiable::Malformed)?;
    let cost = YescryptCost::parse(parameters.as_bytes()).ok_or(Unverifiable::Malformed)?;
    if gost {
        let setting = format!("$gy${parameters}${salt}");
        return crypted("gost_yescrypt", Crypt::GostYescrypt(cost), &setting, digest, 43);
    }
    crypted("yescrypt", Crypt::Yescrypt(cost), salt, digest, 43)
}

/// Eleven letters of parameters, then `salt$digest`, behind `$7$`.
pub(super) fn scrypt_crypt(rest: &str) -> Read {
    let (parameters, rest) = rest.split_at_checked(11).ok_or(Unverifiable::Malformed)?;
    let (salt, digest) = rest.rsplit_once('$').ok_or(Unverifiable::Malformed)?;
    let parameters = parameters.as_bytes().try_into().map_err(|_| Unverifiable::Malformed)?;
    let cost = YescryptCost::parse_scrypt(parameters).ok_or(Unverifiable::Malformed)?;
    crypted("scrypt_crypt", Crypt::ScryptCrypt(cost), salt, digest, 43)
}

/// A salt of at most so many bytes that holds nothing which would end it.
fn salt_within(salt: &str, most: usize) -> Result<&str, Unverifiable> {
    if salt.len() > most || salt.contains(['$', ':', '\n']) {
        return Err(Unverifiable::Malformed);
    }
    Ok(salt)
}
