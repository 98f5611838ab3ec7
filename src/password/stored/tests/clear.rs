//! Passwords in clear text, and texts that are none: what was made of a password is nobody's password.

use super::neighbours::of;
use super::*;

const BCRYPT: &str = "$2y$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy";

/// Reads a text under each way of saying that it is clear text.
fn as_clear_text(text: &str) -> [Result<StoredHash, Unverifiable>; 3] {
    let schemes = Schemes::default().with_default("plaintext").expect("a scheme");
    let columns = Columns { hash: text, salt: None, scheme: None };
    let by_default = schemes.read_even_weak(columns).map_err(|refusal| refusal.reason);
    [of(text, None, Some("plaintext")), of(text, None, Some("$pass")), by_default]
}

/// Hashes of forms that nothing here reads, as several applications and frameworks write them.
#[test]
fn a_hash_of_an_unknown_form_is_nobodys_password() {
    let hex = "0f1e2d3c4b5a69788796a5b4c3d2e1f0".repeat(5);
    let argon2 = format!("$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ${}", "A".repeat(43));
    for text in [
        format!("Bcrypt:{BCRYPT}"),
        format!("$CP${BCRYPT}"),
        format!("$wcf2${BCRYPT}"),
        format!("v2:{BCRYPT}"),
        format!("blowfish:10:{BCRYPT}"),
        format!("argon2id:{argon2}"),
        format!("sha512:{}", &hex[..128]),
        format!("pbkdf2$sha256$1000$abc${}", &hex[..64]),
        format!("sha1$abc$1${}", &hex[..40]),
        format!("{}.{}", &hex[..128], &hex[..16]),
        hex[..72].to_owned(),
        hex[..80].to_owned(),
        hex.to_uppercase(),
        format!("{}${}", &hex[..32], &hex[..64]),
        format!("{}|{}", &hex[..64], &hex[..16]),
        // .NET's BitConverter.
        "5F-4D-CC-3B-5A-A7-65-D6-1D-83-27-DE-B8-82-CF-99".to_owned(),
        "_Wxt2cBQkWw0dh0kmT14RTbxaoe9oS5EEhNi4NEmTJU=".to_owned(),
        "_Wxt2cBQkWw0dh0kmT14RTbxaoe9oS5EEhNi4NEmTJU".to_owned(),
        "sha256:10:c2FsdA==:XohImNooBHFR0OVvjcYpJ3NgPQ1qq73WKhHvch0VQtg=".to_owned(),
        "$2y$10$short".to_owned(),
        // Locked or not.
        format!("!{BCRYPT}"),
        format!("*LK*{BCRYPT}"),
    ] {
        for (way, read) in ["plaintext", "$pass", "by default"].iter().zip(as_clear_text(&text)) {
            assert!(read.is_err(), "{text} {way}");
        }
    }
}

#[test]
fn in_clear_text_every_character_counts() {
    for text in [
        "!Passw0rd",
        "!",
        "*",
        "x",
        "X",
        "NP",
        "*0",
        "*LK*abc",
        "$$money$$",
        "Correct-Horse-Battery-Staple-And-Many-More-Words-42",
        "correct horse battery staple and many more words 2024",
        "ThisIsMyVeryLongPasswordThatNobodyWillGuess1",
        "donaudampfschifffahrtsgesellschaftskapitaen",
        "https://example.com/a/long/address?with=parameters&of=1",
        "550e8400-e29b-41d4-a716-446655440000",
        "0123456789012345678901234567890",
        "Xk3v9QpLm2Rt8Zw4Yb6Nc1Hd5Fg7Js0A",
        "key=dGVzdA==",
        "S:ecret",
    ] {
        for read in as_clear_text(text) {
            let reason = read.as_ref().err().copied();
            let made_from = |password: &str| {
                read.as_ref().is_ok_and(|hash| hash.is_made_from(inputs(password.as_bytes())))
            };
            assert!(made_from(text), "{text} {reason:?}");
            assert!(!made_from(&format!("{text}x")), "{text}");
        }
    }
    for nothing in ["", " ", "\t\n"] {
        for read in as_clear_text(nothing) {
            assert_eq!(read.err(), Some(Unverifiable::Locked), "{nothing:?}");
        }
    }
    assert_eq!(of("!Passw0rd", None, None).err(), Some(Unverifiable::Locked));
    assert_eq!(of("!Passw0rd", None, Some("md5")).err(), Some(Unverifiable::Locked));
}
