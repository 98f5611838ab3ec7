//! Kinds of identifiers, each alone and together: what a deployment has not enabled is never asked.

use super::{EXAMPLE, script};
use crate::support::sample::World;
use crate::support::{Engine, Legacy};

/// The example's mapping with these lookups and no others.
fn with_lookups(engine: Engine, kinds: &[&str]) -> String {
    let lookups: String = kinds
        .iter()
        .map(|kind| {
            let column = match *kind {
                "email" => "c.email",
                "phone" => "c.phone",
                _ => "c.login",
            };
            match engine {
                Engine::Sqlite => format!("{kind} = \"{column} COLLATE NOCASE\"\n"),
                Engine::Postgresql if *kind == "phone" => format!("{kind} = \"{column}\"\n"),
                Engine::Postgresql => format!("{kind} = \"lower({column})\"\n"),
                Engine::Mysql => format!(
                    "{kind} = {{ expression = \"{column}\", collation = \"utf8mb4_unicode_ci\" }}\n"
                ),
            }
        })
        .collect();
    let mut text = String::new();
    let mut in_lookup = false;
    for line in EXAMPLE.lines() {
        if line.starts_with('[') {
            in_lookup = line.ends_with("lookup]");
        }
        if !in_lookup || !line.contains(" = ") || line.starts_with('#') {
            text.push_str(line);
            text.push('\n');
        }
        if line == "[lookup]" {
            text.push_str(&lookups);
        }
    }
    text
}

fn world(legacy: Legacy, kinds: &[&str]) -> World {
    legacy.execute(&script(&with_lookups(legacy.engine, kinds), legacy.engine, &[]));
    World::on(legacy)
}

#[test]
fn a_kind_that_is_not_enabled_is_never_asked() {
    Legacy::each(|legacy| {
        let world = world(legacy, &["email"]);
        world.get_user("ada@example.com").expect(200, "");
        // Somebody's username and phone number, and a username that looks like an address.
        for identifier in ["ada", "+441234567890", "1"] {
            world.get_user(identifier).expect(404, "user_not_found");
        }
        let fifteen = world.get_user("shared@example.com");
        assert_eq!(fifteen.expect(200, "").json()["user_id"], "15");
        world.get_user("first.owner").expect(404, "user_not_found");
        world.gate.assert_calm();
    });
    Legacy::each(|legacy| {
        let world = world(legacy, &["username"]);
        world.get_user("ada").expect(200, "");
        world.get_user("ada@example.com").expect(404, "user_not_found");
        let sixteen = world.get_user("shared@example.com");
        assert_eq!(sixteen.expect(200, "").json()["user_id"], "16");
        world.gate.assert_calm();
    });
}

/// The row that a collation finds by its address is not excused by another of its columns.
#[test]
fn a_twin_is_not_saved_by_another_column() {
    Legacy::each(|legacy| {
        legacy.remove_own_users();
        legacy.add_user(1001, Some("rene@example.com"), Some("rené@example.com"), None);
        let world = world(legacy, &["email"]);
        world.get_user("rene@example.com").expect(404, "user_not_found");
        assert_eq!(world.get_user("rené@example.com").expect(200, "").json()["user_id"], "1001");
        world.legacy.remove_own_users();
        world.gate.assert_calm();
    });
}

/// Three rows that the index cannot tell apart: the third may be somebody else of the same name.
#[test]
fn one_of_three_is_never_told_as_the_only_one() {
    let trimmed = |engine: Engine| {
        let (from, to) = match engine {
            Engine::Sqlite => {
                ("email = \"c.email COLLATE NOCASE\"", "email = \"trim(c.email) COLLATE NOCASE\"")
            }
            _ => ("email = \"lower(c.email)\"", "email = \"lower(btrim(c.email))\""),
        };
        let mapping = with_lookups(engine, &["email"]);
        assert!(mapping.contains(from), "{mapping}");
        mapping.replace(from, to)
    };
    for legacy in [Some(Legacy::sqlite()), Legacy::postgresql()].into_iter().flatten() {
        for (id, email) in [
            (1001, "yan@example.com"),
            (1002, "yan@example.com "),
            (1003, "Yan@Example.com"),
            (1011, "zoe@example.com "),
            (1012, "zoe@example.com"),
        ] {
            legacy.add_user(id, Some(&format!("own.{id}")), Some(email), None);
        }
        legacy.execute(&script(&trimmed(legacy.engine), legacy.engine, &[]));
        let world = World::on(legacy);
        world.get_user("yan@example.com").expect(409, "ambiguous_user");
        // Of two, both were seen.
        assert_eq!(world.get_user("zoe@example.com").expect(200, "").json()["user_id"], "1012");
        world.gate.assert_calm();
    }
}

/// Which of the rows holds the right password, nobody can tell.
#[test]
fn a_user_whom_a_join_repeats_is_ambiguous() {
    let repeated = "customer AS d ON c.id = 1 AND d.id IN (1, 2)";
    let mapping = EXAMPLE
        .replace(
            "k.customer_id = c.id\n",
            &format!("k.customer_id = c.id LEFT JOIN {{schema}}.{repeated}\n"),
        )
        .replace("\"customer AS c\"", &format!("\"customer AS c LEFT JOIN {repeated}\""));
    Legacy::each(|legacy| {
        legacy.execute(&script(&mapping, legacy.engine, &[]));
        let world = World::on(legacy);
        for name in ["ada", "ada@example.com"] {
            world.get_user(name).expect(409, "ambiguous_user");
        }
        world.get_user("grace.hopper@example.com").expect(200, "");
        world.gate.assert_calm();
    });
}

/// The script is made of templates; a mapping's text is none.
#[test]
fn the_text_of_a_mapping_is_taken_as_it_is() {
    let mapping = EXAMPLE.replace("\"c.nickname\"", "\"'{{where}} {{name}} $1 \\\\0'\"");
    Legacy::each(|legacy| {
        legacy.execute(&script(&mapping, legacy.engine, &[]));
        let world = World::on(legacy);
        let ada = world.get_user("ada@example.com").expect(200, "").json();
        let backslash = if world.legacy.engine == Engine::Mysql { "\0" } else { "\\0" };
        assert_eq!(ada["nickname"], format!("{{{{where}}}} {{{{name}}}} $1 {backslash}"));
        world.gate.assert_calm();
    });
}

#[test]
fn phone_numbers_have_one_form() {
    Legacy::each(|legacy| {
        legacy.remove_own_users();
        // Its username is the number of 3; its number and its username are one.
        legacy.add_user(1001, Some("+441234567892"), None, None);
        legacy.add_user(1002, Some("+4930123456"), None, None);
        legacy.execute(&format!(
            "UPDATE {} SET phone = '+4930123456' WHERE id = 1002",
            legacy.customers()
        ));
        let world = world(legacy, &["email", "phone", "username"]);
        assert_eq!(world.get_user("+441234567890").expect(200, "").json()["user_id"], "1");
        assert_eq!(world.get_user("+4930123456").expect(200, "").json()["user_id"], "1002");
        world.get_user("+441234567892").expect(409, "ambiguous_user");
        for other in [
            "441234567890",
            "+44 1234567890",
            "+44-1234567890",
            "00441234567890",
            "+4412345678901234567",
            "+44123456789%",
        ] {
            world.get_user(other).expect(404, "user_not_found");
        }
        world.get_user("ada@example.com").expect(200, "");
        world.get_user("ada").expect(200, "");
        world.legacy.remove_own_users();
        world.gate.assert_calm();
    });
}

#[test]
fn usernames_can_be_left_out() {
    for engine in [Engine::Postgresql, Engine::Mysql, Engine::Sqlite] {
        let print = |more: &[&str]| {
            let asked = ["--preset", "django", "--engine", super::name(engine)];
            let output = super::run(&[&asked[..], more].concat());
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            String::from_utf8(output.stdout).expect("UTF-8")
        };
        let (whole, without) = (print(&[]), print(&["--without-usernames"]));
        assert!(whole.contains("username_key") && !without.contains("username_key"), "{without}");
        let column = without.lines().find(|line| line.contains(" AS username"));
        assert!(column.is_some_and(|line| line.contains("NULL")), "{column:?}");
    }
    let file = tempfile::NamedTempFile::new().expect("a file");
    let alone = with_lookups(Engine::Sqlite, &["username"]);
    std::fs::write(file.path(), alone).expect("a written file");
    let arguments = ["--mapping", super::path(file.path()), "--engine", "sqlite"];
    let output = super::run(&[&arguments[..], &["--without-usernames"]].concat());
    assert_eq!(output.status.code(), Some(2));
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(told.contains("finds users by their usernames alone"), "{told}");
}
