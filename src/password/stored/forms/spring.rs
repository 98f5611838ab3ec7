//! Spring Security's DelegatingPasswordEncoder, whose names are in lower case.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::build::{Read, Told, derived, plain, plain_digest, uncut};
use super::fields::{digest_named, fields, is_any_hex};
use super::pbkdf2::from_bytes;
use super::{braces, layered};
use crate::password::primitives::{Digest, Kdf};
use crate::password::recipe::{Encoding, Recipe, Variable, encoding};
use crate::password::stored::hash::{StoredHash, Unverifiable};
use Unverifiable::Malformed;

/// Reads `{name}body` if the name is one of Spring's.
pub(super) fn read(name: &str, body: &str) -> Option<Told> {
    Some(match name {
        "bcrypt" | "argon2" | "argon2@SpringSecurity_v5_8" => layered::read(body)?,
        "ldap" => ldap(body)?,
        "noop" => plain(body),
        "scrypt" | "scrypt@SpringSecurity_v5_8" => {
            let rest = body.strip_prefix('$');
            ("spring_scrypt", rest.ok_or(Malformed).and_then(scrypt))
        }
        "pbkdf2" if !body.contains('$') => {
            ("spring_pbkdf2", pbkdf2(Digest::Sha1, 185_000, 8, body))
        }
        "pbkdf2@SpringSecurity_v5_8" => {
            ("spring_pbkdf2", pbkdf2(Digest::Sha256, 310_000, 16, body))
        }
        "sha256" if body.len() == 80 => ("spring_standard", standard(body)),
        "MD4" | "MD5" | "SHA-1" | "SHA-256" | "SHA-384" | "SHA-512" if body.starts_with('{') => {
            ("spring_message_digest", message_digest(name, body))
        }
        "SHA-1" | "SHA-256" => ("spring_message_digest", message_digest(name, body)),
        _ => return None,
    })
}

/// LdapShaPasswordEncoder's, which has braces of its own.
fn ldap(body: &str) -> Option<Told> {
    match body.strip_prefix('{').and_then(|rest| rest.split_once('}')) {
        Some((name, body)) => braces::read(name, body),
        None => layered::read(body),
    }
}

/// The defaults of 5.5 or 5.8, which the salt's length tells apart.
pub(super) fn unmarked_pbkdf2(body: &str) -> Read {
    pbkdf2(Digest::Sha256, 310_000, 16, body).or_else(|_| pbkdf2(Digest::Sha1, 185_000, 8, body))
}

/// The salt, then 32 bytes, or a SHA-1's 20; the application's secret is behind the salt.
fn pbkdf2(digest: Digest, iterations: u32, salt: usize, body: &str) -> Read {
    // The lengths of the one in base64 and the other in hexadecimal meet, but base64 is padded.
    let encoding = if is_any_hex(body) { Encoding::Hex } else { Encoding::Base64 };
    let whole =
        |bytes: &Vec<u8>| [32, digest.length()].map(|key| salt + key).contains(&bytes.len());
    let bytes = encoding.read(body).filter(whole).ok_or(Malformed)?;
    let (salt, key) = bytes.split_at_checked(salt).ok_or(Malformed)?;
    let mut hash = from_bytes("spring_pbkdf2", digest, iterations, salt, key)?;
    if let Recipe::Derive { salt, .. } = &mut hash.recipe {
        **salt = Recipe::Join(vec![Recipe::SALT, Recipe::Variable(Variable::OptionalPepper)]);
    }
    Ok(hash)
}

/// `E0801$salt$key`: N, r and p in hexadecimal, 16 bits each but r and p of 8.
pub(super) fn scrypt(rest: &str) -> Read {
    let [parameters, salt, key] = fields(rest, '$')?;
    let packed = u64::from_str_radix(parameters, 16).map_err(|_| Malformed)?;
    let log_n = u8::try_from(packed >> 16).map_err(|_| Unverifiable::OverCap)?;
    let [.., r, p] = packed.to_be_bytes();
    if log_n == 0 || r == 0 || p == 0 {
        return Err(Malformed);
    }
    let kdf = Kdf::Scrypt { log_n, r: r.into(), p: p.into() };
    let salt = STANDARD.decode(salt).map_err(|_| Malformed)?;
    uncut(derived("spring_scrypt", kdf, salt, (Encoding::Base64, key), 32)?)
}

/// The same behind a `$`; none where the text is not of that form.
pub(super) fn unbraced_scrypt(text: &str) -> Option<Read> {
    let rest = text.strip_prefix('$')?;
    let (parameters, _) = rest.split_once('$')?;
    let shaped = (5..=6).contains(&parameters.len()) && is_any_hex(parameters);
    shaped.then(|| scrypt(rest))
}

/// Whether such a text begins with digits alone, which could be somebody's iterations, and without the
/// r of 8 that Spring has.
pub(super) fn could_be_iterations(text: &str) -> bool {
    let parameters = text.split('$').nth(1).unwrap_or_default();
    let digits = parameters.bytes().all(|byte| byte.is_ascii_digit());
    digits
        && parameters.get(..parameters.len().saturating_sub(2)).is_none_or(|it| !it.ends_with("08"))
}

/// StandardPasswordEncoder: 8 bytes of salt, then SHA-256 a thousand and twenty-four times over
/// salt, secret and password.
pub(super) fn standard(body: &str) -> Read {
    let bytes = encoding::from_hex(body).filter(|bytes| bytes.len() == 40).ok_or(Malformed)?;
    let (salt, digest) = bytes.split_at_checked(8).ok_or(Malformed)?;
    let digest_of = |of| Recipe::Digest(Digest::Sha256, Box::new(of));
    let parts = [Variable::Salt, Variable::OptionalPepper, Variable::Password];
    let recipe = Recipe::Iterate {
        first: Box::new(digest_of(Recipe::Join(parts.map(Recipe::Variable).into()))),
        step: Box::new(digest_of(Recipe::Variable(Variable::Digest))),
        count: 1023,
    };
    let digest = Zeroizing::new(digest.to_vec());
    Ok(StoredHash {
        scheme: "spring_standard",
        recipe,
        salt: salt.to_vec(),
        digest,
        encoding: Encoding::Hex,
    })
}

/// MessageDigestPasswordEncoder: `{salt}` and the digest over password, brace, salt and brace.
fn message_digest(name: &str, body: &str) -> Read {
    let digest = digest_named(name)?;
    let (salt, written) = match body.strip_prefix('{') {
        Some(rest) => rest.split_once('}').ok_or(Malformed)?,
        None => ("", body),
    };
    let salted = if salt.is_empty() { String::new() } else { format!("{{{salt}}}") };
    let of = Recipe::Join(vec![Recipe::PASSWORD, Recipe::SALT]);
    plain_digest("spring_message_digest", digest, of, salted.into_bytes(), written)
}
