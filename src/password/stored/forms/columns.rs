//! Hashes of which only a digest is stored: the scheme is named, the salt is in its column, or
//! behind the digest and a colon.

use std::borrow::Cow;

use zeroize::Zeroizing;

use super::build::{Read, derived, plain, uncut};
use super::fields::{digest_named, fields, is_any_hex, least};
use super::{crypt, layered, modular, pbkdf2, servers, spring};
use crate::password::names::Unmarked;
use crate::password::primitives::{Argon2Kind, Crypt, Digest, Kdf};
use crate::password::recipe::{Change, Encoding, Parameters, Recipe, SaltText, Variable, encoding};
use crate::password::stored::hash::{StoredHash, Unverifiable};
use Unverifiable::{Incomplete, Malformed};

/// The digest's text, and the salt.
struct Parts<'a> {
    written: &'a str,
    salt: Vec<u8>,
}

impl<'a> Parts<'a> {
    /// Where the salt has no column, the two stand in one: with a colon between them, the digest
    /// first unless only the other is as long as a digest, or as `digest's name$salt$digest`.
    fn of(
        hash: &'a str,
        salt: Option<&'a str>,
        text: SaltText,
        length: Option<usize>,
    ) -> Result<Self, Unverifiable> {
        let is_digest = |part: &str| length.is_some_and(|it| Encoding::of(part, it).is_some());
        let dollars = fields::<3>(hash, '$').ok().filter(|[name, ..]| digest_named(name).is_ok());
        let (written, salt) = match (salt, hash.split_once(':'), dollars) {
            (None | Some(""), _, Some([_, salt, written])) => (written, salt),
            (None | Some(""), Some((salt, written)), _)
                if is_digest(written) && !is_digest(salt) =>
            {
                (written, salt)
            }
            (None | Some(""), Some((written, salt)), _) => (written, salt),
            (Some(salt), ..) => (hash, salt),
            (None, ..) => return Err(Incomplete),
        };
        Ok(Self { written, salt: text.read(salt).ok_or(Malformed)? })
    }
}

/// A recipe's digest: in hexadecimal or base64 as its length shows, or the recipe's own text.
pub(in crate::password::stored) fn digest(
    scheme: &'static str,
    recipe: Recipe,
    text: SaltText,
    (hash, salt): (&str, Option<&str>),
) -> Read {
    let salted = [Variable::Salt, Variable::Salt1, Variable::Salt2];
    let mut braced = false;
    recipe.walk(&mut |step| braced |= *step == Recipe::SALT.then(Change::Braced));
    // Where there is no salt, there are no braces.
    let is_bare = braced && salt.is_none() && !hash.contains([':', '$']);
    let parts = if salted.iter().any(|part| recipe.uses(*part)) && !is_bare {
        Parts::of(hash, salt, text, recipe.length())?
    } else {
        Parts { written: hash, salt: vec![] }
    };
    let (encoding, digest) = if let Some(length) = recipe.length() {
        let encoding = Encoding::of(parts.written, length).ok_or(Malformed)?;
        (encoding, encoding.read(parts.written).ok_or(Malformed)?)
    } else {
        // What is hexadecimal is read in either case; in any other text each case is another letter.
        let written = match recipe.hex_in_capitals() {
            Some(true) => parts.written.to_ascii_uppercase(),
            Some(false) => parts.written.to_ascii_lowercase(),
            None => parts.written.to_owned(),
        };
        (Encoding::Text, written.into_bytes())
    };
    Ok(StoredHash { scheme, recipe, salt: parts.salt, digest: Zeroizing::new(digest), encoding })
}

/// A salt of so many characters, and the digest behind it.
pub(in crate::password::stored) fn salted(
    scheme: &'static str,
    recipe: Recipe,
    salt: usize,
    hash: &str,
) -> Read {
    let (salt, written) = hash.split_at_checked(salt).ok_or(Malformed)?;
    let hash = digest(scheme, recipe, SaltText::Utf8, (written, Some(salt)))?;
    // Thirty of the forty digits of a SHA-1 are what the one scheme of this kind without a whole
    // digest keeps.
    if hash.encoding == Encoding::Text && hash.digest.len() != 30 {
        return Err(Malformed);
    }
    Ok(hash)
}

/// A key, with the parameters in parentheses.
fn key(
    scheme: &'static str,
    kdf: Kdf,
    parameters: &Parameters,
    (hash, salt): (&str, Option<&str>),
) -> Read {
    let length = parameters.length.map(|length| length as usize);
    let usual = match kdf {
        Kdf::Pbkdf2 { digest, .. } => digest.length(),
        _ => 64,
    };
    let text = parameters.salt.unwrap_or(SaltText::Utf8);
    let parts = Parts::of(hash, salt, text, Some(length.unwrap_or(usual)))?;
    let encoding = match length {
        Some(length) => Encoding::of(parts.written, length).ok_or(Malformed)?,
        None if parts.written.len() >= 32 && is_any_hex(parts.written) => Encoding::Hex,
        None if parts.written.len().is_multiple_of(4) => Encoding::Base64,
        None => Encoding::Base64NoPad,
    };
    if parts.written.is_empty() && length.is_none() {
        return Err(Malformed);
    }
    let hash = derived(scheme, kdf, parts.salt, (encoding, parts.written), length.unwrap_or(32))?;
    if length.is_some() { Ok(hash) } else { uncut(hash) }
}

/// PBKDF2 with its iterations in parentheses, and its digest where the name does not say it.
pub(in crate::password::stored) fn pbkdf2(
    digest: Digest,
    parameters: &Parameters,
    columns: (&str, Option<&str>),
) -> Read {
    let iterations = parameters.iterations.filter(|count| *count > 0).ok_or(Incomplete)?;
    let digest = parameters.digest.unwrap_or(digest);
    let scheme = pbkdf2::name_of(digest).ok_or(Malformed)?;
    key(scheme, Kdf::Pbkdf2 { digest, iterations }, parameters, columns)
}

/// scrypt with N, r and p in parentheses; r and p are 8 and 1 where they are left out.
pub(in crate::password::stored) fn scrypt(
    parameters: &Parameters,
    columns: (&str, Option<&str>),
) -> Read {
    let log_n = parameters.log_n.filter(|log_n| (1..64).contains(log_n)).ok_or(Incomplete)?;
    let (r, p) = (parameters.r.unwrap_or(8).max(1), parameters.p.unwrap_or(1).max(1));
    key("scrypt", Kdf::Scrypt { log_n, r, p }, parameters, columns)
}

/// argon2 with m, t and p in parentheses, as Gitea has it beside a salt's column.
pub(in crate::password::stored) fn argon2(
    kind: Argon2Kind,
    parameters: &Parameters,
    columns: (&str, Option<&str>),
) -> Read {
    let (memory_kib, passes) = (parameters.memory, parameters.iterations);
    let (memory_kib, passes) = (memory_kib.ok_or(Incomplete)?, passes.ok_or(Incomplete)?);
    let lanes = least(parameters.p.unwrap_or(1), 1)?;
    let (passes, memory_kib) = (least(passes, 1)?, least(memory_kib, 8 * lanes.min(256))?);
    let kdf = Kdf::Argon2 { kind, version: 0x13, memory_kib, passes, lanes, keyed: false };
    let hash = key("argon2", kdf, parameters, columns)?;
    if (8..=64).contains(&hash.salt.len()) { Ok(hash) } else { Err(Malformed) }
}

/// Firebase: the project's parameters in parentheses; the signer key may be `passwords.pepper`.
pub(in crate::password::stored) fn firebase(
    parameters: &Parameters,
    (hash, salt): (&str, Option<&str>),
) -> Read {
    let parts = Parts::of(hash, salt, parameters.salt.unwrap_or(SaltText::Base64), Some(64))?;
    let encoding =
        if parts.written.contains(['-', '_']) { Encoding::Base64Url } else { Encoding::Base64 };
    let digest = encoding::from_any_base64(parts.written).filter(|digest| digest.len() == 64);
    let digest = digest.ok_or(Malformed)?;
    let constant = |bytes: &Option<Vec<u8>>| {
        bytes.as_ref().map(|bytes| Recipe::Constant(Cow::Owned(bytes.clone())))
    };
    let signer_key = constant(&parameters.signer_key).ok_or(Incomplete)?;
    let separator =
        constant(&parameters.salt_separator).unwrap_or(Recipe::Constant(Cow::Borrowed(&[7])));
    let rounds = parameters.iterations.or(parameters.r).unwrap_or(8).max(1);
    let memory_cost = parameters.log_n.unwrap_or(14);
    let recipe = Recipe::Derive {
        kdf: Kdf::Crypt(Crypt::Firebase { rounds, memory_cost }),
        password: Box::new(Recipe::PASSWORD),
        salt: Box::new(Recipe::Join(vec![signer_key, Recipe::SALT, separator])),
        length: 64,
    };
    let digest = Zeroizing::new(digest);
    Ok(StoredHash { scheme: "firebase_scrypt", recipe, salt: parts.salt, digest, encoding })
}

/// Forms that only their name tells from others.
pub(in crate::password::stored) fn bare(scheme: &'static str, bare: Unmarked, hash: &str) -> Read {
    let block = |crypt, length| {
        if hash.len() != length * 2 {
            return Err(Malformed);
        }
        let digest = Zeroizing::new(Encoding::Hex.read(hash).ok_or(Malformed)?);
        let recipe = Recipe::derived(Kdf::Crypt(crypt), length);
        Ok(StoredHash { scheme, recipe, salt: vec![], digest, encoding: Encoding::Hex })
    };
    match bare {
        Unmarked::DesCrypt => crypt::des(scheme, Crypt::Des, hash),
        Unmarked::Bigcrypt => crypt::des(scheme, Crypt::Bigcrypt, hash),
        // Also behind `{CRYPT}`.
        Unmarked::Crypt16 => {
            let letters = hash.rsplit('}').next().unwrap_or_default();
            crypt::des(scheme, Crypt::Crypt16, letters)
        }
        Unmarked::LanManager => servers::lan_manager(hash),
        Unmarked::MysqlOld => block(Crypt::MysqlOld, 8),
        Unmarked::Oracle10 => {
            let mut stored = block(Crypt::Oracle10, 8)?;
            if let Recipe::Derive { salt, .. } = &mut stored.recipe {
                **salt = Recipe::Variable(Variable::Username);
            }
            Ok(stored)
        }
        Unmarked::Argon2Secret => layered::read(hash).ok_or(Malformed)?.1.and_then(modular::keyed),
        Unmarked::WoltLab => layered::woltlab(hash),
        Unmarked::BsdNthash => servers::bsd_nthash(hash.strip_prefix("$3$$").ok_or(Malformed)?),
        Unmarked::Jasypt => servers::jasypt(hash),
        Unmarked::SpringPbkdf2 => spring::unmarked_pbkdf2(hash),
        Unmarked::SpringStandard => spring::standard(hash),
        Unmarked::Unencoded => plain(hash).1,
    }
}
