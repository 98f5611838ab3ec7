//! Databases that quote what they were asked for, or what they hold, in their errors.

use super::{canaries, search};
use crate::support::sample::{PASSWORD, World};
use crate::support::twist::{Cell, Twist};
use crate::support::{Engine, Gate, Issuer, Legacy, Token};

/// Ada's data stand for everybody's here: errors of the engines will quote them.
fn private() -> Vec<String> {
    let mut texts = canaries();
    texts.extend(
        ["ada@example.com", "Lovelace", "XJ0.fOgda7DEdq55EOpDdO", "+441234567890"]
            .map(String::from),
    );
    texts
}

/// Asks everything about Ada, and hopes for no profile.
#[track_caller]
fn ask(world: &World, statuses: &[u16]) {
    for answer in [
        world.get_user("ada@example.com"),
        world.login("ada@example.com", PASSWORD),
        world.mark_named("1", "ada@example.com"),
    ] {
        assert!(statuses.contains(&answer.status), "{} {}", answer.status, answer.text());
        search("an answer", &answer.text(), &private());
    }
}

#[track_caller]
fn search_all(world: &World) {
    world.gate.assert_sound();
    search("the log", &world.gate.log().join("\n"), &private());
    search("the metrics page", &world.gate.manage("/metrics").text(), &private());
}

fn talkative(legacy: Legacy) -> World {
    World::with(legacy, |b| b.config("log.level", "trace").env("RUST_LOG", "trace"))
}

/// Expressions over Ada's row whose error quotes her address, where the engine does such a thing.
fn quoting(engine: Engine) -> &'static [&'static str] {
    match engine {
        Engine::Postgresql => &[
            "CAST(r.email AS integer)::text",
            "(r.email::date)::text",
            "(r.email::jsonb)::text",
            "pg_catalog.current_setting(r.email)",
        ],
        Engine::Mysql => &["narrowgate.shout(r.email)", "narrowgate.shout(r.password_hash)"],
        Engine::Sqlite => {
            &["json(r.email)", "json_extract('{}', r.email)", "json_extract(r.email, '$')"]
        }
    }
}

/// MySQL quotes little in errors of its own, but a legacy view may call anything.
const SHOUT: &str = "CREATE FUNCTION IF NOT EXISTS narrowgate.shout(said TEXT) RETURNS TEXT DETERMINISTIC \
    BEGIN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = said; RETURN said; END";

#[test]
fn an_error_that_quotes_a_row_is_not_repeated() {
    Legacy::each(|legacy| {
        if legacy.engine == Engine::Mysql {
            legacy.execute(SHOUT);
        }
        let world = talkative(legacy);
        for sql in quoting(world.legacy.engine) {
            let _twist = Twist::new(&world.legacy, "name", Cell::Sql(sql));
            ask(&world, &[500, 503]);
        }
        search_all(&world);
        if world.legacy.engine == Engine::Mysql {
            world.legacy.execute("DROP FUNCTION narrowgate.shout");
        }
    });
}

/// Routines that raise with the very text they were asked for.
#[test]
fn an_error_that_quotes_the_question_is_not_repeated() {
    let Some(legacy) = Legacy::postgresql() else { return };
    for (name, parameters) in [
        ("get_user", "identifier text"),
        ("login_candidate", "identifier text"),
        ("mark_migrated", "user_id text, identifier text"),
    ] {
        legacy.execute(&format!(
            "CREATE OR REPLACE FUNCTION narrowgate.{name}({parameters}) RETURNS text LANGUAGE plpgsql AS $$ BEGIN \
             IF $1 = 'narrowgate-probe' THEN RETURN NULL; END IF; \
             RAISE EXCEPTION 'canary-raised: % ', $1 USING DETAIL = 'canary-detail ' || $1, HINT = 'canary-hint ' || $1, \
             COLUMN = 'canary-column'; END $$"
        ));
    }
    let world = talkative(legacy);
    // Warnings and notices, too, are the server's words.
    ask(&world, &[500, 503]);
    world.legacy.execute(
        "CREATE OR REPLACE FUNCTION narrowgate.get_user(identifier text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN \
         RAISE WARNING 'canary-warning %', $1; RAISE LOG 'canary-log %', $1; RETURN 'canary-no-json ' || $1; END $$",
    );
    let answer = world.get_user("ada@example.com");
    answer.expect(500, "invalid_user_record");
    search("an answer", &answer.text(), &private());
    search_all(&world);
}

/// Answers that are no contract at all.
#[test]
fn an_answer_that_makes_no_sense_is_not_repeated() {
    let Some(legacy) = Legacy::postgresql() else { return };
    let world = talkative(legacy);
    for answer in [
        "canary-text",
        "[\"canary\"]",
        "{\"user_id\":\"canary\"}",
        "[{\"user_id\":\"1\",\"email\":\"ada@example.com\",\"canary\":",
        "[{\"user_id\":\"1\",\"email\":\"ada@example.com\",\"email_verified\":\"canary\"}]",
        "[{\"user_id\":\"canary|1\",\"email\":\"ada@example.com\"}]",
        "[{\"user_id\":\"1\",\"email\":\"ada@example.com\",\"password_hash\":[\"canary\"]}]",
        "[{\"user_id\":\"1\",\"email\":\"ada@example.com\",\"email\":\"canary\"}]",
    ] {
        for name in [
            "get_user(identifier",
            "login_candidate(identifier",
            "mark_migrated(user_id text, identifier",
        ] {
            world.legacy.execute(&format!(
                "CREATE OR REPLACE FUNCTION narrowgate.{name} text) RETURNS text LANGUAGE sql AS \
                 $$ SELECT CASE WHEN $1 = 'narrowgate-probe' THEN '[]' ELSE '{answer}' END $$"
            ));
        }
        let login = world.login("ada@example.com", PASSWORD);
        // A fault of the profile is told to whoever has the password, and here there is none.
        let has_names = answer.contains("email_verified");
        let (status, code) =
            if has_names { (403, "invalid_credentials") } else { (500, "invalid_user_record") };
        login.expect(status, code);
        search("an answer", &login.text(), &canaries());
        world.get_user("ada@example.com");
        world.mark_named("1", "ada@example.com");
    }
    search_all(&world);
}

/// The password of the database is in the URL, and drivers like to show URLs.
#[test]
fn a_database_that_cannot_be_reached_costs_no_secret() {
    let issuer = Issuer::start();
    let nobody = Legacy::sqlite();
    for url in [
        "postgres://canary-user:canary-database@127.0.0.1:9/canary-app",
        "mysql://canary-user:canary-database@127.0.0.1:9/canary-app",
        "postgres://canary-user:canary%2Fdatabase@localhost:9/canary-app?options=canary",
    ] {
        let builder = Gate::builder(&issuer, &nobody).config("database.url", url);
        let gate = builder.config("log.level", "trace").env("RUST_LOG", "trace").start();
        let token = Token::auth0().sign();
        gate.ask("/get_user", &token, &serde_json::json!({ "identifier": "x" }))
            .expect(503, "unavailable");
        search("the log", &gate.log().join("\n"), &canaries());
    }
    let Some(legacy) = Legacy::postgresql() else { return };
    for part in ["only-for-tests@", "/ng_"] {
        let wrong = legacy
            .url()
            .replace(part, if part.starts_with('/') { "/canary_" } else { "canary-wrong@" });
        assert_ne!(wrong, legacy.url());
        let (code, text) =
            Gate::builder(&issuer, &legacy).config("database.url", wrong).run("serve");
        assert_eq!(code, Some(1), "{text}");
        let said = text.replace("\"canary_", "\""); // the database's name is no secret
        search("the log", &said, &canaries());
    }
}
