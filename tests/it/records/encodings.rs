//! Bytes that are no UTF-8, and databases of other encodings.

use super::expect_invalid;
use crate::support::sample::{PASSWORD, World};
use crate::support::{Legacy, servers};

/// A database of another encoding holds nobody of a name that it cannot write.
#[test]
fn a_name_that_the_database_cannot_hold_is_nobodys() {
    let Some(legacy) = Legacy::postgresql() else { return };
    let name = format!("{}_latin", legacy.column("SELECT current_database()").concat());
    legacy.execute(&format!(
        "CREATE DATABASE {name} ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0"
    ));
    let latin = |sql: &str| {
        let url = legacy.owner_url();
        let (server, _) = url.rsplit_once('/').expect("a database");
        servers::heard(&format!("{server}/{name}"), sql)
    };
    let routine = |name: &str, more: &str| {
        format!(
            "CREATE FUNCTION narrowgate.{name}(a text{more}) RETURNS text LANGUAGE sql AS $$ SELECT \
             CASE WHEN $1 IN ('zoe', '1') THEN {} END $$",
            if more.is_empty() {
                "'[{\"user_id\":\"1\",\"username\":\"zoe\"}]'"
            } else {
                "'{\"user_id\":\"1\"}'"
            }
        )
    };
    let set_up = format!(
        "CREATE SCHEMA narrowgate; {}; {}; {}; GRANT USAGE ON SCHEMA narrowgate TO narrowgate_api",
        routine("get_user", ""),
        routine("login_candidate", ""),
        routine("mark_migrated", ", b text")
    );
    let said = latin(&set_up);
    assert!(!said.starts_with("Error"), "{said}");
    let (server, _) = legacy.url().rsplit_once('/').expect("a database");
    let url = format!("{server}/{name}");
    {
        let world = World::with(legacy, |gate| gate.config("database.url", url));
        world.get_user("zoe").expect(200, "");
        for name in ["łukasz", "łukasz@example.com", "😀"] {
            world.get_user(name).expect(404, "user_not_found");
            world.login(name, PASSWORD).expect(403, "invalid_credentials");
            world.mark(name).expect(404, "user_not_found");
            // The id is there, and the identifier nobody's.
            world.mark_named("1", name).expect(200, "");
        }
        world.gate.assert_sound();
        drop(world.gate);
        world.legacy.execute(&format!("DROP DATABASE {name} WITH (FORCE)"));
    }
}

/// Where a database has no encoding, its texts are whatever bytes were stored.
#[test]
fn bytes_of_no_encoding_are_an_invalid_record() {
    let Some(legacy) = Legacy::in_encoding("SQL_ASCII") else { return };
    legacy.execute("UPDATE sample_shop.customer SET full_name = convert_from('\\xe9', 'SQL_ASCII') WHERE id = 1");
    let world = World::on(legacy);
    expect_invalid(&world, "a name in Latin-1", "");
    world.mark_named("1", "ada").expect(500, "invalid_user_record");
    assert_eq!(world.legacy.marks(), Vec::<String>::new());
    // Of whom nothing is told, nothing is read.
    world.mark("1").expect(200, "");
    for name in ["łukasz", "łukasz@example.com", "😀"] {
        world.get_user(name).expect(404, "user_not_found");
        world.login(name, PASSWORD).expect(403, "invalid_credentials");
    }
    world.gate.assert_sound();
}
