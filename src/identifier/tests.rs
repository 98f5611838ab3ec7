//! Identifiers and their normal form.

use super::*;

fn normal(text: &str) -> String {
    Identifier::parse(text).map(|identifier| identifier.normal).unwrap_or_default()
}

#[test]
fn an_address_is_lower_cased_and_a_name_is_not() {
    assert_eq!(normal("Ada.B+x@Example.COM"), "ada.b+x@example.com");
    assert_eq!(normal("Ada"), "Ada");
    assert_eq!(normal("JOS\u{c9}@example.com"), "jos\u{e9}@example.com");
    assert_eq!(normal("JOS\u{c9}"), "JOS\u{c9}");
    assert_eq!(normal("jose\u{301}@example.com"), "jos\u{e9}@example.com");
    assert_eq!(normal("\u{3000} ada@example.com\u{a0}\r\n"), "ada@example.com");
}

#[test]
fn refuses_what_a_collation_would_skip() {
    for text in [
        "",
        " ",
        "a\0",
        "a\u{1}b",
        "a\u{200b}b",
        "a\u{200c}b@example.com",
        "a@b\u{200d}c.example",
        "a\u{ad}b",
        "\u{feff}a",
        "\u{202e}a",
        "a\u{2028}b",
        "a\u{85}b",
    ] {
        assert!(Identifier::parse(text).is_err(), "{text:?}");
    }
    assert_eq!(normal("\u{646}\u{200c}\u{645}"), "\u{646}\u{200c}\u{645}");
    assert_eq!(normal("\u{915}\u{94d}\u{200d}\u{937}"), "\u{915}\u{94d}\u{200d}\u{937}");
    assert!(Identifier::parse(&format!(" {} ", "a".repeat(320))).is_ok());
    assert!(Identifier::parse(&"a".repeat(321)).is_err());
}

#[test]
fn a_phone_number_has_one_form() {
    let is_phone = |text| Identifier::parse(text).is_ok_and(|known| known.can_be(Kind::Phone));
    for text in ["+4412345", "+441234567890", "+123456789012345"] {
        assert!(is_phone(text), "{text}");
    }
    for text in [
        "441234567890",
        "+0441234567890",
        "+44 1234567890",
        "+441234",
        "+1234567890123456",
        "+44123456789o",
        "++4412345678",
        "\u{ff0b}4412345678",
    ] {
        assert!(!is_phone(text), "{text}");
    }
}

#[test]
fn a_collation_twin_is_another_user() {
    let jose = Identifier::parse("jose@example.com").expect("valid");
    assert!(jose.is("Jose@Example.com", Kind::Email));
    let emilie = Identifier::parse("\u{e9}milie@b\u{fc}cher.example").expect("valid");
    for same in ["\u{c9}milie@xn--bcher-kva.example", "E\u{301}MILIE@B\u{dc}CHER.Example"] {
        assert!(emilie.is(same, Kind::Email) && emilie.is(same, Kind::Username), "{same}");
    }
    assert!(!emilie.is("emilie@b\u{fc}cher.example", Kind::Email));
    for twin in [
        "jos\u{e9}@example.com",
        "jose@example.com ",
        "jose\u{200b}@example.com",
        "\u{ff4a}ose@example.com",
    ] {
        assert!(!jose.is(twin, Kind::Email), "{twin:?}");
    }
    let strasse = Identifier::parse("strasse").expect("valid");
    assert!(!strasse.is("stra\u{df}e", Kind::Username));
}
