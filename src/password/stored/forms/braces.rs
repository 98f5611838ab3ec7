//! `{SCHEME}…`, as LDAP servers, Dovecot and others write it. Nothing in braces holds braces again.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::build::{Read, Told, plain, plain_digest};
use super::fields::fields;
use super::{crypt as crypt_forms, layered, pbkdf2, servers};
use crate::password::primitives::{Crypt, Digest};
use crate::password::recipe::encoding::{self, ADAPTED};
use crate::password::recipe::{Change, Encoding, Recipe};
use crate::password::stored::hash::{StoredHash, Unverifiable};
use Unverifiable::{Malformed, Unsupported};

/// LDAP's and Dovecot's names, in any case; `.HEX` and `.B64` say how a digest is written, which
/// its length says as well.
pub(super) fn read(name: &str, body: &str) -> Option<Told> {
    let upper = name.to_ascii_uppercase();
    let upper = upper.strip_suffix(".HEX").or(upper.strip_suffix(".B64")).unwrap_or(&upper);
    if upper.starts_with("PBKDF2WITHHMACSHA1/") {
        return Some(("liferay_pbkdf2", liferay(body)));
    }
    Some(match upper {
        "CRYPT" | "DES-CRYPT" | "BLF-CRYPT" | "MD5-CRYPT" | "SHA256-CRYPT" | "SHA512-CRYPT"
        | "ARGON2" | "ARGON2I" | "ARGON2ID" | "BCRYPT" => crypt(body),
        "MD5" if body.starts_with("$1$") => crypt(body),
        "PLAIN" | "CLEARTEXT" | "CLEAR" => plain(body),
        "PKCS5S2" => ("atlassian_pbkdf2_sha1", pkcs5s2(body)),
        "PBKDF2" | "PBKDF2-SHA1" | "PBKDF2-SHA256" | "PBKDF2-SHA512" => openldap(upper, body),
        "PBKDF2_SHA256" => ("ds389_pbkdf2_sha256", ds389(body)),
        "NTLM" | "NT" => {
            let of = Recipe::PASSWORD.then(Change::Utf16Le);
            ("ldap_nthash", plain_digest("ldap_nthash", Digest::Md4, of, vec![], body))
        }
        "LANMAN" => ("lmhash", servers::lan_manager(body)),
        "CRAM-MD5" | "HMAC-MD5" | "DIGEST-MD5" => ("dovecot_cram_md5", Err(Unsupported)),
        "SCRAM-SHA-256" => (
            "postgres_scram_sha256",
            fields(body, ',').and_then(|[iterations, salt, stored, _]: [&str; 4]| {
                pbkdf2::scram_verifier(Digest::Sha256, [iterations, salt, stored])
            }),
        ),
        "SCRAM-SHA-1" => ("dovecot_scram", Err(Unsupported)),
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

/// What stands behind `{CRYPT}` and its kin: with its own prefix, or DES's 13 letters.
fn crypt(body: &str) -> Told {
    layered::read(body)
        .unwrap_or_else(|| ("des_crypt", crypt_forms::des("des_crypt", Crypt::Des, body)))
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
        "PBKDF2-SHA512" => ("ldap_pbkdf2_sha512", Digest::Sha512),
        _ => ("ldap_pbkdf2_sha1", Digest::Sha1),
    };
    let read = || {
        if let Some(rest) = body.strip_prefix("$1$") {
            let [salt, iterations, key] = fields(rest, '$')?;
            let salt = salt.as_bytes().to_vec();
            return pbkdf2::pbkdf2(scheme, digest, iterations, salt, (Encoding::Hex, key));
        }
        let [iterations, salt, key] = fields(body, '$')?;
        let salt = ADAPTED.decode(salt.replace('+', ".").trim_end_matches('='));
        let salt = salt.map_err(|_| Malformed)?;
        let key = key.replace('+', ".");
        let key = (Encoding::AdaptedBase64, key.trim_end_matches('='));
        pbkdf2::pbkdf2(scheme, digest, iterations, salt, key)
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
fn liferay(body: &str) -> Read {
    let bytes = STANDARD.decode(body).map_err(|_| Malformed)?;
    let (_, rest) = bytes.split_first_chunk::<4>().ok_or(Malformed)?;
    let (iterations, rest) = rest.split_first_chunk::<4>().ok_or(Malformed)?;
    let (salt, key) = rest.split_at_checked(8).ok_or(Malformed)?;
    let iterations = u32::from_be_bytes(*iterations);
    pbkdf2::from_bytes("liferay_pbkdf2", Digest::Sha1, iterations, salt, key)
}
