//! Small stores of all kinds: what lies in their columns, and how their names are written.

use serde_json::Value;
use tempfile::{NamedTempFile, TempDir};

use super::described::{describe, described};
use super::{name, path, script};
use crate::support::program::Program;
use crate::support::sample::World;
use crate::support::servers::LEGACY;
use crate::support::{Engine, Gate, Legacy};

const ENGINES: [Engine; 3] = [Engine::Sqlite, Engine::Postgresql, Engine::Mysql];

/// Where the table of persons is.
fn person(engine: Engine) -> String {
    match engine {
        Engine::Sqlite => "person".to_owned(),
        Engine::Postgresql => "public.person".to_owned(),
        Engine::Mysql => format!("{LEGACY}.person"),
    }
}

/// A mapping of that table: further columns, further lookups, and what is read.
fn mapping(engine: Engine, [columns, lookups]: [&str; 2], reads: &[&str]) -> String {
    let email = match engine {
        Engine::Sqlite => "p.email COLLATE NOCASE",
        Engine::Postgresql => "lower(p.email)",
        Engine::Mysql => "p.email",
    };
    let table = person(engine);
    let email =
        if lookups.contains("email = ") { String::new() } else { format!("email = \"{email}\"\n") };
    format!(
        "engine = \"{}\"\nfrom = \"{table} AS p\"\n[columns]\nuser_id = \"p.id\"\nemail = \"p.email\"\n{columns}\n\
         [lookup]\n{email}{lookups}\n[reads]\n\"{table}\" = {reads:?}\n",
        name(engine)
    )
}

/// A store that these statements make, and the contract of the mapping over it. None where the engine is not at hand.
fn store(engine: Engine, statements: &str, mapping: &str, further: &[&str]) -> Option<Legacy> {
    let statements = statements.replace("person", &person(engine));
    let scripts = [statements, script(mapping, engine, further)];
    Legacy::filled(engine, &|_| {}, &scripts)
}

/// What `check --probe` finds for an identifier.
fn checked(world: &World, identifier: &str) -> (Option<i32>, Value) {
    let file = NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), identifier).expect("written");
    let gate = Gate::builder(&world.issuer, &world.legacy);
    let (code, told) = gate.run(&format!("check --format json --probe {}", file.path().display()));
    (code, serde_json::from_str(&told).unwrap_or_else(|e| panic!("{e}: {told}")))
}

/// What preflight finds of a code: ids.
fn preflight(url: &str, code: &str) -> (Vec<String>, String) {
    let folder = TempDir::new().expect("a folder");
    std::fs::write(folder.path().join("narrowgate.toml"), "").expect("written");
    let environment = [("NARROWGATE_MIGRATE_DATABASE_URL", url)];
    let arguments = ["preflight", "--quiet", "--format", "json"];
    let (_, text) = Program::migrate(folder.path(), &arguments, &environment).end();
    let told: Value = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {text}"));
    let found = told["findings"].as_array().expect("a list").iter();
    let ids = found.filter(|finding| finding["code"] == code);
    let ids = ids.flat_map(|finding| finding["ids"].as_array().expect("ids").clone());
    (ids.map(|id| id.as_str().expect("a text").to_owned()).collect(), text)
}

#[test]
fn a_file_of_another_encoding_is_refused_by_name() {
    for encoding in ["UTF-16le", "UTF-16be"] {
        let legacy = Legacy::filled(
            Engine::Sqlite,
            &|_| {},
            &[format!("PRAGMA encoding = '{encoding}'; CREATE TABLE person (id INTEGER PRIMARY KEY, email TEXT)")],
        )
        .expect("a file");
        let text = mapping(Engine::Sqlite, ["", ""], &["id"]);
        legacy.execute(&script(&text, Engine::Sqlite, &[]));
        let words = format!("its encoding is {encoding}, and UTF-8 alone is read");
        let output = describe(&legacy, &text);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && told.contains(&words), "{told}");
        let issuer = crate::support::Issuer::start();
        for command in ["check", "serve"] {
            let (code, told) = Gate::builder(&issuer, &legacy).run(command);
            assert!(code == Some(1) && told.contains(&words), "{command}: {code:?} {told}");
        }
        let folder = TempDir::new().expect("a folder");
        std::fs::write(folder.path().join("narrowgate.toml"), "").expect("written");
        let environment = [("NARROWGATE_MIGRATE_DATABASE_URL", legacy.url())];
        let (code, told) = Program::migrate(folder.path(), &["preflight"], &environment).end();
        assert!(code == Some(1) && told.contains(&words), "{code:?} {told}");
    }
}

/// A column of SQLite without a type keeps what it is given; no text is equal to a number or to bytes.
#[test]
fn numbers_and_bytes_are_told_and_found_as_texts() {
    let statements = "CREATE TABLE person (id INTEGER PRIMARY KEY, email TEXT, name, phone, number INTEGER);
        CREATE INDEX by_email ON person (email COLLATE NOCASE); CREATE INDEX by_id ON person (CAST(id AS TEXT));
        CREATE INDEX by_name ON person (name COLLATE NOCASE); CREATE INDEX by_phone ON person (phone);
        CREATE INDEX by_text ON person (CAST(name AS TEXT) COLLATE NOCASE); CREATE INDEX by_number ON person (number COLLATE NOCASE);
        INSERT INTO person VALUES (1, 'a@example.com', 7, '+441234567890', 41), (2, 'b@example.com', x'426F62', x'2B343431323334353637383931', 42), (3, 'c@example.com', 'eve', NULL, NULL)";
    let names = "username = \"p.name\"\nphone_number = \"p.phone\"";
    let with = |lookup: &str| {
        let lookups = format!("username = \"{lookup}\"\nphone = \"p.phone\"");
        mapping(Engine::Sqlite, [names, &lookups], &["id"])
    };
    let bare = with("p.name COLLATE NOCASE");
    let legacy = store(Engine::Sqlite, statements, &bare, &[]).expect("a file");
    let told = described(&legacy, &bare);
    assert_eq!(told.matches("KEEPS NUMBERS AND BYTES").count(), 2, "{told}");
    assert!(
        told.contains("FROM person AS p WHERE typeof(p.name) NOT IN ('text', 'null');"),
        "{told}"
    );
    assert!(told.contains("CAST(p.name AS TEXT) COLLATE NOCASE"), "{told}");
    let (ids, text) = preflight(legacy.url(), "identifier_no_text");
    assert_eq!(ids, ["1", "2", "2"], "{text}");
    let cast = with("CAST(p.name AS TEXT) COLLATE NOCASE");
    let told = described(&legacy, &cast);
    assert_eq!(told.matches("KEEPS NUMBERS AND BYTES").count(), 1, "{told}");
    assert_eq!(told.matches("is found by an index").count(), 4, "{told}");
    legacy.execute(&told);
    assert_eq!(preflight(legacy.url(), "identifier_no_text").0, ["2"]);
    let world = World::on(legacy);
    for (identifier, id) in [("7", "1"), ("bob", "2"), ("EVE", "3")] {
        assert_eq!(world.get_user(identifier).expect(200, "").json()["user_id"], id);
    }
    // Numbers in a column of numbers: found by a lookup that is alone, and not beside another.
    let number = "username = \"p.number COLLATE NOCASE\"";
    let beside = mapping(Engine::Sqlite, ["username = \"p.number\"", number], &["id"]);
    let alone = beside.replace("email = \"p.email COLLATE NOCASE\"\n", "");
    assert_ne!(alone, beside);
    for (mapping, unequal) in [(&beside, &["1", "2"][..]), (&alone, &[])] {
        let told = described(&world.legacy, mapping);
        assert_eq!(told.contains("KEEPS NUMBERS"), !unequal.is_empty(), "{told}");
        world.legacy.execute(&told);
        let status = world.get_user("42").status;
        assert_eq!(status == 200, unequal.is_empty(), "{status}");
        assert_eq!(preflight(world.legacy.url(), "identifier_no_text").0, unequal);
    }
    world.gate.assert_calm();
}

/// Nobody can tell which of the two rows would be marked.
#[test]
fn an_id_of_two_rows_is_never_marked() {
    let statements = "CREATE TABLE person (id INTEGER, email VARCHAR(100));
        INSERT INTO person VALUES (1, 'a@example.com'), (1, 'b@example.com'), (2, 'c@example.com')";
    for engine in ENGINES {
        let statements = match engine {
            Engine::Mysql => {
                statements.replace("VARCHAR(100)", "VARCHAR(100) COLLATE utf8mb4_unicode_ci")
            }
            _ => statements.to_owned(),
        };
        let text = mapping(engine, ["", ""], &["id", "email"]);
        let Some(legacy) = store(engine, &statements, &text, &[]) else { continue };
        let world = World::on(legacy);
        let (_, report) = checked(&world, "a@example.com");
        let codes = report["findings"].as_array().expect("a list");
        assert!(codes.iter().any(|f| f["code"] == "user_id_not_unique"), "{engine:?}: {report:#}");
        assert_eq!(world.legacy.marks(), [""; 0]);
        for answer in [world.mark("1"), world.mark_named("1", "a@example.com")] {
            answer.expect(500, "invalid_user_record");
            let reason = "the user's row breaks the contract: two rows have this id";
            assert_eq!(world.gate.decision(&answer)["reason"], reason, "{engine:?}");
        }
        assert_eq!(world.legacy.marks(), [""; 0]);
        let (_, report) = checked(&world, "c@example.com");
        assert!(!report.to_string().contains("user_id_not_unique"), "{report:#}");
        assert_eq!(world.legacy.marks(), [""; 0]);
        world.mark("2").expect(200, "");
        assert_eq!(world.legacy.marks(), ["2"]);
    }
}

/// What a SELECT only warns of is no fault of the row, and everybody gets what the SELECT shows.
#[test]
fn a_value_is_what_a_select_shows() {
    let engine = Engine::Mysql;
    let statements = "CREATE TABLE person (id INT PRIMARY KEY, email VARCHAR(100) COLLATE utf8mb4_unicode_ci UNIQUE, act VARCHAR(9), since VARCHAR(20));
        INSERT INTO person VALUES (1, 'a@example.com', 'yes', ''), (2, 'b@example.com', '1', '2020-01-02'), (3, 'c@example.com', 'no', '0000-00-00')";
    let columns = "blocked = \"p.act <> 1\"\nnickname = \"CAST(p.since AS DATETIME)\"";
    let text = mapping(engine, [columns, ""], &["id", "email", "act", "since"]);
    let Some(legacy) = store(engine, statements, &text, &["--bulk"]) else { return };
    legacy
        .execute("ALTER USER 'narrowgate_bulk'@'%' IDENTIFIED BY 'only-for-tests' ACCOUNT UNLOCK");
    let world = World::on(legacy);
    let bulk = world.legacy.url().replace("narrowgate_api", "narrowgate_bulk");
    let (ids, told) = preflight(&bulk, "invalid_user_record");
    assert_eq!(ids, [""; 0], "{told}");
    for (id, email) in [("1", "a@example.com"), ("2", "b@example.com"), ("3", "c@example.com")] {
        let shown = world.legacy.column(&format!(
            "SELECT CONCAT_WS(' ', u.blocked, u.nickname) FROM narrowgate.legacy_user AS u WHERE u.user_id = '{id}'"
        ));
        let user = world.get_user(email).expect(200, "").json();
        let blocked = user["app_metadata"]["legacy_blocked"] == true;
        let nickname = user["nickname"].as_str().unwrap_or_default();
        let told = format!("{} {nickname}", i32::from(blocked));
        assert_eq!([told.trim().to_owned()], shown[..], "{user}");
        assert_eq!(world.mark_named(id, email).expect(200, "").json(), user);
    }
    assert_eq!(world.legacy.marks(), ["1", "2", "3"]);
    let (_, report) = checked(&world, "nobody@example.com");
    assert!(!report.to_string().contains("routine_not_strict"), "{report:#}");
    world.gate.assert_calm();
}

/// A row that is read once more because of one column hides no fault of another.
#[test]
fn what_does_not_fit_stays_an_error() {
    let engine = Engine::Mysql;
    let statements = "CREATE TABLE person (id INT PRIMARY KEY, email VARCHAR(100) COLLATE utf8mb4_unicode_ci UNIQUE, act VARCHAR(9), nick VARBINARY(20), more TEXT);
        INSERT INTO person VALUES (1, 'a@example.com', 'yes', 'ok', '{}'), (2, 'b@example.com', 'yes', X'4AFF4B', '{}'), (3, 'c@example.com', '1', X'4AFF4B', '{}'), (4, 'd@example.com', 'yes', 'ok', '{bad'), (5, 'e@example.com', '1', 'ok', '{bad')";
    let columns = "blocked = \"p.act <> 1\"\nnickname = \"p.nick\"\nname = \"JSON_EXTRACT(p.more, '$.name')\"";
    let text = mapping(engine, [columns, ""], &["id", "email", "act", "nick", "more"]);
    let Some(legacy) = store(engine, statements, &text, &[]) else { return };
    let world = World::on(legacy);
    world.mark_named("1", "a@example.com").expect(200, "");
    for (id, email) in [
        ("2", "b@example.com"),
        ("3", "c@example.com"),
        ("4", "d@example.com"),
        ("5", "e@example.com"),
    ] {
        world.get_user(email).expect(500, "invalid_user_record");
        world.mark_named(id, email).expect(500, "invalid_user_record");
    }
    assert_eq!(world.legacy.marks(), ["1"]);
}

/// As the engine quotes them, and in letters whose capitals are the server's own matter.
#[test]
fn names_may_hold_any_letter() {
    for (engine, table, column) in [
        (Engine::Mysql, format!("{LEGACY}.`O'Brien \\ ``x`` $$ u`"), "`İt's ẞ ``\\ \"`"),
        (
            Engine::Postgresql,
            "public.\"O'Brien \\ $$$ %s \"\"x\"\" u\"".to_owned(),
            "\"İt's $$ ẞ \\ \"\"\"",
        ),
        (Engine::Sqlite, "\"O'Brien \\ $$ \"\"x\"\" u\"".to_owned(), "\"İt's $$ ẞ \\ \"\"\""),
    ] {
        let lookup = match engine {
            Engine::Mysql => format!("p.{column}"),
            Engine::Postgresql => format!("lower(p.{column})"),
            Engine::Sqlite => format!("p.{column} COLLATE NOCASE"),
        };
        let text = |text: &str| Value::from(text).to_string();
        let mapping = format!(
            "engine = \"{}\"\nfrom = {}\n[columns]\nuser_id = \"p.id\"\nemail = {}\n[lookup]\nemail = {}\n[reads]\n{} = [\"id\", {}]\n",
            name(engine),
            text(&format!("{table} AS p")),
            text(&format!("p.{column}")),
            text(&lookup),
            text(&table),
            text(column)
        );
        let collation = if engine == Engine::Mysql { "COLLATE utf8mb4_unicode_ci" } else { "" };
        let made = format!(
            "CREATE TABLE {table} (id INTEGER PRIMARY KEY, {column} VARCHAR(100) {collation}); INSERT INTO {table} VALUES (1, 'a@example.com')"
        );
        let again = script(&mapping, engine, &[]);
        let Some(legacy) = Legacy::filled(engine, &|_| {}, &[made, again.clone(), again]) else {
            continue;
        };
        let told = described(&legacy, &mapping);
        legacy.execute(&told);
        let world = World::on(legacy);
        assert_eq!(world.get_user("a@example.com").expect(200, "").json()["user_id"], "1");
        world.mark("1").expect(200, "");
        world.gate.assert_calm();
    }
}

/// Two that a collation holds to be equal are told apart. Of three nobody can tell whether there are more.
#[test]
fn twins_of_a_collation() {
    let engine = Engine::Postgresql;
    let statements = "CREATE COLLATION public.alike (provider = icu, locale = 'und-u-ks-level1', deterministic = false);
        CREATE TABLE person (id INTEGER PRIMARY KEY, email text COLLATE public.alike);
        INSERT INTO person VALUES (1, 'Jose@example.com'), (2, 'josé@example.com'), (3, 'jòse@example.com'), (4, 'Zoe@example.com'), (5, 'zoë@example.com')";
    let text = mapping(engine, ["", "email = \"p.email\""], &["id", "email"]);
    let Some(legacy) = store(engine, statements, &text, &[]) else { return };
    legacy.execute(&described(&legacy, &text));
    let world = World::on(legacy);
    for (identifier, id) in [("zoe@example.com", "4"), ("zoë@example.com", "5")] {
        let user = world.get_user(identifier).expect(200, "").json();
        assert_eq!(user["user_id"], id, "{identifier}");
    }
    world.get_user("jose@example.com").expect(409, "ambiguous_user");
    world.gate.assert_calm();
}

/// The gate finds them, so no audit may say that it does not.
#[test]
fn capitals_under_a_collation_without_case_are_found() {
    let engine = Engine::Postgresql;
    let statements = "CREATE COLLATION public.alike (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
        CREATE TABLE person (id INTEGER PRIMARY KEY, email text COLLATE public.alike);
        INSERT INTO person VALUES (1, 'Ada@Example.com'), (2, 'bob@example.com')";
    for (lookups, found) in
        [("email = \"p.email\"", true), ("email = 'p.email COLLATE \"C\"'", false)]
    {
        let text = mapping(engine, ["", lookups], &["id", "email"]);
        let Some(legacy) = store(engine, statements, &text, &["--bulk"]) else { return };
        legacy.execute("ALTER ROLE narrowgate_bulk LOGIN PASSWORD 'only-for-tests'");
        let bulk = legacy.url().replace("narrowgate_api", "narrowgate_bulk");
        let (ids, told) = preflight(&bulk, "email_in_capitals");
        assert_eq!(ids.is_empty(), found, "{told}");
        assert_eq!(preflight(&bulk, "email_not_found").0, [""; 0]);
        let world = World::on(legacy);
        let status = world.get_user("ada@example.com").status;
        assert_eq!(status == 200, found, "{status}");
        world.get_user("bob@example.com").expect(200, "");
    }
}

/// A key that is a text has an index already, and a cast would keep it from being used.
#[test]
fn a_key_of_text_is_found_by_its_own_index() {
    let statements = "CREATE TABLE person (id TEXT PRIMARY KEY, email TEXT); CREATE INDEX by_email ON person (email COLLATE NOCASE);
        INSERT INTO person VALUES ('x1', 'a@example.com'), (7, 'b@example.com')";
    let text = mapping(
        Engine::Sqlite,
        ["", "user_id = { index = \"person (CAST(id AS TEXT))\" }"],
        &["id"],
    );
    let legacy = store(Engine::Sqlite, statements, &text, &[]).expect("a file");
    let told = described(&legacy, &text);
    assert_eq!(told.matches("is found by an index").count(), 2, "{told}");
    legacy.execute(&told);
    let world = World::on(legacy);
    let (code, report) = checked(&world, "a@example.com");
    assert_eq!(code, Some(0), "{report:#}");
    for id in ["x1", "7"] {
        world.mark(id).expect(200, "");
    }
    world.mark("8").expect(404, "user_not_found");
    world.gate.assert_calm();
    // Without that index it is proposed as it would be used.
    world
        .legacy
        .execute("ALTER TABLE person RENAME TO old; CREATE TABLE person (id TEXT, email TEXT)");
    let told = described(&world.legacy, &text);
    assert!(told.contains("ON person (id);"), "{told}");
    world.legacy.execute("DROP TABLE person; CREATE TABLE person (id INTEGER, email TEXT)");
    let told = described(&world.legacy, &text);
    assert!(told.contains("ON person (CAST(id AS TEXT));"), "{told}");
}

/// An index of the column itself serves no key that is compared as a text.
#[test]
fn the_index_of_a_key_is_proposed_as_it_is_compared() {
    let engine = Engine::Postgresql;
    let statements = "CREATE TABLE person (id uuid PRIMARY KEY, email text); CREATE INDEX ON person (lower(email))";
    let text =
        mapping(engine, ["", "user_id = { index = 'public.person (\"id\")' }"], &["id", "email"]);
    let Some(legacy) = store(engine, statements, &text, &[]) else { return };
    let proposed = "CREATE UNIQUE INDEX CONCURRENTLY ON public.person ((\"id\"::text));";
    let told = described(&legacy, &text);
    assert!(told.contains(proposed), "{told}");
    legacy.execute("CREATE UNIQUE INDEX ON public.person ((\"id\"::text))");
    let told = described(&legacy, &text);
    assert_eq!(told.matches("is found by an index").count(), 2, "{told}");
}

/// Bytes mind case as well, and blanks at the end are none to a collation.
#[test]
fn bytes_mind_case() {
    let engine = Engine::Mysql;
    let statements = "CREATE TABLE person (id INT PRIMARY KEY, email VARBINARY(100) UNIQUE);
        INSERT INTO person VALUES (1, 'Ada@example.com'), (2, 'bob@example.com '), (3, 'eve@example.com')";
    let text = mapping(engine, ["", ""], &["id", "email"]).replace(
        "email = \"p.email\"\n\n[lookup]",
        "email = \"CONVERT(p.email USING utf8mb4)\"\n[lookup]",
    );
    let Some(legacy) = store(engine, statements, &text, &[]) else { return };
    let told = described(&legacy, &text);
    assert_eq!(told.matches("MINDS CASE").count(), 1, "{told}");
    let question = told.lines().find(|line| line.contains("SELECT count(*)")).expect("a question");
    let (_, question) = question.split_once("SELECT count(*)").expect("a question");
    let counted =
        legacy.column(&format!("SELECT CONCAT(count(*)){}", question.trim_end_matches(';')));
    assert_eq!(counted, ["2"]);
}

/// The words are refused in the mapping, where they would be another operator than elsewhere.
#[test]
fn bars_join_no_texts_on_mysql() {
    for engine in ["mysql", "mariadb"] {
        let text = mapping(Engine::Mysql, ["name = \"p.first || ' ' || p.last\"", ""], &["id"])
            .replace("engine = \"mariadb\"", &format!("engine = \"{engine}\""));
        let file = NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), &text).expect("written");
        let output = super::run(&["--mapping", path(file.path())]);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{told}");
        assert!(told.contains("columns.name") && told.contains("CONCAT(...)"), "{told}");
        std::fs::write(file.path(), text.replace("p.first || ' ' || p.last", "CONCAT(p.a, '||')"))
            .expect("written");
        let output = super::run(&["--mapping", path(file.path())]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

/// The service's account may set its session's clock, and its marks are dated by the server's all the same.
#[test]
fn a_mark_has_the_time_of_the_server() {
    let Some(legacy) = Legacy::mysql() else { return };
    let dated = legacy.as_role_in_turn(&[
        "SET timestamp = 1000000000",
        "SELECT narrowgate.mark_migrated('1', NULL)",
        "SET time_zone = '-11:00'",
        "SELECT narrowgate.mark_migrated('2', NULL)",
        "SET time_zone = 'SYSTEM', timestamp = 1000000000",
        "SELECT narrowgate.mark_migrated('3', NULL)",
    ]);
    assert_eq!(legacy.marks(), ["1", "2", "3"], "{dated}");
    let strange = "SELECT user_id FROM narrowgate.migrated_user WHERE ABS(TIMESTAMPDIFF(MINUTE, migrated_at, UTC_TIMESTAMP())) > 50";
    assert_eq!(legacy.column(strange), [""; 0]);
}

/// Whoever has the service's account may set its session as they like: they see no older rows, and nobody is somebody else.
#[test]
fn what_a_session_says_changes_no_answer() {
    let engine = Engine::Mysql;
    let statements = "CREATE TABLE person (id INT PRIMARY KEY, email VARCHAR(100) COLLATE utf8mb4_unicode_ci UNIQUE, act VARCHAR(9), due DATETIME) WITH SYSTEM VERSIONING;
        INSERT INTO person VALUES (1, 'a@example.com', 'yes', UTC_TIMESTAMP() - INTERVAL 1 HOUR), (2, 'gone@example.com', '1', NULL)";
    let columns = "blocked = \"p.act <> 1\"\nnickname = \"IF(p.due < NOW(), 'over', 'open')\"";
    let text = mapping(engine, [columns, ""], &["id", "email", "act", "due"]);
    let Some(legacy) = store(engine, statements, &text, &[]) else { return };
    let then = legacy.column("SELECT CONCAT(NOW(6), SLEEP(0.01))").concat();
    let then = &then[..26];
    legacy.execute(&format!("DELETE FROM {} WHERE id = 2", person(engine)));
    let questions = [
        "SELECT narrowgate.get_user('a@example.com')",
        "SELECT narrowgate.login_candidate('gone@example.com')",
        "SELECT narrowgate.mark_migrated('1', 'a@example.com')",
        "SELECT narrowgate.mark_migrated('2', 'gone@example.com')",
    ];
    for question in questions {
        let plain = legacy.as_role_in_turn(&[question]);
        assert!(!plain.contains("gone") && !plain.contains("rror"), "{plain}");
        for set in [
            "max_error_count = 0",
            "timestamp = 1",
            "time_zone = '-12:00'",
            &format!("system_versioning_asof = '{then}'"),
            "default_regex_flags = 'UNGREEDY'",
        ] {
            legacy.execute("DELETE FROM narrowgate.migrated_user");
            let told = legacy.as_role_in_turn(&[&format!("SET SESSION {set}"), question]);
            assert_eq!(told, plain, "{set}: {question}");
        }
        legacy.execute("DELETE FROM narrowgate.migrated_user");
    }
}

/// What cannot be read as the key is nobody's id, and no fault of anybody.
#[test]
fn what_is_no_key_is_nobody() {
    let engine = Engine::Mysql;
    let statements = "CREATE TABLE person (id DATE PRIMARY KEY, email VARCHAR(100) COLLATE utf8mb4_unicode_ci UNIQUE);
        INSERT INTO person VALUES ('2020-01-02', 'a@example.com')";
    let key = "user_id = { expression = \"p.id\", equals = \"STR_TO_DATE(identifier, '%Y-%m-%d')\", collation = \"number\" }";
    let text = mapping(engine, ["", key], &["id", "email"]);
    let Some(legacy) = store(engine, statements, &text, &[]) else { return };
    let world = World::on(legacy);
    world.mark("no-date-at-all").expect(404, "user_not_found");
    world.mark("2020-01-02").expect(200, "");
    world.gate.assert_calm();
}
