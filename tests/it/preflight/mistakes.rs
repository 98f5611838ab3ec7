//! What goes wrong is told in one clear line, with the code that a script can act on.

use std::time::Duration;

use tempfile::TempDir;

use super::{VARIABLE, at, preflight};
use crate::support::program::Program;
use crate::support::{Engine, Legacy, wait_until};

/// One line, with these words, and no secret.
#[track_caller]
fn expect((code, text): (Option<i32>, String), due: i32, words: &[&str]) {
    assert_eq!(code, Some(due), "{text}");
    assert_eq!(text.trim_end().lines().count(), 1, "{text}");
    for word in words {
        assert!(text.contains(word), "no {word:?}: {text}");
    }
    assert!(!text.contains("canary") && !text.contains("only-for-tests"), "{text}");
}

#[test]
fn a_wrong_url() {
    for url in [
        "postgres://narrowgate_bulk:canary@127.0.0.1:9/app",
        "mysql://narrowgate_bulk:canary@127.0.0.1:9/narrowgate",
        "sqlite:///nonexistent/legacy.db",
    ] {
        expect(at(url, &[]), 1, &["check the URL"]);
    }
    for url in [
        "oracle://u:canary@127.0.0.1/app",
        "canary",
        "postgres://u:canary@10.0.0.1/app?sslmode=disable",
    ] {
        expect(at(url, &[]), 2, &[VARIABLE]);
    }
    Legacy::each(|legacy| {
        if legacy.engine != Engine::Sqlite {
            let url = legacy.bulk_url().replace("only-for-tests", "canary");
            expect(at(&url, &[]), 1, &["the database refuses"]);
        }
    });
}

#[test]
fn the_view_is_missing() {
    Legacy::each(|legacy| {
        legacy.bulk_url();
        match legacy.engine {
            // The other views stand on it.
            Engine::Sqlite => legacy.execute("DROP VIEW legacy_user"),
            Engine::Postgresql => legacy.execute("DROP VIEW narrowgate.legacy_user CASCADE"),
            Engine::Mysql => legacy.execute("DROP VIEW narrowgate.legacy_user"),
        }
        expect(preflight(&legacy, &[]), 1, &["the database refuses", "legacy_user", "contract"]);
    });
}

#[test]
fn the_role_lacks_rights() {
    Legacy::each(|legacy| {
        legacy.bulk_url();
        let role = match legacy.engine {
            Engine::Sqlite => return,
            Engine::Postgresql => "narrowgate_bulk",
            Engine::Mysql => "'narrowgate_bulk'@'%'",
        };
        // The runtime role's credential in the wrong hands, or in the wrong file.
        expect(at(legacy.url(), &[]), 1, &["the database refuses", "denied", "the bulk role's"]);
        legacy.execute(&format!("REVOKE SELECT ON narrowgate.legacy_user FROM {role}"));
        expect(preflight(&legacy, &[]), 1, &["the database refuses", "denied", "legacy_user"]);
    });
}

#[test]
fn what_is_told_twice_or_not_at_all() {
    let folder = TempDir::new().expect("a folder");
    let run = |arguments: &[&str], environment: &[(&str, &str)]| {
        let arguments = [&["preflight", "--hashes", "--quiet"], arguments].concat();
        Program::migrate(folder.path(), &arguments, environment).end()
    };
    std::fs::write(folder.path().join("narrowgate.toml"), "[passwords]\nmax_wait = \"no\"\n")
        .unwrap();
    std::fs::write(folder.path().join("url"), "sqlite:///nonexistent/canary.db\n").unwrap();
    expect(run(&[], &[(VARIABLE, "sqlite://x")]), 2, &["passwords.max_wait"]);
    let (code, text) = run(&[], &[]);
    assert_eq!((code, text.lines().count()), (Some(2), 2), "all at once: {text}");
    std::fs::write(folder.path().join("narrowgate.toml"), "[server]\nbind = 3\n").unwrap();
    expect(run(&[], &[]), 2, &["--database-url-file", "is missing", VARIABLE]);
    expect(run(&["--database-url-file", "url"], &[(VARIABLE, "sqlite://x")]), 2, &["keep one"]);
    expect(run(&["--database-url-file", "none"], &[]), 2, &["--database-url-file", "none"]);
    expect(run(&["--config", "none.toml"], &[(VARIABLE, "sqlite://x")]), 2, &["none.toml"]);
    // The gate's own file in the place of ours.
    let gate = ["--config", "narrowgate.toml"];
    expect(run(&gate, &[(VARIABLE, "sqlite://x")]), 2, &["server.bind", "not a known key"]);
    let (code, text) =
        Program::migrate(folder.path(), &["preflight", "--hashes", "--ids", "1"], &[]).end();
    assert_eq!(code, Some(2), "{text}");
    assert!(text.contains("--ids"), "{text}");
}

/// A view that fails half-way quotes the value that it failed on; we do not.
#[test]
fn a_row_that_fails_is_not_quoted() {
    let Some(legacy) = Legacy::postgresql() else { return };
    legacy.bulk_url();
    legacy.execute("UPDATE sample_shop.customer SET nickname = 'canary' WHERE id = 7");
    legacy.execute(
        "ALTER VIEW narrowgate.legacy_user RENAME TO former;
         CREATE VIEW narrowgate.legacy_user AS SELECT user_id, email, username,
           (CASE WHEN nickname = 'canary' THEN nickname::integer ELSE 1 END)::text AS password_hash,
           password_salt, password_scheme FROM narrowgate.former;
         GRANT SELECT ON narrowgate.legacy_user TO narrowgate_bulk;",
    );
    let told = preflight(&legacy, &["--quiet"]);
    expect(told, 3, &["failed while its rows were read", "as a DBA"]);
}

#[test]
fn ctrl_c_ends_it() {
    Legacy::each(|legacy| {
        let url = legacy.bulk_url();
        // Somebody else holds the tables: the question waits.
        let wait = match legacy.engine {
            Engine::Sqlite => return,
            Engine::Postgresql => {
                "CREATE VIEW narrowgate.legacy_user AS SELECT user_id, email, username, \
                password_hash || CASE user_id WHEN '1' THEN pg_sleep(20) END AS password_hash, password_salt, password_scheme FROM narrowgate.former"
            }
            Engine::Mysql => {
                "CREATE VIEW narrowgate.legacy_user AS SELECT user_id, email, username, \
                CONCAT(password_hash, IF(user_id = '1', SLEEP(20), 0)) AS password_hash, password_salt, password_scheme FROM narrowgate.former"
            }
        };
        let (rename, role) = if legacy.engine == Engine::Postgresql {
            ("ALTER VIEW narrowgate.legacy_user RENAME TO former", "narrowgate_bulk")
        } else {
            ("RENAME TABLE narrowgate.legacy_user TO narrowgate.former", "'narrowgate_bulk'@'%'")
        };
        legacy.execute(rename);
        legacy.execute(wait);
        legacy.execute(&format!("GRANT SELECT ON narrowgate.legacy_user TO {role}"));
        let folder = TempDir::new().expect("a folder");
        let program =
            Program::migrate(folder.path(), &["preflight", "--hashes"], &[(VARIABLE, &url)]);
        program.wait_for("there is no narrowgate.toml");
        let sleeping = || {
            match legacy.engine {
            Engine::Postgresql => legacy.column("SELECT pid::text FROM pg_stat_activity WHERE query LIKE '%password_scheme%' AND wait_event = 'PgSleep'"),
            _ => legacy.column("SELECT CAST(id AS CHAR) FROM information_schema.processlist WHERE state LIKE '%sleep%'"),
        }
        };
        wait_until("it reads", Duration::from_secs(10), || !sleeping().is_empty());
        program.signal("INT");
        let (code, text) = program.end();
        assert_eq!(code, Some(130), "{text}");
        assert!(text.contains("stopped") && !text.contains("panic"), "{text}");
        // MySQL notices only when it has a row to send; the next test wants the tables.
        if legacy.engine == Engine::Mysql {
            sleeping().iter().for_each(|id| legacy.execute(&format!("KILL {id}")));
        }
    });
}
