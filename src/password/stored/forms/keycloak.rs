//! Keycloak's credentials: two columns of JSON.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use super::build::{Read, derived, uncut};
use super::fields::{decimal, least};
use super::pbkdf2;
use crate::password::primitives::{Argon2Kind, Digest, Kdf};
use crate::password::recipe::Encoding;
use crate::password::stored::hash::Unverifiable;
use Unverifiable::Malformed;

/// Keycloak's `credential` columns. In an export they are strings of JSON.
#[derive(Deserialize)]
struct Credential {
    #[serde(alias = "secretData")]
    secret_data: Part,
    #[serde(alias = "credentialData")]
    credential_data: Part,
}

/// A text of JSON, or the object itself.
#[derive(Deserialize)]
#[serde(transparent)]
struct Part(Box<serde_json::value::RawValue>);

impl Part {
    fn text(&self) -> Cow<'_, str> {
        let written = self.0.get();
        serde_json::from_str::<String>(written).map_or(Cow::Borrowed(written), Cow::Owned)
    }
}

#[derive(Deserialize)]
struct Secret {
    value: String,
    salt: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    hash_iterations: u32,
    algorithm: String,
    additional_parameters: Option<Additional>,
}

/// argon2's parameters, each a list of one text.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Additional {
    memory: Vec<String>,
    parallelism: Vec<String>,
    #[serde(rename = "type")]
    kind: Vec<String>,
    version: Vec<String>,
}

/// Keycloak: `secret_data`, with `credential_data` in the salt's column; or one object that holds
/// both.
pub(in crate::password::stored) fn keycloak(text: &str, salt: Option<&str>) -> Read {
    let both: Option<Credential> = serde_json::from_str(text).ok();
    let (secret, data) = match (&both, salt) {
        (Some(both), _) => (both.secret_data.text(), both.credential_data.text()),
        (None, Some(data)) => (Cow::Borrowed(text), Cow::Borrowed(data)),
        (None, None) => return Err(Unverifiable::Incomplete),
    };
    let secret: Secret = serde_json::from_str(&secret).map_err(|_| Malformed)?;
    let data: Data = serde_json::from_str(&data).map_err(|_| Malformed)?;
    let salt = STANDARD.decode(&secret.salt).map_err(|_| Malformed)?;
    let key = (Encoding::Base64, secret.value.as_str());
    let digest = match data.algorithm.as_str() {
        "pbkdf2" => Digest::Sha1,
        "pbkdf2-sha256" => Digest::Sha256,
        "pbkdf2-sha512" => Digest::Sha512,
        "argon2" => return keycloak_argon2(&data, salt, key),
        _ => return Err(Unverifiable::Unsupported),
    };
    uncut(pbkdf2::pbkdf2("keycloak", digest, &data.hash_iterations.to_string(), salt, key)?)
}

fn keycloak_argon2(data: &Data, salt: Vec<u8>, key: (Encoding, &str)) -> Read {
    let more = data.additional_parameters.as_ref().ok_or(Malformed)?;
    let first = |list: &[String]| list.first().cloned().unwrap_or_default();
    let kind = Argon2Kind::named(&first(&more.kind)).ok_or(Malformed)?;
    let version = if first(&more.version) == "1.0" { 0x10 } else { 0x13 };
    let passes = least(data.hash_iterations, 1)?;
    let lanes = least(decimal(&first(&more.parallelism))?, 1)?;
    let memory_kib = least(decimal(&first(&more.memory))?, 8 * lanes.min(256))?;
    let kdf = Kdf::Argon2 { kind, version, memory_kib, passes, lanes, keyed: false };
    derived("keycloak", kdf, salt, key, 32)
}
