//! What an import object means, read from the schema page alone: auth0.com/docs, "Bulk User Import
//! Database Schema and Examples", and the RFCs it names. Nothing of the password rooms is used.

mod functions;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use serde_json::{Map, Value};

use functions::{argon2, keyed, ldap, phc_pbkdf2, plain};

type Object = Map<String, Value>;

/// Whether the object admits the password.
///
/// # Errors
/// What in it the schema does not allow.
pub fn admits(object: &Value, password: &str) -> Result<bool, String> {
    let object = object.as_object().ok_or("no object")?;
    let [(name, value)] = object.iter().collect::<Vec<_>>()[..] else {
        return Err("the two members exclude each other".into());
    };
    match name.as_str() {
        "password_hash" => {
            let value = value.as_str().ok_or("no text")?;
            let tail = value.strip_prefix("$2a$10$").or(value.strip_prefix("$2b$10$"));
            check(tail.is_some_and(|tail| tail.len() == 53), "not ^\\$2[ab]\\$10\\$.{53}$")?;
            bcrypt::verify(password, value).map_err(|e| e.to_string())
        }
        "custom_password_hash" => custom(value.as_object().ok_or("no object")?, password),
        _ => Err(format!("no such member: {name}")),
    }
}

fn check(right: bool, what: &str) -> Result<(), String> {
    if right { Ok(()) } else { Err(what.to_owned()) }
}

fn only(object: &Object, members: &[&str]) -> Result<(), String> {
    let strange = object.keys().find(|key| !members.contains(&key.as_str()));
    strange.map_or(Ok(()), |key| Err(format!("additional property {key}")))
}

fn text<'a>(object: &'a Object, member: &str) -> Result<&'a str, String> {
    object.get(member).and_then(Value::as_str).ok_or(format!("{member} is no text"))
}

fn object<'a>(object: &'a Object, member: &str) -> Result<&'a Object, String> {
    object.get(member).and_then(Value::as_object).ok_or(format!("{member} is no object"))
}

fn custom(custom: &Object, password: &str) -> Result<bool, String> {
    let algorithm = text(custom, "algorithm")?;
    let hash = object(custom, "hash")?;
    let encoding = text(hash, "encoding")?;
    let common = ["algorithm", "hash"];
    let allowed: &[&str] = match algorithm {
        "argon2" | "ldap" | "pbkdf2" => &[],
        "bcrypt" => &["salt"],
        "hmac" => &["password"],
        "md4" | "md5" | "sha1" | "sha256" | "sha512" => &["salt", "password"],
        "scrypt" => &["salt", "keylen", "cost", "blockSize", "parallelization"],
        _ => return Err(format!("no such algorithm: {algorithm}")),
    };
    only(custom, &[&common[..], allowed].concat())?;
    only(
        hash,
        if algorithm == "hmac" {
            &["value", "encoding", "digest", "key"]
        } else {
            &["value", "encoding"]
        },
    )?;
    let is_text = ["argon2", "bcrypt", "ldap", "pbkdf2"].contains(&algorithm);
    check(
        if is_text { encoding == "utf8" } else { encoding == "hex" || encoding == "base64" },
        "hash.encoding",
    )?;
    let value = text(hash, "value")?;
    let typed = typed(custom, password)?;
    match algorithm {
        "argon2" => argon2(value, &typed),
        "bcrypt" => {
            let letters = ["$2a$", "$2b$", "$2y$"];
            check(letters.iter().any(|letter| value.starts_with(letter)), "bcrypt's prefix")?;
            check(value.len() == 60, "bcrypt's length")?;
            bcrypt::verify(salted(custom, &typed)?, value).map_err(|e| e.to_string())
        }
        "ldap" => ldap(value, &typed),
        "pbkdf2" => phc_pbkdf2(value, &typed),
        "hmac" => {
            let key = bytes(object(hash, "key")?)?;
            Ok(keyed(text(hash, "digest")?, &key, &typed)? == bytes(hash)?)
        }
        "scrypt" => scrypt_of(custom, &typed).and_then(|key| Ok(key == bytes(hash)?)),
        _ => Ok(plain(algorithm, &salted(custom, &typed)?)? == bytes(hash)?),
    }
}

/// `password.encoding`, as Node's `Buffer.from` understands it.
fn typed(custom: &Object, password: &str) -> Result<Vec<u8>, String> {
    let Some(settings) = custom.get("password") else { return Ok(password.as_bytes().to_vec()) };
    let settings = settings.as_object().ok_or("password is no object")?;
    only(settings, &["encoding"])?;
    match text(settings, "encoding")? {
        "utf8" => Ok(password.as_bytes().to_vec()),
        "utf16le" | "ucs2" => Ok(password.encode_utf16().flat_map(u16::to_le_bytes).collect()),
        "latin1" | "binary" | "ascii" => {
            Ok(password.encode_utf16().map(|unit| unit as u8).collect())
        }
        other => Err(format!("password.encoding {other}")),
    }
}

/// A value in the encoding beside it; UTF-8 without one.
fn bytes(object: &Object) -> Result<Vec<u8>, String> {
    let value = text(object, "value")?;
    match object.get("encoding").and_then(Value::as_str).unwrap_or("utf8") {
        "utf8" => Ok(value.as_bytes().to_vec()),
        "base64" => STANDARD.decode(value).or(URL_SAFE.decode(value)).map_err(|e| e.to_string()),
        "hex" => {
            let pair = |at| u8::from_str_radix(value.get(at..at + 2).unwrap_or("x"), 16);
            (0..value.len())
                .step_by(2)
                .map(pair)
                .collect::<Result<_, _>>()
                .map_err(|e| e.to_string())
        }
        other => Err(format!("encoding {other}")),
    }
}

fn salted(custom: &Object, typed: &[u8]) -> Result<Vec<u8>, String> {
    let Some(salt) = custom.get("salt") else { return Ok(typed.to_vec()) };
    let salt = salt.as_object().ok_or("salt is no object")?;
    only(salt, &["value", "encoding", "position"])?;
    match salt.get("position").and_then(Value::as_str).unwrap_or("prefix") {
        "prefix" => Ok([&bytes(salt)?, typed].concat()),
        "suffix" => Ok([typed, &bytes(salt)?].concat()),
        other => Err(format!("salt.position {other}")),
    }
}

fn scrypt_of(custom: &Object, typed: &[u8]) -> Result<Vec<u8>, String> {
    let whole =
        |name: &str| custom.get(name).map(|n| n.as_u64().ok_or(format!("{name} is no number")));
    let length = whole("keylen").ok_or("keylen is required")??;
    let cost = whole("cost").unwrap_or(Ok(16384))?;
    let (r, p) = (whole("blockSize").unwrap_or(Ok(8))?, whole("parallelization").unwrap_or(Ok(1))?);
    check(length > 0 && cost > 1 && cost.is_power_of_two() && r > 0 && p > 0, "scrypt's numbers")?;
    let salt = custom.get("salt").and_then(Value::as_object).ok_or("scrypt without salt")?;
    only(salt, &["value", "encoding"])?;
    let parameters =
        scrypt::Params::new(cost.ilog2() as u8, r as u32, p as u32).map_err(|e| e.to_string())?;
    let mut key = vec![0; length as usize];
    scrypt::scrypt(typed, &bytes(salt)?, &parameters, &mut key).map_err(|e| e.to_string())?;
    Ok(key)
}

/// The objects that the schema page itself gives are read, and the one password that it tells.
#[test]
fn the_pages_own_examples_are_read() {
    let of = |custom: Value| serde_json::json!({ "custom_password_hash": custom });
    let hello = of(serde_json::json!({ "algorithm": "bcrypt", "hash": {
        "value": "$2b$10$nFguVi9LsCAcvTZFKQlRKeLVydo8ETv483lkNsSFI/Wl1Rz1Ypo1K", "encoding": "utf8" } }));
    assert_eq!(admits(&hello, "hello"), Ok(true));
    assert_eq!(admits(&hello, "Hello"), Ok(false));
    for custom in [
        serde_json::json!({ "algorithm": "md4", "hash": { "value": "AbuUujgF0pPPkJPSFRTpmA==", "encoding": "base64" } }),
        serde_json::json!({ "algorithm": "ldap", "hash": { "value": "{SSHA384}/cgEjdoZh85DhurDeOQEMO1rMlAur93SVPbYe5XSD4lF7nNuvrBju5hUeg9A6agRemgSXGl5YuE=", "encoding": "utf8" } }),
        serde_json::json!({ "algorithm": "hmac", "hash": { "value": "cg7f42jH39/2EaAU4wNd4s2lKIk=", "encoding": "base64", "digest": "sha1", "key": { "value": "736868", "encoding": "hex" } } }),
        serde_json::json!({ "algorithm": "scrypt", "hash": { "value": "097f6197e1b41538f723e32aa7a68e8d76227d8e432ce5faa4882a913032db29", "encoding": "hex" }, "salt": { "value": "abc123", "encoding": "utf8" }, "keylen": 32, "cost": 4096 }),
    ] {
        assert_eq!(admits(&of(custom.clone()), "not the password"), Ok(false), "{custom}");
    }
    // "salt" + "password" under MD5, from the description of salt.position.
    let salted = of(serde_json::json!({ "algorithm": "md5",
        "hash": { "value": "67A1E09BB1F83F5007DC119C14D663AA", "encoding": "hex" }, "salt": { "value": "salt" } }));
    assert_eq!(admits(&salted, "password"), Ok(true));
}
