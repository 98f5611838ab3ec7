//! Rows, and the profiles made of them.

use super::*;

fn dressed(row: &str) -> Result<String, InvalidUserRecord> {
    Profile::from_row(row).map(|profile| serde_json::to_string(&profile).expect("plain data"))
}

#[test]
fn absent_values_are_left_out_and_metadata_are_objects() {
    assert_eq!(
        dressed(r#"{"user_id":"42","email":null,"username":"","email_verified":true}"#),
        Ok(r#"{"user_id":"42","user_metadata":{},"app_metadata":{}}"#.to_owned())
    );
    assert_eq!(
        dressed(r#"{"user_id":"42","email":"a@b.c","password_hash":"x"}"#),
        Ok(r#"{"user_id":"42","email":"a@b.c","email_verified":false,"user_metadata":{},"app_metadata":{}}"#.to_owned())
    );
}

#[test]
fn a_value_of_another_type_is_never_read_as_something() {
    for row in [
        r#"{"user_id":42}"#,
        r#"{"user_id":null}"#,
        r#"{"email":"a@b.c"}"#,
        r#"{"user_id":"1","email":"a@b.c","email_verified":"N"}"#,
        r#"{"user_id":"1","email":"a@b.c","email_verified":1}"#,
        r#"{"user_id":"1","user_metadata":"{}"}"#,
        r#"{"user_id":"1","app_metadata":{"legacy_blocked":"N"}}"#,
        r#"{"user_id":"1","blocked":"N"}"#,
        r#"{"user_id":"1","user_metadata":[]}"#,
        r#"{"user_id":"1","user_id":"2"}"#,
        r#"["1"]"#,
        "null",
        "",
    ] {
        assert!(dressed(row).is_err(), "{row}");
    }
}

#[test]
fn another_column_than_the_one_that_was_matched_does_not_count() {
    let named = |matched: &str, text: &str| {
        let row = format!(
            r#"{{"user_id":"1","email":"Ada@example.com","username":"ada","phone_number":"+441234567890"{matched}}}"#
        );
        let profile = Profile::from_row(&row).expect("a profile");
        profile.is_named(&Identifier::parse(text).expect("an identifier"))
    };
    for (kind, text) in
        [("email", "ada@example.com"), ("username", "ada"), ("phone", "+441234567890")]
    {
        assert!(named(&format!(r#","matched":"{kind}""#), text), "{kind}");
        assert!(named("", text), "{kind}, of a routine that does not tell");
    }
    assert!(!named(r#","matched":"email""#, "ada"));
    assert!(!named(r#","matched":"username""#, "+441234567890"));
    assert!(!named("", "grace"));
    let second = r#","matched":"email","found_as":["Second@example.com"]"#;
    assert!(named(second, "second@example.com"));
    assert!(!named(second, "ada@example.com"));
}

#[test]
fn a_blocked_user_is_told_as_one() {
    for (columns, metadata) in [
        (r#""blocked":true"#, r#"{"legacy_blocked":true}"#),
        (r#""blocked":true,"app_metadata":{"legacy_blocked":false}"#, r#"{"legacy_blocked":true}"#),
        (r#""blocked":false,"app_metadata":{"legacy_blocked":1}"#, r#"{"legacy_blocked":true}"#),
        (r#""blocked":false,"app_metadata":{"legacy_blocked":0,"a":1}"#, r#"{"a":1}"#),
        (r#""blocked":null,"app_metadata":"""#, "{}"),
    ] {
        let profile = dressed(&format!(r#"{{"user_id":"1",{columns}}}"#)).expect("a profile");
        assert!(profile.ends_with(&format!(r#""app_metadata":{metadata}}}"#)), "{profile}");
    }
}

#[test]
fn an_unsafe_id_is_never_emitted() {
    for id in ["", " ", "a b", "a|b", "x@clients", "a\\n", "a\\u0000", "a\\u200b", &"x".repeat(256)]
    {
        assert!(dressed(&format!(r#"{{"user_id":"{id}"}}"#)).is_err(), "{id}");
    }
    assert!(dressed(&format!(r#"{{"user_id":"{}"}}"#, "\u{e9}".repeat(255))).is_ok());
}
