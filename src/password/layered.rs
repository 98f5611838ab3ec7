//! Forms that carry others inside: MediaWiki's, XenForo's serialised arrays, Keycloak's JSON.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use super::bcrypt::BcryptVariant;
use super::digest::Digest;
use super::encoding::Encoding;
use super::kdf::{Argon2Kind, Kdf};
use super::modular::{self, Read, derived, fields, least};
use super::pbkdf2_forms as pbkdf2;
use super::servers::by_recipe;
use super::stored::{StoredHash, Unverifiable};
use super::{grammar, told};
use Unverifiable::Malformed;

const MEDIAWIKI_B: &str = "md5($salt.'-'.md5($pass))";

/// MediaWiki's `:B:salt:hex`.
pub(super) fn mediawiki_b(rest: &str) -> Read {
    let (salt, digits) = rest.rsplit_once(':').ok_or(Malformed)?;
    by_recipe("mediawiki_b", MEDIAWIKI_B, salt.as_bytes().to_vec(), (Encoding::Hex, digits))
}

/// MediaWiki's `:A:hex`, and `:A:salt:hex`, which an old fault of it wrote for the other.
pub(super) fn mediawiki_a(rest: &str) -> Read {
    if rest.contains(':') {
        return mediawiki_b(rest);
    }
    by_recipe("mediawiki_a", "md5($pass)", vec![], (Encoding::Hex, rest))
}

/// hashcat's `$B$salt$hex`.
pub(super) fn mediawiki_b_old(rest: &str) -> Read {
    let (salt, digits) = rest.rsplit_once('$').ok_or(Malformed)?;
    by_recipe("mediawiki_b", MEDIAWIKI_B, salt.as_bytes().to_vec(), (Encoding::Hex, digits))
}

/// MediaWiki's `9$salt$digest`: a cost below 10 has one digit there.
pub(super) fn mediawiki_bcrypt(rest: &str) -> Read {
    let [cost, salt, digest] = fields(rest, '$')?;
    modular::bcrypt(&format!("y${cost:0>2}${salt}{digest}"))
}

/// PBKDF2 over an old hash: `!sha512:30000:64!old salt!salt!key`, the parameters of both first.
pub(super) fn mediawiki(kind: &str, rest: &str) -> Read {
    let [_, parameters, old_salt, salt, key] = fields(rest, '!')?;
    let mut hash = pbkdf2::mediawiki(&format!("{parameters}:{salt}:{key}"))?;
    let inner = match kind {
        "A" => "md5($pass)".to_owned(),
        // The text of a recipe cannot hold a quotation mark, and MediaWiki's salts never do.
        _ if old_salt.contains('\'') => return Err(Malformed),
        _ => format!("md5('{old_salt}-'.md5($pass))"),
    };
    hash.recipe.over(&grammar::inner(&inner).ok_or(Malformed)?);
    Ok(hash)
}

/// XenForo's PHP array, behind `a:`: `1:{s:4:"hash";s:60:"$2a$…";}`, or a digest with its salt.
pub(super) fn xenforo(rest: &str) -> Read {
    let value = |name: &str| {
        let (_, rest) = rest.split_once(&format!("\"{name}\";s:"))?;
        let (_, rest) = rest.split_once(":\"")?;
        rest.split_once('"').map(|(value, _)| value)
    };
    let hash = value("hash").ok_or(Malformed)?;
    let Some(salt) = value("salt") else {
        return told::inner(hash).ok_or(Malformed)?.1;
    };
    let (scheme, recipe) = match value("hashFunc") {
        Some("sha1") => ("xenforo_sha1", "sha1(sha1($pass).$salt)"),
        _ => ("xenforo_sha256", "sha256(sha256($pass).$salt)"),
    };
    by_recipe(scheme, recipe, salt.as_bytes().to_vec(), (Encoding::Hex, hash))
}

/// Keycloak's `credential` columns. In an export they are strings of JSON.
#[derive(Deserialize)]
struct Credential {
    #[serde(alias = "secretData")]
    secret_data: Part,
    #[serde(alias = "credentialData")]
    credential_data: Part,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Part {
    Text(String),
    Object(Box<serde_json::value::RawValue>),
}

impl Part {
    fn text(&self) -> &str {
        match self {
            Self::Text(text) => text,
            Self::Object(object) => object.get(),
        }
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
    #[serde(default)]
    additional_parameters: Additional,
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

/// Keycloak: `secret_data` behind its `{"`, with `credential_data` in the salt's column; or one
/// object that holds both.
pub(super) fn keycloak(rest: &str, salt: Option<&str>) -> Read {
    let text = format!("{{\"{rest}");
    let both: Option<Credential> = serde_json::from_str(&text).ok();
    let (secret, data) = match (&both, salt) {
        (Some(both), _) => (both.secret_data.text(), both.credential_data.text()),
        (None, Some(data)) => (text.as_str(), data),
        (None, None) => return Err(Unverifiable::Incomplete),
    };
    let secret: Secret = serde_json::from_str(secret).map_err(|_| Malformed)?;
    let data: Data = serde_json::from_str(data).map_err(|_| Malformed)?;
    let salt = STANDARD.decode(&secret.salt).map_err(|_| Malformed)?;
    let key = (Encoding::Base64, secret.value.as_str());
    let digest = match data.algorithm.as_str() {
        "pbkdf2" => Digest::Sha1,
        "pbkdf2-sha256" => Digest::Sha256,
        "pbkdf2-sha512" => Digest::Sha512,
        "argon2" => return keycloak_argon2(&data, salt, key),
        _ => return Err(Unverifiable::Unsupported),
    };
    pbkdf2::pbkdf2("keycloak", digest, &data.hash_iterations.to_string(), salt, key)
}

fn keycloak_argon2(data: &Data, salt: Vec<u8>, key: (Encoding, &str)) -> Read {
    let more = &data.additional_parameters;
    let first = |list: &[String]| list.first().cloned().unwrap_or_default();
    let kind = match first(&more.kind).as_str() {
        "id" => Argon2Kind::Id,
        "i" => Argon2Kind::I,
        "d" => Argon2Kind::D,
        _ => return Err(Malformed),
    };
    let version = if first(&more.version) == "1.0" { 0x10 } else { 0x13 };
    let passes = least(data.hash_iterations, 1)?;
    let lanes = least(modular::decimal(&first(&more.parallelism))?, 1)?;
    let memory_kib = least(modular::decimal(&first(&more.memory))?, 8 * lanes.min(256))?;
    let kdf = Kdf::Argon2 { kind, version, memory_kib, passes, lanes };
    derived("keycloak", kdf, salt, key, 32)
}

/// WoltLab 4: bcrypt of bcrypt's whole text, both with the one salt that is stored.
pub(super) fn woltlab(text: &str) -> Read {
    use super::recipe::{Change, Recipe};
    let mut hash: StoredHash = told::inner(text).ok_or(Malformed)?.1?;
    let Recipe::Derive { kdf: Kdf::Bcrypt { variant: BcryptVariant::Correct, .. }, .. } =
        hash.recipe
    else {
        return Err(Unverifiable::SchemeMismatch);
    };
    let before = Recipe::Constant(text.get(..29).ok_or(Malformed)?.as_bytes().to_vec().into());
    let inner = Recipe::Join(vec![before, hash.recipe.clone().then(Change::BcryptBase64)]);
    hash.recipe.over(&inner);
    Ok(hash.named("wbb4"))
}
