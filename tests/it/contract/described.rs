//! `--describe`: types, collations and indexes come from the catalogue, and nothing is executed.

use std::process::Output;
use std::time::Duration;

use super::{EXAMPLE, name, path, run};
use crate::support::legacy::without_delimiters;
use crate::support::sample::World;
use crate::support::{Engine, Legacy, wait_until};

/// The URL lies in a file, as it should.
pub(super) fn describe(legacy: &Legacy, mapping: &str) -> Output {
    let [file, url] = [mapping, &legacy.owner_url()].map(|text| {
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), text).expect("a written file");
        file
    });
    let [mapping, url] = [path(file.path()), path(url.path())];
    run(&["--mapping", mapping, "--engine", name(legacy.engine), "--describe-file", url])
}

#[track_caller]
pub(super) fn described(legacy: &Legacy, mapping: &str) -> String {
    let output = describe(legacy, mapping);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    without_delimiters(&String::from_utf8_lossy(&output.stdout))
}

#[test]
fn indexes_are_found_or_proposed() {
    Legacy::each(|legacy| {
        let script = described(&legacy, EXAMPLE);
        assert_eq!(script.matches("is found by an index").count(), 3, "{script}");
        let (drop, make) = match legacy.engine {
            Engine::Sqlite => {
                ("DROP INDEX customer_email_nocase", "ON customer (email COLLATE NOCASE);")
            }
            Engine::Postgresql => (
                "DROP INDEX sample_shop.customer_lower_email",
                "CONCURRENTLY ON sample_shop.customer (lower(email));",
            ),
            Engine::Mysql => (
                "DROP INDEX customer_email ON sample_shop.customer",
                "narrowgate_email_key ON sample_shop.customer (email);",
            ),
        };
        legacy.execute(drop);
        let script = described(&legacy, EXAMPLE);
        let proposal = script.lines().find(|line| line.contains("IS NOT FOUND BY AN INDEX"));
        assert!(
            proposal.is_some_and(|line| line.starts_with("--") && line.contains(make)),
            "{proposal:?}"
        );
    });
}

#[test]
fn what_the_database_refuses_is_told_with_its_line() {
    Legacy::each(|legacy| {
        let wrong = EXAMPLE
            .replace("c.nickname\"", "c.nickmane\"")
            .replace("\"c.avatar_url\"", "\"no_such_function(c.avatar_url)\"");
        let output = describe(&legacy, &wrong);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{told}");
        assert!(output.stdout.is_empty());
        for (key, word) in
            [("columns.nickname", "nickmane"), ("columns.picture", "no_such_function")]
        {
            let line = wrong.lines().position(|line| line.contains(word)).unwrap() + 1;
            let fault = told
                .lines()
                .find(|fault| fault.contains(&format!("line {line}: {key}: the database refuses")));
            assert!(
                fault.is_some_and(|fault| fault.to_lowercase().contains(word)),
                "{key}: {told}"
            );
        }
        let nowhere = EXAMPLE
            .replace("{schema}.customer AS c", "{schema}.customers AS c")
            .replace("from = \"customer AS", "from = \"customers AS");
        let told = String::from_utf8_lossy(&describe(&legacy, &nowhere).stderr).into_owned();
        assert!(told.contains(": from: the database refuses"), "{told}");
    });
}

#[test]
fn a_column_of_the_wrong_type_is_refused() {
    let Some(legacy) = Legacy::postgresql() else { return };
    let wrong = EXAMPLE
        .replace("\"c.status IS DISTINCT FROM 1\"", "\"c.status\"")
        .replace("\"jsonb_build_object('plan', c.plan)\"", "\"c.plan\"");
    let told = String::from_utf8_lossy(&describe(&legacy, &wrong).stderr).into_owned();
    assert!(told.contains("columns.blocked: is of type smallint"), "{told}");
    assert!(told.contains("columns.app_metadata: is of type character varying"), "{told}");
}

/// A column of the type citext is compared as such, by its own operator and index, although the
/// routine knows nothing of the extension's schema.
#[test]
fn citext_is_compared_as_citext() {
    let Some(legacy) = Legacy::postgresql() else { return };
    legacy.execute(
        "CREATE EXTENSION citext SCHEMA public; DROP INDEX sample_shop.customer_lower_email; DROP VIEW narrowgate.legacy_user; \
         ALTER TABLE sample_shop.customer ALTER email TYPE public.citext; CREATE INDEX ON sample_shop.customer (email)",
    );
    let script = described(&legacy, &EXAMPLE.replace("\"lower(c.email)\"", "\"c.email\""));
    assert!(script.contains("wanted_email public.citext;"), "{script}");
    assert_eq!(script.matches("is found by an index").count(), 3);
    legacy.execute(&script);
    let world = World::on(legacy);
    for spelling in
        ["grace.hopper@example.com", "Grace.Hopper@Example.COM", "GRACE.HOPPER@EXAMPLE.COM"]
    {
        assert_eq!(world.get_user(spelling).expect(200, "").json()["user_id"], "2", "{spelling}");
    }
    world.get_user("twin@example.com").expect(409, "ambiguous_user");
    assert_eq!(world.get_user("jose@example.com").expect(200, "").json()["user_id"], "18");
    world.gate.assert_calm();
}

/// By what a domain is made of, and at any length: `character` alone would be one character.
#[test]
fn domains_and_padded_texts_are_compared_as_what_they_are() {
    let Some(legacy) = Legacy::postgresql() else { return };
    // Its padded twin is one user with it in a column that pads.
    legacy.execute("CREATE DOMAIN sample_shop.answer AS boolean; UPDATE sample_shop.customer SET email = NULL WHERE id = 21");
    let world = World::on(legacy);
    let legacy = &world.legacy;
    for (made, of_type) in [
        ("CREATE DOMAIN sample_shop.mail AS text", "mail"),
        (
            "CREATE EXTENSION citext SCHEMA public; CREATE DOMAIN sample_shop.folded AS public.citext",
            "folded",
        ),
        ("SELECT 1", "character(60)"),
    ] {
        let of_type = if of_type.contains('(') {
            of_type.to_owned()
        } else {
            format!("sample_shop.{of_type}")
        };
        legacy.execute(&format!(
            "{made}; DROP VIEW IF EXISTS narrowgate.legacy_user; DROP INDEX IF EXISTS sample_shop.customer_lower_email; DELETE FROM sample_shop.customer WHERE length(email) > 60;
             ALTER TABLE sample_shop.customer ALTER email TYPE {of_type}; CREATE INDEX IF NOT EXISTS mail ON sample_shop.customer (email)"
        ));
        let mapping = EXAMPLE.replace("\"lower(c.email)\"", "\"c.email\"").replace(
            "\"c.status IS DISTINCT FROM 1\"",
            "\"(c.status IS DISTINCT FROM 1)::{schema}.answer\"",
        );
        legacy.execute(&described(legacy, &mapping));
        // The gate may have looked while there was no view.
        let is_back = || world.get_user("ada@example.com").status != 503;
        wait_until("the database is back", Duration::from_secs(20), is_back);
        let ada = world.get_user("ada@example.com").expect(200, "").json();
        assert_eq!(ada["user_id"], "1", "{of_type}");
        world.get_user("nobody@example.com").expect(404, "user_not_found");
    }
    world.gate.assert_sound();
}

/// The script knows the system's operators alone, by which citext is a text that minds case.
#[test]
fn an_operator_out_of_sight_is_told() {
    let Some(legacy) = Legacy::postgresql() else { return };
    legacy.execute(
        "CREATE SCHEMA \"Kinds\"; CREATE EXTENSION citext SCHEMA \"Kinds\"; DROP VIEW narrowgate.legacy_user; \
         ALTER TABLE sample_shop.customer ALTER plan TYPE \"Kinds\".citext, ALTER login TYPE \"Kinds\".citext; \
         CREATE TABLE sample_shop.extra (login \"Kinds\".citext PRIMARY KEY, note text)",
    );
    let blocked = |expression: &str| {
        EXAMPLE.replace("\"c.status IS DISTINCT FROM 1\"", &format!("'''{expression}'''"))
    };
    let joined = |on: &str| {
        EXAMPLE.replace(
            "ON k.customer_id = c.id\n",
            &format!("ON k.customer_id = c.id\nLEFT JOIN sample_shop.extra AS e ON {on}\n"),
        )
    };
    for (key, wrong) in [
        ("columns.blocked", blocked("c.plan = 'BLOCKED'")),
        ("columns.blocked", blocked("c.plan IN ('BLOCKED', 'GONE')")),
        ("columns.blocked", blocked("CASE c.plan WHEN 'BLOCKED' THEN true ELSE false END")),
        ("where", EXAMPLE.replace("\"c.deleted_at IS NULL\"", "\"c.plan <> 'GONE'\"")),
        ("from", joined("e.login = c.login")),
    ] {
        let output = describe(&legacy, &wrong);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{told}");
        let of_it = format!(": {key}: would be compared as text");
        assert!(told.contains(&of_it) && told.contains("OPERATOR("), "{told}");
        assert_eq!(told.matches("would be compared as text").count(), 1, "{told}");
    }
    for right in [
        blocked("c.plan OPERATOR(\"Kinds\".=) 'BLOCKED'::\"Kinds\".citext"),
        blocked("lower(c.plan) = 'blocked'"),
        blocked("c.plan::text = 'blocked'"),
        joined("e.login OPERATOR(\"Kinds\".=) c.login"),
    ] {
        described(&legacy, &right);
    }
}

/// Its view would have one row, made of several users.
#[test]
fn an_aggregate_of_their_own_is_told() {
    let Some(legacy) = Legacy::postgresql() else { return };
    legacy.execute("CREATE AGGREGATE sample_shop.last_of (anyelement) (sfunc = public.later, stype = anyelement)".replacen(
        "CREATE",
        "CREATE FUNCTION public.later(anyelement, anyelement) RETURNS anyelement IMMUTABLE LANGUAGE sql AS 'SELECT $2'; CREATE",
        1,
    ).as_str());
    let wrong = EXAMPLE.replace("\"c.nickname\"", "\"sample_shop.last_of(c.nickname)\"");
    let told = String::from_utf8_lossy(&describe(&legacy, &wrong).stderr).into_owned();
    assert!(told.contains(": columns.nickname: makes one row of all rows"), "{told}");
}

/// MariaDB calls EXISTS a constant of bytes; a bit is one, too, and no flag.
#[test]
fn whether_there_is_a_row_is_a_flag() {
    let Some(legacy) = Legacy::mysql() else { return };
    let blocked = |expression: &str| {
        EXAMPLE.replace("\"NOT (c.status <=> 1)\"", &format!("\"{expression}\""))
    };
    described(
        &legacy,
        &blocked("EXISTS (SELECT 1 FROM {schema}.credential AS x WHERE x.customer_id = c.id)"),
    );
    legacy.execute("ALTER TABLE sample_shop.customer ADD locked BIT(1) NOT NULL DEFAULT 0");
    for wrong in ["c.locked", "'Y'", "c.login"] {
        let told = String::from_utf8_lossy(&describe(&legacy, &blocked(wrong)).stderr).into_owned();
        assert!(told.contains("columns.blocked: is a text of collation"), "{wrong}: {told}");
    }
}

/// Of two tables in one each has to have the index.
#[test]
fn a_branch_without_an_index_is_told() {
    let Some(legacy) = Legacy::postgresql() else { return };
    legacy.execute("CREATE TABLE sample_shop.customer_of_old () INHERITS (sample_shop.customer)");
    let found = |mapping: &str| {
        let script = described(&legacy, mapping);
        let told = |words: &str| script.matches(words).count();
        [told("is found by an index"), told("IS NOT FOUND BY AN INDEX")]
    };
    assert_eq!(found(EXAMPLE), [0, 3]);
    legacy.execute("DROP TABLE sample_shop.customer_of_old; CREATE TABLE sample_shop.customer_of_old (LIKE sample_shop.customer)");
    let all =
        "(SELECT * FROM {schema}.customer UNION ALL SELECT * FROM {schema}.customer_of_old) AS c";
    let union =
        EXAMPLE.replace("\"\"\"\n{schema}.customer AS c", &format!("\"\"\"\n{all}")).replace(
            "\"{schema}.credential\" = ",
            "\"{schema}.customer_of_old\" = [\"id\"]\n\"{schema}.credential\" = ",
        );
    assert_eq!(found(&union), [0, 3]);
    legacy.execute(
        "CREATE INDEX ON sample_shop.customer_of_old (lower(email)); CREATE INDEX ON sample_shop.customer_of_old (lower(login)); \
         CREATE INDEX ON sample_shop.customer_of_old ((id::text))",
    );
    assert_eq!(found(&union), [3, 0]);
}

/// Of every part that the script will hold, each with its own line, in their order.
#[test]
fn each_refusal_is_told() {
    Legacy::each(|legacy| {
        let wrong = EXAMPLE
            .replace("\"c.deleted_at IS NULL\"", "\"c.removed_at IS NULL\"")
            .replace("\"c.nickname\"", "\"c.nickmane\"")
            .replace("\"stat", "\"state\", \"stat")
            .replace("\"lower(identifier)\"", "\"folded(identifier)\"")
            .replace(
                "collation = \"utf8mb4_unicode_ci\", index = \"{schema}.customer (login)",
                "equals = \"folded(identifier)\", index = \"{schema}.customer (login)",
            )
            .replace("\"NOT (c.status <=> 1)\"", "\"c.email_confirmed\"");
        let output = describe(&legacy, &wrong);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(2) && output.stdout.is_empty(), "{told}");
        let mut expected = vec![("where", "removed_at"), ("columns.nickname", "nickmane")];
        if legacy.engine != Engine::Sqlite {
            expected.extend([
                ("lookup.username.equals", "folded"),
                ("reads.sample_shop.customer", "state"),
            ]);
        }
        if legacy.engine == Engine::Mysql {
            expected.push(("columns.blocked", "a text of collation"));
        }
        let mut lines = vec![];
        for (key, word) in &expected {
            let fault = told.lines().find(|line| line.contains(&format!(": {key}: ")));
            assert!(fault.is_some_and(|fault| fault.contains(word)), "{key}: {told}");
            let number =
                fault.and_then(|fault| fault.trim().strip_prefix("line ")?.split(':').next());
            lines.push(number.unwrap().parse::<usize>().unwrap());
        }
        assert_eq!(told.lines().count(), expected.len() + 1, "{told}");
        let told_lines: Vec<usize> = told
            .lines()
            .skip(1)
            .map(|line| line.trim()[5..].split(':').next().unwrap().parse().unwrap())
            .collect();
        assert!(told_lines.is_sorted(), "{told}");
    });
}

/// Each character set and collation has its own twins; none is ever given away, and none is a fault.
#[test]
fn collations_are_those_of_the_columns() {
    let Some(legacy) = Legacy::mysql() else { return };
    legacy.execute("UPDATE sample_shop.customer SET email = NULL WHERE id = 17");
    let world = World::on(legacy);
    for collation in [
        "latin1_swedish_ci",
        "utf8mb4_general_ci",
        "utf8mb4_unicode_ci",
        "utf8mb4_bin",
        "utf8mb3_general_ci",
        "ascii_general_ci",
    ] {
        let character_set = collation.split('_').next().unwrap();
        let legacy = &world.legacy;
        legacy.remove_own_users();
        legacy.execute(&format!(
            "ALTER TABLE sample_shop.customer MODIFY email VARCHAR(254) CHARACTER SET {character_set} COLLATE {collation}"
        ));
        let script = described(legacy, EXAMPLE);
        assert!(
            script.contains(&format!(
                "wanted_email VARCHAR(320) CHARACTER SET {character_set} COLLATE {collation}"
            )),
            "{collation}"
        );
        legacy.execute(&script);
        // In bytes that every one of these character sets has, but for the accents where there are any.
        legacy.add_user(1001, None, Some("?@example.com"), None);
        legacy.add_user(1002, None, Some("myller@example.com"), None);
        legacy.add_user(1003, None, Some("strasse@example.com"), None);
        legacy.add_user(1004, None, Some("admin@example.com"), None);
        if character_set != "ascii" {
            legacy.add_user(1005, None, Some("usér77@example.com"), None);
            legacy.add_user(1006, None, Some("josé@example.com"), None);
        }
        for (identifier, owner) in [
            ("😀@example.com", None),
            ("müller@example.com", None),
            ("straße@example.com", None),
            ("ａdmin@example.com", None),
            ("user77@example.com", None),
            ("jose@example.com", Some("18")),
            ("josé@example.com", Some("1006").filter(|_| character_set != "ascii")),
            ("usér77@example.com", Some("1005").filter(|_| character_set != "ascii")),
            ("Admin@Example.com", Some("1004")),
            ("?@example.com", Some("1001")),
        ] {
            let answer = world.get_user(identifier);
            match owner {
                Some(owner) => assert_eq!(
                    answer.expect(200, "").json()["user_id"],
                    owner,
                    "{collation}: {identifier}"
                ),
                None => drop(answer.expect(404, "user_not_found")),
            }
        }
    }
    world.legacy.remove_own_users();
    world.gate.assert_calm();
}

/// As doubles, neighbours beyond 2^53 are one number.
#[test]
fn long_ids_are_exact() {
    let Some(legacy) = Legacy::mysql() else { return };
    legacy.execute("DELETE FROM sample_shop.credential; DROP TABLE sample_shop.credential;
        ALTER TABLE sample_shop.customer MODIFY id BIGINT UNSIGNED NOT NULL;
        CREATE TABLE sample_shop.credential (customer_id BIGINT UNSIGNED NOT NULL PRIMARY KEY, password_hash VARCHAR(255) NOT NULL);
        INSERT INTO sample_shop.customer (id, login) VALUES (9007199254740992, 'one'), (9007199254740993, 'two'), (9007199254740994, 'three')");
    legacy.execute(&described(&legacy, EXAMPLE));
    let world = World::on(legacy);
    for id in ["9007199254740993", "9007199254740992"] {
        assert_eq!(world.mark(id).expect(200, "").json()["user_id"], id);
    }
    world.mark("9007199254740995").expect(404, "user_not_found");
    world.mark("09007199254740994").expect(404, "user_not_found");
    world.mark(&"9".repeat(100)).expect(404, "user_not_found");
    world.mark("9007199254740993x").expect(404, "user_not_found");
    assert_eq!(world.legacy.marks(), ["9007199254740992", "9007199254740993"]);
    world.gate.assert_calm();
}
