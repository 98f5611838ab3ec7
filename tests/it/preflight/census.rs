//! What is counted, and how it is told.

use serde_json::{Value, json};

use super::{only, preflight, report};
use crate::support::Legacy;
use crate::support::sample::CHEAP;

const BCRYPT_2B: &str = "$2b$10$XJ0.fOgda7DEdq55EOpDdO6MP9At1vsASFJUBPhs9jdBqz2UBe/L6";
const BCRYPT_2Y: &str = "$2y$10$hVQRO3zBKyqbeyCkZgs9dOSZ6WlMQ65Wc38CjDTQ2djzHe9HZnsL.";
const BCRYPT_12: &str = "$2b$12$XJ0.fOgda7DEdq55EOpDdO6MP9At1vsASFJUBPhs9jdBqz2UBe/L6";
const BCRYPT_DEAR: &str = "$2b$31$XJ0.fOgda7DEdq55EOpDdO6MP9At1vsASFJUBPhs9jdBqz2UBe/L6";
const BCRYPT_CUT: &str = "$2b$10$XJ0.fOgda7DEdq55EOpDdO6MP9At1vsASFJUBPhs9";
const ARGON2: &str = "$argon2id$v=19$m=19456,t=2,p=1$e61i7Zx1oLVQl6oaLt3+bA$1fchnZBf+A+s/JBlfVYswJVDxxye4UcxHccjDPrz5IQ";
const ARGON2D: &str = "$argon2d$v=19$m=19456,t=2,p=1$e61i7Zx1oLVQl6oaLt3+bA$1fchnZBf+A+s/JBlfVYswJVDxxye4UcxHccjDPrz5IQ";
const NOBODYS: &str = "c4n4ry-never-to-be-shown";

/// One line of the census, without the parameters, which are the password room's own words.
fn line(users: u64, scheme: &str, gate: Value, import: Value, warnings: Value) -> Value {
    json!({ "users": users, "scheme": scheme, "gate": gate, "import": import, "warnings": warnings })
}

fn custom(algorithm: &str) -> Value {
    json!({ "as": "custom_password_hash", "algorithm": algorithm })
}

fn lines(report: &Value) -> Vec<Value> {
    let mut lines: Vec<Value> = report["hashes"].as_array().expect("a list").clone();
    for line in &mut lines {
        line.as_object_mut()
            .expect("an object")
            .retain(|key, _| key != "parameters" && key != "reason");
    }
    lines
}

#[test]
fn a_mixed_table_is_counted_exactly() {
    Legacy::each(|legacy| {
        only(
            &legacy,
            &[
                (Some(BCRYPT_2B), false),
                (Some(BCRYPT_2B), false),
                (Some(BCRYPT_2B), false),
                (Some(BCRYPT_2B), true),
                (Some(BCRYPT_2Y), false),
                (Some(BCRYPT_2Y), false),
                (Some(BCRYPT_12), false),
                (Some(BCRYPT_DEAR), false),
                (Some(BCRYPT_CUT), false),
                (Some(ARGON2), false),
                (Some(ARGON2D), false),
                (Some(CHEAP), false),
                (Some(NOBODYS), false),
                (None, false),
                (None, true),
            ],
        );
        let (code, report) = report(&legacy, &[]);
        assert_eq!(code, Some(10), "{report:#}");
        assert_eq!(report["users"], 13);
        let found = lines(&report);
        for due in [
            line(3, "bcrypt", json!("verifies"), json!({ "as": "password_hash" }), json!([])),
            line(2, "bcrypt", json!("verifies"), custom("bcrypt"), json!([])),
            line(
                1,
                "bcrypt",
                json!("verifies"),
                custom("bcrypt"),
                json!(["bcrypt_cost_not_proven"]),
            ),
            line(1, "argon2", json!("verifies"), custom("argon2"), json!([])),
            line(
                1,
                "argon2",
                json!("verifies"),
                json!({ "as": null, "reason": "argon2_variant" }),
                json!([]),
            ),
            line(1, "django_pbkdf2_sha256", json!("verifies"), custom("pbkdf2"), json!([])),
            line(1, "none", json!("no_password"), json!(null), json!([])),
        ] {
            assert!(found.contains(&due), "no {due} in {found:#?}");
        }
        let cannot: Vec<_> = report["hashes"]
            .as_array()
            .expect("a list")
            .iter()
            .filter(|line| line["gate"] == "cannot_verify")
            .map(|line| line["reason"].as_str().expect("a reason"))
            .collect();
        assert_eq!(cannot.len(), 3, "{cannot:?}");
        for reason in ["parameters_over_cap", "malformed_hash", "unknown_scheme"] {
            assert!(cannot.contains(&reason), "{cannot:?}");
        }
        assert_eq!(found.len(), 10, "{found:#?}");
        let total: u64 = found.iter().map(|line| line["users"].as_u64().expect("a number")).sum();
        assert_eq!(total, 13);
    });
}

#[test]
fn findings_have_codes_and_blockers_come_first() {
    let legacy = Legacy::sqlite();
    only(&legacy, &[(Some(ARGON2D), false), (Some(BCRYPT_12), false), (Some(NOBODYS), false)]);
    let (code, found) = report(&legacy, &[]);
    let findings = found["findings"].as_array().expect("a list");
    let told: Vec<_> = findings
        .iter()
        .map(|finding| format!("{} {} {}", finding["level"], finding["code"], finding["users"]))
        .collect();
    assert_eq!(
        told,
        [
            "\"blocker\" \"unknown_scheme\" 1",
            "\"caution\" \"argon2_variant\" 1",
            "\"caution\" \"bcrypt_cost_not_proven\" 1"
        ]
    );
    assert_eq!(code, Some(10));
    only(&legacy, &[(Some(BCRYPT_12), false)]);
    assert_eq!(report(&legacy, &[]).0, Some(11));
    only(&legacy, &[(Some(BCRYPT_2B), false), (None, false)]);
    assert_eq!(report(&legacy, &[]).0, Some(0));
    only(&legacy, &[]);
    let (code, empty) = report(&legacy, &[]);
    assert_eq!((code, &empty["findings"][0]["code"]), (Some(11), &json!("no_users")));
}

/// Nothing of any row is told, neither on stdout nor on stderr, in either form.
#[test]
fn no_character_of_a_hash_is_shown() {
    let canaries = [
        "c4n4ry-never-to-be-shown",
        "canary$canary:canary",
        "{canary}0123456789abcdef0123456789abcdef",
        "canary:0123456789abcdef0123456789abcdef",
        "$canary$10$XJ0fOgda7DEdq55EOpDdO6MP9At1vsASFJ",
        "$2b$canary",
        "$argon2id$canary$canary$canary",
        "pbkdf2_sha256$canary$canary$canary",
        "c4n4ry c4n4ry 0123456789ABCDEF0123456789ABCDEF",
    ];
    let rows: Vec<_> = canaries.iter().map(|canary| (Some(*canary), false)).collect();
    Legacy::each(|legacy| {
        only(&legacy, &rows);
        for arguments in [&[][..], &["--format", "json"]] {
            let (code, text) = preflight(&legacy, arguments);
            assert_eq!(code, Some(10), "{text}");
            for secret in ["canary", "c4n4ry", "0123456789", "XJ0", "only-for-tests"] {
                assert!(!text.to_lowercase().contains(&secret.to_lowercase()), "{secret}: {text}");
            }
        }
        let (_, text) = preflight(&legacy, &[]);
        assert!(text.contains("{any(1 to 7)}hex(32)"), "{text}");
    });
}

/// Bytes that are no text are one finding, and the rest of the table is counted all the same.
#[test]
fn bytes_that_are_no_text_are_counted() {
    let legacy = Legacy::sqlite();
    only(&legacy, &[(Some(BCRYPT_2B), false), (Some("x"), false)]);
    legacy.execute("UPDATE customer SET password_hash = x'fffe0102' WHERE id = 1001");
    let (code, report) = report(&legacy, &[]);
    assert_eq!(code, Some(10));
    assert_eq!((&report["users"], &report["findings"][0]["code"]), (&json!(2), &json!("not_text")));
}

/// A table in which each row has parameters of its own neither fills the memory nor the report.
#[test]
fn many_kinds_are_counted_together() {
    let legacy = Legacy::sqlite();
    only(&legacy, &[]);
    legacy.execute(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
         INSERT INTO customer (id, password_hash)
         SELECT 1000 + i, 'pbkdf2_sha256$' || i || '$salt$ouhwH5QjXU2O1gHvuMrHWhFGwGQ8zEmYRlu7N1suuDo=' FROM n",
    );
    let (_, report) = report(&legacy, &[]);
    let kinds = report["hashes"].as_array().expect("a list");
    assert_eq!(report["users"], 3000);
    assert!(kinds.len() <= 1001, "{}", kinds.len());
    assert_eq!((&kinds[0]["scheme"], &kinds[0]["users"]), (&json!("several"), &json!(2000)));
}

#[test]
fn progress_is_told_in_lines_unless_quiet() {
    let legacy = Legacy::sqlite();
    assert!(preflight(&legacy, &[]).1.contains("20 users read"));
    assert!(!preflight(&legacy, &["--quiet"]).1.contains("users read"));
}

/// A weak scheme that the configuration does not name is a blocker, and can be imported all the same.
#[test]
fn what_becomes_of_weak_schemes_is_told() {
    let legacy = Legacy::sqlite();
    only(&legacy, &[(Some("{SSHA}oAfGeyCWuzjUQbHYy6xwnGt9ltLLyyJnSsuKRw=="), false)]);
    let (code, report) = report(&legacy, &[]);
    assert_eq!(code, Some(10), "{report:#}");
    let line = &report["hashes"][0];
    assert_eq!((&line["reason"], &line["import"]), (&json!("weak_scheme"), &custom("ldap")));
    assert_eq!(report["not_recognised"], json!([]));
}
