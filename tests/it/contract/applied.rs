//! Applied, applied again, taken back.

use super::{EXAMPLE, name, run, script};
use crate::support::cluster::Cluster;
use crate::support::{Engine, Legacy};

/// The samples that are shipped, read in reviews and used by every other test are what is printed.
#[test]
fn the_shipped_samples_are_what_is_printed() {
    for (engine, file) in [("postgresql", "postgresql"), ("mysql", "mysql"), ("sqlite", "sqlite")] {
        for (suffix, further) in [("", None), ("-remove", Some("--drop"))] {
            let arguments = ["--mapping", "mapping.example.toml", "--engine", engine];
            let printed = run(&[&arguments[..], further.as_slice()].concat());
            let sample =
                format!("{}/deploy/contract/sample-{file}{suffix}.sql", env!("CARGO_MANIFEST_DIR"));
            let shipped = std::fs::read_to_string(&sample).expect("a sample");
            let printed = String::from_utf8_lossy(&printed.stdout).into_owned();
            assert!(
                printed == shipped,
                "{sample} is old: print it again with {arguments:?} {further:?}"
            );
        }
    }
}

/// Everything that a script could have changed, but for its own objects.
fn catalogue(legacy: &Legacy) -> Vec<String> {
    match legacy.engine {
        Engine::Sqlite => legacy.column("SELECT type || name || COALESCE(sql, '') FROM sqlite_master ORDER BY 1"),
        Engine::Postgresql => legacy.column(
            "WITH rights (what, acl) AS (
               SELECT 'schema ' || nspname || pg_get_userbyid(nspowner), COALESCE(nspacl, acldefault('n', nspowner)) FROM pg_namespace
                 WHERE nspname !~ '^pg_(toast_)?temp_'
               UNION ALL SELECT 'relation ' || oid::regclass, COALESCE(relacl, acldefault(CASE relkind WHEN 'S' THEN 's' ELSE 'r' END::\"char\", relowner)) FROM pg_class
                 WHERE relnamespace <> 'pg_toast'::regnamespace
               UNION ALL SELECT 'column ' || attrelid::regclass || attname, attacl FROM pg_attribute WHERE attacl IS NOT NULL
               UNION ALL SELECT 'function ' || oid::regprocedure, COALESCE(proacl, acldefault('f', proowner)) FROM pg_proc
               UNION ALL SELECT 'language ' || lanname, COALESCE(lanacl, acldefault('l', lanowner)) FROM pg_language
               UNION ALL SELECT 'database', COALESCE(datacl, acldefault('d', datdba)) FROM pg_database WHERE datname = current_database()
               UNION ALL SELECT 'setting ' || array_to_string(setconfig, ','), NULL FROM pg_db_role_setting AS s
                 JOIN pg_database AS d ON d.oid = s.setdatabase WHERE d.datname = current_database()
               UNION ALL SELECT 'type ' || typname, NULL FROM pg_type WHERE typnamespace::regnamespace::text !~ '^(pg_|information)'
             )
             SELECT what || COALESCE((SELECT string_agg(grantee::regrole::text || privilege_type || is_grantable, ' '
               ORDER BY grantee::regrole::text, privilege_type) FROM aclexplode(acl)), '') FROM rights ORDER BY 1",
        ),
        Engine::Mysql => {
            let mut all = legacy.column("SELECT schema_name FROM information_schema.schemata ORDER BY 1");
            all.extend(legacy.column("SELECT CONCAT_WS(' ', table_schema, table_name, table_type) FROM information_schema.tables WHERE table_schema = 'sample_shop' ORDER BY 1"));
            for grants in ["user_privileges", "schema_privileges", "table_privileges", "column_privileges"] {
                all.extend(legacy.column(&format!("SELECT CONCAT_WS(' ', grantee, table_catalog, privilege_type) FROM information_schema.{grants} ORDER BY 1")));
            }
            all
        }
    }
}

#[track_caller]
fn same(left: &[String], right: &[String], when: &str) {
    let only = |these: &[String], others: &[String]| -> Vec<String> {
        these.iter().filter(|this| !others.contains(this)).cloned().collect()
    };
    let (gone, new) = (only(left, right), only(right, left));
    assert!(gone.is_empty() && new.is_empty(), "{when}: gone {gone:#?}, new {new:#?}");
}

fn mapping(engine: Engine, inside: bool) -> String {
    if inside && engine != Engine::Sqlite {
        EXAMPLE.replace("check = \"outside\"", "check = \"inside\"")
    } else {
        EXAMPLE.to_owned()
    }
}

/// The routines and views, however often the script is applied, and whichever way came before.
fn objects(legacy: &Legacy) -> Vec<String> {
    legacy.column(match legacy.engine {
        Engine::Sqlite => "SELECT name FROM sqlite_master WHERE type IN ('view', 'trigger') ORDER BY 1",
        Engine::Postgresql => "SELECT p.oid::regprocedure::text || COALESCE(p.proacl::text, 'PUBLIC') FROM pg_proc AS p WHERE pronamespace = 'narrowgate'::regnamespace ORDER BY 1",
        Engine::Mysql => "SELECT routine_name FROM information_schema.routines WHERE routine_schema = 'narrowgate' ORDER BY 1",
    })
}

/// What the server says to a script that it refuses.
#[track_caller]
pub(super) fn refusal(legacy: &Legacy, script: &str) -> String {
    let run = std::panic::AssertUnwindSafe(|| legacy.execute(script));
    let said = std::panic::catch_unwind(run).expect_err("a refusal");
    said.downcast_ref::<String>().cloned().unwrap_or_default()
}

#[test]
fn applied_twice_it_is_the_same_and_drop_leaves_nothing() {
    Legacy::each(|legacy| {
        let engine = legacy.engine;
        legacy.execute(&script(EXAMPLE, engine, &["--drop"]));
        let before = catalogue(&legacy);
        for inside in [false, true] {
            let mapping = mapping(engine, inside);
            let apply = script(&mapping, engine, &[]);
            legacy.execute(&apply);
            let (once, rights) = (objects(&legacy), catalogue(&legacy));
            assert!(!once.is_empty() && rights != before, "{}: something was made", name(engine));
            legacy.execute(&apply);
            assert_eq!(objects(&legacy), once, "{}: applied again", name(engine));
            same(&rights, &catalogue(&legacy), "applied again");
            legacy.execute(&script(&mapping, engine, &["--drop"]));
            same(&before, &catalogue(&legacy), "taken back");
        }
        // From one way of comparing to the other: nothing of the first is left.
        legacy.execute(&script(&mapping(engine, true), engine, &[]));
        legacy.execute(&script(EXAMPLE, engine, &[]));
        let left = objects(&legacy).concat();
        assert!(
            !left.contains("password_")
                && !left.contains("candidate(text){narrowgate_owner=X/narrowgate_owner}"),
            "{left}"
        );
    });
}

/// However often it is taken back, and whatever became of the mapping and the tables meanwhile.
#[test]
fn nothing_is_left_when_the_tables_have_changed() {
    Legacy::each(|legacy| {
        let engine = legacy.engine;
        let drop = script(EXAMPLE, engine, &["--drop"]);
        legacy.execute(&drop);
        let before = catalogue(&legacy);
        legacy.execute(&script(EXAMPLE, engine, &[]));
        if engine != Engine::Sqlite {
            let elsewhere = if engine == Engine::Mysql { "DATABASE" } else { "SCHEMA" };
            legacy.execute(&format!(
                "CREATE {elsewhere} shop_archive; CREATE TABLE shop_archive.customer (id int)"
            ));
            let wider = EXAMPLE.replace(
                "\"{schema}.credential\" = ",
                "\"shop_archive.customer\" = [\"id\"]\n\"{schema}.credential\" = ",
            );
            legacy.execute(&script(&wider, engine, &[]));
            legacy.execute(&script(EXAMPLE, engine, &[]));
            let archive = legacy.column(match engine {
                Engine::Mysql => "SELECT table_name FROM information_schema.column_privileges WHERE table_schema = 'shop_archive'",
                _ => "SELECT 'right' FROM pg_namespace WHERE nspname = 'shop_archive' AND has_schema_privilege('narrowgate_owner', oid, 'USAGE')",
            });
            assert!(archive.is_empty(), "{archive:?}");
            legacy.execute(&format!(
                "DROP TABLE shop_archive.customer; DROP {elsewhere} shop_archive"
            ));
        }
        legacy.execute(&drop);
        same(&before, &catalogue(&legacy), "taken back");
        legacy.execute(&drop);
        same(&before, &catalogue(&legacy), "taken back again");
    });
}

/// Who has used one of our names for something else loses nothing by it.
#[test]
fn what_others_have_made_stays() {
    let legacy = Legacy::sqlite();
    let (apply, drop) =
        (script(EXAMPLE, Engine::Sqlite, &[]), script(EXAMPLE, Engine::Sqlite, &["--drop"]));
    legacy.execute(&drop);
    for own in ["VIEW get_user AS SELECT 1", "TABLE migrated_user (id int)"] {
        legacy.execute(&format!("CREATE {own}"));
        let before = catalogue(&legacy);
        for text in [&apply, &drop] {
            let said = refusal(&legacy, text);
            assert!(said.contains("is there and not Narrowgate's"), "{said}");
            same(&before, &catalogue(&legacy), own);
        }
        legacy.execute(&format!("DROP {}", own.split([' ']).take(2).collect::<Vec<_>>().join(" ")));
    }
    let Some(legacy) = Legacy::mysql() else { return };
    legacy.execute("CREATE TABLE narrowgate.of_the_shop (id int)");
    legacy.execute(&script(EXAMPLE, Engine::Mysql, &["--drop"]));
    let left = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'narrowgate'";
    assert_eq!(legacy.column(left), ["of_the_shop"]);
}

/// What the database gives to everybody by default is not given to everybody here.
#[test]
fn default_privileges_open_nothing() {
    let Some(legacy) = Legacy::postgresql() else { return };
    let everybody = ["TABLES", "FUNCTIONS"].map(|what| {
        format!("ALTER DEFAULT PRIVILEGES GRANT ALL ON {what} TO PUBLIC; ALTER DEFAULT PRIVILEGES GRANT ALL ON {what} TO pg_monitor")
    });
    legacy.execute(&everybody.join(";"));
    let open = "SELECT DISTINCT made.name || a.grantee::regrole FROM (
        SELECT relname, relacl, relnamespace FROM pg_class UNION ALL SELECT proname, proacl, pronamespace FROM pg_proc
      ) AS made (name, acl, schema), aclexplode(made.acl) AS a
      WHERE made.schema = 'narrowgate'::regnamespace AND a.grantee::regrole::text !~ '^narrowgate_'";
    for _ in 0..2 {
        legacy.execute(&script(&mapping(Engine::Postgresql, true), Engine::Postgresql, &[]));
        assert_eq!(legacy.column(open), [""; 0]);
    }
}

/// What --close-public takes from everybody, everybody else still has; and back it is as before.
#[test]
fn the_application_goes_on_as_before() {
    let Some(cluster) = Cluster::start() else { return };
    let postgresql = Engine::Postgresql;
    let printed = |further: &[&str]| {
        let output = run(&[&["--close-public"], further].concat());
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    let (close, open) = (printed(&[]), printed(&["--drop"]));
    let work = "CREATE TEMPORARY TABLE basket (item text); SELECT public.shop_hours(); DO $$BEGIN NULL; END$$; \
         SELECT lo_unlink(lo_create(0)); SELECT pg_advisory_lock(1), pg_advisory_unlock(1)";
    let as_each = |work: &str| {
        for role in ["shop_application", "shop_noinherit"] {
            cluster.execute(postgresql, &format!("SET ROLE {role}; {work}"));
        }
    };
    cluster.execute(
        postgresql,
        "CREATE ROLE shop_application; CREATE ROLE shop_noinherit NOINHERIT; CREATE ROLE shop_gone NOINHERIT; \
         CREATE FUNCTION public.shop_hours() RETURNS text LANGUAGE sql AS $f$SELECT '9 to 5'$f$",
    );
    let denied = |denied: bool| {
        for right in [
            "has_database_privilege('narrowgate_api', current_database(), 'TEMPORARY')",
            "has_schema_privilege('narrowgate_api', 'public', 'USAGE')",
            "has_language_privilege('narrowgate_api', 'plpgsql', 'USAGE')",
            "has_function_privilege('narrowgate_api', 'lo_create(oid)', 'EXECUTE')",
            "has_function_privilege('narrowgate_api', 'pg_advisory_lock(bigint)', 'EXECUTE')",
            "has_function_privilege('narrowgate_api', 'pg_logical_emit_message(boolean, text, text)', 'EXECUTE')",
        ] {
            cluster.execute(postgresql, &format!("SELECT 1 / ({right} <> {denied})::int"));
        }
    };
    as_each(work);
    denied(false);
    for _ in 0..2 {
        cluster.execute(postgresql, &close);
        denied(true);
        as_each(work);
    }
    // Contracts are applied as ever, the first one and others, whose roles are none of everybody.
    let second = script(EXAMPLE, postgresql, &["--name", "second"]);
    for applied in [&script(EXAMPLE, postgresql, &[]), &second, &close, &second] {
        cluster.execute(postgresql, applied);
    }
    let lent = "SELECT 1 / (bool_and(NOT has_language_privilege(rolname, 'plpgsql', 'USAGE') AND NOT pg_has_role(oid, 'narrowgate_everybody', 'MEMBER')))::int
        FROM pg_roles WHERE rolname IN ('narrowgate_owner', 'narrowgate_api', 'second_owner', 'second_api')";
    cluster.execute(postgresql, lent);
    denied(true);
    cluster.execute(postgresql, &script(EXAMPLE, postgresql, &["--name", "second", "--drop"]));
    cluster.execute(postgresql, "DROP OWNED BY shop_gone; DROP ROLE shop_gone");
    cluster.execute(postgresql, &open);
    denied(false);
    as_each(work);
    // A contract that is called as the application is takes nothing from the application's own roles.
    cluster.execute(postgresql, &printed(&["--name", "shop"]));
    as_each(work);
    cluster.execute(postgresql, &printed(&["--name", "shop", "--drop"]));
    cluster.execute(postgresql, "DROP ROLE shop_application, shop_noinherit");
}

/// A superuser's REVOKE is the table owner's: what a third role granted stays, unless it is taken away as that role.
#[test]
fn what_a_third_role_granted_is_taken_away() {
    let Some(cluster) = Cluster::start() else { return };
    let postgresql = Engine::Postgresql;
    let grant = "SET ROLE shop_granter; GRANT USAGE ON SCHEMA sample_shop TO narrowgate_owner; GRANT SELECT (phone, deleted_at) ON sample_shop.customer TO narrowgate_owner";
    cluster.execute(
        postgresql,
        "CREATE ROLE shop_granter; GRANT USAGE ON SCHEMA sample_shop TO shop_granter WITH GRANT OPTION; GRANT SELECT ON sample_shop.customer TO shop_granter WITH GRANT OPTION",
    );
    let none_is_left = "SELECT 1 / (count(*) = 0)::int FROM pg_attribute AS t CROSS JOIN LATERAL aclexplode(t.attacl) AS a WHERE a.grantor = 'shop_granter'::regrole";
    cluster.execute(postgresql, grant);
    cluster.execute(postgresql, &script(EXAMPLE, postgresql, &[]));
    cluster.execute(postgresql, none_is_left);
    cluster.execute(postgresql, "SELECT 1 / (narrowgate.get_user('ada') LIKE '%Ada%')::int");
    cluster.execute(postgresql, grant);
    cluster.execute(postgresql, &script(EXAMPLE, postgresql, &["--drop"]));
    cluster.execute(postgresql, none_is_left);
    cluster.execute(postgresql, "SELECT 1 / (to_regrole('narrowgate_owner') IS NULL)::int");
}

/// Managed servers give nobody a superuser: a role that owns the database and may make roles will do.
#[test]
fn no_superuser_is_needed_where_the_database_is_ones_own() {
    let Some(legacy) = Legacy::postgresql() else { return };
    let (apply, drop) = (
        script(EXAMPLE, Engine::Postgresql, &[]),
        script(EXAMPLE, Engine::Postgresql, &["--drop"]),
    );
    legacy.execute(&drop);
    legacy.execute(
        "DO $$BEGIN
           IF to_regrole('shop_dba') IS NULL THEN CREATE ROLE shop_dba CREATEROLE; END IF;
           EXECUTE format('ALTER DATABASE %I OWNER TO shop_dba', current_database());
           -- Since PostgreSQL 16 who makes a role has this, and no other role but a superuser.
           IF current_setting('server_version_num')::int >= 160000 THEN
             EXECUTE 'GRANT narrowgate_owner, narrowgate_api TO shop_dba WITH ADMIN TRUE, INHERIT FALSE, SET FALSE';
           END IF;
         END$$;
         ALTER SCHEMA sample_shop OWNER TO shop_dba;
         ALTER TABLE sample_shop.customer OWNER TO shop_dba;
         ALTER TABLE sample_shop.credential OWNER TO shop_dba",
    );
    let before = catalogue(&legacy);
    let as_dba =
        |script: &str| legacy.execute(&format!("SET SESSION AUTHORIZATION shop_dba; {script}"));
    as_dba(&apply);
    let once = catalogue(&legacy);
    as_dba(&apply);
    same(&once, &catalogue(&legacy), "applied again");
    let heard = legacy.as_role("SELECT narrowgate.get_user('ada@example.com')");
    assert!(heard.contains("Ada Lovelace"), "{heard}");
    let member = "SELECT pg_has_role('shop_dba', 'narrowgate_owner', 'USAGE')::text";
    assert_eq!(legacy.column(member), ["false"]);
    as_dba(&drop);
    same(&before, &catalogue(&legacy), "taken back");
}

/// Roles are the whole server's; where no other database needs them, they go, too.
#[test]
fn the_roles_go_with_the_servers_last_contract() {
    let Some(cluster) = Cluster::start() else { return };
    let drop = script(EXAMPLE, Engine::Postgresql, &["--drop"]);
    let left = "DO $$BEGIN IF to_regrole('narrowgate_owner') IS NOT NULL OR to_regrole('narrowgate_api') IS NOT NULL
      OR to_regrole('narrowgate_bulk') IS NOT NULL THEN RAISE EXCEPTION 'roles are left'; END IF; END$$";
    cluster.execute(Engine::Postgresql, &format!("{drop}{left}"));
}

/// SQLite looks at a view's columns only when it is asked, so it is asked at once.
#[test]
fn a_missing_column_is_found_when_the_script_is_applied() {
    let legacy = Legacy::sqlite();
    let wrong = EXAMPLE.replace("\"c.password_hash\"", "\"c.hash_of_password\"");
    let apply = script(&wrong, Engine::Sqlite, &[]);
    let said = refusal(&legacy, &apply);
    assert!(said.contains("no such column: c.hash_of_password"), "{said}");
}

/// A table or column that `reads` leaves out is found when the script is applied.
#[test]
fn a_missing_right_is_found_when_the_script_is_applied() {
    let Some(legacy) = Legacy::postgresql() else { return };
    let short = EXAMPLE.replace("\"plan\", \"deleted_at\",", "\"plan\",");
    let apply = script(&short, Engine::Postgresql, &[]);
    let said = refusal(&legacy, &apply);
    assert!(said.contains("permission denied"), "{said}");
}
