//! `password_check = "inside"`: with a user who is there, the proof looks at what the routines give.

use crate::support::{Engine, Gate, Issuer, Legacy};

const WHOLE: &str =
    r#"{"hash":"$2b$10$abcdefghijklmnopqrstuvABCDEFGHIJKLMNOPQRSTUVWXYZabcde","scheme":null}"#;

/// What must not be answered, by which routine, and what is found.
const TELLTALES: [(&str, &str, &str); 4] = [
    ("password_matches", r#"[{"user_id":"1","email":"ada@example.com"}]"#, "digest_not_compared"),
    ("password_parameters", WHOLE, "digest_shown"),
    ("get_user", r#"[{"user_id":"1","password_hash":"x"}]"#, "answer_tells_more"),
    ("password_parameters", r#"{"hash":"?","password_hash":"x"}"#, "answer_tells_more"),
];

/// A routine that always answers the same.
fn answering(engine: Engine, name: &str, answer: &str) -> String {
    let second = name == "password_matches";
    if engine == Engine::Postgresql {
        let digest = if second { ", digest text" } else { "" };
        return format!(
            "CREATE OR REPLACE FUNCTION narrowgate.{name}(identifier text{digest}) RETURNS text LANGUAGE sql STABLE \
             SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $a$ SELECT '{answer}' $a$"
        );
    }
    let digest = if second { ", digest LONGTEXT CHARACTER SET utf8mb4" } else { "" };
    format!(
        "DROP FUNCTION narrowgate.{name}; CREATE DEFINER = 'narrowgate_owner'@'localhost' FUNCTION narrowgate.{name}\
         (identifier VARCHAR(320) CHARACTER SET utf8mb4{digest}) RETURNS LONGTEXT CHARACTER SET utf8mb4 \
         READS SQL DATA SQL SECURITY DEFINER RETURN '{answer}'; \
         GRANT EXECUTE ON FUNCTION narrowgate.{name} TO 'narrowgate_api'@'%', 'narrowgate_owner'@'localhost'"
    )
}

#[test]
fn the_proof_finds_what_is_told() {
    let probe = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(probe.path(), "ada@example.com").expect("written");
    let command = format!("check --probe {}", probe.path().display());
    for engine in [Engine::Postgresql, Engine::Mysql] {
        let Some(legacy) = Legacy::inside(engine) else { return };
        let issuer = Issuer::start();
        let gate = Gate::builder(&issuer, &legacy).config("database.password_check", "inside");
        let (code, told) = gate.run(&command);
        assert!(matches!(code, Some(0 | 11)) && !told.contains("NO  "), "{told}");
        assert!(told.contains("lookups: each of the routines uses an index"), "{told}");
        for (name, answer, expected) in TELLTALES {
            legacy.execute(&answering(engine, name, answer));
            let (code, told) = gate.run(&command);
            let found = told.lines().any(|l| l.contains(&format!("{expected}: narrowgate.{name}")));
            assert!(code == Some(10) && found, "{name} {expected}: {told}");
            assert!(!told.contains("ABCDEFGHIJ"), "{told}");
        }
    }
}
