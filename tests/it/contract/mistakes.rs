//! Mappings with mistakes: all of them told at once, each with its line and remedy, and not a word
//! on stdout.

use super::{EXAMPLE, path, run, script};
use crate::support::Engine;

/// Lines on stderr after the headline.
#[track_caller]
fn faults(mapping: &str, engine: &str) -> Vec<String> {
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), mapping).expect("a written file");
    let output = run(&["--mapping", path(file.path()), "--engine", engine]);
    let told = String::from_utf8(output.stderr).expect("UTF-8");
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(output.stdout.is_empty(), "nothing that could be run by mistake");
    told.lines().skip(1).map(|line| line.trim().to_owned()).collect()
}

#[track_caller]
fn told(faults: &[String], line: usize, words: &[&str]) {
    let place = format!("line {line}: ");
    let found = faults.iter().any(|fault| {
        fault.starts_with(&place)
            && fault.contains("; ")
            && words.iter().all(|word| fault.contains(word))
    });
    assert!(found, "no line {line} with {words:?} in {faults:#?}");
}

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    let mapping = r#"engine = "postgresql"
from = "FROM shop.users AS u WHERE u.active"
where = "u.name = 'open"
colour = "red"
[columns]
email = "u.email; DROP TABLE users"
emial = "u.email"
username = "(u.name"
name = "u.name)"
nickname = "u.nick -- or so"
given_name = "u.first /* or so */"
picture = "\\! touch file"
family_name = "$$ u.last $$"
phone_number = "{phone}"
blocked = 0
[lookup]
email = { expression = "lower(u.email)", like = "x" }
username = { equals = "upper(name)" }
mail = "u.email"
[reads]
"users" = ["email"]
"shop.users" = "email"
"shop.other" = ["a, b"]
"#;
    let faults = faults(mapping, "postgresql");
    told(&faults, 2, &["from", "FROM"]);
    told(&faults, 2, &["from", "WHERE", "`where`"]);
    told(&faults, 3, &["where", "quote", "never closed"]);
    told(&faults, 4, &["colour", "not a known key"]);
    told(&faults, 6, &["columns.email", "';'"]);
    told(&faults, 7, &["columns.emial", "not a known key", "email"]);
    told(&faults, 8, &["columns.username", "never closed"]);
    told(&faults, 9, &["columns.name", "closes nothing"]);
    told(&faults, 10, &["columns.nickname", "comment"]);
    told(&faults, 11, &["columns.given_name", "comment"]);
    told(&faults, 12, &["columns.picture", "quotes"]);
    told(&faults, 13, &["columns.family_name", "'$'"]);
    told(&faults, 14, &["columns.phone_number", "'{'"]);
    told(&faults, 15, &["columns.blocked", "is no text"]);
    told(&faults, 17, &["lookup.email.like", "not a known key"]);
    told(&faults, 18, &["lookup.username", "expression"]);
    told(&faults, 19, &["lookup.mail", "not a known key"]);
    told(&faults, 21, &["reads.users", "schema"]);
    told(&faults, 22, &["reads.shop.users", "no list"]);
    told(&faults, 23, &["reads.shop.other", "no column"]);
    assert!(faults.iter().any(|fault| fault.starts_with("columns.user_id: is missing")));
}

const SHORT: &str = r#"from = "shop.users AS u"
where = "u.active"
[columns]
user_id = "u.id"
email = "u.email"
name = "u.name"
[lookup]
email = { expression = "lower(u.email)", equals = "lower(identifier)", type = "text", index = "shop.users (lower(email))" }
[reads]
"shop.users" = ["id", "email", "name", "active"]
"#;

/// What would make the script say something else than it seems to, or hide users.
#[test]
fn a_text_cannot_leave_its_place() {
    for (engine, line, old, new, words) in [
        (
            "postgresql",
            6,
            "u.name",
            r"u.name LIKE'\\') AS name FROM shop.users; --'",
            "closes nothing",
        ),
        (
            "postgresql",
            7,
            "\"u.name\"",
            "\"\"\"E'a'\n'b\\\\' || u.name\"\"\"",
            "a text follows a text",
        ),
        ("postgresql", 6, "u.name", "u.name, u.password", "more than one"),
        ("postgresql", 6, "u.name", "'a\\u0000b'", "NUL"),
        ("postgresql", 8, "lower(identifier)", "replace(identifier, '$$', '')", "`$$`"),
        ("postgresql", 8, "\"text\"", "\"text := 'x'\"", "no type"),
        ("postgresql", 8, "\"text\"", "\"text NOT NULL\"", "no type"),
        ("postgresql", 10, "\"shop.users\"", "\"shop.users, shop.secrets\"", "no name"),
        ("postgresql", 2, "u.active", "u.active ORDER BY u.id LIMIT 1", "LIMIT"),
        ("sqlite", 6, "u.name", "u.[']  AS name FROM users; DROP TABLE users; --']", "';'"),
        ("sqlite", 6, "u.name", "u.[name", "never closed"),
        ("sqlite", 8, "lower(identifier)", "identifier", "NOCASE"),
    ] {
        assert!(SHORT.contains(old), "{old}");
        let mapping = SHORT.replace(old, new);
        // Which SQLite has no use for.
        let mapping = match engine {
            "sqlite" => mapping.replace(", equals = \"identifier\", type = \"text\"", ""),
            _ => mapping,
        };
        told(&faults(&mapping, engine), line, &[words]);
    }
    for (engine, old, new) in [
        (Engine::Postgresql, "u.name", r"CASE WHEN u.active THEN u.name ELSE'\\' END"),
        (Engine::Postgresql, "u.name", "E'\\\\'' || u.name || $1x"),
        (
            Engine::Postgresql,
            "shop.users AS u\"",
            "shop.users AS u JOIN shop.sys$users AS s ON s.limit IS NOT DISTINCT FROM u.limit\"",
        ),
        (Engine::Mysql, "lower(u.email)", "u.email"),
    ] {
        let mapping = SHORT.replace(old, new).replace(" || $1x", "");
        assert!(script(&mapping, engine, &[]).contains("narrowgate.legacy_user"), "{new}");
    }
}

/// The view would have one row, made of several users, and everybody else would be nobody.
#[test]
fn an_aggregate_is_told() {
    for wrong in [
        "MAX(u.name)",
        "coalesce(max(CASE WHEN u.active THEN u.name END), '')",
        "group_concat(u.name, ',')",
    ] {
        for engine in ["sqlite", "mariadb"] {
            let mapping = SHORT.replace("\"u.name\"", &format!("\"{wrong}\"")).replace(
                "\"lower(u.email)\", equals = \"lower(identifier)\", type = \"text\"",
                "\"u.email\"",
            );
            told(&faults(&mapping, engine), 6, &["columns.name", "of all rows", "subquery"]);
        }
    }
    for right in [
        "max(u.name, 'a')",
        "(SELECT max(m.value) FROM meta AS m WHERE m.user_id = u.id)",
        "coalesce((SELECT group_concat(m.value) FROM meta AS m WHERE m.user_id = u.id), u.max)",
        "count(*) OVER (PARTITION BY u.id)",
    ] {
        let mapping = SHORT.replace("\"u.name\"", &format!("\"{right}\"")).replace(
            "\"lower(u.email)\", equals = \"lower(identifier)\", type = \"text\"",
            "\"u.email COLLATE NOCASE\"",
        );
        assert!(script(&mapping, Engine::Sqlite, &[]).contains(right), "{right}");
    }
}

/// What a mapping says stays as it says it, whatever the contract is called.
#[test]
fn a_name_changes_nothing_in_the_mapping() {
    let says = SHORT.replace("\"u.name\"", "\"coalesce(u.name, 'narrowgate')\"");
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), says).expect("a written file");
    let arguments = ["--mapping", path(file.path()), "--engine", "postgresql"];
    assert!(run(&arguments).status.success());
    let output = run(&[&arguments[..], &["--name", "shop"]].concat());
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(told.contains("--name") && told.contains("what the mapping itself calls"), "{told}");
}

/// A file may have any name, and an expression any number of lines.
#[test]
fn nothing_leaves_its_comment() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("x\nDROP TABLE shop.users; --\r.toml");
    let mapping = SHORT.replace("\"u.id\"", "\"\"\"\nCASE WHEN u.active\n  THEN u.id END\"\"\"");
    let mapping = mapping.replace("(lower(email))\"", "\\n(lower(email))\"");
    std::fs::write(&file, mapping).expect("a written file");
    for drop in [&[][..], &["--drop"]] {
        let arguments = ["--mapping", path(&file), "--engine", "postgresql"];
        let output = run(&[&arguments[..], drop].concat());
        let script = String::from_utf8(output.stdout).expect("UTF-8");
        assert!(script.contains("from x?DROP TABLE shop.users; --?.toml."), "{script}");
        let outside =
            |line: &str| line.starts_with("DROP TABLE shop") || line.starts_with("(lower");
        assert!(!script.lines().any(outside), "{script}");
        assert_eq!(
            script.lines().filter(|line| line.trim() == "THEN u.id END)::text AS user_id,").count(),
            usize::from(drop.is_empty())
        );
    }
}

#[test]
fn two_froms_are_one_too_many() {
    let twice = EXAMPLE.replace("where = \"", "from = \"{schema}.customer AS c\"\nwhere = \"");
    let line = twice.lines().position(|line| line.starts_with("from = \"{schema}.cust")).unwrap();
    told(&faults(&twice, "postgresql"), line + 1, &["duplicate key"]);
}

#[test]
fn what_an_engine_lacks_is_said() {
    let inside = EXAMPLE.replace("check = \"outside\"", "check = \"inside\"");
    let line = inside.lines().position(|line| line.starts_with("password_check")).unwrap() + 1;
    told(&faults(&inside, "sqlite"), line, &["password_check", "SQLite"]);

    let folded =
        EXAMPLE.replace("expression = \"c.email\", coll", "expression = \"LOWER(c.email)\", coll");
    let line = folded.lines().position(|line| line.contains("LOWER(c.email)")).unwrap() + 1;
    told(&faults(&folded, "mariadb"), line, &["lookup.email", "MariaDB", "column"]);

    let equals = EXAMPLE.replace(
        "\"c.email COLLATE NOCASE\",",
        "\"c.email COLLATE NOCASE\", equals = \"upper(identifier)\",",
    );
    let line = equals.lines().position(|line| line.contains("equals = \"upper(")).unwrap() + 1;
    told(&faults(&equals, "sqlite"), line, &["lookup.email.equals", "SQLite"]);

    let postgresql = EXAMPLE.replacen(
        "engine = [\"postgresql\", \"mysql\", \"mariadb\", \"sqlite\"]",
        "engine = \"mysql\"",
        1,
    );
    assert!(faults(&postgresql, "sqlite").concat().contains("not for sqlite"));
}

#[test]
fn the_command_line_has_faults_of_its_own() {
    for (arguments, words) in [
        (&["--mapping", "nowhere.toml", "--engine", "sqlite"][..], "nowhere.toml"),
        (&["--mapping", "mapping.example.toml"], "--engine"),
        (&["--mapping", "mapping.example.toml", "--engine", "oracle"], "sqlite"),
        (&["--preset", "nothing", "--engine", "sqlite"], "--list-presets"),
        (&["--preset", "keycloak", "--engine", "postgresql"], "--set realm=VALUE"),
        (
            &["--mapping", "mapping.example.toml", "--engine", "mysql", "--set", "shcema=x"],
            "schema",
        ),
        (&[], "--mapping"),
    ] {
        let output = run(arguments);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {told}");
        assert!(told.contains(words), "{arguments:?}: {told}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
}

/// A script that was cut off must not pass for a whole one.
#[test]
fn a_script_that_cannot_be_written_is_a_fault() {
    for arguments in [&["--list-presets"][..], &["--preset", "django", "--engine", "sqlite"]] {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").expect("a full disk");
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_narrowgate-migrate"))
            .arg("contract")
            .args(arguments)
            .stdout(full)
            .output()
            .expect("the program runs");
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(3), "{told}");
        assert!(told.contains("cannot be written") && told.contains("use none of it"), "{told}");
    }
}

/// What could print or list anything is no part of the program that faces the network.
#[test]
fn the_gate_holds_none_of_it() {
    let holds = |program: &str| {
        let bytes = std::fs::read(program).expect("the program");
        let mark = b"Takes Narrowgate's contract back";
        bytes.windows(mark.len()).any(|window| window == mark)
    };
    assert!(holds(env!("CARGO_BIN_EXE_narrowgate-migrate")));
    assert!(!holds(env!("CARGO_BIN_EXE_narrowgate")));
}
