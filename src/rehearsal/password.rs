//! The forms of hashes that an import takes. They are looked at and dropped.
//! Source: auth0.com/docs, "Bulk User Import Database Schema and Examples".

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::schema::{Complaint, refuse};

const CUSTOM: &str = "custom_password_hash";
const ALGORITHMS: &str = "argon2 bcrypt hmac ldap md4 md5 pbkdf2 scrypt sha1 sha256 sha512";
/// Those whose value is a text of its own.
const TEXTS: [&str; 4] = ["argon2", "bcrypt", "ldap", "pbkdf2"];
const DIGESTS: &str = "md4 md5 ripemd160 sha1 sha224 sha256 sha384 sha512 whirlpool";

/// `password_hash`: `^\$2[ab]?\$10+\$[./A-Za-z0-9]{53}$`
pub(super) fn plain(raw: &RawValue) -> Result<(), Complaint> {
    let name = "password_hash";
    let Ok(Text(hash)) = serde_json::from_str(raw.get()) else {
        return refuse("INVALID_TYPE", name);
    };
    if is_bcrypt(&hash, &["2", "2a", "2b"], Some("10")) { Ok(()) } else { refuse("PATTERN", name) }
}

/// A text that is read where it stands: hashes are not copied.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Custom<'a> {
    #[serde(borrow)]
    algorithm: Cow<'a, str>,
    #[serde(borrow)]
    hash: Hash<'a>,
    #[serde(borrow)]
    salt: Option<Salt<'a>>,
    #[serde(borrow)]
    password: Option<Typed<'a>>,
    keylen: Option<u64>,
    cost: Option<u64>,
    block_size: Option<u64>,
    parallelization: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Hash<'a> {
    #[serde(borrow)]
    value: Cow<'a, str>,
    #[serde(borrow)]
    encoding: Option<Cow<'a, str>>,
    #[serde(borrow)]
    digest: Option<Cow<'a, str>>,
    #[serde(borrow)]
    key: Option<Key<'a>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Key<'a> {
    #[serde(borrow)]
    value: Cow<'a, str>,
    #[serde(borrow)]
    encoding: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Salt<'a> {
    #[serde(borrow, rename = "value")]
    _value: Cow<'a, str>,
    #[serde(borrow)]
    encoding: Option<Cow<'a, str>>,
    #[serde(borrow)]
    position: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Typed<'a> {
    #[serde(borrow)]
    encoding: Option<Cow<'a, str>>,
}

/// `custom_password_hash`
pub(super) fn custom(raw: &RawValue) -> Result<(), Complaint> {
    let Ok(custom) = serde_json::from_str::<Custom<'_>>(raw.get()) else {
        return refuse("INVALID_TYPE", CUSTOM);
    };
    custom.words()?;
    custom.members()?;
    let hash = custom.hash.value.as_ref();
    let is_right = match custom.algorithm.as_ref() {
        "argon2" => hash.starts_with("$argon2i$v=19$") || hash.starts_with("$argon2id$v=19$"),
        "bcrypt" => is_bcrypt(hash, &["2a", "2b", "2y"], None),
        "ldap" => is_ldap(hash),
        "pbkdf2" => is_pbkdf2(hash),
        _ => custom.hash.bytes().is_some_and(|bytes| !bytes.is_empty()),
    };
    if is_right { custom.costs() } else { refuse("PATTERN", &format!("{CUSTOM}.hash.value")) }
}

impl Custom<'_> {
    /// Words of closed lists.
    fn words(&self) -> Result<(), Complaint> {
        const BYTES: &str = "base64 hex";
        const ALL: &str = "base64 hex utf8";
        let hash = &self.hash;
        let (hashed, key, salt) = (hash.encoding.as_deref(), hash.key.as_ref(), self.salt.as_ref());
        let typed = self.password.as_ref().and_then(|it| it.encoding.as_deref());
        let is_text = TEXTS.contains(&self.algorithm.as_ref());
        let lists = [
            ("algorithm", Some(self.algorithm.as_ref()), ALGORITHMS),
            ("hash.encoding", hashed, if is_text { "utf8" } else { BYTES }),
            ("hash.digest", hash.digest.as_deref(), DIGESTS),
            ("hash.key.encoding", key.and_then(|it| it.encoding.as_deref()), ALL),
            ("salt.encoding", salt.and_then(|it| it.encoding.as_deref()), ALL),
            ("salt.position", salt.and_then(|it| it.position.as_deref()), "prefix suffix"),
            ("password.encoding", typed, "ascii utf8 utf16le ucs2 latin1 binary"),
        ];
        let strange = |word: Option<&str>, list: &str| {
            word.is_some_and(|word| !list.split(' ').any(|it| it == word))
        };
        match lists.iter().find(|(_, word, list)| strange(*word, list)) {
            Some((path, ..)) => refuse("ENUM_MISMATCH", &format!("{CUSTOM}.{path}")),
            None if !is_text && hashed.is_none() => {
                refuse("OBJECT_REQUIRED", &format!("{CUSTOM}.hash.encoding"))
            }
            None => Ok(()),
        }
    }

    /// What only some algorithms have.
    fn members(&self) -> Result<(), Complaint> {
        let (algorithm, hash) = (self.algorithm.as_ref(), &self.hash);
        if self.salt.is_some() && matches!(algorithm, "argon2" | "ldap" | "pbkdf2") {
            return refuse("NOT_PASSED", &format!("{CUSTOM}.salt"));
        }
        let is_hmac = algorithm == "hmac";
        let whole = hash.digest.is_some() == is_hmac
            && hash.key.as_ref().is_some_and(|key| !key.value.is_empty()) == is_hmac;
        if whole { Ok(()) } else { refuse("OBJECT_REQUIRED", CUSTOM) }
    }

    /// scrypt's numbers, which no other algorithm has.
    fn costs(&self) -> Result<(), Complaint> {
        let numbers = [self.keylen, self.cost, self.block_size, self.parallelization];
        if self.algorithm != "scrypt" {
            let none = numbers.iter().all(Option::is_none);
            return if none { Ok(()) } else { refuse("NOT_PASSED", CUSTOM) };
        }
        if self.keylen.is_none() {
            return refuse("OBJECT_REQUIRED", &format!("{CUSTOM}.keylen"));
        }
        let cost = self.cost.unwrap_or(16_384);
        if numbers.contains(&Some(0)) || cost < 2 || !cost.is_power_of_two() {
            return refuse("MINIMUM", &format!("{CUSTOM}.cost"));
        }
        Ok(())
    }
}

impl Hash<'_> {
    /// The bytes that are written in hexadecimal or base64.
    fn bytes(&self) -> Option<Vec<u8>> {
        let value = self.value.as_bytes();
        if self.encoding.as_deref() == Some("hex") {
            let is_hex = value.len().is_multiple_of(2) && value.iter().all(u8::is_ascii_hexdigit);
            return is_hex.then(|| value.to_vec());
        }
        [STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD]
            .iter()
            .find_map(|alphabet| alphabet.decode(value).ok())
    }
}

/// `$2b$10$` and 53 letters.
fn is_bcrypt(hash: &str, letters: &[&str], cost: Option<&str>) -> bool {
    let mut parts = hash.strip_prefix('$').unwrap_or_default().split('$');
    let (Some(letter), Some(own), Some(rest), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    let of_alphabet = |it: u8| it.is_ascii_alphanumeric() || matches!(it, b'.' | b'/');
    letters.contains(&letter)
        && own.len() == 2
        && own.parse().is_ok_and(|cost: u8| (4..=31).contains(&cost))
        && cost.is_none_or(|cost| cost == own)
        && rest.len() == 53
        && rest.bytes().all(of_alphabet)
}

/// `{SSHA}…`; `{CRYPT}` is not supported.
fn is_ldap(hash: &str) -> bool {
    let parts = hash.strip_prefix('{').and_then(|rest| rest.split_once('}'));
    parts.is_some_and(|(scheme, value)| {
        let scheme = scheme.to_ascii_lowercase();
        let known = ["md5", "smd5"].contains(&scheme.as_str())
            || scheme.starts_with("sha")
            || scheme.starts_with("ssha");
        known && STANDARD.decode(value).is_ok_and(|bytes| bytes.len() >= 16)
    })
}

/// `$pbkdf2-sha256$i=100000,l=32$salt$hash`, without padding.
fn is_pbkdf2(hash: &str) -> bool {
    let parts: Vec<&str> = hash.split('$').collect();
    let ["", name, costs, salt, digest] = parts.as_slice() else { return false };
    let number = |text: Option<&str>| text.and_then(|it| it.parse::<u32>().ok()).unwrap_or(0);
    let (iterations, length) = costs.split_once(",l=").unwrap_or_default();
    let digest = STANDARD_NO_PAD.decode(digest).unwrap_or_default();
    name.starts_with("pbkdf2-")
        && number(iterations.strip_prefix("i=")) > 0
        && number(Some(length)) as usize == digest.len()
        && !digest.is_empty()
        && STANDARD_NO_PAD.decode(salt).is_ok_and(|salt| !salt.is_empty())
}
