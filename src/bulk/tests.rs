//! Translations, held against an independent reading of Auth0's import schema.
#![allow(
    clippy::panic,
    clippy::cast_possible_truncation,
    clippy::too_many_lines,
    clippy::needless_pass_by_value,
    reason = "a test that cannot go on stops here; its data are small and its tables long"
)]

mod property;
mod reading;
mod vectors;

use zeroize::Zeroizing;

use super::{Import, NotImportable, Translation, Warning, translate};
use crate::password::{Account, Columns, Recipe, Schemes, Settings};

fn settings(pepper: Option<&str>, preparation: Recipe) -> Settings {
    Settings {
        schemes: Schemes::default(),
        pepper: pepper.map(|pepper| Zeroizing::new(pepper.to_owned())),
        preparation,
        max_concurrent: 1,
        max_wait: std::time::Duration::from_secs(1),
        min_response: std::time::Duration::ZERO,
        max_memory_mib: 512,
    }
}

/// What an import file would hold.
fn json(translation: &Translation) -> serde_json::Value {
    let object = match &translation.import {
        Import::Ready(object) => serde_json::to_value(object),
        Import::HashAtExport(clear) => serde_json::to_value(clear.hash().expect("random bytes")),
    };
    object.expect("plain data")
}

fn account<'a>(hash: &'a str, salt: Option<&'a str>, scheme: Option<&'a str>) -> Account<'a> {
    Account { columns: Columns { hash, salt, scheme }, username: Some("ada"), email: None }
}

/// Reads and translates a row without pepper.
fn translated(hash: &str) -> Result<Translation, NotImportable> {
    let settings = settings(None, Recipe::peppered());
    let account = account(hash, None, None);
    let Ok(stored) = settings.read(account) else { panic!("not read: {hash}") };
    translate(&stored, account, &settings)
}

#[test]
fn a_bcrypt_hash_keeps_its_letter_and_cost_10_is_a_password_hash() {
    let rest = "XJ0.fOgda7DEdq55EOpDdO6MP9At1vsASFJUBPhs9jdBqz2UBe/L6";
    for (head, expected) in [
        ("$2a$10$", serde_json::json!({ "password_hash": format!("$2a$10${rest}") })),
        ("$2b$10$", serde_json::json!({ "password_hash": format!("$2b$10${rest}") })),
        ("$2y$10$", bcrypt_object(&format!("$2y$10${rest}"))),
        ("$2b$04$", bcrypt_object(&format!("$2b$04${rest}"))),
        ("$2a$12$", bcrypt_object(&format!("$2a$12${rest}"))),
    ] {
        let Ok(translation) = translated(&format!("{head}{rest}")) else { panic!("{head}") };
        assert_eq!(json(&translation), expected);
        let due: &[Warning] = if head == "$2a$12$" { &[Warning::BcryptCost] } else { &[] };
        assert_eq!(translation.warnings, due, "{head}");
    }
    assert_eq!(translated(&format!("$2x$10${rest}")).err(), Some(NotImportable::BcryptVariant));
}

fn bcrypt_object(value: &str) -> serde_json::Value {
    let hash = serde_json::json!({ "value": value, "encoding": "utf8" });
    serde_json::json!({ "custom_password_hash": { "algorithm": "bcrypt", "hash": hash } })
}

/// The salt of some old implementations carries bits that do not count. bcrypt compares texts, so
/// they must not be kept.
#[test]
fn stray_bits_of_a_bcrypt_salt_are_cleared() {
    let Ok(translation) =
        translated("$2b$10$XJ0.fOgda7DEdq55EOpDd/6MP9At1vsASFJUBPhs9jdBqz2UBe/L6")
    else {
        panic!("not translated")
    };
    let value = json(&translation)["password_hash"].clone();
    assert_eq!(value, "$2b$10$XJ0.fOgda7DEdq55EOpDd.6MP9At1vsASFJUBPhs9jdBqz2UBe/L6");
}

/// What libsodium refuses is refused, and what is out of its order is put into it.
#[test]
fn argon2_is_written_as_libsodium_reads_it() {
    let tail = "e61i7Zx1oLVQl6oaLt3+bA$1fchnZBf+A+s/JBlfVYswJVDxxye4UcxHccjDPrz5IQ";
    let of = |head: &str| translated(&format!("{head}${tail}"));
    let Ok(ordered) = of("$argon2id$v=19$m=65536,p=4,t=3") else { panic!("not translated") };
    assert_eq!(
        json(&ordered)["custom_password_hash"]["hash"]["value"],
        format!("$argon2id$v=19$m=65536,t=3,p=4${tail}")
    );
    assert_eq!(ordered.warnings, [Warning::Argon2Lanes]);
    for (head, reason) in [
        ("$argon2d$v=19$m=65536,t=3,p=1", NotImportable::Argon2Variant),
        ("$argon2id$v=16$m=65536,t=3,p=1", NotImportable::Argon2Variant),
        ("$argon2i$m=65536,t=3,p=1", NotImportable::Argon2Variant),
        ("$argon2id$v=19$m=65536,t=3,p=5", NotImportable::Parameters),
        ("$argon2id$v=19$m=32,t=3,p=1", NotImportable::Parameters),
    ] {
        assert_eq!(of(head).err(), Some(reason), "{head}");
    }
}

/// Devise's pepper stands behind the password and is part of what bcrypt reads; no other key
/// derivation has a place for it.
#[test]
fn a_pepper_is_bcrypts_salt_and_nothing_elses() {
    let settings = settings(Some("pepper"), Recipe::peppered());
    let of = |hash: &str| {
        let account = account(hash, None, None);
        let Ok(stored) = settings.read(account) else { panic!("not read: {hash}") };
        translate(&stored, account, &settings)
    };
    let Ok(bcrypt) = of("$2a$10$XJ0.fOgda7DEdq55EOpDdO6MP9At1vsASFJUBPhs9jdBqz2UBe/L6") else {
        panic!("not translated")
    };
    assert_eq!(
        json(&bcrypt)["custom_password_hash"]["salt"],
        serde_json::json!({ "value": "cGVwcGVy", "encoding": "base64", "position": "suffix" })
    );
    let pbkdf2 = of("pbkdf2_sha256$1$salt$ouhwH5QjXU2O1gHvuMrHWhFGwGQ8zEmYRlu7N1suuDo=");
    assert_eq!(pbkdf2.err(), Some(NotImportable::BesidePassword));
}

/// The schema wants a value of the key, and an empty one is none.
#[test]
fn an_hmac_without_a_key_is_held_back() {
    let settings = settings(None, Recipe::peppered());
    let of = |salt: &str| {
        let digits = "0f".repeat(32);
        let account = account(&digits, Some(salt), Some("hmac_sha256(key=$salt)"));
        let Ok(stored) = settings.read_even_weak(account) else { panic!("not read: {salt:?}") };
        translate(&stored, account, &settings).err()
    };
    assert_eq!([of(""), of("key")], [Some(NotImportable::Parameters), None]);
}

/// Only a row that is not in capitals leaves open what Auth0 makes of capitals.
#[test]
fn an_ldap_scheme_in_capitals_is_proven() {
    let settings = settings(None, Recipe::peppered());
    for (head, due) in [
        ("{SSHA}", &[][..]),
        ("{ssha}", &[Warning::LdapCase]),
        ("{SSHA.B64}", &[]),
        ("{Ssha}", &[Warning::LdapCase]),
    ] {
        let hash = format!("{head}o8GzGTzvDwuHO8j2lDVsAcwo6VX8p1hy");
        let account = account(&hash, None, None);
        let Ok(stored) = settings.read_even_weak(account) else { panic!("not read: {hash}") };
        let Ok(translation) = translate(&stored, account, &settings) else { panic!("{hash}") };
        assert_eq!(translation.warnings, due, "{hash}");
    }
}
