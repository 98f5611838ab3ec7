//! Which hashes the stand-in takes. What the import makes of every published vector must be among
//! them: the two are written apart.
#![allow(clippy::too_many_lines, reason = "its tables are long")]

use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::rehearsal::schema::read;

fn judged(name: &str, value: &Value) -> Result<(), (&'static str, String)> {
    let user = json!({ "user_id": "1", "email": "a@example.com", name: value });
    let raw: Box<RawValue> = serde_json::from_str(&user.to_string()).expect("JSON");
    read(&raw).map(drop).map_err(|it| (it.code, it.path))
}

/// What the stand-in says of a password member of an import file.
pub(crate) fn complaint(member: &Value) -> Option<String> {
    let (name, value) = member.as_object()?.iter().next()?;
    judged(name, value).err().map(|it| format!("{it:?}"))
}

fn custom(value: &Value) -> Result<(), (&'static str, String)> {
    judged("custom_password_hash", value)
}

const BCRYPT: &str = "$2b$10$XJ0.fOgda7DEdq55EOpDdO6MP9At1vsASFJUBPhs9jdBqz2UBe/L6";
const HEX: &str = "00112233445566778899aabbccddeeff";

#[test]
fn what_the_schema_allows_is_taken() {
    assert_eq!(judged("password_hash", &json!(BCRYPT)), Ok(()));
    for hash in [
        json!({ "algorithm": "bcrypt", "hash": { "value": BCRYPT.replace("$2b$10", "$2y$12") } }),
        json!({ "algorithm": "bcrypt", "hash": { "value": BCRYPT, "encoding": "utf8" }, "salt": { "value": "pepper", "position": "suffix" } }),
        json!({ "algorithm": "argon2", "hash": { "value": "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNo", "encoding": "utf8" } }),
        json!({ "algorithm": "ldap", "hash": { "value": "{SSHA}MgytLE4VKWc3ic0GUi+5G8Y7ykpZ5UjSlPyS7Q==" } }),
        json!({ "algorithm": "pbkdf2", "hash": { "value": "$pbkdf2-sha256$i=1000,l=4$c2FsdA$aGFzaA" } }),
        json!({ "algorithm": "md5", "hash": { "value": HEX, "encoding": "hex" }, "password": { "encoding": "utf16le" } }),
        json!({ "algorithm": "sha1", "hash": { "value": "aGFzaA==", "encoding": "base64" }, "salt": { "value": "ff", "encoding": "hex" } }),
        json!({ "algorithm": "hmac", "hash": { "value": HEX, "encoding": "hex", "digest": "md5", "key": { "value": "k" } } }),
        json!({ "algorithm": "scrypt", "hash": { "value": HEX, "encoding": "hex" }, "salt": { "value": "s" }, "keylen": 16 }),
    ] {
        assert_eq!(custom(&hash), Ok(()), "{hash}");
    }
}

#[test]
fn what_it_does_not_allow_is_refused() {
    for hash in [
        BCRYPT.replace("$10$", "$12$"),
        BCRYPT.replace("$2b$", "$2y$"),
        BCRYPT[..59].to_owned(),
        format!("{BCRYPT}x"),
        BCRYPT.replace('/', "!"),
        "$P$B9mrCkvTfnpZCFRDEStBeGgGqFPK6u0".to_owned(),
    ] {
        let refused = judged("password_hash", &json!(hash)).expect_err(&hash);
        assert_eq!(refused.0, "PATTERN", "{hash}");
    }
    let md5 = |more: Value| {
        let mut hash = json!({ "algorithm": "md5", "hash": { "value": HEX, "encoding": "hex" } });
        for (name, value) in more.as_object().expect("an object") {
            hash[name] = value.clone();
        }
        hash
    };
    for (code, hash) in [
        ("INVALID_TYPE", json!("text")),
        ("INVALID_TYPE", json!({ "algorithm": "md5" })),
        ("INVALID_TYPE", md5(json!({ "iterations": 1000 }))),
        ("ENUM_MISMATCH", md5(json!({ "algorithm": "sha224" }))),
        ("ENUM_MISMATCH", md5(json!({ "hash": { "value": HEX, "encoding": "utf8" } }))),
        ("ENUM_MISMATCH", md5(json!({ "salt": { "value": "x", "position": "both" } }))),
        ("ENUM_MISMATCH", md5(json!({ "password": { "encoding": "utf16be" } }))),
        ("OBJECT_REQUIRED", md5(json!({ "hash": { "value": HEX } }))),
        ("INVALID_TYPE", md5(json!({ "salt": { "encoding": "hex" } }))),
        ("OBJECT_REQUIRED", md5(json!({ "algorithm": "hmac" }))),
        ("OBJECT_REQUIRED", md5(json!({ "algorithm": "scrypt" }))),
        ("MINIMUM", md5(json!({ "algorithm": "scrypt", "keylen": 16, "cost": 1000 }))),
        ("NOT_PASSED", md5(json!({ "cost": 2 }))),
        ("PATTERN", md5(json!({ "hash": { "value": "xyz", "encoding": "hex" } }))),
        (
            "PATTERN",
            json!({ "algorithm": "ldap", "hash": { "value": "{CRYPT}aGFzaGhhc2hoYXNoaGFzaA==" } }),
        ),
        (
            "PATTERN",
            json!({ "algorithm": "argon2", "hash": { "value": "$argon2d$v=19$m=8,t=1,p=1$c2FsdA$aGFzaA" } }),
        ),
        (
            "PATTERN",
            json!({ "algorithm": "pbkdf2", "hash": { "value": "$pbkdf2-sha256$i=1000,l=5$c2FsdA$aGFzaA" } }),
        ),
        (
            "NOT_PASSED",
            json!({ "algorithm": "pbkdf2", "hash": { "value": "$pbkdf2-sha256$i=1000,l=4$c2FsdA$aGFzaA" }, "salt": { "value": "x" } }),
        ),
    ] {
        assert_eq!(custom(&hash).expect_err("refused").0, code, "{hash}");
    }
    let user = json!({ "email": "a@example.com", "password_hash": BCRYPT, "custom_password_hash": md5(json!({})) });
    let raw: Box<RawValue> = serde_json::from_str(&user.to_string()).expect("JSON");
    assert_eq!(read(&raw).expect_err("both").code, "NOT_PASSED");
}
