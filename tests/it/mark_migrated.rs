//! `POST /mark_migrated` on every engine: one user a call, once and for all, and never the wrong one.

use std::sync::Barrier;

use serde_json::json;

use crate::support::sample::{PASSWORD, World, users};
use crate::support::{Engine, Legacy};

/// The three endpoints agree to the byte about everybody; from the mark on the two others know nobody.
#[test]
fn all_endpoints_give_the_same_bytes_until_the_mark() {
    Legacy::each(|legacy| {
        let world = World::on(legacy);
        let users = users();
        for user in users.iter().filter(|user| !user.gone) {
            let name = user.own_name(&users);
            assert_eq!(world.get_user(name).text(), user.profile, "get_user {name}");
            // One of each scheme: the others cost time and are the tests' of /login.
            if ["2", "3", "4"].contains(&user.id.as_str()) {
                assert_eq!(world.login(name, PASSWORD).text(), user.profile, "login {name}");
            }
            let mark = || world.mark_named(&user.id, name).text();
            assert_eq!(mark(), user.profile, "mark_migrated {name}");
            assert_eq!(mark(), user.profile, "marked before: {name}");
            world.get_user(name).expect(404, "user_not_found");
            if user.id == "4" {
                world.login(name, PASSWORD).expect(403, "invalid_credentials");
            }
        }
        let mut marked: Vec<_> = users.iter().filter(|u| !u.gone).map(|u| u.id.clone()).collect();
        marked.sort();
        assert_eq!(world.legacy.marks(), marked);
        world.gate.assert_calm();
    });
}

fn times(legacy: &Legacy) -> Vec<String> {
    let (table, text) = match legacy.engine {
        Engine::Sqlite => ("migrated_user", "CAST(migrated_at AS TEXT)"),
        Engine::Postgresql => ("narrowgate.migrated_user", "migrated_at::text"),
        Engine::Mysql => ("narrowgate.migrated_user", "CAST(migrated_at AS CHAR)"),
    };
    legacy.column(&format!("SELECT {text} FROM {table} ORDER BY user_id"))
}

#[test]
fn the_first_marks_time_stays() {
    Legacy::each(|legacy| {
        let world = World::on(legacy);
        let expected = &users()[2].profile;
        let burst = || {
            let start = Barrier::new(50);
            std::thread::scope(|scope| {
                let marks: Vec<_> = (0..50)
                    .map(|_| {
                        scope.spawn(|| {
                            start.wait();
                            world.mark_named("3", "alan@example.com")
                        })
                    })
                    .collect();
                for mark in marks {
                    assert_eq!(&mark.join().expect("an answer").expect(200, "").text(), expected);
                }
            });
        };
        burst();
        let first = times(&world.legacy);
        assert_eq!(first.len(), 1, "one mark: {first:?}");
        assert!(first[0].starts_with("20"), "a time: {first:?}");
        burst();
        assert_eq!(times(&world.legacy), first, "the first time stays");
        world.gate.assert_calm();
    });
}

/// Texts that some engine reads as the number 1, and ids of nobody.
#[test]
fn only_the_very_id_is_marked() {
    Legacy::each(|legacy| {
        let world = World::on(legacy);
        for id in [
            "01",
            "1.0",
            "+1",
            "-1",
            "1e0",
            "0x1",
            "1abc",
            "1;",
            "1'",
            "1--",
            "１",
            "①",
            "¹",
            "1,2",
            "%",
            "_",
            "*",
            "0",
            "22",
            "4294967297",
            "18446744073709551617",
            "9223372036854775808",
            "99999999999999999999999999",
            "null",
            "true",
            "ada",
            "ada@example.com",
            "20",
            &"1".repeat(255),
            &"é".repeat(255),
        ] {
            world.mark(id).expect(404, "user_not_found");
        }
        for id in [
            "",
            " ",
            " 1",
            "1 ",
            "1 or junk",
            "1 OR 1=1",
            "1\t",
            "1\n",
            "1\0",
            "1\u{200b}",
            "1\u{a0}",
            "auth0|1",
            "1|",
            "x@clients",
            "1@clients",
            "\u{202e}1",
            "1\u{7f}",
            "1\u{85}",
            &"1".repeat(256),
            &"é".repeat(256),
        ] {
            world.mark(id).expect(400, "invalid_request");
        }
        assert_eq!(world.legacy.marks(), Vec::<String>::new());
        world.get_user("ada").expect(200, "");
        world.mark("1").expect(200, "");
        assert_eq!(world.legacy.marks(), ["1"]);
        world.gate.assert_calm();
    });
}

/// The service says so, but writes nothing, when the store has the user no more.
#[test]
fn a_mark_outlives_nothing_it_should_not() {
    Legacy::each(|legacy| {
        legacy.remove_own_users();
        legacy.add_user(1000, Some("passing"), Some("passing@example.com"), None);
        let world = World::on(legacy);
        world.mark("1000").expect(200, "");
        world.legacy.remove_own_users();
        world.mark("1000").expect(404, "user_not_found");
        world.get_user("passing").expect(404, "user_not_found");
        assert_eq!(world.legacy.marks(), ["1000"], "a mark is the DBA's to take back");
        world.gate.assert_calm();
    });
}

/// An id can be counted up. Nobody is told more of a user than what they could name, marked before or not.
#[test]
fn an_id_alone_marks_and_tells_nothing() {
    Legacy::each(|legacy| {
        let world = World::on(legacy);
        let reduced = |id: &str| {
            format!("{{\"user_id\":\"{id}\",\"user_metadata\":{{}},\"app_metadata\":{{}}}}")
        };
        let ada = &users()[0];
        for _ in 0..2 {
            for other in [
                "grace@example.com",
                "grace",
                "nobody@example.com",
                "1",
                "%",
                "_",
                "*",
                "ad",
                "ada@example.co",
            ] {
                assert_eq!(world.mark_named("1", other).text(), reduced("1"), "{other}");
            }
            assert_eq!(world.mark("1").text(), reduced("1"));
            for own in ["ada", "ADA@example.com", "ada@EXAMPLE.com"] {
                assert_eq!(world.mark_named("1", own).text(), ada.profile, "{own}");
            }
        }
        assert_eq!(world.legacy.marks(), ["1"]);
        for id in ["nobody", "01", "99"] {
            world.mark_named(id, "ada").expect(404, "user_not_found");
        }
        // Collation twins are others, and who has no such name has none.
        world.legacy.add_user(1000, Some("twin"), Some("josé@example.com"), None);
        for other in ["jose@example.com", "tw\u{ed}n", "+441234567890"] {
            assert_eq!(world.mark_named("1000", other).text(), reduced("1000"), "{other}");
        }
        world.legacy.remove_own_users();
        world.gate.assert_calm();
    });
}

/// The address that Auth0 has by now is not the legacy one any more.
#[test]
fn a_mark_after_the_address_changed_still_marks() {
    Legacy::each(|legacy| {
        let world = World::on(legacy);
        let answer = world.mark_named("2", "a-new-address@example.com").expect(200, "").json();
        assert_eq!(answer, json!({ "user_id": "2", "user_metadata": {}, "app_metadata": {} }));
        assert_eq!(world.legacy.marks(), ["2"]);
        world.gate.assert_calm();
    });
}

#[test]
fn the_identifier_may_be_left_out_and_is_one_otherwise() {
    let world = World::on(Legacy::sqlite());
    for value in [
        "null",
        "\"\"",
        "1",
        "true",
        "[]",
        "{}",
        "[\"ada\"]",
        "\"a\\u0000\"",
        "\"a\\u0001b\"",
        &format!("\"{}\"", "a".repeat(321)),
    ] {
        let body = format!("{{\"user_id\":\"1\",\"identifier\":{value}}}");
        world.post("/mark_migrated", body).expect(400, "invalid_request");
    }
    for body in [
        r#"{"identifier":"ada"}"#,
        r#"{"user_id":"1","identifier":"ada","identifier":"ada"}"#,
        r#"{"user_id":"1","identifier":"ada","password":"x"}"#,
        r#"{"user_id":"1","email":"ada@example.com"}"#,
    ] {
        world.post("/mark_migrated", body).expect(400, "invalid_request");
    }
    assert_eq!(world.legacy.marks(), [""; 0]);
}
