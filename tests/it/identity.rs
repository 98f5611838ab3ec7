//! Who is whom, on every engine: one user under every writing of one name, and what the service itself
//! makes of a row.

use serde_json::json;

use crate::support::sample::{CHEAP, PASSWORD, World};
use crate::support::twist::{Cell, Twist};
use crate::support::{Engine, Legacy};

/// Stored address, what is asked, and whether SQLite, which folds ASCII alone, finds it too.
const ADDRESSES: [(&str, &[&str], bool); 6] = [
    (
        "Émilie@example.fr",
        &["émilie@example.fr", "ÉMILIE@Example.FR", "E\u{301}milie@example.fr"],
        false,
    ),
    ("ИВАН@example.com", &["иван@example.com", "Иван@EXAMPLE.com"], false),
    (
        "Greta@bücher.example",
        &[
            "greta@bücher.example",
            "GRETA@xn--bcher-kva.example",
            "greta@BÜCHER.EXAMPLE",
            "greta@XN--BCHER-KVA.example",
        ],
        true,
    ),
    (
        "hans@xn--mnchen-3ya.example",
        &["hans@münchen.example", "Hans@Mu\u{308}nchen.example", "HANS@XN--MNCHEN-3YA.example"],
        true,
    ),
    ("jürgen@straße.example", &["jürgen@xn--strae-oqa.example", "JÜRGEN@STRAẞE.example"], true),
    (
        "INFO@EXAMPLE.COM",
        &["info@example.com", " Info@Example.com\u{a0}", "\tinfo@example.com\r\n"],
        true,
    ),
];

/// Others, however much a collation or a mapping of domains holds them to be equal.
const STRANGERS: [&str; 6] = [
    "emilie@example.fr",
    "greta@bucher.example",
    "greta@ｂücher.example",
    "jürgen@strasse.example",
    "jurgen@straße.example",
    "ınfo@example.com",
];

#[test]
fn an_address_is_found_in_every_writing() {
    Legacy::each(|legacy| {
        legacy.remove_own_users();
        for (id, (stored, ..)) in (1001..).zip(ADDRESSES) {
            legacy.add_user(id, None, Some(stored), Some(CHEAP));
        }
        let world = World::on(legacy);
        for (id, (stored, asked, on_sqlite)) in (1001..).zip(ADDRESSES) {
            for asked in asked {
                let (found, login) = (world.get_user(asked), world.login(asked, PASSWORD));
                if on_sqlite || world.legacy.engine != Engine::Sqlite {
                    let profile = found.expect(200, "").json();
                    assert_eq!(
                        (&profile["user_id"], &profile["email"]),
                        (&json!(id.to_string()), &json!(stored)),
                        "{asked}"
                    );
                    assert_eq!(login.expect(200, "").text(), found.text(), "{asked}");
                } else {
                    found.expect(404, "user_not_found");
                }
            }
        }
        for asked in STRANGERS {
            world.get_user(asked).expect(404, "user_not_found");
        }
        world.legacy.remove_own_users();
        world.gate.assert_calm();
    });
}

/// The same domain in both forms, of one user and of two.
#[test]
fn two_forms_of_a_domain_are_one_address() {
    Legacy::each(|legacy| {
        legacy.remove_own_users();
        legacy.add_user(
            1001,
            Some("a@xn--bcher-kva.example"),
            Some("a@bücher.example"),
            Some(CHEAP),
        );
        legacy.add_user(1002, None, Some("b@xn--bcher-kva.example"), Some(CHEAP));
        legacy.add_user(1003, None, Some("b@bücher.example"), Some(CHEAP));
        let world = World::on(legacy);
        for form in ["bücher.example", "xn--bcher-kva.example"] {
            assert_eq!(
                world.get_user(&format!("a@{form}")).expect(200, "").json()["user_id"],
                "1001"
            );
            let marked = world.mark_named("1001", &format!("a@{form}"));
            assert_eq!(marked.expect(200, "").json()["email"], "a@bücher.example", "{form}");
            world.legacy.execute(&format!("DELETE FROM {}", marks_table(&world.legacy)));
            world.get_user(&format!("b@{form}")).expect(409, "ambiguous_user");
            world.login(&format!("b@{form}"), "x").expect(409, "ambiguous_user");
        }
        world.legacy.remove_own_users();
        world.gate.assert_calm();
    });
}

fn marks_table(legacy: &Legacy) -> &'static str {
    if legacy.engine == Engine::Sqlite { "migrated_user" } else { "narrowgate.migrated_user" }
}

/// Where digests stay in the database it is the same.
#[test]
fn a_domain_in_the_other_form_logs_in_by_a_digest_that_stays_inside() {
    for engine in [Engine::Postgresql, Engine::Mysql] {
        let Some(legacy) = Legacy::inside(engine) else { continue };
        legacy.remove_own_users();
        legacy.add_user(1001, None, Some("a@bücher.example"), Some(CHEAP));
        let world =
            World::with(legacy, |builder| builder.config("database.password_check", "inside"));
        for form in ["bücher.example", "xn--bcher-kva.example"] {
            let login = world.login(&format!("a@{form}"), PASSWORD);
            assert_eq!(login.expect(200, "").json()["user_id"], "1001", "{form}");
            world.login(&format!("a@{form}"), "wrong").expect(403, "invalid_credentials");
            world.login(&format!("c@{form}"), "wrong").expect(403, "invalid_credentials");
        }
        // A row with a fault: only the right password learns of it, and it gets no mark.
        let fault = "UPDATE sample_shop.customer SET preferences = '[1]' WHERE id = 1001";
        world.legacy.execute(fault);
        for form in ["bücher.example", "xn--bcher-kva.example"] {
            world.login(&format!("a@{form}"), "wrong").expect(403, "invalid_credentials");
            world.login(&format!("a@{form}"), PASSWORD).expect(500, "invalid_user_record");
            world.mark_named("1001", &format!("a@{form}")).expect(500, "invalid_user_record");
        }
        assert!(!world.legacy.marks().contains(&"1001".to_owned()));
        world.legacy.remove_own_users();
        world.gate.assert_sound();
    }
}

/// Persian and Hindi write them within words. An address has none.
#[test]
fn joiners_belong_to_usernames() {
    Legacy::each(|legacy| {
        legacy.remove_own_users();
        legacy.add_user(1001, Some("می\u{200c}خواهم"), None, Some(CHEAP));
        legacy.add_user(1002, Some("क्\u{200d}ष"), None, Some(CHEAP));
        let world = World::on(legacy);
        assert_eq!(world.get_user("می\u{200c}خواهم").expect(200, "").json()["user_id"], "1001");
        assert_eq!(world.get_user(" क्\u{200d}ष ").expect(200, "").json()["user_id"], "1002");
        world.get_user("میخواهم").expect(404, "user_not_found");
        world.get_user("a\u{200c}da").expect(404, "user_not_found");
        world.get_user("a\u{200c}da@example.com").expect(400, "invalid_request");
        world.legacy.remove_own_users();
        world.gate.assert_calm();
    });
}

/// Metadata as they are stored, and as they are told.
const METADATA: [(&str, &str); 6] = [
    (
        r#"{"id":1546130668394913822,"n":9007199254740992}"#,
        r#"{"id":"1546130668394913822","n":9007199254740992}"#,
    ),
    (r#"{"a":[0.1,-1.5,12345678901234567.25]}"#, r#"{"a":[0.1,-1.5,"12345678901234567.25"]}"#),
    (r#"{"zero":0,"text":"1546130668394913822"}"#, r#"{"text":"1546130668394913822","zero":0}"#),
    (r#"{"smile":"\ud83d\ude00"}"#, "{\"smile\":\"😀\"}"),
    (r#"{"half":"a\ud83d"}"#, "{\"half\":\"a\u{fffd}\"}"),
    ("", "{}"),
];

#[test]
fn metadata_survive_the_way() {
    Legacy::each(|legacy| {
        let world = World::on(legacy);
        for (stored, told) in METADATA {
            // What PostgreSQL's own type does not let in.
            if world.legacy.engine == Engine::Postgresql
                && (stored.is_empty() || stored.contains("half"))
            {
                continue;
            }
            let _twist = Twist::new(&world.legacy, "user_metadata", Cell::Json(stored));
            let found = world.get_user("ada");
            assert!(
                found.expect(200, "").text().contains(&format!("\"user_metadata\":{told}")),
                "{stored}: {}",
                found.text()
            );
            assert_eq!(world.login("ada", PASSWORD).text(), found.text());
        }
        world.gate.assert_calm();
    });
}

/// The same bytes from all endpoints, so that a block outlives a password reset.
#[test]
fn a_blocked_user_is_told_as_one_by_every_endpoint() {
    Legacy::each(|legacy| {
        let world = World::on(legacy);
        let mallory = world.get_user("mallory");
        let metadata = json!({ "legacy_blocked": true, "plan": "free" });
        assert_eq!(mallory.expect(200, "").json()["app_metadata"], metadata);
        world.login("mallory", PASSWORD).expect(403, "user_blocked");
        let ada = world.get_user("ada").expect(200, "").json();
        assert_eq!(ada["app_metadata"], json!({ "plan": "pro" }));
        for (own, told) in [("1", true), ("0", false)] {
            let sql = match world.legacy.engine {
                Engine::Postgresql => format!("jsonb_build_object('legacy_blocked', {own} = 1)"),
                Engine::Mysql => format!("JSON_OBJECT('legacy_blocked', {own} = 1)"),
                Engine::Sqlite => format!("json_object('legacy_blocked', {own} = 1)"),
            };
            let _twist = Twist::new(&world.legacy, "app_metadata", Cell::Sql(&sql));
            let ada = world.get_user("ada").expect(200, "").json();
            assert_eq!(ada["app_metadata"].get("legacy_blocked").is_some(), told, "{sql}");
        }
        world.gate.assert_calm();
    });
}
