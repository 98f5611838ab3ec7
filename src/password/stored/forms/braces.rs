//! `{SCHEME}…`, as LDAP servers, Dovecot and others write it. Nothing in braces holds braces again.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::build::{Read, Told, by_recipe, derived, plain, plain_digest, whole};
use super::fields::{decimal, fields};
use super::{crypt as crypt_forms, elasticsearch, layered, pbkdf2, products, servers};
use crate::password::primitives::{Crypt, Digest, Kdf};
use crate::password::recipe::encoding::{self, ADAPTED};
use crate::password::recipe::{Change, Encoding, Recipe, Variable};
use crate::password::stored::artefacts::is_locked;
use crate::password::stored::hash::{StoredHash, Unverifiable};
use Unverifiable::{Malformed, Unsupported};

/// LDAP's and Dovecot's names, in any case. `.HEX` and `.B64` say how the rest is written: what is
/// text by itself is read out of it, and of a digest its length says the same.
pub(super) fn read(name: &str, body: &str) -> Option<Told> {
    let upper = name.to_ascii_uppercase();
    let (upper, written) = match upper.rsplit_once('.') {
        Some((upper, "HEX")) => (upper, encoding::from_hex(body)),
        Some((upper, "B64" | "BASE64")) => (upper, encoding::from_base64(body)),
        _ => return braced(&upper, body, body),
    };
    let text = written.and_then(|bytes| String::from_utf8(bytes).ok()).map(Zeroizing::new);
    braced(upper, body, text.as_ref().map_or("", |text| text.as_str()))
}

/// Forms in braces that several products write, behind the `{`: `{PBKDF2}` of Elasticsearch's SHA-512
/// beside OpenLDAP's SHA-1, LDAP's `{sha256}` where Spring has a scheme of that name, and `{SSHA256}` of
/// Elasticsearch with eight letters of salt beside LDAP's with six bytes.
pub(super) fn several(rest: &str) -> Vec<Told> {
    match rest.split_once('}') {
        Some(("PBKDF2", body)) if openldap("PBKDF2", body).1.is_err() => {
            let elasticsearch = ("elasticsearch_pbkdf2", elasticsearch::pbkdf2(body));
            if elasticsearch.1.is_ok() { vec![elasticsearch] } else { vec![] }
        }
        // Two `=` are those of 37 bytes: LDAP's with five of salt.
        Some(("SSHA256", body))
            if body.len() == 52 && body.ends_with('=') && !body.ends_with("==") =>
        {
            let elasticsearch = ("elasticsearch_ssha256", elasticsearch::ssha256(body));
            digests("SSHA256", body).into_iter().chain([elasticsearch]).collect()
        }
        Some(("sha256", body)) if body.len() == 44 => digests("SHA256", body).into_iter().collect(),
        _ => vec![],
    }
}

/// Reads a hash by the name in capitals; `text` is the body without a further encoding.
fn braced(upper: &str, body: &str, text: &str) -> Option<Told> {
    if let Some(("PBKDF2WITHHMAC", name)) = upper.split_at_checked(14) {
        let digest = name.split_once('/').map_or(name, |(digest, _)| digest).to_ascii_lowercase();
        return Some(("liferay_pbkdf2", liferay(Digest::named(&digest)?, body)));
    }
    Some(match upper {
        "CRYPT" | "DES-CRYPT" | "BLF-CRYPT" | "MD5-CRYPT" | "SHA256-CRYPT" | "SHA512-CRYPT"
        | "ARGON2" | "ARGON2I" | "ARGON2ID" | "BCRYPT" | "GOST_YESCRYPT" => crypt(text),
        "MD5" if text.starts_with("$1$") => crypt(text),
        "PLAIN" | "CLEARTEXT" | "CLEAR" => plain(text),
        "PLAIN-TRUNC" => ("plaintext", truncated(text)),
        "PKCS5S2" => ("atlassian_pbkdf2_sha1", pkcs5s2(body)),
        "PBKDF2" | "PBKDF2-SHA1" | "PBKDF2-SHA256" | "PBKDF2-SHA512" | "PBKDF2S5" => {
            openldap(upper, text)
        }
        "X-PBKDF2" => ("crypt_pbkdf2", products::perl(text)),
        "SHA256" if body.contains(':') => ("joomla_sha256", joomla(body)),
        "PBKDF2_SHA256" => ("ds389_pbkdf2_sha256", ds389(body)),
        "NTLM" | "NT" => {
            let of = Recipe::PASSWORD.then(Change::Utf16Le);
            ("ldap_nthash", plain_digest("ldap_nthash", Digest::Md4, of, vec![], body))
        }
        "LANMAN" => ("lmhash", servers::lan_manager(body)),
        "CRAM-MD5" | "HMAC-MD5" => ("dovecot_cram_md5", cram_md5(body)),
        "DIGEST-MD5" => ("dovecot_digest_md5", digest_md5(body)),
        "SCRAM-SHA-1" => ("dovecot_scram", scram(Digest::Sha1, text)),
        "SCRAM-SHA-256" => ("dovecot_scram", scram(Digest::Sha256, text)),
        "OTP" => ("dovecot_otp", Err(Unsupported)),
        "SSHA256" if body.len() == 56 && body.get(..12).is_some_and(|it| it.ends_with('=')) => {
            ("elasticsearch_ssha256", elasticsearch::ssha256(body))
        }
        "SMD5" | "SSHA1" | "SSHA256" | "SSHA512" if body.contains('$') => {
            let names = ["aix_smd5", "aix_ssha1", "aix_ssha256", "aix_ssha512"];
            let same = |aix: &&&str| aix.get(4..).is_some_and(|it| upper.eq_ignore_ascii_case(it));
            (names.iter().find(same).copied()?, Err(Unsupported))
        }
        _ if upper.starts_with("BCRYPT/") => crypt(body),
        _ if upper.starts_with("FSHP") => ("fshp", Err(Unsupported)),
        _ if upper.starts_with("X-ISSHA") => ("sap_codvn_h", Err(Unsupported)),
        _ => return digests(upper, body),
    })
}

/// What stands behind `{CRYPT}` and its kin: with its own prefix, or DES's 13 letters, or those and
/// 11 for each further 8 characters where the system's crypt(3) was bigcrypt.
fn crypt(body: &str) -> Told {
    if is_locked(body) {
        return ("unknown", Err(Unverifiable::Locked));
    }
    let des = || match body.len() {
        0..24 => ("des_crypt", crypt_forms::des("des_crypt", Crypt::Des, body)),
        _ => ("bigcrypt", crypt_forms::des("bigcrypt", Crypt::Bigcrypt, body)),
    };
    layered::read(body).unwrap_or_else(des)
}

/// Joomla 2.5 and 3: `hex:salt`.
fn joomla(body: &str) -> Read {
    let (written, salt) = body.split_once(':').ok_or(Malformed)?;
    let (salt, written) = (salt.as_bytes().to_vec(), (Encoding::Hex, written));
    by_recipe("joomla_sha256", "sha256($pass.$salt)", salt, written)
}

/// Dovecot's first bytes of a password, with their number and a `-` before them.
fn truncated(body: &str) -> Read {
    let (length, text) = body.split_once('-').ok_or(Malformed)?;
    let length = decimal(length)? as usize;
    let mut hash = plain(text).1?;
    hash.recipe = hash.recipe.then(Change::Part { start: 0, length });
    Ok(hash)
}

/// Dovecot's states of MD5 in an HMAC whose key is the password.
fn cram_md5(body: &str) -> Read {
    let encoding = Encoding::of(body, 32).ok_or(Malformed)?;
    whole(
        derived("dovecot_cram_md5", Kdf::Crypt(Crypt::CramMd5), vec![], (encoding, body), 32)?,
        32,
    )
}

/// HTTP's digest (RFC 2831): the username, the realm and the password, with colons between them.
fn digest_md5(body: &str) -> Read {
    let colon = Recipe::Constant(b":".as_slice().into());
    let user = Recipe::Variable(Variable::Username).then(Change::Realm);
    let of = Recipe::Join(vec![user, colon, Recipe::PASSWORD]);
    plain_digest("dovecot_digest_md5", Digest::Md5, of, vec![], body)
}

/// Dovecot's `iterations,salt,stored key,server key`; it does not prepare the password.
fn scram(digest: Digest, body: &str) -> Read {
    let [iterations, salt, stored_key, _] = fields(body, ',')?;
    pbkdf2::scram_verifier("dovecot_scram", digest, [iterations, salt, stored_key])
}

/// Plain digests, and digests with the salt behind them.
fn digests(upper: &str, body: &str) -> Option<Told> {
    let (scheme, digest, salted) = match upper {
        "MD4" | "PLAIN-MD4" => ("ldap_md4", Digest::Md4, false),
        "MD5" | "PLAIN-MD5" | "LDAP-MD5" => ("ldap_md5", Digest::Md5, false),
        "SHA" | "SHA1" => ("ldap_sha1", Digest::Sha1, false),
        "SHA224" => ("ldap_sha224", Digest::Sha224, false),
        "SHA256" => ("ldap_sha256", Digest::Sha256, false),
        "SHA384" => ("ldap_sha384", Digest::Sha384, false),
        "SHA512" => ("ldap_sha512", Digest::Sha512, false),
        "SMD5" => ("ldap_salted_md5", Digest::Md5, true),
        "SSHA" => ("ldap_salted_sha1", Digest::Sha1, true),
        "SSHA224" => ("ldap_salted_sha224", Digest::Sha224, true),
        "SSHA256" => ("ldap_salted_sha256", Digest::Sha256, true),
        "SSHA384" => ("ldap_salted_sha384", Digest::Sha384, true),
        "SSHA512" => ("ldap_salted_sha512", Digest::Sha512, true),
        _ => return None,
    };
    if !salted {
        return Some((scheme, plain_digest(scheme, digest, Recipe::PASSWORD, vec![], body)));
    }
    Some((scheme, salted_digest(scheme, digest, body)))
}

fn salted_digest(scheme: &'static str, digest: Digest, body: &str) -> Read {
    // Base64 of these lengths is never all hexadecimal digits: the digest alone has over twenty.
    let bytes = encoding::from_hex(body).or_else(|| encoding::from_base64(body));
    let bytes = bytes.ok_or(Malformed)?;
    let (own, salt) = bytes.split_at_checked(digest.length()).ok_or(Malformed)?;
    if salt.is_empty() || salt.len() > 64 {
        return Err(Malformed);
    }
    let of = Recipe::Join(vec![Recipe::PASSWORD, Recipe::SALT]);
    let recipe = Recipe::Digest(digest, Box::new(of));
    let own = Zeroizing::new(own.to_vec());
    Ok(StoredHash { scheme, recipe, salt: salt.to_vec(), digest: own, encoding: Encoding::Hex })
}

/// Atlassian's: 16 bytes of salt and 32 of key.
fn pkcs5s2(body: &str) -> Read {
    let bytes = STANDARD.decode(body).ok().filter(|bytes| bytes.len() == 48).ok_or(Malformed)?;
    let (salt, key) = bytes.split_at_checked(16).ok_or(Malformed)?;
    pbkdf2::from_bytes("atlassian_pbkdf2_sha1", Digest::Sha1, 10_000, salt, key)
}

/// OpenLDAP's `iterations$salt$key` in passlib's base64; Dovecot's `$1$salt$iterations$hex`.
fn openldap(upper: &str, body: &str) -> Told {
    let (scheme, digest) = match upper {
        "PBKDF2-SHA256" => ("ldap_pbkdf2_sha256", Digest::Sha256),
        // Roundup's name for it is the other.
        "PBKDF2-SHA512" | "PBKDF2S5" => ("ldap_pbkdf2_sha512", Digest::Sha512),
        _ => ("ldap_pbkdf2_sha1", Digest::Sha1),
    };
    let read = || {
        if let Some(rest) = body.strip_prefix("$1$") {
            let [salt, iterations, key] = fields(rest, '$')?;
            let salt = salt.as_bytes().to_vec();
            let hash = pbkdf2::pbkdf2(scheme, digest, iterations, salt, (Encoding::Hex, key))?;
            return whole(hash, digest.length());
        }
        let [iterations, salt, key] = fields(body, '$')?;
        let salt = ADAPTED.decode(salt.replace('+', ".").trim_end_matches('='));
        let salt = salt.map_err(|_| Malformed)?;
        let key = key.replace('+', ".");
        let key = (Encoding::AdaptedBase64, key.trim_end_matches('='));
        whole(pbkdf2::pbkdf2(scheme, digest, iterations, salt, key)?, digest.length())
    };
    (scheme, read())
}

/// 389 Directory Server: 4 bytes of iterations, 64 of salt, 256 of key.
fn ds389(body: &str) -> Read {
    let bytes = encoding::from_base64(body).ok_or(Malformed)?;
    let (iterations, rest) = bytes.split_first_chunk::<4>().ok_or(Malformed)?;
    let (salt, key) = rest.split_at_checked(64).ok_or(Malformed)?;
    let iterations = u32::from_be_bytes(*iterations);
    let whole = if key.len() == 256 { Ok(key) } else { Err(Malformed) };
    pbkdf2::from_bytes("ds389_pbkdf2_sha256", Digest::Sha256, iterations, salt, whole?)
}

/// Liferay: key size in bits, iterations, 8 bytes of salt and the key.
fn liferay(digest: Digest, body: &str) -> Read {
    let bytes = STANDARD.decode(body).map_err(|_| Malformed)?;
    let (bits, rest) = bytes.split_first_chunk::<4>().ok_or(Malformed)?;
    let (iterations, rest) = rest.split_first_chunk::<4>().ok_or(Malformed)?;
    let (salt, key) = rest.split_at_checked(8).ok_or(Malformed)?;
    let iterations = u32::from_be_bytes(*iterations);
    if key.len() * 8 != u32::from_be_bytes(*bits) as usize {
        return Err(Malformed);
    }
    pbkdf2::from_bytes("liferay_pbkdf2", digest, iterations, salt, key)
}
