//! Rows that break the contract: `invalid_user_record`, never a profile, and never a word of the value.

mod encodings;
mod large;

use crate::support::sample::{PASSWORD, World, users};
use crate::support::twist::{Cell, Twist};
use crate::support::{Engine, Legacy};

/// Answers 500 about user 1 from both reading endpoints, says so in the log without `value`, and knows others as before.
#[track_caller]
fn expect_invalid(world: &World, what: &str, value: &str) {
    let grace = world.get_user("grace");
    assert_eq!(grace.text(), users()[1].profile, "{what}: others are not affected");
    for answer in [world.get_user("ada"), world.login("ada", PASSWORD)] {
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (500, "invalid_user_record"),
            "{what}: {}",
            answer.text()
        );
        answer.expect(500, "invalid_user_record");
        let decision = world.gate.decision(&answer);
        assert!(decision["reason"].is_string(), "{what}: the rule is named: {decision}");
        assert!(value.is_empty() || !answer.text().contains(value), "{what}: {}", answer.text());
    }
    let log = world.gate.log().join("\n");
    assert!(value.is_empty() || !log.contains(value), "{what}: the log holds the value");
}

#[test]
fn an_unsafe_id_is_never_emitted() {
    Legacy::each(|legacy| {
        let world = World::on(legacy);
        let long = "seventeen".repeat(29)[..256].to_owned();
        let ids = [
            "",
            " ",
            "odd|one",
            "auth0|odd-one",
            "odd one",
            " odd-one",
            "odd-one ",
            "odd\tone",
            "odd\none",
            "odd\rone",
            "odd\u{1}one",
            "odd\u{7f}one",
            "odd\u{85}one",
            "odd\u{a0}one",
            "odd\u{200b}one",
            "odd\u{202e}one",
            "odd\u{2028}one",
            "odd\u{3000}one",
            "odd-one@clients",
            "@clients",
            &long,
        ];
        for id in ids {
            let _twist = Twist::new(&world.legacy, "user_id", Cell::Text(id));
            expect_invalid(&world, &format!("user_id {id:?}"), id.trim());
            // Asking for the id itself is refused at the door; the key behind it is nobody's id.
            world.mark(id).expect(400, "invalid_request");
            world.mark("1").expect(404, "user_not_found");
        }
        {
            let _twist = Twist::new(&world.legacy, "user_id", Cell::Null);
            expect_invalid(&world, "user_id NULL", "");
        }
        assert_eq!(world.legacy.marks(), Vec::<String>::new());
        let longest = "x".repeat(255);
        let _twist = Twist::new(&world.legacy, "user_id", Cell::Text(&longest));
        assert_eq!(world.get_user("ada").expect(200, "").json()["user_id"], longest.as_str());
        world.mark(&longest).expect(200, "");
        world.gate.assert_sound();
    });
}

/// Flags that are no booleans and metadata that are no objects: `'N'` would be true to a careless reader.
const CELLS: [(&str, &str); 20] = [
    ("email_verified", "\"N\""),
    ("email_verified", "\"Y\""),
    ("email_verified", "\"true\""),
    ("email_verified", "\"\""),
    ("email_verified", "2"),
    ("email_verified", "-1"),
    ("phone_verified", "\"no\""),
    ("phone_verified", "7"),
    ("blocked", "\"N\""),
    ("blocked", "\"false\""),
    ("blocked", "2"),
    ("user_metadata", "[]"),
    ("user_metadata", "[{}]"),
    ("user_metadata", "\"{}\""),
    ("user_metadata", "5"),
    ("user_metadata", "true"),
    ("app_metadata", "\"quartz\""),
    ("app_metadata", "[\"quartz\"]"),
    ("app_metadata", "0"),
    ("app_metadata", "{\"quartz\": \"quartz\""),
];

fn is_json(text: &str) -> bool {
    serde_json::from_str::<serde_json::Value>(text).is_ok()
}

#[test]
fn a_column_of_another_type_is_never_read_as_something() {
    Legacy::each(|legacy| {
        let world = World::on(legacy);
        for (column, json) in CELLS {
            if world.legacy.engine == Engine::Postgresql && !is_json(json) {
                continue; // PostgreSQL's own type does not let it in
            }
            let _twist = Twist::new(&world.legacy, column, Cell::Json(json));
            expect_invalid(
                &world,
                &format!("{column} {json}"),
                if json.contains("quartz") { "quartz" } else { "" },
            );
            // Only whoever has the password learns that the row is there.
            world.login("ada", "a wrong password").expect(403, "invalid_credentials");
        }
        world.gate.assert_sound();
    });
}

/// A mark whose answer cannot be given would lock the user out and free the address, without anybody having the profile.
#[test]
fn no_mark_is_kept_for_a_row_that_cannot_be_told() {
    Legacy::each(|legacy| {
        let world = World::on(legacy);
        for (column, json) in [
            ("email_verified", "\"N\""),
            ("user_metadata", "[]"),
            ("app_metadata", "\"x\""),
            ("app_metadata", r#"{"legacy_blocked":"yes"}"#),
        ] {
            let _twist = Twist::new(&world.legacy, column, Cell::Json(json));
            world.mark_named("1", "ada").expect(500, "invalid_user_record");
            assert_eq!(world.legacy.marks(), Vec::<String>::new(), "{column} {json}");
        }
        world.get_user("ada").expect(200, "");
        // A mark that was acknowledged before is another matter.
        world.mark("1").expect(200, "");
        let _twist = Twist::new(&world.legacy, "user_metadata", Cell::Json("[]"));
        world.mark_named("1", "ada").expect(500, "invalid_user_record");
        // Of whom nothing is told, nothing is read.
        world.mark("1").expect(200, "");
        assert_eq!(world.legacy.marks(), ["1"]);
        world.gate.assert_sound();
    });
}

/// SQLite keeps bytes in any column, and its JSON functions take some for JSON that they have packed: 2 is false.
#[test]
fn bytes_are_no_flag() {
    let world = World::on(Legacy::sqlite());
    for column in ["blocked", "email_verified", "phone_verified"] {
        for bytes in ["x'00'", "x'01'", "x'02'", "x'30'", "x'31'", "x'ff'"] {
            let _twist = Twist::new(&world.legacy, column, Cell::Sql(bytes));
            expect_invalid(&world, &format!("{column} {bytes}"), "");
            world.mark_named("1", "ada").expect(500, "invalid_user_record");
        }
    }
    assert_eq!(world.legacy.marks(), Vec::<String>::new());
    world.gate.assert_sound();
}

/// Of a repeated name each reader takes another value. PostgreSQL's own type keeps one of them.
#[test]
fn a_repeated_name_in_metadata_lifts_no_block() {
    for legacy in [Some(Legacy::sqlite()), Legacy::mysql()].into_iter().flatten() {
        let world = World::on(legacy);
        for json in [
            r#"{"legacy_blocked":true,"legacy_blocked":false}"#,
            r#"{"plan":"free","plan":"paid"}"#,
        ] {
            let _twist = Twist::new(&world.legacy, "app_metadata", Cell::Json(json));
            expect_invalid(&world, json, "");
            world.mark_named("1", "ada").expect(500, "invalid_user_record");
        }
        assert_eq!(world.legacy.marks(), Vec::<String>::new());
        world.gate.assert_sound();
    }
}

/// Absent values are left out, whatever the engine calls absent; an unknown e-mail state is "not verified".
#[test]
fn null_is_absent_and_unverified() {
    Legacy::each(|legacy| {
        let world = World::on(legacy);
        let ada = |column: &str| {
            let _twist = Twist::new(&world.legacy, column, Cell::Null);
            world.get_user("ada").expect(200, "").json()
        };
        assert_eq!(ada("email_verified")["email_verified"], false);
        for column in ["phone_verified", "name", "given_name", "family_name", "nickname", "picture"]
        {
            assert!(ada(column).get(column).is_none(), "{column}");
        }
        let without_email = ada("email");
        assert!(
            without_email.get("email").is_none() && without_email.get("email_verified").is_none()
        );
        let without_phone = ada("phone_number");
        assert!(
            without_phone.get("phone_number").is_none()
                && without_phone.get("phone_verified").is_none()
        );
        for column in ["user_metadata", "app_metadata"] {
            assert_eq!(ada(column)[column], serde_json::json!({}), "{column}");
        }
        let _twist = Twist::new(&world.legacy, "blocked", Cell::Null);
        world.login("ada", PASSWORD).expect(200, "");
        world.gate.assert_calm();
    });
}

/// Line breaks, terminal codes and reversed text in a name are the caller's to show: here they stay inside one JSON string.
#[test]
fn odd_names_stay_inside_their_string() {
    Legacy::each(|legacy| {
        let world = World::on(legacy);
        for name in [
            "a\r\nSet-Cookie: x=y\r\n\r\n",
            "\u{1b}[31mred",
            "\u{202e}abc",
            "</script>",
            "a\\\"b",
            "\u{10ffff}",
        ] {
            let _twist = Twist::new(&world.legacy, "name", Cell::Text(name));
            let answer = world.get_user("ada");
            assert_eq!(answer.expect(200, "").json()["name"], name);
        }
        world.gate.assert_calm();
    });
}

/// Expressions over the row that fail, as a mapping's cast or an encoding does: the row is broken, and stays so.
fn failing(engine: Engine) -> &'static [&'static str] {
    match engine {
        Engine::Postgresql => &[
            "(r.email::jsonb)::text",
            "CAST(r.email AS integer)::text",
            "convert_from('\\xff'::bytea, 'UTF8')",
            "repeat('x', 600000) || repeat('y', 600000)",
            "(SELECT n::text FROM generate_series(1, 2) AS n)",
        ],
        Engine::Mysql => &[
            "UNHEX(CONCAT(LEFT(r.email, 0), 'e9'))",
            "REPEAT('x', 1200000)",
            "(SELECT 'x' UNION SELECT 'y')",
        ],
        Engine::Sqlite => &["json(r.email)", "hex(zeroblob(600000))", "CAST(x'ff' AS TEXT)"],
    }
}

#[test]
fn a_row_that_cannot_be_read_is_invalid_and_no_outage() {
    Legacy::each(|legacy| {
        let world = World::on(legacy);
        for sql in failing(world.legacy.engine) {
            let _twist = Twist::new(&world.legacy, "name", Cell::Sql(sql));
            expect_invalid(&world, sql, "");
            world.mark_named("1", "ada").expect(500, "invalid_user_record");
            assert_eq!(world.legacy.marks(), Vec::<String>::new(), "{sql}");
        }
        world.login("ada", PASSWORD).expect(200, "");
        world.gate.assert_sound();
    });
}
