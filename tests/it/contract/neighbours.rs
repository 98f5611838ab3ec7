//! What applying, re-applying and removing does to everybody else on the server.

use serde_json::json;

use super::applied::refusal;
use super::{EXAMPLE, own_tables, script};
use crate::support::program::{Program, write_secret};
use crate::support::tenant::CONNECTION;
use crate::support::{Engine, Gate, Issuer, Legacy, Tenant, Token, migration};

fn apply(further: &[&str]) -> String {
    script(EXAMPLE, Engine::Postgresql, further)
}

/// No lock that a lookup or a dump waits for, whether the bulk half is there or not.
#[test]
fn an_unchanged_contract_is_applied_beside_a_dump() {
    let Some(legacy) = Legacy::postgresql() else { return };
    own_tables::fill(&legacy);
    let own = own_tables::mapping(Engine::Postgresql);
    for (mapping, further) in [(EXAMPLE, &["--bulk"][..]), (EXAMPLE, &[]), (&own, &[])] {
        let apply = || script(mapping, Engine::Postgresql, further);
        legacy.execute(&apply());
        let locks = "SELECT 1 / (count(*) = 0)::int FROM pg_locks AS l JOIN pg_class AS c ON c.oid = l.relation
            WHERE l.pid = pg_backend_pid() AND l.mode IN ('AccessExclusiveLock', 'ExclusiveLock', 'ShareRowExclusiveLock', 'ShareLock')
              AND c.relname IN ('legacy_user', 'legacy_email', 'migrated_user', 'customer', 'credential', 'address'); COMMIT;";
        legacy.execute(&apply().replace("\nCOMMIT;", &format!("\n{locks}")));
    }
    // The bulk half's roles have gone with the second.
    let left = "SELECT (has_schema_privilege(r.oid, 'narrowgate', 'USAGE') OR has_table_privilege(r.oid, 'narrowgate.legacy_user', 'SELECT'))::text
        FROM pg_roles AS r WHERE r.rolname = 'narrowgate_bulk'";
    assert!(!legacy.column(left).contains(&"true".to_owned()));
}

/// The application's own migrations go through between the two statements that the script names.
#[test]
fn the_application_changes_its_tables() {
    let Some(legacy) = Legacy::postgresql() else { return };
    let change = "ALTER TABLE sample_shop.customer ALTER COLUMN email TYPE varchar(200);";
    let script = apply(&[]);
    let again: String = script.replace("BEGIN READ WRITE;", "").replace("\nCOMMIT;", "");
    legacy.execute(&format!("BEGIN; DROP VIEW narrowgate.legacy_user; {change} {again}; COMMIT"));
    assert!(legacy.as_role("SELECT narrowgate.get_user('ada')").contains("Lovelace"));
}

/// Backups go on, and what is restored from one answers.
#[test]
fn the_owner_of_the_database_may_read_all_that_a_dump_reads() {
    let Some(legacy) = Legacy::postgresql() else { return };
    legacy.execute(
        "DO $$BEGIN IF to_regrole('shop_dba') IS NULL THEN CREATE ROLE shop_dba CREATEROLE; END IF;
           EXECUTE format('ALTER DATABASE %I OWNER TO shop_dba', current_database()); END$$",
    );
    for inside in ["outside", "inside"] {
        let mapping = EXAMPLE.replace("check = \"outside\"", &format!("check = \"{inside}\""));
        legacy.execute(&script(&mapping, Engine::Postgresql, &[]));
        // pg_dump locks every table, and reads it.
        legacy.execute(
            "SET SESSION AUTHORIZATION shop_dba; DO $$DECLARE t regclass; BEGIN
               FOR t IN SELECT oid FROM pg_class WHERE relnamespace = 'narrowgate'::regnamespace AND relkind IN ('r', 'p') LOOP
                 EXECUTE format('LOCK TABLE %s IN ACCESS SHARE MODE', t); EXECUTE format('SELECT FROM %s', t);
               END LOOP; END$$",
        );
    }
}

/// Subscribers would stop at a table that they do not have.
#[test]
fn a_publication_of_all_tables_is_found_first() {
    let Some(legacy) = Legacy::postgresql() else { return };
    legacy.execute(&apply(&["--drop"]));
    legacy.execute("CREATE PUBLICATION everything FOR ALL TABLES");
    let said = refusal(&legacy, &apply(&[]));
    assert!(said.contains("FOR ALL TABLES") && said.contains("--accept publication"), "{said}");
    let inside = EXAMPLE.replace("check = \"outside\"", "check = \"inside\"");
    let inside = script(&inside, Engine::Postgresql, &[]);
    let said = refusal(&legacy, &inside);
    assert!(said.contains("narrowgate.migrated_user and narrowgate.password_decoy"), "{said}");
    let made = "SELECT 'made' WHERE to_regnamespace('narrowgate') IS NOT NULL";
    assert!(legacy.column(made).is_empty());
    legacy.execute(&apply(&["--accept", "publication"]));
    // What is there already is published already; the second table is not yet there.
    legacy.execute(&apply(&[]));
    let said = refusal(&legacy, &inside);
    assert!(said.contains("narrowgate.password_decoy"), "{said}");
}

/// Whom row security hides is nobody, and the address free for a stranger.
#[test]
fn row_security_is_found_first() {
    let Some(legacy) = Legacy::postgresql() else { return };
    let none = "ALTER TABLE sample_shop.customer ENABLE ROW LEVEL SECURITY; DROP POLICY IF EXISTS own ON sample_shop.customer";
    for policy in [
        "",
        "; CREATE POLICY own ON sample_shop.customer USING (login = CURRENT_USER)",
        "; CREATE POLICY own ON sample_shop.customer FOR UPDATE TO narrowgate_owner USING (true)",
        "; CREATE POLICY own ON sample_shop.customer FOR SELECT TO pg_monitor USING (true)",
    ] {
        legacy.execute(&format!("{none}{policy}"));
        let said = refusal(&legacy, &apply(&[]));
        assert!(said.contains("row security of sample_shop.customer hides users"), "{said}");
    }
    legacy.execute(&apply(&["--accept", "row_security"]));
    legacy.execute(&format!("{none}; CREATE POLICY own ON sample_shop.customer FOR SELECT TO narrowgate_owner USING (true)"));
    legacy.execute(&apply(&[]));
    assert!(legacy.as_role("SELECT narrowgate.get_user('ada')").contains("Lovelace"));
}

/// A schema, a role or an account of the name is somebody else's: it is neither changed nor taken back.
#[test]
fn what_others_made_under_the_name_is_not_taken() {
    if let Some(legacy) = Legacy::postgresql() {
        let apply = || script(EXAMPLE, Engine::Postgresql, &["--name", "taken"]);
        let drop = || script(EXAMPLE, Engine::Postgresql, &["--name", "taken", "--drop"]);
        legacy.execute("DROP ROLE IF EXISTS taken_owner, taken_api; CREATE SCHEMA taken; COMMENT ON SCHEMA taken IS 'users of the taken shop'; CREATE FUNCTION taken.helper() RETURNS int LANGUAGE sql AS 'SELECT 42'");
        for text in [apply(), drop()] {
            let said = refusal(&legacy, &text);
            assert!(
                said.contains("taken.helper() is there already") && said.contains("--name"),
                "{said}"
            );
        }
        assert_eq!(legacy.column("SELECT taken.helper()::text"), ["42"]);
        legacy.execute("DROP SCHEMA taken CASCADE; CREATE ROLE taken_owner; CREATE TABLE public.their_own (a int); ALTER TABLE public.their_own OWNER TO taken_owner");
        for text in [apply(), drop()] {
            let said = refusal(&legacy, &text);
            assert!(said.contains("role taken_owner is there already"), "{said}");
        }
        // A group of theirs, with rights that ours would lose.
        legacy.execute("DROP TABLE public.their_own; GRANT SELECT, INSERT ON sample_shop.customer TO taken_owner");
        for text in [apply(), drop()] {
            let said = refusal(&legacy, &text);
            assert!(said.contains("role taken_owner is there already"), "{said}");
        }
        let kept =
            "SELECT has_table_privilege('taken_owner', 'sample_shop.customer', 'INSERT')::text";
        assert_eq!(legacy.column(kept), ["true"]);
        legacy.execute("DROP OWNED BY taken_owner; DROP ROLE IF EXISTS taken_member; CREATE ROLE taken_member; GRANT taken_owner TO taken_member");
        let said = refusal(&legacy, &apply());
        assert!(
            said.contains("role taken_owner exists with rights or members of its own"),
            "{said}"
        );
        legacy.execute("DROP ROLE taken_member; CREATE ROLE taken_other");
        // A schema that holds what is neither a table nor a function, and one that holds nothing.
        for made in ["CREATE TYPE taken.mood AS ENUM ('good')", "SELECT 1"] {
            legacy.execute(&format!("CREATE SCHEMA taken AUTHORIZATION taken_other; COMMENT ON SCHEMA taken IS 'theirs'; {made}"));
            for text in [apply(), drop()] {
                let said = refusal(&legacy, &text);
                assert!(said.contains("schema taken is there already"), "{said}");
            }
            let kept = "SELECT nspowner::regrole || obj_description(oid, 'pg_namespace') FROM pg_namespace WHERE nspname = 'taken'";
            assert_eq!(legacy.column(kept), ["taken_othertheirs"]);
            legacy.execute("DROP SCHEMA taken CASCADE");
        }
        legacy.execute("DROP ROLE taken_other");
        // The marks of a migration of their own, under the roles that ours would have.
        legacy.execute("CREATE ROLE taken_api LOGIN; CREATE SCHEMA taken AUTHORIZATION taken_owner; CREATE TABLE taken.migrated_user (user_id text); ALTER TABLE taken.migrated_user OWNER TO taken_owner");
        for text in [apply(), drop()] {
            let said = refusal(&legacy, &text);
            assert!(said.contains("taken.migrated_user is there already"), "{said}");
        }
        legacy.execute(
            "DROP SCHEMA taken CASCADE; DROP ROLE taken_api; CREATE TABLE public.their_own ()",
        );
        // A role that was made for it will do.
        legacy.execute("DROP TABLE public.their_own");
        legacy.execute(&apply());
        legacy.execute(&drop());
        legacy.execute(&drop());
    }
    if let Some(legacy) = Legacy::mysql() {
        let apply = || script(EXAMPLE, Engine::Mysql, &["--name", "taken"]);
        let drop = || script(EXAMPLE, Engine::Mysql, &["--name", "taken", "--drop"]);
        for (theirs, gone) in [
            (
                "CREATE DATABASE taken; CREATE TABLE taken.password_decoy (a int); INSERT INTO taken.password_decoy VALUES (1)",
                "DROP DATABASE taken",
            ),
            (
                "CREATE DATABASE taken; CREATE TABLE taken.migrated_user (a int) COMMENT 'users of the shop'; CREATE VIEW taken.legacy_user AS SELECT 1 AS a",
                "DROP DATABASE taken",
            ),
            (
                "CREATE DATABASE taken; CREATE VIEW taken.migrated_user AS SELECT 1 AS a",
                "DROP DATABASE taken",
            ),
            (
                "CREATE DATABASE taken; CREATE FUNCTION taken.get_user(x INT) RETURNS INT RETURN 42",
                "DROP DATABASE taken",
            ),
            (
                "CREATE USER taken_api@'%' IDENTIFIED BY 'theirs'; GRANT SELECT ON sample_shop.* TO taken_api@'%'",
                "DROP USER taken_api@'%'",
            ),
            (
                "CREATE USER taken_owner@localhost IDENTIFIED BY 'theirs'; GRANT INSERT ON sample_shop.customer TO taken_owner@localhost",
                "DROP USER taken_owner@localhost",
            ),
            (
                "CREATE USER taken_owner@localhost IDENTIFIED BY 'theirs'; GRANT UPDATE (email) ON sample_shop.customer TO taken_owner@localhost",
                "DROP USER taken_owner@localhost",
            ),
            (
                "CREATE FUNCTION sample_shop.theirs() RETURNS INT RETURN 1; CREATE USER taken_api@'%' IDENTIFIED BY 'theirs'; GRANT EXECUTE ON FUNCTION sample_shop.theirs TO taken_api@'%'",
                "DROP USER taken_api@'%'; DROP FUNCTION sample_shop.theirs",
            ),
            (
                "CREATE ROLE taken_readers; CREATE USER taken_api@'%' IDENTIFIED BY 'theirs'; GRANT taken_readers TO taken_api@'%'",
                "DROP USER taken_api@'%'; DROP ROLE taken_readers",
            ),
            (
                "CREATE DATABASE taken; CREATE EVENT taken.theirs ON SCHEDULE EVERY 1 YEAR DO SELECT 1",
                "DROP DATABASE taken",
            ),
        ] {
            legacy.execute(theirs);
            for text in [apply(), drop()] {
                let said = refusal(&legacy, &text);
                assert!(
                    said.contains("not made by Narrowgate") && said.contains("--name"),
                    "{said}"
                );
            }
            // It is still there, all of it.
            legacy.execute(gone);
        }
        let there =
            "SELECT schema_name FROM information_schema.schemata WHERE schema_name = 'taken'";
        legacy.execute("CREATE DATABASE taken");
        legacy.execute(&drop());
        assert_eq!(legacy.column(there), ["taken"], "an empty one that is not ours stays");
        legacy.execute("DROP DATABASE taken");
        legacy.execute("CREATE USER taken_api@'%' IDENTIFIED BY 'for-it'");
        legacy.execute(&apply());
        legacy.execute(&apply());
        // What ended half-way is ended by the next.
        let drop = drop();
        let (half, _) = drop.split_once("-- Whatever else somebody").expect("the end");
        legacy.execute(half);
        for _ in 0..2 {
            legacy.execute(&drop);
            assert_eq!(legacy.column(there), [""; 0]);
        }
    }
}

/// Rights of other kinds on columns that are listed go as well as those on others.
#[test]
fn the_owner_is_left_with_what_it_reads() {
    let Some(legacy) = Legacy::mysql() else { return };
    legacy.execute(
        "GRANT UPDATE (email), SELECT (id) ON sample_shop.customer TO narrowgate_owner@localhost",
    );
    legacy.execute(&script(EXAMPLE, Engine::Mysql, &[]));
    let rights = "SELECT DISTINCT privilege_type FROM information_schema.column_privileges WHERE grantee = '\\'narrowgate_owner\\'@\\'localhost\\'' AND table_schema = 'sample_shop'";
    assert_eq!(legacy.column(rights), ["SELECT"]);
    assert!(legacy.as_role("SELECT narrowgate.get_user('ada')").contains("Lovelace"));
}

/// What they have put into the schema keeps it, and nothing else of ours.
#[test]
fn what_others_put_into_the_schema_stays() {
    let Some(legacy) = Legacy::postgresql() else { return };
    let of = |further: &[&str]| {
        script(EXAMPLE, Engine::Postgresql, &[&["--name", "shared"], further].concat())
    };
    legacy.execute(&of(&["--bulk"]));
    legacy.execute("CREATE TABLE shared.of_the_shop (id int); SET client_min_messages = error");
    legacy.execute(&of(&["--drop"]));
    let left = "SELECT format('%s %s %s', c.relname, n.nspowner::regrole, obj_description(n.oid, 'pg_namespace'))
        FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE n.nspname = 'shared'";
    assert_eq!(legacy.column(left), ["of_the_shop postgres "]);
    let roles = "SELECT rolname::text FROM pg_roles WHERE rolname ~ '^shared_'";
    assert_eq!(legacy.column(roles), [""; 0]);
    // It is theirs from now on.
    let said = refusal(&legacy, &of(&["--drop"]));
    assert!(said.contains("shared.of_the_shop is there already"), "{said}");
}

/// Where the DBA gave the service's role more time, or less, that stays.
#[test]
fn a_limit_of_time_that_others_chose_stays() {
    let Some(legacy) = Legacy::postgresql() else { return };
    legacy.execute(&script(EXAMPLE, Engine::Postgresql, &["--name", "timed"]));
    legacy.execute(
        "ALTER ROLE timed_api SET statement_timeout = '5s'; ALTER ROLE timed_api SET jit = on",
    );
    legacy.execute(&script(EXAMPLE, Engine::Postgresql, &["--name", "timed"]));
    let kept =
        "SELECT unnest(setconfig) FROM pg_db_role_setting WHERE setrole = 'timed_api'::regrole";
    let kept = legacy.column(kept);
    for setting in ["statement_timeout=5s", "jit=off"] {
        assert!(kept.iter().any(|known| known == setting), "{kept:?}");
    }
    legacy.execute(&script(EXAMPLE, Engine::Postgresql, &["--name", "timed", "--drop"]));
}

/// A function, a type and an operator of another schema: the owner may enter it, and no more.
#[test]
fn a_function_of_another_schema_is_called() {
    let Some(legacy) = Legacy::postgresql() else { return };
    legacy.execute(
        "CREATE SCHEMA util; CREATE FUNCTION util.e164(text) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT $1';
         CREATE SCHEMA kinds; CREATE EXTENSION citext SCHEMA kinds",
    );
    let mapping = EXAMPLE.replace("\"c.phone\"", "\"util.e164(c.phone)\"").replace(
        "\"c.status IS DISTINCT FROM 1\"",
        "\"c.plan::kinds.citext OPERATOR(kinds.=) 'PRO'::kinds.citext\"",
    );
    for _ in 0..2 {
        legacy.execute(&script(&mapping, Engine::Postgresql, &[]));
    }
    legacy.execute(&script(EXAMPLE, Engine::Postgresql, &[]));
    let left = "SELECT nspname::text FROM pg_namespace WHERE nspname IN ('util', 'kinds') AND has_schema_privilege('narrowgate_owner', oid, 'USAGE')";
    assert_eq!(legacy.column(left), [""; 0]);
}

/// Another store of the same server has a contract of its own, or none: never the first one's place.
#[test]
fn a_second_mapping_takes_nobodys_place() {
    for legacy in [Legacy::postgresql(), Legacy::mysql()].into_iter().flatten() {
        let engine = legacy.engine;
        let schema = if engine == Engine::Mysql { "DATABASE" } else { "SCHEMA" };
        let drop = if engine == Engine::Mysql { "" } else { "CASCADE" };
        legacy.execute(&format!("CREATE {schema} other_shop"));
        for table in ["customer", "credential"] {
            let like = if engine == Engine::Mysql {
                format!("LIKE sample_shop.{table}")
            } else {
                format!("(LIKE sample_shop.{table} INCLUDING ALL)")
            };
            legacy.execute(&format!("CREATE TABLE other_shop.{table} {like}"));
        }
        legacy.execute("INSERT INTO other_shop.customer (id, login, email, full_name) VALUES (1, 'eve', 'eve@example.com', 'Eve Other')");
        let mapping = EXAMPLE.replace("\nschema = \"sample_shop\"", "\nschema = \"other_shop\"");
        let said = refusal(&legacy, &script(&mapping, engine, &[]));
        assert!(said.contains("sample_shop.customer by id") && said.contains("--name"), "{said}");
        legacy.execute(&script(&mapping, engine, &["--name", "second", "--bulk"]));
        let ask = |schema: &str, name: &str| {
            legacy.column(&format!("SELECT {schema}.get_user('{name}')")).concat()
        };
        assert!(ask("second", "eve").contains("Eve Other") && ask("second", "ada") == "[]");
        assert!(ask("narrowgate", "ada").contains("Lovelace") && ask("narrowgate", "eve") == "[]");
        legacy.column("SELECT second.mark_migrated('1', 'eve')");
        assert!(
            ask("narrowgate", "ada").contains("Lovelace"),
            "marks of one hide nobody of the other"
        );
        two_gates(&legacy);
        // The same mapping may change and be applied again.
        legacy.execute(&script(
            &EXAMPLE.replace("name = \"c.full_name\"", "name = \"c.nickname\""),
            engine,
            &[],
        ));
        legacy.execute(&script(&mapping, engine, &["--name", "second", "--drop"]));
        legacy.execute(&format!("DROP {schema} other_shop {drop}"));
        assert!(ask("narrowgate", "ada").contains("ada@example.com"));
    }
}

/// Other rows of the same table are other users: the gate that is there would answer them.
#[test]
fn another_condition_is_another_mapping() {
    for legacy in [Legacy::postgresql(), Legacy::mysql()].into_iter().flatten() {
        let engine = legacy.engine;
        let other = EXAMPLE.replace("\"c.deleted_at IS NULL\"", "\"c.plan = 'Pro'\"");
        let said = refusal(&legacy, &script(&other, engine, &[]));
        assert!(said.contains("sample_shop.customer by id where c.deleted_at IS NULL"), "{said}");
        assert!(said.contains("--accept condition"), "{said}");
        let accepted = ["--accept", "condition"];
        legacy.execute(&script(&other, engine, &accepted));
        legacy.execute(&script(&other, engine, &[]));
        // Two conditions that begin alike are two, however long they are.
        let long = |end: &str| other.replace("'Pro'", &format!("'{}{end}'", "😀".repeat(1900)));
        legacy.execute(&script(&long("a"), engine, &accepted));
        legacy.execute(&script(&long("a"), engine, &[]));
        let said = refusal(&legacy, &script(&long("b"), engine, &[]));
        assert!(said.contains("--accept condition"), "{said}");
        legacy.execute(&script(&other, engine, &accepted));
        // In another case it is another condition.
        let small = other.replace("'Pro'", "'pro'");
        let said = refusal(&legacy, &script(&small, engine, &[]));
        assert!(said.contains("where c.plan = 'Pro'"), "{said}");
        let said = refusal(&legacy, &script(EXAMPLE, engine, &[]));
        assert!(said.contains("where c.plan = 'Pro'"), "{said}");
        legacy.execute(&script(EXAMPLE, engine, &accepted));
        legacy.execute(&script(EXAMPLE, engine, &[]));
        // Another table is another mapping all the same.
        let mapping = EXAMPLE.replace("{schema}.customer AS c", "{schema}.credential AS c");
        let said = refusal(&legacy, &script(&mapping, engine, &accepted));
        assert!(said.contains("sample_shop.customer by id"), "{said}");
    }
}

/// Each contract has a gate of its own, is proven by itself, and has users of its own for the bulk half.
fn two_gates(legacy: &Legacy) {
    let postgresql = legacy.engine == Engine::Postgresql;
    for role in ["second_api", "second_bulk", "second_marker"] {
        legacy.execute(&if postgresql {
            format!("ALTER ROLE {role} PASSWORD 'only-for-tests'")
        } else {
            format!("ALTER USER '{role}'@'%' IDENTIFIED BY 'only-for-tests' ACCOUNT UNLOCK")
        });
    }
    let url = |role: &str| {
        let url = legacy.url().replace("//narrowgate_api:", &format!("//{role}:"));
        url.strip_suffix("/narrowgate").map_or(url.clone(), |url| format!("{url}/second"))
    };
    let issuer = Issuer::start();
    let second = Gate::builder(&issuer, legacy)
        .config("database.url", url("second_api"))
        .config("database.contract", "second");
    let gates = [Gate::start(&issuer, legacy), second.start()];
    let token = Token::auth0().sign();
    let status = |gate: &Gate, name: &str| {
        gate.ask("/get_user", &token, &json!({ "identifier": name })).status
    };
    assert_eq!(gates.each_ref().map(|gate| status(gate, "ada")), [200, 404]);
    // Marked in the second contract, by its own service's role.
    legacy.execute("DELETE FROM second.migrated_user");
    assert_eq!(gates.each_ref().map(|gate| status(gate, "eve")), [404, 200]);
    let mark = json!({ "user_id": "1", "identifier": "eve" });
    assert_eq!(gates[1].ask("/mark_migrated", &token, &mark).status, 200);
    assert_eq!(gates.each_ref().map(|gate| status(gate, "eve")), [404, 404]);
    assert_eq!(status(&gates[0], "ada"), 200);
    let (code, told) = second.run("check");
    assert_eq!(code, Some(11), "{told}");
    assert!(!told.contains("narrowgate_api") && told.contains("second.migrated_user"), "{told}");
    legacy.execute(if postgresql {
        "GRANT SELECT ON narrowgate.legacy_user TO second_api"
    } else {
        "GRANT SELECT ON narrowgate.legacy_user TO 'second_api'@'%'"
    });
    let (code, told) = second.run("check");
    assert!(code == Some(10) && told.contains("excess_"), "{told}");
    // The programs of the bulk half read the same store.
    let folder = tempfile::TempDir::new().expect("a folder");
    let file = format!(
        "[database]\nurl = \"{}\"\ncontract = \"second\"\n[marker]\nurl = \"{}\"\n",
        url("second_bulk"),
        url("second_marker")
    );
    write_secret(&folder.path().join("narrowgate-migrate.toml"), &file);
    let run = |arguments: &[&str]| Program::migrate(folder.path(), arguments, &[]).end();
    legacy.execute("DELETE FROM second.migrated_user");
    let (_, told) = run(&["preflight", "--hashes", "--quiet", "--format", "json"]);
    assert!(told.contains("\"users\": 1") || told.contains("\"users\":1"), "{told}");
    let (code, told) = run(&["check"]);
    assert_eq!(code, Some(11), "{told}");
    assert!(told.contains("ok  second_bulk") && told.contains("ok  second_marker"), "{told}");
    import_and_verify(legacy, folder.path(), [&url("second_bulk"), &url("second_marker")]);
}

/// Two users, one of whom has a mark: the second contract's marks are read, and set.
fn import_and_verify(legacy: &Legacy, folder: &std::path::Path, [bulk, marker]: [&str; 2]) {
    legacy.execute("INSERT INTO other_shop.customer (id, login, email, full_name) VALUES (2, 'mallory', 'mallory@example.com', 'Mallory Other')");
    legacy.execute(&format!(
        "INSERT INTO other_shop.credential VALUES (2, {})",
        legacy.literal(Some(migration::BCRYPT))
    ));
    legacy.execute(
        "INSERT INTO second.migrated_user (user_id, migrated_at) VALUES ('1', '2026-01-01')",
    );
    let tenant = Tenant::start();
    tenant.configure(folder, bulk, "requests_per_second = 100");
    tenant.arrive("auth0|1", "eve@example.com", CONNECTION);
    let file = folder.join("narrowgate-migrate.toml");
    let text = std::fs::read_to_string(&file).expect("a configuration");
    let url = format!("url = \"{bulk}\"");
    let text = text.replace(&url, &format!("{url}\ncontract = \"second\""));
    let by_role = format!("{text}\n[marker]\nurl = \"{marker}\"\n");
    let marks = |contract: &str| {
        legacy.column(&format!("SELECT user_id FROM {contract}.migrated_user ORDER BY 1"))
    };
    let of_the_first = marks("narrowgate");
    for (text, command) in [(&text, "import"), (&text, "verify"), (&by_role, "verify")] {
        std::fs::write(&file, text).expect("written");
        let arguments = [command, "--run", "run", "--execute", "--progress", "none"];
        let (code, told) = Program::migrate(folder, &arguments, &[]).end();
        assert_eq!(code, Some(0), "{told}");
        let Ok(script) = std::fs::read_to_string(folder.join("run/marks.sql")) else {
            assert!(command == "import" || text == &by_role, "{told}");
            continue;
        };
        legacy.execute(&script);
        assert_eq!((marks("second"), marks("narrowgate")), (numbers(2), of_the_first.clone()));
        legacy.execute("DELETE FROM second.migrated_user WHERE user_id = '2'");
    }
    assert_eq!((marks("second"), marks("narrowgate")), (numbers(2), of_the_first));
}

fn numbers(last: u32) -> Vec<String> {
    (1..=last).map(|number| number.to_string()).collect()
}
