//! What hurts later is told before: misspelt schemes, hidden rows, bytes for texts, dates of zeros, foreign
//! tables.

use serde_json::{Value, json};

use super::applied::refusal;
use super::described::describe;
use super::{EXAMPLE, path, run, script};
use crate::support::{Engine, Gate, Issuer, Legacy, Token};

#[track_caller]
fn refused(legacy: &Legacy, mapping: &str, words: &str) {
    let output = describe(legacy, mapping);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(told.contains(words), "{words}: {told}");
}

#[test]
fn a_misspelt_scheme_is_told_with_its_line() {
    let scheme = |text: &str| EXAMPLE.replace("# password_scheme = \"'bcrypt'\"", text);
    let file = tempfile::NamedTempFile::new().expect("a file");
    for (text, wrong) in [
        ("password_scheme = \"'bcript'\"", Some("\"bcript\" is no scheme")),
        (
            "password_scheme = \"CASE WHEN k.password_hash LIKE '$2%' THEN 'bcrypt' ELSE 'pbkdf' END\"",
            Some("\"pbkdf\""),
        ),
        ("password_scheme = \"'bcrypt'\"", None),
        ("password_scheme = \"'md5($salt.$pass)'\"", None),
        ("password_scheme = \"CASE WHEN c.status = 'new' THEN 'bcrypt' END\"", None),
    ] {
        assert_ne!(scheme(text), EXAMPLE);
        std::fs::write(file.path(), scheme(text)).expect("written");
        let output = run(&["--mapping", path(file.path()), "--engine", "postgresql"]);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(
            output.status.code(),
            Some(if wrong.is_some() { 2 } else { 0 }),
            "{text}: {told}"
        );
        assert!(told.contains(wrong.unwrap_or_default()), "{text}: {told}");
    }
}

#[test]
fn row_security_is_seen_by_describe() {
    let Some(legacy) = Legacy::postgresql() else { return };
    legacy.execute("ALTER TABLE sample_shop.customer ENABLE ROW LEVEL SECURITY");
    refused(&legacy, EXAMPLE, "has row security");
    legacy.execute("CREATE POLICY narrowgate ON sample_shop.customer FOR SELECT TO narrowgate_owner USING (true)");
    assert!(describe(&legacy, EXAMPLE).status.success());
}

#[test]
fn bytes_and_dates_of_zeros_are_seen_by_describe() {
    let Some(legacy) = Legacy::mysql() else { return };
    legacy.execute("ALTER TABLE sample_shop.credential MODIFY password_hash BLOB");
    refused(&legacy, EXAMPLE, "columns.password_hash: is a text of collation binary");
    legacy.execute("ALTER TABLE sample_shop.credential MODIFY password_hash VARCHAR(255)");
    legacy.execute("ALTER TABLE sample_shop.customer ADD uuid BINARY(16)");
    refused(
        &legacy,
        &EXAMPLE.replace("user_id = \"c.id\"", "user_id = \"c.uuid\""),
        "LOWER(HEX(...))",
    );
    legacy.execute("SET SESSION sql_mode = ''; ALTER TABLE sample_shop.customer MODIFY deleted_at DATETIME NOT NULL DEFAULT '0000-00-00 00:00:00'");
    refused(&legacy, EXAMPLE, "NULLIF(deleted_at, 0) IS NULL");
    // Nor is the first of several the only one, or a lookup's own table out of sight.
    legacy.execute("SET SESSION sql_mode = ''; ALTER TABLE sample_shop.customer ADD seen_at DATETIME NOT NULL DEFAULT '0000-00-00 00:00:00' FIRST");
    for condition in ["ISNULL(c.deleted_at)", "c.`deleted_at`  IS NULL", "c.deleted_at <=> NULL"] {
        let mapping = EXAMPLE.replace("\"c.deleted_at IS NULL\"", &format!("\"{condition}\""));
        refused(&legacy, &mapping, "NULLIF(deleted_at, 0) IS NULL");
    }
    let joined = EXAMPLE
        .replace("where = \"c.deleted_at IS NULL\"", "")
        .replace("ON k.customer_id = c.id\n", "ON k.customer_id = c.id AND c.deleted_at IS NULL\n");
    refused(&legacy, &joined, "NULLIF(deleted_at, 0) IS NULL");
    let told = describe(
        &legacy,
        &EXAMPLE.replace("c.deleted_at IS NULL", "NULLIF(c.deleted_at, 0) IS NULL"),
    );
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
}

/// An expression that makes none or several rows of one hides users or repeats them; a window reads all for one.
#[test]
fn what_is_of_several_rows_is_told() {
    let nickname = |text: &str| {
        EXAMPLE.replace("nickname = \"c.nickname\"", &format!("nickname = \"{text}\""))
    };
    let window = nickname("first_value(c.nickname) OVER (PARTITION BY c.id)");
    let one = nickname("(SELECT max(c.nickname) OVER ())");
    assert_ne!(window, EXAMPLE);
    Legacy::each(|legacy| {
        refused(&legacy, &window, "columns.nickname: is of several rows");
        let told = describe(&legacy, &one);
        assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    });
    let Some(legacy) = Legacy::postgresql() else { return };
    let set = nickname("(regexp_matches(c.nickname, '^[a-z]+$'))[1]");
    refused(&legacy, &set, "columns.nickname: is of several rows");
    let lookup =
        EXAMPLE.replace("\"lower(c.login)\", index", "\"unnest(ARRAY[lower(c.login)])\", index");
    assert_ne!(lookup, EXAMPLE);
    refused(&legacy, &lookup, "lookup.username: is of several rows");
    // Without --describe the script finds it.
    for mapping in [&window, &set, &lookup] {
        let said = refusal(&legacy, &script(mapping, Engine::Postgresql, &[]));
        assert!(said.contains("narrowgate.legacy_user would not have one row a user"), "{said}");
    }
    legacy.execute(&script(&one, Engine::Postgresql, &[]));
}

/// A store that lies on another server: the contract is on this one, and the lookup is pushed down.
#[test]
fn foreign_tables_are_a_store_like_any_other() {
    let Some(legacy) = Legacy::postgresql() else { return };
    let url = url::Url::parse(&legacy.owner_url()).expect("a URL");
    let (port, user) = (url.port().expect("a port"), url.username());
    let (password, database) = (url.password().expect("a password"), &url.path()[1..]);
    legacy.execute(&format!(
        "CREATE EXTENSION postgres_fdw; CREATE SCHEMA far;
         CREATE SERVER shop FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '127.0.0.1', port '{port}', dbname '{database}', options '-c statement_timeout=2000');
         CREATE USER MAPPING FOR CURRENT_USER SERVER shop OPTIONS (user '{user}', password '{password}');
         IMPORT FOREIGN SCHEMA sample_shop FROM SERVER shop INTO far;
         CREATE USER MAPPING FOR narrowgate_owner SERVER shop OPTIONS (user '{user}', password '{password}')"
    ));
    // The account comes before the contract, as its probes need it.
    let drop = script(EXAMPLE, Engine::Postgresql, &["--drop"]);
    legacy.execute(&drop);
    let mapping = EXAMPLE.replace("\nschema = \"sample_shop\"", "\nschema = \"far\"");
    let told =
        |mapping: &str| String::from_utf8_lossy(&describe(&legacy, mapping).stdout).into_owned();
    // A number that is made a text stays here.
    assert_eq!(told(&mapping).matches("is sent to the other server").count(), 2);
    assert_eq!(told(&mapping).matches("IS NOT SENT TO THE OTHER SERVER").count(), 1);
    legacy.execute(
        "CREATE FUNCTION public.plain(text) RETURNS text IMMUTABLE LANGUAGE plpgsql AS 'BEGIN RETURN lower($1); END'",
    );
    let kept = mapping.replace("\"lower(c.email)\"", "\"public.plain(c.email)\"");
    assert_eq!(told(&kept).matches("IS NOT SENT TO THE OTHER SERVER").count(), 2);
    let apply = script(&mapping, Engine::Postgresql, &[]);
    for applied in [&apply, &drop, &apply] {
        legacy.execute(applied);
    }
    assert!(legacy.as_role("SELECT narrowgate.get_user('ada')").contains("Lovelace"));
    let plan = legacy.column("EXPLAIN (VERBOSE) SELECT u.* FROM narrowgate.legacy_user AS u WHERE u.email_key = 'ada@example.com'");
    let plan = plan.join("\n");
    let remote = plan.lines().find(|line| line.contains("Remote SQL:")).expect("a remote question");
    assert!(remote.contains("lower(") && remote.contains("ada@example.com"), "{plan}");
    assert_eq!(plan.matches("Remote SQL:").count(), 1, "one question for both tables: {plan}");
    let check = || Gate::builder(&Issuer::start(), &legacy).run("check").1;
    assert!(!check().contains("NO  "), "{}", check());
    let account = "CREATE USER MAPPING FOR narrowgate_owner SERVER shop";
    assert!(!told(&mapping).contains(account));
    legacy.execute("DROP USER MAPPING FOR narrowgate_owner SERVER shop");
    assert!(told(&mapping).contains(account));
    let told = check();
    assert!(
        told.contains("foreign_table_without_mapping: far.customer lies on foreign server shop"),
        "{told}"
    );
}

/// The same where the store is a MySQL: the condition and the join go there by mysql_fdw, and so does the
/// time-out, because a session that waits for the far server is not cancelled on this one.
#[test]
fn foreign_tables_of_mysql_are_a_store_like_any_other() {
    let (Some(legacy), Some(far)) = (Legacy::postgresql(), Legacy::mysql()) else { return };
    let there = "SELECT count(*)::text FROM pg_available_extensions WHERE name = 'mysql_fdw'";
    if legacy.column(there) != ["1"] {
        assert!(std::env::var_os("CI").is_none(), "no mysql_fdw, which scripts/test installs");
        return;
    }
    let url = url::Url::parse(&far.owner_url()).expect("a URL");
    let port = url.port().expect("a port");
    far.execute(
        "CREATE USER IF NOT EXISTS narrowgate_far@'%' IDENTIFIED BY 'far-only';
         GRANT SELECT ON sample_shop.* TO narrowgate_far@'%';
         CREATE VIEW sample_shop.slow AS SELECT SLEEP(20) AS slept, id FROM sample_shop.customer LIMIT 1",
    );
    legacy.execute(&format!(
        "CREATE EXTENSION mysql_fdw; CREATE SCHEMA far;
         CREATE SERVER shop FOREIGN DATA WRAPPER mysql_fdw OPTIONS (host '127.0.0.1', port '{port}', init_command 'SET max_statement_time = 1');
         CREATE USER MAPPING FOR CURRENT_USER SERVER shop OPTIONS (username 'narrowgate_far', password 'far-only');
         CREATE USER MAPPING FOR narrowgate_owner SERVER shop OPTIONS (username 'narrowgate_far', password 'far-only');
         IMPORT FOREIGN SCHEMA sample_shop FROM SERVER shop INTO far;
         ALTER FOREIGN TABLE far.customer ALTER id TYPE varchar(20); ALTER FOREIGN TABLE far.credential ALTER customer_id TYPE varchar(20)"
    ));
    legacy.execute(&script(EXAMPLE, Engine::Postgresql, &["--drop"]));
    let mapping = EXAMPLE
        .replace("\nschema = \"sample_shop\"", "\nschema = \"far\"")
        .replace("\"c.preferences\"", "\"c.preferences::jsonb\"")
        .replace("expression = \"lower(c.email)\"", "expression = \"c.email\"")
        .replace("expression = \"lower(c.login)\"", "expression = \"c.login\"")
        .replace(", equals = \"lower(identifier)\", type = \"text\"", "");
    let told = describe(&legacy, &mapping).stdout;
    let told = String::from_utf8_lossy(&told);
    assert_eq!(told.matches("is sent to the other server").count(), 3, "{told}");
    legacy.execute(&script(&mapping, Engine::Postgresql, &[]));
    let plan = |condition: &str| {
        let question = format!(
            "EXPLAIN (VERBOSE) SELECT u.* FROM narrowgate.legacy_user AS u WHERE {condition}"
        );
        let plan = legacy.column(&question).join("\n");
        plan.lines()
            .filter(|line| line.contains("Remote query:"))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    for (condition, sent) in [
        ("u.email_key = 'ada@example.com'", "`email` = 'ada@example.com'"),
        ("u.user_id = '7'", "`id` = '7'"),
    ] {
        let remote = plan(condition);
        assert!(remote.len() == 1 && remote.iter().all(|line| line.contains(sent)), "{remote:?}");
    }
    let issuer = Issuer::start();
    let gate = Gate::start(&issuer, &legacy);
    let token = Token::auth0().sign();
    let ask = |path: &str, body: Value| gate.ask(path, &token, &body);
    // Over there the collation takes the address with a space behind it for the same.
    let ada = ask("/get_user", json!({ "identifier": "Ada@Example.com" }));
    assert_eq!((ada.status, &ada.json()["user_id"]), (200, &json!("1")));
    assert_eq!(ask("/mark_migrated", json!({ "user_id": "2" })).status, 200);
    assert_eq!(ask("/get_user", json!({ "identifier": "grace" })).status, 404);
    legacy.execute(
        "DO $$ BEGIN PERFORM * FROM far.slow; RAISE 'it was waited for';
         EXCEPTION WHEN others THEN IF strpos(SQLERRM, 'max_statement_time') = 0 THEN RAISE; END IF; END $$",
    );
    far.execute("DROP USER narrowgate_far@'%'");
}
