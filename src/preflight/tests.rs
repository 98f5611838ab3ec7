//! What an import would hold back, and what preflight says: one set of rules.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::{Audit, Report};
use crate::bulk::{Builder, Hashing, HeldReason, Packer, Put, Rules};
use crate::config::Bulk;
use crate::config::default_passwords;
use crate::database::{Hidden, UserRow};
use crate::identifier::{Identifier, likeness};
use crate::level::Level;

const HASHES: &[&str] = &[
    "$2b$10$XJ0.fOgda7DEdq55EOpDdO6MP9At1vsASFJUBPhs9jdBqz2UBe/L6",
    "$2b$10$XJ0.fOgda7DEdq55EOpDdO6MP9At1vsASFJUBPhs9",
    "$argon2d$v=19$m=19456,t=2,p=1$e61i7Zx1oLVQl6oaLt3+bA$1fchnZBf+A+s/JBlfVYswJVDxxye4UcxHccjDPrz5IQ",
    "!",
    "whatever",
    "",
];

/// One of these, or NULL.
fn one_of(texts: &'static [&'static str]) -> impl Strategy<Value = Option<String>> {
    prop_oneof![
        1 => Just(None),
        6 => prop::sample::select(texts).prop_map(|text| Some(text.to_owned())),
    ]
}

const IDS: &[&str] = &["1", "2", "3", "4", "5", "6", "7", "a b", "", "x@clients", "a|b", "\u{e9}"];
const EMAILS: &[&str] = &[
    "ada@example.com",
    "ADA@example.com",
    " ada@example.com",
    "ada",
    "b@example.com",
    "c@b\u{fc}cher.example",
    "c@xn--bcher-kva.example",
    "c@B\u{dc}CHER.example",
    "\u{e9}@example.com",
    "e\u{301}@example.com",
    "\u{c9}@example.com",
    "a\u{200b}@b.c",
    "",
    "\u{3a3}@example.com",
    "\u{3c2}@example.com",
    "\u{3c3}@example.com",
    "\u{130}@example.com",
    "i\u{307}@example.com",
    "d@localhost",
    "e@example.com",
];
const USERNAMES: &[&str] = &[
    "ada",
    "Ada",
    "b",
    "c",
    "ada@example.com",
    "a b",
    " b",
    "zo\u{eb}",
    "x\u{212a}",
    "xk",
    "+4412345678",
];
const PHONES: &[&str] = &["+4412345678", "+4412345679", "+1", "0044", "+0123456789"];
const PICTURES: &[&str] = &["https://example.com/a.png", "data:image/png;base64,xx", "a.png"];
const FLAGS: &[&str] = &["true", "false", "false", "\"Y\"", "1"];
const OBJECTS: &[&str] = &[
    "{}",
    r#"{"a":1}"#,
    r#"{"a":"b","n":12345678901234567890}"#,
    "[]",
    "null",
    "",
    r#""{}""#,
    r#"{"email":1}"#,
    r#"{"a.b":1}"#,
    r#"{"legacy_blocked":"N"}"#,
    "{",
];

type Row = ([Option<String>; 14], Option<String>);

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let names = (one_of(IDS), one_of(EMAILS), one_of(USERNAMES), one_of(PHONES));
    let others = (any::<bool>(), one_of(PICTURES), one_of(OBJECTS), one_of(OBJECTS));
    let flags = (one_of(FLAGS), one_of(FLAGS), one_of(FLAGS));
    let row = (names, others, flags, one_of(HASHES)).prop_map(|(names, others, flags, hash)| {
        let ((id, email, username, phone), (is_long, picture, user, app)) = (names, others);
        let long = is_long.then(|| "x".repeat(200));
        let (verified, known, blocked) = flags;
        let profile = [
            id, email, verified, username, phone, known, None, long, None, None, picture, user,
            app, blocked,
        ];
        (profile, hash)
    });
    prop::collection::vec(row, 1..12)
}

fn user(row: &Row) -> UserRow {
    UserRow::of_texts(row.0.each_ref().map(Option::as_deref), row.1.as_deref())
}

/// Whom an import of one file would hold back: the code, by the row's id.
fn held(rows: &[UserRow]) -> Vec<(Option<String>, HeldReason)> {
    let Ok(settings) = default_passwords() else { unreachable!() };
    let builder = Builder::new(settings, Rules::default(), Hashing::Sized);
    let mut packer = Packer::new(&Bulk::default());
    let judged = rows.iter().filter_map(|row| {
        let reason = match builder.build(row) {
            Err(reason) => Some(reason),
            Ok(record) => match packer.put(record) {
                Put::Held(reason) => Some(reason),
                _ => None,
            },
        };
        reason.map(|reason| (row.user_id().map(str::to_owned), reason))
    });
    judged.collect()
}

fn audited(rows: &[UserRow]) -> Report {
    let Ok(settings) = default_passwords() else { unreachable!() };
    let bytes = Bulk::default().max_file_bytes;
    let mut audit = Audit::new(settings, Rules::default(), bytes, Hidden::default(), 1000)
        .expect("random bytes");
    for row in rows {
        audit.count(row).expect("room");
    }
    audit.report().expect("room")
}

/// Found in several rows together, or beyond what an import is about.
const BEYOND_ROWS: [&str; 5] = [
    "duplicate_email",
    "duplicate_username",
    "duplicate_phone_number",
    "repeated_user_id",
    "identifiers_cross",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    /// Whoever is held back is found, by the same code or one that says it more exactly; whoever is
    /// found by a blocker of a row alone is held back.
    #[test]
    fn import_and_preflight_agree(rows in rows()) {
        let mut ordered = rows.clone();
        ordered.sort_by(|a, b| a.0[0].cmp(&b.0[0]));
        let users: Vec<UserRow> = ordered.iter().map(user).collect();
        let (held, report) = (held(&users), audited(&users));
        let mut found = BTreeMap::<&str, BTreeSet<&str>>::new();
        for finding in &report.findings {
            found.entry(finding.code).or_default().extend(finding.ids.iter().map(String::as_str));
        }
        for (id, reason) in &held {
            let exact: &[&str] = match reason {
                HeldReason::NoAddress => &["email_is_no_address", "email_with_blanks"],
                HeldReason::Username => &["username_not_allowed", "username_with_blanks", "username_is_email"],
                HeldReason::PasswordNotText => &["not_text"],
                // Rows of one id have all in common: they are one user.
                HeldReason::TwinEmail => &["duplicate_email", "repeated_user_id"],
                HeldReason::TwinUsername => &["duplicate_username", "repeated_user_id"],
                HeldReason::TwinPhone => &["duplicate_phone_number", "repeated_user_id"],
                other => &[other.code()],
            };
            let is_found = exact.iter().any(|code| {
                found.get(code).is_some_and(|ids| id.as_ref().is_none_or(|id| ids.contains(id.as_str())))
            });
            prop_assert!(is_found, "{id:?} is held for {} and not found: {found:?}", reason.code());
        }
        for finding in report.findings.iter().filter(|finding| finding.level == Level::Blocker) {
            for id in finding.ids.iter().filter(|_| !BEYOND_ROWS.contains(&finding.code)) {
                let is_held = held.iter().any(|(held, _)| held.as_ref() == Some(id));
                prop_assert!(is_held, "{id} is found for {} and sent", finding.code);
            }
        }
    }

    /// Two texts that a lookup or Auth0 takes for one have one likeness.
    #[test]
    fn what_is_taken_for_one_is_alike(
        one in "[aAéÉİıi\u{301}\u{307}ΣσςKk\u{212a}Å\u{212b}üÜ]{1,3}@(bücher|BÜCHER|xn--bcher-kva|a).example",
        other in "[aAéÉİıi\u{301}\u{307}ΣσςKk\u{212a}Å\u{212b}üÜ]{1,3}@(bücher|BÜCHER|xn--bcher-kva|a).example",
    ) {
        for (one, other) in [(&one, &other), (&one, &one.to_uppercase()), (&one, &one.to_lowercase())] {
            let same = |known: Identifier| known.is(other, crate::identifier::Kind::Email);
            if Identifier::parse(one).is_ok_and(same) || one.to_lowercase() == other.to_lowercase() {
                prop_assert_eq!(likeness(one), likeness(other));
            }
        }
    }
}
