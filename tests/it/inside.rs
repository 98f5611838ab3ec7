//! `password_check = "inside"`: the digest never leaves the database, and callers notice nothing.

mod hashes;
mod plans;

use serde_json::Value;

use crate::support::sample::{PASSWORD, World};
use crate::support::{Answer, Engine, Gate, Issuer, Legacy};

/// Right and wrong passwords of every kind of user that the sample store has.
const LOGINS: [(&str, &str); 18] = [
    ("ada@example.com", PASSWORD),
    ("ADA@example.com", PASSWORD),
    ("ada@example.com", "wrong"),
    ("grace", PASSWORD),
    ("alan", PASSWORD),
    ("alan", "wrong"),
    ("katherine@example.com", PASSWORD),
    ("linus@example.com", PASSWORD),
    ("jose@example.com", PASSWORD),
    ("josé@example.com", PASSWORD),
    ("mallory@example.com", PASSWORD),
    ("mallory@example.com", "wrong"),
    ("margaret", PASSWORD),
    ("hedy", PASSWORD),
    ("twin@example.com", PASSWORD),
    ("deleted@example.com", PASSWORD),
    ("nobody@example.com", PASSWORD),
    ("Keel", PASSWORD),
];

/// What a caller can tell: all but the id of the request.
fn told(answer: &Answer) -> (u16, Value) {
    let mut body: Value = serde_json::from_slice(&answer.body).expect("JSON");
    body.as_object_mut().expect("an object").remove("request_id");
    (answer.status, body)
}

fn answers(world: &World) -> Vec<(u16, Value)> {
    let logins = LOGINS.iter().map(|(name, password)| told(&world.login(name, password)));
    let mut answers: Vec<_> = logins.collect();
    answers.push(told(&world.get_user("ada")));
    answers.push(told(&world.mark_named("1", "ada")));
    answers.push(told(&world.login("ada@example.com", PASSWORD)));
    answers.push(told(&world.get_user("ada")));
    world.gate.assert_calm();
    answers
}

fn world(legacy: Legacy) -> World {
    World::with(legacy, |gate| gate.config("database.password_check", "inside"))
}

#[test]
fn answers_are_those_of_the_ordinary_mode() {
    for (engine, ordinary) in [
        (Engine::Postgresql, Legacy::postgresql as fn() -> Option<Legacy>),
        (Engine::Mysql, Legacy::mysql),
    ] {
        let Some(ordinary) = ordinary() else { return };
        // One after the other: on MySQL there is one database of that name.
        let expected = answers(&World::on(ordinary));
        let inside = world(Legacy::inside(engine).expect("the same server"));
        for (case, (expected, answer)) in expected.iter().zip(answers(&inside)).enumerate() {
            assert_eq!(*expected, answer, "{engine:?}, {:?}", LOGINS.get(case));
        }
    }
}

/// Secrets of which no part may be seen: whole hashes, a text that only looks like one, a digest in
/// front of its salt, one without any scheme.
const CANARIES: [(&str, &str); 6] = [
    (
        "pbkdf2_sha256$1$saltsaltsaltsalt$ouhwH5QjXU2O1gHvuMrHWhFGwGQ8zEmYRlu7N1suuDo=",
        "ouhwH5QjXU2O1gHvuMrH",
    ),
    ("plain$canary$first$canaryplaintextisold", "canary"),
    ("c0ffee00c0ffee00c0ffee00c0ffee00$canarysaltcanarysalt", "c0ffee00c0ffee00"),
    ("0ddba11e0ddba11e0ddba11e0ddba11e", "0ddba11e"),
    ("Tr0ub4dor$canarycanarycanary", "Tr0ub4dor"),
    ("!canarylockedaccount", "canary"),
];

/// What a thief of the credential would try. Errors count as answers.
fn questions(engine: Engine, names: &[String]) -> Vec<String> {
    let mut asked = vec![];
    for name in names.iter().map(String::as_str).chain(["%", "_", "", "'"]) {
        let name = name.replace('\'', "''");
        for call in [
            "password_parameters('WHO')",
            "get_user('WHO')",
            "password_matches('WHO', '')",
            "password_matches('WHO', '%')",
            "password_matches('WHO', NULL)",
            "mark_migrated('WHO', NULL)",
            "mark_migrated('1', 'WHO')",
            "login_candidate('WHO')",
            "candidate('WHO')",
            "password_parts('WHO', NULL, NULL)",
            "password_form('WHO', 'WHO', NULL)",
            "password_unpacked('WHO', '^')",
            "password_digest('WHO', '0')",
        ] {
            asked.push(format!("SELECT narrowgate.{}", call.replace("WHO", &name)));
        }
    }
    for relation in [
        "narrowgate.legacy_user",
        "narrowgate.migrated_user",
        "narrowgate.password_decoy",
        "sample_shop.credential",
        "sample_shop.customer",
    ] {
        asked.push(format!("SELECT * FROM {relation}"));
        asked.push(format!(
            "SELECT 1 FROM {relation} AS r WHERE CAST(r.password_hash AS INTEGER) = 1"
        ));
    }
    if engine == Engine::Mysql {
        asked.extend(
            [
                "SHOW CREATE FUNCTION narrowgate.password_matches",
                "SHOW PROCESSLIST",
                "SELECT * FROM mysql.column_stats",
            ]
            .map(str::to_owned),
        );
    } else {
        asked.extend(
            ["SELECT * FROM pg_statistic", "COPY narrowgate.legacy_user TO STDOUT"]
                .map(str::to_owned),
        );
    }
    asked
}

#[test]
fn no_statement_gives_a_digest() {
    for engine in [Engine::Postgresql, Engine::Mysql] {
        let Some(legacy) = Legacy::inside(engine) else { return };
        for (id, (hash, _)) in (1000..).zip(CANARIES) {
            legacy.add_user(id, Some(&format!("canary.{id}")), None, Some(hash));
        }
        let analyze = if engine == Engine::Mysql {
            "ANALYZE TABLE sample_shop.credential"
        } else {
            "ANALYZE"
        };
        legacy.execute(analyze);
        let mut secrets: Vec<String> = CANARIES.map(|(_, secret)| secret.to_owned()).into();
        let stored = legacy
            .column("SELECT password_hash FROM sample_shop.credential WHERE customer_id < 1000");
        secrets.extend(stored.iter().map(|hash| hash[hash.len() - 20..].to_owned()));
        let names = legacy.column(
            "SELECT login FROM sample_shop.customer WHERE id IN (1, 3, 4, 8, 9) OR id >= 1000",
        );
        assert!(secrets.len() > 20 && names.len() > 10);
        let relations = if engine == Engine::Mysql {
            "SELECT CONCAT('SELECT * FROM ', table_schema, '.', table_name) FROM information_schema.tables WHERE table_schema = 'information_schema'"
        } else {
            "SELECT format('SELECT * FROM %I.%I', n.nspname, c.relname) FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace \
             WHERE c.relkind IN ('r', 'v') AND has_table_privilege('narrowgate_api', c.oid, 'SELECT')"
        };
        let catalogue = legacy.column(relations);
        assert!(catalogue.len() > 70, "{catalogue:?}");
        for question in questions(engine, &names).into_iter().chain(catalogue) {
            let heard = legacy.as_role(&question);
            for secret in &secrets {
                // The question itself may come back, and names a canary.
                let heard = heard.replace(&question, "").replace("canary.", "");
                assert!(
                    !heard.contains(secret.as_str()),
                    "{engine:?} {question}: {secret} in {heard}"
                );
            }
        }
    }
}

/// The proof knows what this contract allows, and nothing more.
#[test]
fn the_proof_knows_the_two_questions() {
    for engine in [Engine::Postgresql, Engine::Mysql] {
        let Some(legacy) = Legacy::inside(engine) else { return };
        let issuer = Issuer::start();
        let mut gate = Gate::builder(&issuer, &legacy);
        for key in ["database.connect_timeout", "database.statement_timeout"] {
            gate = gate.config(key, "20s");
        }
        let (code, told) = gate.clone().config("database.password_check", "inside").run("check");
        assert!(matches!(code, Some(0 | 11)), "{told}");
        assert!(!told.contains("NO  ") && told.contains("but no hash"), "{told}");
        // A service of the other kind is told, and does not start.
        for (command, expected) in [("check", 10), ("serve", 1)] {
            let (code, told) = gate.run(command);
            assert!(code == Some(expected) && told.contains("login_candidate"), "{code:?} {told}");
        }
    }
}

#[test]
fn a_file_cannot_compare() {
    let (issuer, legacy) = (Issuer::start(), Legacy::sqlite());
    for (value, told) in [("inside", "needs a server"), ("beside", "is not a known place")] {
        let gate = Gate::builder(&issuer, &legacy).config("database.password_check", value);
        let (code, text) = gate.run("check");
        assert!(
            code == Some(2) && text.contains("database.password_check") && text.contains(told),
            "{text}"
        );
    }
}
