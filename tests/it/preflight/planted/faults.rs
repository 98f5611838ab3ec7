//! The faults that are planted, and where each is found.

use super::table::CANARY;
use crate::support::Engine;

/// A fault: the row's id, what is changed, and where it is found: code and column. A code that begins
/// with a star is found at the row before as well.
pub struct Plant(
    pub u32,
    pub Vec<(&'static str, Option<String>)>,
    pub &'static [(&'static str, &'static str)],
);

pub fn plants(engine: Engine) -> Vec<Plant> {
    let long = "x".repeat(151);
    let fields = (0..12).map(|n| format!(r#""{CANARY}{n}":"{}""#, "x".repeat(900)));
    let large = format!("{{{}}}", fields.collect::<Vec<_>>().join(","));
    let nearly = large.replace(&"x".repeat(900), &"x".repeat(720));
    let wide = format!(r#"{{"theme":"{CANARY}{}"}}"#, "x".repeat(2048));
    let picture = format!("data:image/png;base64,{CANARY}");
    let email = |text: &str| ("email", Some(text.replace('*', CANARY)));
    let username = |text: &str| ("username", Some(text.replace('*', CANARY)));
    let phone = |text: &str| ("phone_number", Some(text.replace('*', CANARY)));
    let user = |text: &str| ("user_metadata", Some(text.replace('*', CANARY)));
    let app = |text: &str| ("app_metadata", Some(text.replace('*', CANARY)));
    let hash = |text: &str| ("password_hash", Some(text.replace('*', CANARY)));
    let column = |name, text: &str| (name, Some(text.replace('*', CANARY)));
    let mut plants: Vec<(_, &'static [(&str, &str)])> = vec![
        (vec![("email", None)], &[("no_email", "email")]),
        (vec![email("*.example.com")], &[("email_is_no_address", "email")]),
        (vec![email("*@")], &[("email_is_no_address", "email")]),
        (vec![email("*@x@example.com")], &[("email_is_no_address", "email")]),
        (vec![email("*\u{200b}@example.com")], &[("email_is_no_address", "email")]),
        (vec![email("* x@example.com")], &[("email_is_no_address", "email")]),
        (vec![email(" *blank@example.com")], &[("email_with_blanks", "email")]),
        (vec![email("*blank@example.com")], &[("*duplicate_email", "email")]),
        (vec![email("*@localhost")], &[("email_may_be_refused", "email")]),
        (vec![email("*..x@example.com")], &[("email_may_be_refused", "email")]),
        (vec![email("*same@example.com")], &[]),
        (vec![email("*same@example.com")], &[("*duplicate_email", "email")]),
        (vec![email("*CAPITALS@example.com")], &[("email_in_capitals", "email")]),
        (vec![email("*capitals@example.com")], &[("*duplicate_email", "email")]),
        (vec![email("*\u{e9}@example.com")], &[]),
        (
            vec![email("*e\u{301}@example.com")],
            &[("*duplicate_email", "email"), ("email_not_in_normal_form", "email")],
        ),
        (vec![email("*@b\u{fc}cher.example")], &[]),
        (vec![email("*@xn--bcher-kva.example")], &[("*duplicate_email", "email")]),
        (vec![username("* x")], &[("username_not_allowed", "username")]),
        (vec![username("*\u{e9}")], &[("username_not_allowed", "username")]),
        (vec![username(&format!("*{long}"))], &[("username_not_allowed", "username")]),
        (vec![username("*x ")], &[("username_with_blanks", "username")]),
        (vec![username("*over-fifteen")], &[("username_over_15", "username")]),
        (vec![username("*same")], &[]),
        (vec![username("C4n4rySame")], &[("*duplicate_username", "username")]),
        (vec![email("*theirs@example.com")], &[]),
        (
            vec![username("*theirs@example.com")],
            &[("username_is_email", "username"), ("*identifiers_cross", "")],
        ),
        // Whoever crosses another twice counts once.
        (vec![phone("+441239999999"), username("+441237777777")], &[]),
        (vec![username("+441239999999"), phone("+441237777777")], &[("*identifiers_cross", "")]),
        (vec![phone("+441238888888")], &[]),
        (vec![phone("+441238888888")], &[("*duplicate_phone_number", "phone_number")]),
        (vec![phone("0044 123*")], &[("phone_number_not_e164", "phone_number")]),
        (vec![phone("+0441234567890")], &[("phone_number_not_found", "phone_number")]),
        (vec![column("given_name", &format!("*{long}"))], &[("field_too_long", "")]),
        (vec![column("picture", &picture)], &[("picture_is_data", "picture")]),
        (vec![column("picture", "/*.png")], &[("picture_no_url", "picture")]),
        (vec![user(&large)], &[("profile_too_large", "")]),
        (vec![user(&nearly)], &[("profile_nearly_too_large", "")]),
        (vec![user(&wide)], &[("metadata_field_over_2kb", "user_metadata")]),
        (vec![user("[]")], &[("invalid_user_record", "user_metadata")]),
        (vec![user(r#""{\"theme\":\"*\"}""#)], &[("invalid_user_record", "user_metadata")]),
        (vec![app("7")], &[("invalid_user_record", "app_metadata")]),
        (vec![app(r#"{"legacy_blocked":"N"}"#)], &[("invalid_user_record", "app_metadata")]),
        (vec![app(r#"{"email":"*"}"#)], &[("metadata_not_allowed", "")]),
        (vec![user(r#"{"*.x":1}"#)], &[("metadata_not_allowed", "")]),
        (vec![user(r#"{"$*":1}"#)], &[("metadata_not_allowed", "")]),
        (
            vec![user(r#"{"*account":12345678901234567890}"#)],
            &[("metadata_number_not_exact", "user_metadata")],
        ),
        // Two fields of another type are one user.
        (vec![user(r#"{"theme":7,"logins":"seven"}"#)], &[("metadata_two_types", "user_metadata")]),
        (vec![user(r#"{"*since":"0000-00-00 00:00:00"}"#)], &[("zero_date", "user_metadata")]),
        (vec![column("email_verified", "Y")], &[("invalid_user_record", "email_verified")]),
        (vec![column("phone_verified", "2")], &[("invalid_user_record", "phone_verified")]),
        (vec![column("blocked", "N")], &[("invalid_user_record", "blocked")]),
        (vec![column("blocked", "true")], &[("blocked", "blocked")]),
        (vec![hash("*-never-to-be-shown")], &[("unknown_scheme", "")]),
        (
            vec![hash("$2b$12$XJ0.fOgda7DEdq55EOpDdO6MP9At1vsASFJUBPhs9jdBqz2UBe/L6")],
            &[("bcrypt_cost_not_proven", "")],
        ),
        (vec![hash("{SSHA}oAfGeyCWuzjUQbHYy6xwnGt9ltLLyyJnSsuKRw==")], &[("weak_scheme", "")]),
        (
            vec![hash(
                "$argon2d$v=19$m=19456,t=2,p=1$e61i7Zx1oLVQl6oaLt3+bA$1fchnZBf+A+s/JBlfVYswJVDxxye4UcxHccjDPrz5IQ",
            )],
            &[("argon2_variant", "")],
        ),
        (
            vec![email("*"), username("* "), column("email_verified", "Y"), phone("1")],
            &[
                ("email_is_no_address", "email"),
                ("username_with_blanks", "username"),
                ("invalid_user_record", "email_verified"),
                ("phone_number_not_e164", "phone_number"),
            ],
        ),
    ];
    if engine == Engine::Sqlite {
        plants.push((vec![("name", Some("x'ff636e'".into()))], &[("invalid_user_record", "name")]));
        plants
            .push((vec![("email", Some("x'ff636e'".into()))], &[("invalid_user_record", "email")]));
        plants.push((vec![hash("x'ff636e'")], &[("not_text", "")]));
        plants.push((vec![user("{\"*")], &[("invalid_user_record", "user_metadata")]));
    }
    (5000..).zip(plants).map(|(id, (change, found))| Plant(id, change, found)).collect()
}

/// Users whose ids are at fault: the row, and the code under `user_id`.
pub fn ids() -> Vec<(Option<&'static str>, &'static str)> {
    vec![
        (None, "no_user_id"),
        (Some("60 01"), "invalid_user_record"),
        (Some("60|02"), "invalid_user_record"),
        (Some(""), "invalid_user_record"),
        (Some("6003@clients"), "invalid_user_record"),
        (Some("6004"), "repeated_user_id"),
        (Some("6004"), ""),
    ]
}
