//! `POST /get_user` on every engine: the very user that is named, or nobody.

use crate::support::Legacy;
use crate::support::sample::{CHEAP, PASSWORD, World, named, users};

/// As stored, and in the other ASCII case.
fn spellings(name: &str) -> [String; 3] {
    [name.to_owned(), name.to_ascii_uppercase(), name.to_ascii_lowercase()]
}

#[test]
fn every_sample_user_is_found_by_every_name() {
    Legacy::each(|legacy| {
        let world = World::on(legacy);
        let users = users();
        for user in &users {
            for name in
                user.names.iter().filter(|name| name.trim() == *name).flat_map(|n| spellings(n))
            {
                let answer = world.get_user(&name);
                match named(&users, &name)[..] {
                    [] => answer.expect(404, "user_not_found"),
                    [one] => {
                        assert_eq!(answer.text(), one.profile, "{name}");
                        answer.expect(200, "")
                    }
                    _ => answer.expect(409, "ambiguous_user"),
                };
            }
        }
        world.gate.assert_calm();
    });
}

/// Users whom a collation takes for one another, as (id, username, address). On MySQL the unique index on usernames holds
/// some of them to be equal already, so most are told apart by address.
const TWINS: [(u32, Option<&str>, Option<&str>); 14] = [
    (1001, None, Some("straße@example.com")),
    (1002, None, Some("strasse@example.com")),
    (1003, None, Some("ﬁx@example.com")),
    (1004, None, Some("ａda@example.com")),
    (1005, None, Some("😀@example.com")),
    (1006, None, Some("ad\u{200b}min@example.com")),
    (1007, None, Some("ıda@example.com")),
    (1008, None, Some("İna@example.com")),
    (1009, None, Some(" padded@example.com")),
    (1010, Some("müller"), None),
    (1011, Some("edith "), None),
    (1012, Some("ad\u{1}am"), None),
    (1013, Some("Ωmega"), None),
    (1014, None, Some("١@example.com")),
];

/// What is asked, and whose profile is due; 0 for nobody's.
const QUESTIONS: [(&str, u32); 42] = [
    ("straße@example.com", 1001),
    ("strasse@example.com", 1002),
    ("STRASSE@example.com", 1002),
    ("stra\u{1e9e}e@example.com", 1001),
    ("strase@example.com", 0),
    ("fix@example.com", 0),
    ("ﬁx@example.com", 1003),
    ("ada@example.com", 1),
    ("ａda@example.com", 1004),
    ("ada＠example.com", 0),
    ("😀@example.com", 1005),
    ("😁@example.com", 0),
    ("?@example.com", 0),
    ("admin@example.com", 0),
    ("ida@example.com", 0),
    ("ıda@example.com", 1007),
    ("ina@example.com", 0),
    ("İna@example.com", 1008),
    ("i\u{307}na@example.com", 0),
    ("padded@example.com", 0),
    ("müller", 1010),
    ("Müller", 1010),
    ("mu\u{308}ller", 1010),
    ("MÜLLER", 0),
    ("muller", 0),
    ("mueller", 0),
    ("myller", 0),
    ("edith", 0),
    ("adam", 0),
    ("Ωmega", 1013),
    ("\u{2126}mega", 1013),
    ("ωmega", 0),
    ("omega", 0),
    ("1@example.com", 0),
    ("١@example.com", 1014),
    ("josé@example.com", 17),
    ("jose\u{301}@example.com", 17),
    ("jose@example.com", 18),
    ("JosÉ@example.com", 17),
    ("josè@example.com", 0),
    ("0", 0),
    ("1", 0),
];

/// What cannot be asked at all: a character that collations skip.
const REFUSED: [&str; 8] = [
    "ad\u{200d}a@example.com",
    "ad\u{1}am",
    "ad\u{200b}min@example.com",
    "a\u{ad}da",
    "ada\0",
    "\u{feff}ada",
    "ada\u{202e}",
    "a\u{2028}da",
];

#[test]
fn a_collation_twin_is_never_given_away() {
    Legacy::each(|legacy| {
        legacy.remove_own_users();
        for (id, login, email) in TWINS {
            legacy.add_user(id, login, email, Some(CHEAP));
        }
        let world = World::on(legacy);
        // So that unknown users, too, cost as little as these.
        for _ in 0..30 {
            world.login("müller", PASSWORD).expect(200, "");
        }
        for (identifier, owner) in QUESTIONS {
            let (found, login) = (world.get_user(identifier), world.login(identifier, PASSWORD));
            if owner == 0 {
                found.expect(404, "user_not_found");
                login.expect(403, "invalid_credentials");
            } else {
                assert_eq!(
                    found.expect(200, "").json()["user_id"],
                    owner.to_string(),
                    "{identifier}"
                );
                assert_eq!(login.text(), found.text(), "{identifier}");
            }
        }
        for identifier in REFUSED {
            world.get_user(identifier).expect(400, "invalid_request");
            world.login(identifier, PASSWORD).expect(400, "invalid_request");
        }
        world.gate.assert_calm();
        world.legacy.remove_own_users();
    });
}

/// A user that exists is never said not to, however many others the engine holds to be equal: Auth0 would let a stranger
/// sign up under the address.
#[test]
fn twins_do_not_crowd_a_user_out() {
    Legacy::each(|legacy| {
        legacy.remove_own_users();
        // Before and after the true one, whichever way the engine walks.
        for (id, email) in [
            (1001, "zoè@example.com"),
            (1002, "Zoê@example.com"),
            (1003, "zoé@example.com"),
            (1004, "zOë@example.com"),
            (1005, "zoě@example.com"),
            (1006, "zoe@example.com"),
            (1007, "Zoe@example.com"),
        ] {
            legacy.add_user(id, None, Some(email), Some(CHEAP));
        }
        let world = World::on(legacy);
        let answer = world.get_user("zoé@example.com");
        match answer.status {
            200 => assert_eq!(answer.json()["user_id"], "1003"),
            _ => drop(answer.expect(409, "ambiguous_user")),
        }
        world.get_user("zoe@example.com").expect(409, "ambiguous_user");
        world.legacy.remove_own_users();
        world.gate.assert_calm();
    });
}

/// Nothing in an identifier is a pattern, a number or SQL.
#[test]
fn identifiers_are_texts_and_nothing_else() {
    Legacy::each(|legacy| {
        let customers = legacy.customers();
        let world = World::on(legacy);
        for identifier in [
            "%",
            "_",
            "*",
            "ad%",
            "ad_",
            "a__",
            "%@example.com",
            "ada@%",
            "?",
            ".*",
            "^ada$",
            "[a]da",
            "NULL",
            "null",
            "true",
            "ada,grace",
            "{ada}",
            "$1",
            ":1",
            "@",
            "@@version",
            "(SELECT 1)",
            "narrowgate-probe",
        ] {
            world.get_user(identifier).expect(404, "user_not_found");
        }
        let count =
            world.legacy.column(&format!("SELECT CAST(COUNT(*) AS CHAR(9)) FROM {customers}"));
        assert_eq!(count.concat().trim(), "21");
        world.gate.assert_calm();
    });
}
