//! What settings that any role may change show of the inside of the functions: nothing secret.

use std::fmt::Write as _;

use crate::support::{Engine, Legacy};

/// A wrong digest for one user and for nobody, and how both were hashed.
const QUESTIONS: [&str; 4] = [
    "SELECT narrowgate.password_parameters('nobody@example.com')",
    "SELECT narrowgate.password_parameters('ada@example.com')",
    "SELECT narrowgate.password_matches('nobody@example.com', 'wrongwrongwrong')",
    "SELECT narrowgate.password_matches('ada@example.com', 'wrongwrongwrong')",
];
const TALKATIVE: [&str; 7] = [
    "SET client_min_messages = log",
    "SET debug_print_parse = on",
    "SET debug_print_rewritten = on",
    "SET debug_print_plan = on",
    "SET debug_pretty_print = off",
    "SET plan_cache_mode = force_custom_plan",
    "SET jit = off",
];

fn bytes(hex: &str) -> Vec<u8> {
    let pairs = hex.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).expect("digits"));
    pairs.map(|pair| u8::from_str_radix(pair, 16).expect("hexadecimal")).collect()
}

/// Bytes as a plan of PostgreSQL writes them: numbers with a sign.
fn as_numbers(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{} ", byte.cast_signed()).expect("a text");
        text
    })
}

fn is_shown(secret: &[u8], told: &str) -> bool {
    let hex: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
    let text = String::from_utf8_lossy(secret).into_owned();
    [as_numbers(secret), hex.to_uppercase(), hex, text].iter().any(|form| told.contains(form))
}

#[test]
fn no_plan_of_postgresql_shows_a_secret() {
    let Some(legacy) = Legacy::inside(Engine::Postgresql) else { return };
    let secret = legacy.column("SELECT encode(secret, 'hex') FROM narrowgate.password_decoy");
    let digests = legacy.column(
        "SELECT encode(convert_to(right(password_hash, 12), 'UTF8'), 'hex') \
         FROM narrowgate.legacy_user WHERE email = 'ada@example.com'",
    );
    let questions = QUESTIONS.iter().copied().cycle().take(12);
    let script: Vec<&str> = TALKATIVE.into_iter().chain(questions).collect();
    let told = legacy.as_role_aloud(&script.join(";"));
    assert!(told.contains(":planTree") || told.contains("{PLANNEDSTMT"), "no plan is shown");
    for hex in secret.iter().chain(&digests) {
        let secret = bytes(hex);
        for part in [&secret[..12], &secret[secret.len() - 12..]] {
            assert!(!is_shown(part, &told), "a plan shows a secret");
        }
    }
}

#[test]
fn no_trace_of_mariadb_shows_a_secret() {
    let Some(legacy) = Legacy::inside(Engine::Mysql) else { return };
    let secret = legacy.column("SELECT LOWER(HEX(secret)) FROM narrowgate.password_decoy");
    let digests = legacy.column(
        "SELECT LOWER(HEX(RIGHT(password_hash, 12))) FROM narrowgate.legacy_user WHERE email = 'ada@example.com'",
    );
    for question in QUESTIONS {
        let told = legacy.as_role_in_turn(&[
            "SET SESSION optimizer_trace = 'enabled=on'",
            "SET SESSION optimizer_trace_max_mem_size = 10000000",
            question,
            "SELECT trace FROM information_schema.OPTIMIZER_TRACE",
            "SHOW WARNINGS",
        ]);
        for hex in secret.iter().chain(&digests) {
            let secret = bytes(hex);
            assert!(!is_shown(&secret[..12], &told), "a trace shows a secret");
        }
    }
}

/// Ways in which MariaDB reads an expression that is not said to be read so.
const READINGS: [&str; 7] =
    ["UNGREEDY", "EXTENDED", "EXTENDED_MORE", "EXTRA", "MULTILINE", "DOTALL", "DUPNAMES"];

#[test]
fn no_way_to_read_expressions_shows_a_digest() {
    let Some(legacy) = Legacy::inside(Engine::Mysql) else { return };
    for name in ["katherine@example.com", "alan@example.com", "nobody@example.com"] {
        let question = format!("SELECT narrowgate.password_parameters('{name}')");
        let plain = legacy.as_role_in_turn(&[&question]);
        assert!(plain.contains("hash"), "{plain}");
        for reading in READINGS {
            let set = format!("SET SESSION default_regex_flags = '{reading}'");
            assert_eq!(legacy.as_role_in_turn(&[&set, &question]), plain, "{reading}");
        }
    }
}

/// Forms that hold a backslash are known however the session reads texts.
#[test]
fn a_backslash_is_one_in_every_session() {
    let Some(legacy) = Legacy::inside(Engine::Postgresql) else { return };
    let digest = "A".repeat(43);
    for (stored, shown) in [
        (
            format!(r"$H\2a$B12345678$10\{}${}", "s".repeat(22), "d".repeat(31)),
            format!("${}", ".".repeat(31)),
        ),
        (
            format!(r#"{{"value":"{digest}=","salt":"c2FsdA==","additionalParameters":{{}}}}"#),
            "Q".repeat(43),
        ),
    ] {
        legacy.execute(&format!(
            "UPDATE sample_shop.credential SET password_hash = '{stored}' WHERE customer_id = 1"
        ));
        for setting in ["on", "off"] {
            let told = legacy.as_role(&format!(
                "SET standard_conforming_strings = {setting}; SELECT narrowgate.password_parameters('ada@example.com')"
            ));
            assert!(told.contains(&shown), "{setting}: {told}");
        }
    }
}
