//! Elasticsearch's own forms behind braces that others have, too (Hasher.java).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::build::{Read, plain_digest, whole};
use super::fields::fields;
use super::pbkdf2::pbkdf2 as pbkdf2_hash;
use crate::password::primitives::Digest;
use crate::password::recipe::{Encoding, Recipe};
use crate::password::stored::hash::Unverifiable::Malformed;

/// `iterations$salt$key` in base64: 32 bytes by SHA-512.
pub(super) fn pbkdf2(body: &str) -> Read {
    let [iterations, salt, key] = fields(body, '$')?;
    let salt = STANDARD.decode(salt).map_err(|_| Malformed)?;
    let key = (Encoding::Base64, key);
    whole(pbkdf2_hash("elasticsearch_pbkdf2", Digest::Sha512, iterations, salt, key)?, 32)
}

/// The salt, then the digest in base64: eight letters that are the salt, or twelve that stand for its
/// eight bytes.
pub(super) fn ssha256(body: &str) -> Read {
    let (salt, written) =
        body.len().checked_sub(44).and_then(|at| body.split_at_checked(at)).ok_or(Malformed)?;
    let salt = match salt.len() {
        8 => salt.as_bytes().to_vec(),
        12 => STANDARD.decode(salt).map_err(|_| Malformed)?,
        _ => return Err(Malformed),
    };
    let of = Recipe::Join(vec![Recipe::PASSWORD, Recipe::SALT]);
    plain_digest("elasticsearch_ssha256", Digest::Sha256, of, salt, written)
}
