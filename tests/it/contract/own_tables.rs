//! Lookups with a table of their own: each address of a user leads to that one user.

use serde_json::Value;

use super::described::described;
use super::{EXAMPLE, script};
use crate::support::sample::{CHEAP, PASSWORD, World};
use crate::support::{Engine, Gate, Legacy};

/// Two writings of one address, a second address, one that is shared, one of a user who is left out.
pub(super) fn fill(legacy: &Legacy) {
    let table = if legacy.engine == Engine::Sqlite { "address" } else { "sample_shop.address" };
    legacy.execute(&format!(
        "CREATE TABLE {table} (id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL, address VARCHAR(200) NOT NULL)"
    ));
    let key = match legacy.engine {
        Engine::Postgresql => "lower(address)",
        Engine::Mysql => "address",
        Engine::Sqlite => "address COLLATE NOCASE",
    };
    legacy.execute(&format!("CREATE INDEX address_key ON {table} ({key})"));
    legacy.execute(&format!(
        "INSERT INTO {table} VALUES (1, 1, 'Ada@Work.example'), (2, 1, 'ada@work.EXAMPLE'), (3, 1, 'countess@example.com'),
         (4, 2, 'shared@work.example'), (5, 1, 'shared@work.example'), (6, 2, 'grace@bücher.example'),
         (7, 2, 'lovelace@example.com'), (8, 999, 'nobody@work.example'), (9, 2, 'grace')"
    ));
}

pub(super) fn mapping(engine: Engine) -> String {
    let table = if engine == Engine::Sqlite { "address AS a" } else { "{schema}.address AS a" };
    let key = match engine {
        Engine::Postgresql => "lower(a.address)",
        Engine::Mysql => "a.address",
        Engine::Sqlite => "a.address COLLATE NOCASE",
    };
    let own = format!(
        "[NAME.email]\nfrom = \"{table}\"\nuser_id = \"a.customer_id\"\nstored = \"a.address\"\nexpression = \"{key}\"\n"
    );
    let own = if engine == Engine::Mysql {
        format!("{own}collation = \"utf8mb4_unicode_ci\"\n")
    } else {
        own
    };
    let section = match engine {
        Engine::Postgresql => "lookup",
        Engine::Mysql => "mysql.lookup",
        Engine::Sqlite => "sqlite.lookup",
    };
    let mut text = String::new();
    let mut here = false;
    for line in EXAMPLE.lines() {
        if line.starts_with('[') {
            here = line == format!("[{section}]");
        }
        if !(here && line.starts_with("email = ")) {
            text.push_str(line);
            text.push('\n');
        }
    }
    let text = text.replace(
        "\"{schema}.credential\" = [\"customer_id\", \"password_hash\"]",
        "\"{schema}.credential\" = [\"customer_id\", \"password_hash\"]\n\"{schema}.address\" = [\"customer_id\", \"address\"]",
    );
    format!("{text}\n{}", own.replace("NAME", section))
}

#[test]
fn each_address_leads_to_its_user() {
    Legacy::each(|legacy| {
        legacy.remove_own_users();
        fill(&legacy);
        let mapping = mapping(legacy.engine);
        let printed = described(&legacy, &mapping);
        assert_eq!(printed.matches("is found by an index").count(), 3, "{printed}");
        legacy.execute(&printed);
        legacy.execute(&printed);
        legacy.add_user(1001, Some("Countess@Example.com"), None, Some(CHEAP));
        let world = World::on(legacy);
        let ada = world.get_user("ada").expect(200, "").text();
        assert!(ada.contains("\"email\":\"ada@example.com\""), "{ada}");
        for address in ["ada@work.example", "ADA@Work.Example"] {
            assert_eq!(world.get_user(address).expect(200, "").text(), ada, "{address}");
            assert_eq!(world.login(address, PASSWORD).expect(200, "").text(), ada, "{address}");
            world.login(address, "wrong").expect(403, "invalid_credentials");
        }
        // The view's own address is in no row of that table, and a name without an @ is no address.
        for nobody in
            ["ada@example.com", "nobody@work.example", "adà@work.example", "ada@work.example.com"]
        {
            world.get_user(nobody).expect(404, "user_not_found");
        }
        world.get_user("shared@work.example").expect(409, "ambiguous_user");
        world.get_user("countess@example.com").expect(409, "ambiguous_user");
        for form in ["grace@bücher.example", "grace@xn--bcher-kva.example", "grace"] {
            assert_eq!(world.get_user(form).expect(200, "").json()["user_id"], "2", "{form}");
        }
        // By an address of another the mark tells nothing, by each of the user's own everything.
        let bare = world.mark_named("1", "lovelace@example.com").expect(200, "").json();
        assert_eq!(bare.get("email"), None, "{bare}");
        assert_eq!(world.mark_named("1", "ada@work.example").expect(200, "").text(), ada);
        world.get_user("ada@work.example").expect(404, "user_not_found");
        assert_eq!(world.get_user("shared@work.example").expect(200, "").json()["user_id"], "2");
        world.legacy.remove_own_users();
        world.gate.assert_calm();
    });
}

/// Nothing of it is left where the mapping has changed, or the contract is taken back.
#[test]
fn its_view_goes_with_the_lookup() {
    Legacy::each(|legacy| {
        fill(&legacy);
        let views = |legacy: &Legacy| {
            legacy.column(match legacy.engine {
                Engine::Sqlite => "SELECT name FROM sqlite_master WHERE name LIKE 'legacy%'",
                Engine::Postgresql => "SELECT relname::text FROM pg_class WHERE relnamespace = 'narrowgate'::regnamespace AND relname LIKE 'legacy%'",
                Engine::Mysql => "SELECT table_name FROM information_schema.views WHERE table_schema = 'narrowgate'",
            })
        };
        let own = script(&mapping(legacy.engine), legacy.engine, &[]);
        legacy.execute(&own);
        assert!(views(&legacy).iter().any(|name| name == "legacy_email"));
        legacy.execute(&script(EXAMPLE, legacy.engine, &[]));
        assert_eq!(views(&legacy), ["legacy_user"]);
        legacy.execute(&own);
        legacy.execute(&script(EXAMPLE, legacy.engine, &["--drop"]));
        if legacy.engine == Engine::Sqlite {
            assert_eq!(views(&legacy), [""; 0]);
        }
    });
}

/// The statement that docs/database.md gives takes every view out of an application's way.
#[test]
fn a_migration_of_the_application_goes_between_the_pages_statement_and_the_script() {
    let Some(legacy) = Legacy::postgresql() else { return };
    let page = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/database.md"));
    let before = |text: &&str| text.starts_with("DROP VIEW IF EXISTS narrowgate.");
    let before = page.split('`').find(before).expect("a statement");
    let change = "ALTER TABLE sample_shop.address ALTER COLUMN address TYPE text;";
    fill(&legacy);
    let script = script(&mapping(legacy.engine), legacy.engine, &[]);
    assert!(script.contains(&format!("--    {before}\n")), "the script says so, too");
    legacy.execute(&script);
    legacy.execute(&format!(
        "DO $$ BEGIN
           DROP VIEW narrowgate.legacy_user; {change} RAISE EXCEPTION 'this view alone was enough';
         EXCEPTION WHEN feature_not_supported THEN NULL; END $$"
    ));
    let (_, inner) = script.split_once("\nBEGIN READ WRITE;\n").expect("a transaction");
    let (inner, _) = inner.rsplit_once("\nCOMMIT;\n").expect("its end");
    legacy.execute(&format!("BEGIN; {before} {change}\n{inner}\nCOMMIT;"));
    World::on(legacy).get_user("countess@example.com").expect(200, "");
}

/// A user whom a join repeats has no mark for ever; who asks for such a one is told.
#[test]
fn an_id_of_several_rows_is_found() {
    Legacy::each(|legacy| {
        fill(&legacy);
        let join = "LEFT JOIN {schema}.address AS a ON a.customer_id = c.id AND a.id <= 3";
        let text = mapping(legacy.engine)
            .replace("k.customer_id = c.id\n", &format!("k.customer_id = c.id {join}\n"))
            .replace(
                "\"customer AS c\"",
                &format!("\"customer AS c {}\"", join.replace("{schema}.", "")),
            );
        let start = text
            .rfind("from = \"address AS a\"")
            .or(text.rfind("from = \"{schema}.address AS a\""));
        let section = text[..start.unwrap()].rfind('[').unwrap();
        let one = match legacy.engine {
            Engine::Postgresql => "[lookup.email]\nexpression = \"lower(a.address)\"\n",
            Engine::Mysql => "[mysql.lookup.email]\nexpression = \"a.address\"\n",
            _ => "[sqlite.lookup.email]\nexpression = \"a.address COLLATE NOCASE\"\n",
        };
        let text = format!("{}{one}", &text[..section])
            .replace("email = \"c.email\"", "email = \"a.address\"");
        let text = text
            .replace("[\"customer_id\", \"address\"]", "[\"id\", \"customer_id\", \"address\"]");
        legacy.execute(&script(&text, legacy.engine, &[]));
        let world = World::on(legacy);
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), "countess@example.com").expect("written");
        let gate = Gate::builder(&world.issuer, &world.legacy);
        let probe = file.path().display();
        let (code, told) = gate.run(&format!("check --format json --probe {probe}"));
        let report: Value = serde_json::from_str(&told).unwrap_or_else(|e| panic!("{e}: {told}"));
        let findings = report["findings"].as_array().expect("a list");
        assert!(findings.iter().any(|f| f["code"] == "user_id_not_unique"), "{report:#}");
        assert_eq!(code, Some(10));
        assert_eq!(world.legacy.marks(), [""; 0]);
    });
}
