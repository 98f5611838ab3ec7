//! A view that breaks the contract by the ids that it gives: twice, none, what is no text, or what is too long.

use std::time::Duration;

use crate::support::{Engine, Legacy, Migration, wait_until};

const ID: &str = "CAST(c.id AS TEXT) AS user_id";
const FROM: &str = "FROM customer AS c";
const EMAIL: &str = "CAST(c.email AS TEXT) AS email";
const USERNAME: &str = "CAST(c.login AS TEXT) AS username";

/// The second row of user 2 stands before those of all users, with an address of its own.
#[test]
fn a_chunk_that_is_read_again_loses_nobody() {
    let migration = Migration::of(5);
    migration.tenant.state().refuse = Some((402, "quota_exceeded", "Refused."));
    assert_eq!(migration.import(&[]).0, Some(1));
    migration.tenant.state().refuse = None;
    let twice = "FROM (SELECT 1 AS n UNION ALL SELECT 2) AS it CROSS JOIN customer AS c ON it.n = 2 OR c.id = 2";
    let other = "CAST(CASE it.n WHEN 1 THEN 'other' ELSE '' END || c.email AS TEXT) AS email";
    let username = "CASE it.n WHEN 2 THEN c.login END AS username";
    migration.change_view(&[(FROM, twice), (EMAIL, other), (USERNAME, username)]);
    let (code, text) = migration.import(&[]);
    assert_eq!(code, Some(0), "{text}");
    assert_eq!(migration.tenant.ids().len(), 5, "{:?}", migration.tenant.ids());
    migration.assert_balanced(5);
}

/// Which of the two rows is theirs nobody knows.
#[test]
fn who_is_held_back_is_not_sent_by_a_second_row() {
    let migration = Migration::of(6);
    let twice =
        "FROM customer AS c JOIN (SELECT 1 AS n UNION ALL SELECT 2) AS it ON it.n = 1 OR c.id = 3";
    let none = "CASE WHEN c.id = 3 AND it.n = 1 THEN NULL ELSE c.email END AS email";
    migration.change_view(&[(FROM, twice), (EMAIL, none)]);
    assert_eq!(migration.import(&[]).0, Some(10));
    assert_eq!(migration.tenant.ids().len(), 5);
    let (code, _) = migration.command(&["export", "--out", "files", "--quiet"]);
    assert_eq!(code, Some(10));
    let exported = migration.folder.path().join("files/held.ndjson");
    for held in [migration.file("held.ndjson"), std::fs::read_to_string(exported).unwrap()] {
        let lines: Vec<&str> = held.lines().collect();
        assert_eq!(lines.len(), 2, "{held}");
        assert!(lines.iter().all(|line| line.contains("\"user_id\":\"3\"")), "{held}");
        assert!(lines.iter().any(|line| line.contains("repeated_user_id")), "{held}");
    }
}

/// The second rows come behind all of the first.
#[test]
fn a_canary_is_picked_once() {
    let migration = Migration::of(4);
    let twice =
        "FROM (SELECT 1 AS n UNION ALL SELECT 2) AS it CROSS JOIN customer AS c ON it.n > 0";
    let other = "CAST(CASE it.n WHEN 2 THEN 'other' ELSE '' END || c.email AS TEXT) AS email";
    let username = "CASE it.n WHEN 1 THEN c.login END AS username";
    migration.change_view(&[(FROM, twice), (EMAIL, other), (USERNAME, username)]);
    let (_, text) = migration.import(&["--canary", "10"]);
    let status = migration.status();
    assert_eq!((&status["planned"], &status["inserted"]), (&4.into(), &4.into()), "{text}");
}

/// More of them than are written down at once.
#[test]
fn whoever_has_no_id_is_told_of_once_each() {
    let migration = Migration::of(10_012);
    migration.change_view(&[(ID, "CASE WHEN c.id < 6 THEN CAST(c.id AS TEXT) END AS user_id")]);
    assert_eq!(migration.import(&[]).0, Some(10));
    let held = migration.file("held.ndjson");
    let nobody = "{\"user_id\":null,\"reason\":\"no_user_id\"}";
    assert_eq!(held.lines().filter(|line| *line == nobody).count(), 10_007);
    assert_eq!(held.lines().count(), 10_007);
    let status = migration.status();
    assert_eq!((&status["planned"], &status["held"]), (&10_012.into(), &10_007.into()));
    assert_eq!(status["done"], true, "{status:#}");
}

#[test]
fn ids_that_are_no_text_end_the_import_where_they_fill_a_page() {
    let bytes = [(
        ID,
        "CASE WHEN c.id < 6 THEN CAST(c.id AS TEXT) ELSE CAST(x'ff' || c.id AS TEXT) END AS user_id",
    )];
    let migration = Migration::of(20);
    migration.change_view(&bytes);
    assert_eq!(migration.import(&[]).0, Some(10));
    assert_eq!(migration.status()["held"], 15);
    let migration = Migration::of(300);
    migration.change_view(&bytes);
    let (code, text) = migration.import(&[]);
    assert_eq!(code, Some(3), "{text}");
    assert!(text.contains("ids that are no text") && text.contains("user_id"), "{text}");
}

/// Such an id is equal to no mark, so nobody could be moved by it.
#[test]
fn numbers_and_bytes_are_no_ids() {
    for id in ["c.id", "CAST(c.id AS BLOB)"] {
        let migration = Migration::of(300);
        let some = format!("CASE WHEN c.id < 6 THEN CAST(c.id AS TEXT) ELSE {id} END AS user_id");
        migration.change_view(&[(ID, &some)]);
        for arguments in [&["--canary", "1"][..], &[]] {
            let (code, text) = migration.import(arguments);
            assert_eq!(code, Some(10), "{id}: {text}");
        }
        let status = migration.status();
        assert_eq!((&status["planned"], &status["held"]), (&300.into(), &295.into()), "{id}");
        assert_eq!((&status["inserted"], &status["done"]), (&5.into(), &true.into()), "{id}");
    }
}

/// So that the plan's number of rows and the users of the verification can be held against each other.
#[test]
fn a_verification_tells_of_rows_without_an_id_and_with_another_rows_id() {
    let migration = Migration::of(8);
    let twice =
        "FROM customer AS c JOIN (SELECT 1 AS n UNION ALL SELECT 2) AS it ON it.n = 1 OR c.id = 3";
    migration.change_view(&[
        (FROM, twice),
        (ID, "CASE WHEN c.id < 7 THEN CAST(c.id AS TEXT) END AS user_id"),
    ]);
    migration.set(1, "email = NULL");
    assert_eq!(migration.import(&[]).0, Some(10));
    assert_eq!(migration.file("held.ndjson").lines().count(), 4);
    let (code, text) = migration.verify(&[]);
    assert_eq!(code, Some(10), "{text}");
    for words in [
        "8  users of the legacy system",
        "1  more rows have an id that another row has",
        "3  missing",
        "3 of these were held back",
    ] {
        assert!(text.contains(words), "no {words:?}: {text}");
    }
    // Whose second row alone was held back was sent, and is missed.
    migration.tenant.remove("3");
    let (_, text) = migration.verify(&[]);
    assert!(text.contains("4  missing") && text.contains("3 of these were held back"), "{text}");
}

/// Rows without an id to go on behind are noted together with an id that stands behind them.
#[test]
fn rows_with_an_id_that_is_no_text_are_held_once_where_the_run_goes_on() {
    let bulk = "requests_per_second = 100\nmax_users_per_file = 10\nslots = 1";
    // They stand behind the second file, which is made while the first has the slot; and somebody
    // stands behind them, or nobody.
    for (users, bad) in [(32, [31, 32]), (22, [21, 22])] {
        let migration = Migration::with(Legacy::sqlite(), users, bulk);
        let [first, second] = bad;
        let id = format!(
            "CAST(CASE c.id WHEN {first} THEN '20' || x'fe' WHEN {second} THEN '20' || x'ff' \
             ELSE printf('%02d', c.id) END AS TEXT) AS user_id"
        );
        migration.change_view(&[(ID, &id)]);
        migration.tenant.state().job_time = Duration::from_secs(600);
        let program =
            migration.start(&["import", "--run", "run", "--execute", "--progress", "none"]);
        wait_until("two files are made", Duration::from_secs(60), || {
            migration.file("journal.ndjson").matches("\"event\":\"planned\"").count() == 2
        });
        program.signal("KILL");
        program.end();
        migration.tenant.state().job_time = Duration::ZERO;
        assert_eq!(migration.import(&[]).0, Some(10));
        assert_eq!(migration.file("held.ndjson").lines().count(), 2, "{users}");
        let status = migration.status();
        let due = (&users.into(), &true.into());
        assert_eq!((&status["planned"], &status["done"]), due, "{status:#}");
    }
}

/// One of them, before the last user of a page.
#[test]
fn an_id_that_is_no_text_ends_no_import_wherever_it_stands() {
    let migration = Migration::of(300);
    let id = "CAST(CASE c.id WHEN 99 THEN '098' || x'ff' ELSE printf('%03d', c.id) END AS TEXT) AS user_id";
    migration.change_view(&[(ID, id)]);
    let (code, text) = migration.import(&[]);
    assert_eq!(code, Some(10), "{text}");
    let status = migration.status();
    assert_eq!((&status["inserted"], &status["held"]), (&299.into(), &1.into()), "{status:#}");
}

/// Nobody can be sent by such an id, and yet it is somebody's.
#[test]
fn whose_id_is_too_long_is_missing_and_not_forgotten() {
    Legacy::each(|legacy| {
        let migration = Migration::with(legacy, 3, "requests_per_second = 100");
        give_a_long_id(&migration);
        assert_eq!(migration.import(&[]).0, Some(10));
        let second = ["verify", "--run", "second", "--progress", "none"];
        let (code, text) = migration.command(&second);
        assert_eq!((code, text.lines().last()), (Some(10), Some("2 of 3 are there")), "{text}");
    });
}

/// To the user of the id 2.
fn give_a_long_id(migration: &Migration) {
    let long =
        |other: &str| format!("CASE c.id WHEN 2 THEN '{}' ELSE {other} END", "x".repeat(300));
    match migration.legacy.engine {
        Engine::Sqlite => {
            let id = long("CAST(c.id AS TEXT)") + " AS user_id";
            migration.change_view(&[(ID, &id)]);
        }
        Engine::Postgresql => migration.legacy.execute(&format!(
            "DO $$BEGIN EXECUTE 'CREATE OR REPLACE VIEW narrowgate.legacy_user AS ' || regexp_replace(
               pg_get_viewdef('narrowgate.legacy_user'), '[^ ]+ AS user_id', $long${} AS user_id$long$);
             END$$",
            long("c.id::text")
        )),
        Engine::Mysql => {
            let view = migration.legacy.column(
                "SELECT view_definition FROM information_schema.views \
                 WHERE table_schema = 'narrowgate' AND table_name = 'legacy_user'",
            );
            let view = view.concat();
            let (_, behind) = view.split_once(" AS `user_id`").expect("a column");
            let id = long("CAST(c.id AS CHAR(300) CHARACTER SET utf8mb4)");
            migration.legacy.execute(&format!(
                "CREATE OR REPLACE ALGORITHM = MERGE DEFINER = 'narrowgate_owner'@'localhost' \
                 SQL SECURITY DEFINER VIEW narrowgate.legacy_user AS \
                 SELECT {id} COLLATE utf8mb4_bin AS `user_id`{behind}"
            ));
        }
    }
}
