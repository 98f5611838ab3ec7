//! SQL in every field: it is data, on every engine. Nothing is added, removed, changed or found by it.

use serde_json::json;

use crate::support::sample::{PASSWORD, World};
use crate::support::{Answer, Engine, Legacy, Request};

const CORPUS: [&str; 44] = [
    "' OR '1'='1",
    "' OR 1=1--",
    "' OR 1=1#",
    "' OR 1=1/*",
    "\" OR \"\"=\"",
    "') OR ('1'='1",
    "')) OR 1=1--",
    "1' OR '1'='1",
    "1 OR 1=1",
    "1; DROP TABLE customer; --",
    "1; DELETE FROM migrated_user; --",
    "'; DELETE FROM narrowgate.migrated_user; --",
    "'; INSERT INTO migrated_user VALUES ('1', '2020-01-01'); --",
    "'; UPDATE customer SET email = 'x'; --",
    "ada@example.com'--",
    "ada@example.com' AND '1'='1",
    "ada' || '",
    "ada'/**/",
    "ada@example.com' UNION SELECT * FROM customer--",
    "' UNION SELECT NULL, NULL--",
    "' AND SLEEP(3)='",
    "' AND pg_sleep(3) IS NULL--",
    "'; SELECT pg_sleep(3); --",
    "' || (SELECT pg_sleep(3)) || '",
    "\\",
    "\\'",
    "\\' OR 1=1--",
    "\\\\' OR 1=1--",
    "\\u0027 OR 1=1--",
    "\u{2bc} OR 1=1--",
    "\u{2019} OR 1=1--",
    "\u{ff07} OR 1=1--",
    "%27 OR 1=1--",
    "&#39; OR 1=1--",
    "¿' OR 1=1--",
    "縗' OR 1=1--",
    "${1}",
    "$$; DROP TABLE customer; $$",
    "$1",
    "{\"$ne\": null}",
    "*)(uid=*))(|(uid=*",
    "E'\\x27'",
    "0x616461",
    "CHAR(97,100,97)",
];

fn counts(legacy: &Legacy) -> Vec<String> {
    let (tables, text): (&[&str], _) = match legacy.engine {
        Engine::Sqlite => (&["customer", "migrated_user"], "TEXT"),
        _ => (
            &["sample_shop.customer", "sample_shop.credential", "narrowgate.migrated_user"],
            "CHAR(9)",
        ),
    };
    let sum =
        |table: &&str| legacy.column(&format!("SELECT CAST(COUNT(*) AS {text}) FROM {table}"));
    let mut found: Vec<_> = tables.iter().flat_map(sum).collect();
    let users = legacy.customers();
    found.extend(legacy.column(&format!("SELECT email FROM {users} WHERE id <= 21 ORDER BY id")));
    found
}

#[track_caller]
fn harmless(what: &str, answer: &Answer, allowed: &[u16]) {
    assert!(allowed.contains(&answer.status), "{what}: {} {}", answer.status, answer.text());
    if let Err(fault) = answer.well_formed() {
        panic!("{what}: {fault}");
    }
}

#[test]
fn sql_in_every_field_is_data() {
    Legacy::each(|legacy| {
        let world = World::on(legacy);
        let before = counts(&world.legacy);
        let unmark = if world.legacy.engine == Engine::Sqlite {
            "DELETE FROM migrated_user"
        } else {
            "DELETE FROM narrowgate.migrated_user"
        };
        for text in CORPUS {
            for identifier in [text.to_owned(), format!("ada{text}"), format!("{text}@example.com")]
            {
                harmless(&identifier, &world.get_user(&identifier), &[404]);
            }
            harmless(text, &world.mark(text), &[400, 404]);
            harmless(text, &world.mark(&format!("1{text}")), &[400, 404]);
            let named = world.mark_named("1", &format!("ada{text}"));
            harmless(text, &named, &[200]);
            assert_eq!(
                named.json(),
                json!({ "user_id": "1", "user_metadata": {}, "app_metadata": {} })
            );
            world.legacy.execute(unmark);
            // White space is refused, so here is the same without.
            harmless(text, &world.mark(&text.replace(' ', "/**/")), &[400, 404]);
        }
        assert_eq!(counts(&world.legacy), before);
        world.get_user("ada").expect(200, "");
        world.gate.assert_calm();
    });
}

/// Through /login too, in both fields. One engine at a time hashes, so the users cost little.
#[test]
fn sql_in_a_login_is_data() {
    Legacy::each(|legacy| {
        legacy.remove_own_users();
        legacy.add_user(1000, Some("cheap"), None, Some(crate::support::sample::CHEAP));
        let world = World::with(legacy, |b| b.config("passwords.default_scheme", "argon2"));
        // The decoy now costs what this user costs.
        for _ in 0..3 {
            world.login("cheap", PASSWORD).expect(200, "");
        }
        let before = counts(&world.legacy);
        for text in CORPUS {
            harmless(text, &world.login(text, PASSWORD), &[403]);
            harmless(text, &world.login("cheap", text), &[403]);
            harmless(text, &world.login("cheap", &format!("{PASSWORD}{text}")), &[403]);
        }
        assert_eq!(counts(&world.legacy), before);
        world.login("cheap", PASSWORD).expect(200, "");
        world.legacy.remove_own_users();
        world.gate.assert_calm();
    });
}

/// A quote behind half a character: connections that speak GBK would swallow the backslash.
#[test]
fn half_a_character_never_reaches_the_database() {
    Legacy::each(|legacy| {
        let world = World::on(legacy);
        for bytes in
            [&b"\xbf\x27 OR 1=1--"[..], b"\xbf\x5c\x5c\x27", b"\xe0\x80\x27", b"\xc0\xa7", b"\xff"]
        {
            for (path, field) in [
                ("/login", "identifier"),
                ("/get_user", "identifier"),
                ("/mark_migrated", "user_id"),
            ] {
                let mut body = format!("{{\"{field}\":\"").into_bytes();
                body.extend_from_slice(bytes);
                body.extend_from_slice(if path == "/login" {
                    b"\",\"password\":\"x\"}"
                } else {
                    b"\"}"
                });
                world.post(path, body).expect(400, "invalid_request");
            }
        }
        world.gate.assert_calm();
    });
}

/// The token's own texts reach the log and the limits, never the database.
#[test]
fn sql_in_a_token_is_data() {
    let world = World::on(Legacy::sqlite());
    for text in CORPUS {
        let token = crate::support::Token::auth0().header("kid", text).claim("jti", text).sign();
        let request = Request::post("/get_user", json!({ "identifier": "ada" }).to_string());
        world.gate.send(&request.bearer(&token)).expect(401, "invalid_token");
    }
    world.gate.assert_calm();
}
