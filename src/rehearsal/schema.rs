//! What a user of an import file may be. Sources: auth0.com/docs, "Bulk User Import Database Schema
//! and Examples" and "Error codes and messages"; lengths from the Management API's description of a
//! new user. Written beside the rules of [`crate::bulk`], not from them: the two are to agree. Which
//! code the tenant gives for a member that the schema does not have is documented nowhere.

use std::collections::BTreeMap;

use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use super::password;

/// The largest profile that is kept, in bytes of JSON.
const MAX_PROFILE_BYTES: usize = 10 * 1024;

/// Members that are text: name, least and most letters.
const TEXTS: [(&str, usize, usize); 9] = [
    ("email", 1, 254),
    ("user_id", 0, 255),
    ("username", 1, 128),
    ("phone_number", 2, 16),
    ("given_name", 1, 150),
    ("family_name", 1, 150),
    ("name", 1, 300),
    ("nickname", 1, 300),
    ("picture", 1, 10_000),
];
const FLAGS: [&str; 3] = ["email_verified", "phone_verified", "blocked"];
const OBJECTS: [&str; 2] = ["user_metadata", "app_metadata"];
const PASSWORDS: [&str; 2] = ["password_hash", "custom_password_hash"];

/// Names that `app_metadata` must not hold. Source: auth0.com/docs, "Metadata Field Names and Data
/// Types".
const RESERVED: &str = "__tenant _id blocked clientID created_at email_verified email globalClientID \
    global_client_id identities lastIP lastLogin loginsCount metadata multifactor_last_modified \
    multifactor updated_at user_id";

/// Why a user is refused.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Complaint {
    pub(super) code: &'static str,
    pub(super) path: String,
}

/// Refuses with a code of the documentation, for a member.
pub(super) fn refuse<T>(code: &'static str, path: &str) -> Result<T, Complaint> {
    Err(Complaint { code, path: path.to_owned() })
}

/// The members of a user as they were sent.
pub(super) type Members<'a> = BTreeMap<String, &'a RawValue>;

/// Reads a user of a file and keeps everything but the password.
pub(super) fn read(user: &RawValue) -> Result<Map<String, Value>, Complaint> {
    let Ok(members) = serde_json::from_str::<Members<'_>>(user.get()) else {
        return refuse("INVALID_TYPE", "user");
    };
    let mut profile = Map::new();
    for (name, raw) in &members {
        match name.as_str() {
            "mfa_factors" => factors(raw)?,
            name if PASSWORDS.contains(&name) => {}
            _ => drop(profile.insert(name.clone(), value(name, raw)?)),
        }
    }
    if !profile.contains_key("email") {
        return refuse("OBJECT_REQUIRED", "email");
    }
    if PASSWORDS.iter().all(|name| members.contains_key(*name)) {
        return refuse("NOT_PASSED", "password_hash");
    }
    if let Some(raw) = members.get("password_hash") {
        password::plain(raw)?;
    }
    if let Some(raw) = members.get("custom_password_hash") {
        password::custom(raw)?;
    }
    if json!(profile).to_string().len() > MAX_PROFILE_BYTES {
        return refuse("PROFILE_SIZE_EXCEEDED", "user");
    }
    Ok(profile)
}

/// One member, if it is what its name says.
fn value(name: &str, raw: &RawValue) -> Result<Value, Complaint> {
    let value: Value = serde_json::from_str(raw.get()).unwrap_or_default();
    if let Some((_, least, most)) = TEXTS.iter().find(|(text, ..)| *text == name) {
        let Value::String(text) = &value else { return refuse("INVALID_TYPE", name) };
        let length = text.chars().count();
        if length < *least {
            return refuse("MIN_LENGTH", name);
        }
        if length > *most {
            return refuse("MAX_LENGTH", name);
        }
        form(name, text)?;
    } else if FLAGS.contains(&name) {
        if !value.is_boolean() {
            return refuse("INVALID_TYPE", name);
        }
    } else if OBJECTS.contains(&name) {
        let Value::Object(fields) = &value else { return refuse("INVALID_TYPE", name) };
        let reserved = |field: &String| {
            name == "app_metadata" && RESERVED.split_whitespace().any(|it| it == field)
        };
        if fields.keys().any(|field| field.contains(['.', '$']) || reserved(field)) {
            return refuse("NOT_PASSED", name);
        }
    } else {
        return refuse("NOT_PASSED", name);
    }
    Ok(value)
}

/// Texts that have a form of their own.
fn form(name: &str, text: &str) -> Result<(), Complaint> {
    match name {
        "email" if !is_address(text) => refuse("FORMAT", name),
        "user_id" if text.contains(char::is_whitespace) => refuse("PATTERN", name),
        "username" => {
            let fits = |c: char| c.is_ascii_alphanumeric() || "@^$.!`-#+'~_".contains(c);
            if text.chars().all(fits) && !is_address(text) {
                Ok(())
            } else {
                refuse("PATTERN", name)
            }
        }
        "phone_number" => {
            let figures = text.strip_prefix('+').unwrap_or_default();
            if !figures.is_empty() && figures.bytes().all(|it| it.is_ascii_digit()) {
                Ok(())
            } else {
                refuse("PATTERN", name)
            }
        }
        _ => Ok(()),
    }
}

fn is_address(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let plain = |c: char| !c.is_whitespace() && !c.is_control() && !"<>,;@".contains(c);
    !local.is_empty()
        && local.len() <= 64
        && local.chars().all(plain)
        && domain.split('.').all(|label| !label.is_empty() && label.chars().all(plain))
}

/// One to ten, each with one key.
fn factors(raw: &RawValue) -> Result<(), Complaint> {
    let name = "mfa_factors";
    let value: Value = serde_json::from_str(raw.get()).unwrap_or_default();
    let Value::Array(factors) = value else { return refuse("INVALID_TYPE", name) };
    let known = |factor: &Value| {
        let keys = factor.as_object().filter(|keys| keys.len() == 1);
        keys.is_some_and(|keys| keys.keys().all(|it| matches!(&**it, "totp" | "phone" | "email")))
    };
    match factors.len() {
        0 => refuse("ARRAY_LENGTH_SHORT", name),
        1..=10 if factors.iter().all(known) => Ok(()),
        1..=10 => refuse("ANY_OF_MISSING", name),
        _ => refuse("ARRAY_LENGTH_LONG", name),
    }
}

/// The user as an error of the job shows it: as it was sent, with secrets starred.
pub(super) fn shown(user: &RawValue) -> Value {
    let Ok(members) = serde_json::from_str::<Members<'_>>(user.get()) else { return json!({}) };
    let show = |(name, raw): (String, &RawValue)| {
        let hidden = PASSWORDS.contains(&name.as_str()) || name == "mfa_factors";
        let value = if hidden {
            json!("*****")
        } else {
            serde_json::from_str(raw.get()).unwrap_or_default()
        };
        (name, value)
    };
    Value::Object(members.into_iter().map(show).collect())
}
