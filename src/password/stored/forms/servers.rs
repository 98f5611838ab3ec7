//! What database servers and single products store.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::build::{Read, by_recipe, derived, over, plain_digest, whole};
use super::fields::{decimal, digest_named, fields, is_hex, least};
use super::{modular, pbkdf2};
use crate::password::primitives::{Crypt, Digest, Kdf};
use crate::password::recipe::{Change, Encoding, Recipe, Variable, encoding};
use crate::password::stored::hash::{StoredHash, Unverifiable};
use Unverifiable::Malformed;

pub(super) fn mysql41(digits: &str) -> Read {
    by_recipe("mysql41", "sha1(sha1_bin($pass))", vec![], (Encoding::UpperHex, digits))
}

pub(super) fn postgres_md5(digits: &str) -> Read {
    by_recipe("postgres_md5", "md5($pass.$username)", vec![], (Encoding::Hex, digits))
}

/// FreeBSD's and libxcrypt's: each byte of the password as a letter of sixteen bits.
pub(super) fn nthash_crypt(digits: &str) -> Read {
    let mut hash = bsd_nthash(digits)?.named("nthash_crypt");
    hash.recipe = Recipe::Digest(Digest::Md4, Box::new(Recipe::PASSWORD.then(Change::Widen)));
    Ok(hash)
}

/// The same text with the letters of the password in UTF-16, as passlib has it.
pub(super) fn bsd_nthash(digits: &str) -> Read {
    by_recipe("bsd_nthash", "md4(utf16le($pass))", vec![], (Encoding::Hex, digits))
}

/// MySQL 8's `005$`, 20 bytes of salt and the 43 letters of a SHA-256 crypt, whose rounds are
/// counted in thousands and in hexadecimal.
pub(super) fn caching_sha2(rest: &str) -> Read {
    let (thousands, rest) = rest.split_once('$').ok_or(Malformed)?;
    let (salt, letters) = rest.split_at_checked(20).ok_or(Malformed)?;
    mysql_sha2(thousands, salt.as_bytes().to_vec(), letters)
}

/// hashcat's `005*salt*letters`, both in hexadecimal.
pub(super) fn hashcat_caching_sha2(rest: &str) -> Read {
    let [thousands, salt, letters] = fields(rest, '*')?;
    let salt = encoding::from_hex(salt).ok_or(Malformed)?;
    let letters = encoding::from_hex(letters).and_then(|it| String::from_utf8(it).ok());
    mysql_sha2(thousands, salt, &letters.ok_or(Malformed)?)
}

fn mysql_sha2(thousands: &str, salt: Vec<u8>, letters: &str) -> Read {
    let thousands = u32::from_str_radix(thousands, 16).map_err(|_| Malformed)?;
    if salt.len() != 20 || letters.len() != 43 || !(5..=0xfff).contains(&thousands) {
        return Err(Malformed);
    }
    let crypt = Crypt::CachingSha2 { rounds: thousands * 1000 };
    let recipe = Recipe::derived(Kdf::Crypt(crypt), letters.len());
    let digest = Zeroizing::new(letters.as_bytes().to_vec());
    Ok(StoredHash { scheme: "mysql_caching_sha2", recipe, salt, digest, encoding: Encoding::Text })
}

/// `iterations:salt$stored key:server key`.
pub(super) fn postgres_scram(rest: &str) -> Read {
    let [head, keys] = fields(rest, '$')?;
    let [iterations, salt] = fields(head, ':')?;
    let [stored_key, _] = fields(keys, ':')?;
    let parts = [iterations, salt, stored_key];
    let mut hash = pbkdf2::scram_verifier("postgres_scram_sha256", Digest::Sha256, parts)?;
    hash.recipe.over(&Recipe::PASSWORD.then(Change::Saslprep));
    Ok(hash)
}

/// Digits of salt before the digest, in hexadecimal.
fn salt_first(scheme: &'static str, recipe: &str, salt: usize, digits: &str) -> Read {
    let (salt, digest) = digits.split_at_checked(salt).ok_or(Malformed)?;
    let salt = encoding::from_hex(salt).ok_or(Malformed)?;
    by_recipe(scheme, recipe, salt, (Encoding::UpperHex, digest))
}

/// Digits of salt behind the digest, in hexadecimal.
fn salt_last(scheme: &'static str, recipe: &str, digest: usize, digits: &str) -> Read {
    let (digest, salt) = digits.split_at_checked(digest).ok_or(Malformed)?;
    let salt = encoding::from_hex(salt).filter(|salt| salt.len() == 10).ok_or(Malformed)?;
    by_recipe(scheme, recipe, salt, (Encoding::UpperHex, digest))
}

/// SQL Server 2005, and 2000, which has a second digest of the password in capitals.
pub(super) fn mssql(digits: &str) -> Read {
    if !is_hex(digits, 88) {
        return salt_first("mssql2005", "sha1(utf16le($pass).$salt)", 8, digits);
    }
    let (salt, both) = digits.split_at_checked(8).ok_or(Malformed)?;
    let capitals = format!("{salt}{}", both.get(40..).ok_or(Malformed)?);
    let mut hash = salt_first("mssql2000", "sha1(utf16le($pass).$salt)", 8, &capitals)?;
    hash.recipe.over(&Recipe::PASSWORD.then(Change::UnicodeUpper));
    Ok(hash)
}

pub(super) fn mssql2012(digits: &str) -> Read {
    salt_first("mssql2012", "sha512(utf16le($pass).$salt)", 8, digits)
}

pub(super) fn oracle11(digits: &str) -> Read {
    salt_last("oracle11", "sha1($pass.$salt)", 40, digits)
}

/// SHA-512 over a PBKDF2 key and the salt; PBKDF2's own salt has a text behind it.
pub(super) fn oracle12(digits: &str) -> Read {
    let (digest, salt) = digits.split_at_checked(128).ok_or(Malformed)?;
    let salt = encoding::from_hex(salt).filter(|salt| salt.len() == 16).ok_or(Malformed)?;
    let digest = encoding::from_hex(digest).ok_or(Malformed)?;
    let constant = Recipe::Constant(b"AUTH_PBKDF2_SPEEDY_KEY".as_slice().into());
    let key = Recipe::Derive {
        kdf: Kdf::Pbkdf2 { digest: Digest::Sha512, iterations: 4096 },
        password: Box::new(Recipe::PASSWORD),
        salt: Box::new(Recipe::Join(vec![Recipe::SALT, constant])),
        length: 64,
    };
    let recipe = Recipe::Digest(Digest::Sha512, Box::new(Recipe::Join(vec![key, Recipe::SALT])));
    let digest = Zeroizing::new(digest);
    Ok(StoredHash { scheme: "oracle12", recipe, salt, digest, encoding: Encoding::UpperHex })
}

/// Jasypt's encryptors: 8 bytes of salt and MD5 a thousand times, or 16 bytes and SHA-256 a hundred
/// thousand times, over the salt and the password in NFC.
pub(super) fn jasypt(text: &str) -> Read {
    let bytes = STANDARD.decode(text).map_err(|_| Malformed)?;
    let (digest, rounds) = match bytes.len() {
        24 => (Digest::Md5, 1000),
        48 => (Digest::Sha256, 100_000),
        _ => return Err(Malformed),
    };
    let (salt, own) = bytes.split_at_checked(digest.length() / 2).ok_or(Malformed)?;
    let first = Recipe::Join(vec![Recipe::SALT, Recipe::PASSWORD.then(Change::Nfc)]);
    let step = Recipe::Variable(Variable::Digest);
    let [first, step] = [first, step].map(|of| Box::new(Recipe::Digest(digest, Box::new(of))));
    let recipe = Recipe::Iterate { first, step, count: rounds - 1 };
    let (salt, digest) = (salt.to_vec(), Zeroizing::new(own.to_vec()));
    Ok(StoredHash { scheme: "jasypt", recipe, salt, digest, encoding: Encoding::Hex })
}

/// AuthMe's `salt$hex`.
pub(super) fn authme(rest: &str) -> Read {
    let [salt, digits] = fields(rest, '$')?;
    let salt = salt.as_bytes().to_vec();
    by_recipe("authme_sha256", "sha256(sha256($pass).$salt)", salt, (Encoding::Hex, digits))
}

/// PHPS's `salt$hex`, the salt in hexadecimal.
pub(super) fn phps(rest: &str) -> Read {
    let [salt, digits] = fields(rest, '$')?;
    let salt = encoding::from_hex(salt).ok_or(Malformed)?;
    by_recipe("phps", "md5(md5($pass).$salt)", salt, (Encoding::Hex, digits))
}

/// EPiServer's `salt*digest` in base64.
pub(super) fn episerver(scheme: &'static str, digest: &str, rest: &str) -> Read {
    let [salt, written] = fields(rest, '*')?;
    let salt = encoding::from_base64(salt).ok_or(Malformed)?;
    let recipe = format!("{digest}($salt.utf16le($pass))");
    let written = written.trim_end_matches('=');
    by_recipe(scheme, &recipe, salt, (Encoding::Base64NoPad, written))
}

/// LAN Manager's hash.
pub(super) fn lan_manager(digits: &str) -> Read {
    let kdf = Kdf::Crypt(Crypt::LanManager);
    whole(derived("lmhash", kdf, vec![], (Encoding::Hex, digits), 16)?, 16)
}

/// Request Tracker's `10!salt+digest` behind `!bcrypt!`: bcrypt over SHA-512 (lib/RT/User.pm).
pub(super) fn request_tracker(rest: &str) -> Read {
    let [cost, encoded] = fields(rest, '!')?;
    let (salt, digest) = encoded.split_at_checked(22).ok_or(Malformed)?;
    let salt = Encoding::BcryptBase64.read(salt).ok_or(Malformed)?;
    let hash = modular::bcrypt_parts(cost, salt, digest)?;
    over(hash.named("request_tracker"), "sha512_bin($pass)")
}

/// Its `salt!base64` of a SHA-512, behind `!sha512!`.
pub(super) fn request_tracker_sha512(rest: &str) -> Read {
    let [salt, written] = fields(rest, '!')?;
    let written = (Encoding::Base64NoPad, written.trim_end_matches('='));
    by_recipe("request_tracker_sha512", "sha512($salt.$pass)", salt.as_bytes().to_vec(), written)
}

/// OTRS's and Znuny's `cost:salt:digest` behind `BCRYPT:`, the salt as text
/// (Kernel/System/Auth/DB.pm).
pub(super) fn otrs(rest: &str) -> Read {
    let (cost, rest) = rest.split_once(':').ok_or(Malformed)?;
    let (salt, digest) = rest.rsplit_once(':').ok_or(Malformed)?;
    Ok(modular::bcrypt_parts(cost, salt.as_bytes().to_vec(), digest)?.named("otrs_bcrypt"))
}

/// Bugzilla's eight characters of salt, base64 and `{SHA-256}` (bz_crypt of Bugzilla/Util.pm); none
/// where the text is not of that form.
pub(super) fn bugzilla(text: &str) -> Option<Read> {
    let (rest, name) = text.strip_suffix('}')?.rsplit_once('{')?;
    let digest = digest_named(name).ok()?;
    let (salt, written) = rest.split_at_checked(8)?;
    let of = Recipe::Join(vec![Recipe::PASSWORD, Recipe::SALT]);
    Some(plain_digest("bugzilla", digest, of, salt.as_bytes().to_vec(), written))
}

/// GoTrue's `v=1,n=14,r=8,p=1,ss=…,sk=…$salt$digest` behind `$fbscrypt$`, with Firebase's signer key
/// and salt separator (internal/crypto/password.go).
pub(super) fn gotrue(rest: &str) -> Read {
    let [parameters, salt, written] = fields(rest, '$')?;
    let [version, n, r, p, separator, key] = fields(parameters, ',')?;
    let value =
        |name: &str, pair: &str| pair.strip_prefix(name).map(str::to_owned).ok_or(Malformed);
    if version != "v=1" || p != "p=1" {
        return Err(Malformed);
    }
    let bytes = |name, pair| STANDARD.decode(value(name, pair)?).map_err(|_| Malformed);
    let memory_cost = decimal(&value("n=", n)?)?.try_into().map_err(|_| Unverifiable::OverCap)?;
    let rounds = least(decimal(&value("r=", r)?)?, 1)?;
    let (key, separator) = (bytes("sk=", key)?, bytes("ss=", separator)?);
    let salt = STANDARD.decode(salt).map_err(|_| Malformed)?;
    let digest = STANDARD.decode(written).ok().filter(|digest| digest.len() == key.len());
    let (digest, length) = (Zeroizing::new(digest.ok_or(Malformed)?), key.len());
    if length != 64 {
        return Err(Malformed);
    }
    let kdf = Kdf::Crypt(Crypt::Firebase { rounds, memory_cost });
    let parts = [Recipe::Constant(key.into()), Recipe::SALT, Recipe::Constant(separator.into())];
    let whole = Box::new(Recipe::Join(parts.into()));
    let recipe = Recipe::Derive { kdf, password: Box::new(Recipe::PASSWORD), salt: whole, length };
    let encoding = Encoding::Base64;
    Ok(StoredHash { scheme: "gotrue_firebase_scrypt", recipe, salt, digest, encoding })
}
