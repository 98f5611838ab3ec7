//! `report --run`: everybody counts once, whoever set the mark, and however many runs there were.

mod ends;

use std::path::Path;

use serde_json::Value;

use crate::support::{Legacy, Migration};

#[track_caller]
fn report(migration: &Migration, runs: &[&str]) -> Value {
    let runs = runs.iter().flat_map(|run| ["--run", run]);
    let arguments = ["report", "--quiet", "--out", "-", "--format", "json"];
    let arguments: Vec<&str> = arguments.into_iter().chain(runs).collect();
    let (code, text) = migration.command(&arguments);
    assert_eq!(code, Some(0), "{text}");
    let told: Value = serde_json::from_str(&text).expect("JSON");
    let sum = |list: &str| -> u64 {
        told[list].as_array().unwrap().iter().map(|one| one["users"].as_u64().unwrap()).sum()
    };
    assert_eq!(told["left"], sum("groups"), "{text}");
    assert!(sum("left_out") <= sum("groups"), "{text}");
    let weeks = told["weeks"].as_array().unwrap();
    for way in ["by_login", "in_bulk"] {
        let all: u64 = weeks.iter().map(|week| week[way].as_u64().unwrap()).sum();
        assert_eq!(told[way], all, "{text}");
    }
    told
}

/// Users, by login, in bulk, left, and left out by the import.
fn numbers(told: &Value) -> [u64; 5] {
    let left_out = told["left_out"].as_array().unwrap().iter();
    let left_out = left_out.map(|one| one["users"].as_u64().unwrap()).sum();
    let number = |name: &str| told[name].as_u64().unwrap();
    [number("users"), number("by_login"), number("in_bulk"), number("left"), left_out]
}

#[test]
fn marks_of_any_hand_count_nobody_twice() {
    Legacy::each(|legacy| {
        let migration = Migration::with(legacy, 20, "requests_per_second = 100");
        migration.mark(20);
        migration.set(1, "email = NULL");
        migration.set(2, "nickname = 'poison'");
        migration.set(3, "nickname = 'poison'");
        assert_eq!(migration.import(&[]).0, Some(10));
        assert_eq!(numbers(&report(&migration, &["run"])), [20, 1, 16, 3, 3]);
        assert_eq!(numbers(&report(&migration, &[])), [20, 1, 0, 19, 0]);

        // The Action marks who logs in, moved in bulk or not; a user comes who was in no run.
        migration.mark(10);
        migration.mark(2);
        migration.add(21..=22);
        let told = report(&migration, &["run"]);
        assert_eq!(numbers(&told), [22, 2, 16, 4, 2], "{told:#}");

        // A DBA applies the script.
        migration.verify(&["--execute"]);
        migration.legacy.execute(&migration.file("marks.sql"));
        let told = report(&migration, &["run"]);
        assert_eq!(numbers(&told), [22, 2, 16, 4, 2], "{told:#}");
        assert!(told["headline"].as_str().unwrap().contains("81.8 %"), "{told:#}");
    });
}

#[test]
fn several_runs_are_added_up() {
    let migration = Migration::of(20);
    migration.with_marker();
    migration.set(1, "email = NULL");
    assert_eq!(migration.import(&[]).0, Some(10));
    migration.verify(&["--execute"]);
    migration.set(1, "email = 'mended@example.com'");
    migration.add(21..=25);
    let second = ["import", "--run", "second", "--execute", "--progress", "none"];
    assert_eq!(migration.command(&second).0, Some(0));
    for runs in [["run", "second"], ["second", "run"]] {
        let told = report(&migration, &runs);
        assert_eq!(numbers(&told), [25, 0, 25, 0, 0], "{told:#}");
    }
    assert_eq!(numbers(&report(&migration, &["run"])), [25, 0, 19, 6, 1]);
    assert_eq!(numbers(&report(&migration, &["second"])), [25, 19, 6, 0, 0]);
    // The same twice is the same once.
    assert_eq!(numbers(&report(&migration, &["run", "run"])), [25, 0, 19, 6, 1]);
}

/// A mark that is set between the two questions is of somebody whose row was read. A mark of bytes, which no
/// text is equal to, looks the same.
#[test]
fn who_is_marked_meanwhile_counts_once() {
    let migration = Migration::of(6);
    migration.mark(3);
    migration.mark(4);
    migration.legacy.execute(
        "PRAGMA ignore_check_constraints = ON;
         UPDATE migrated_user SET user_id = CAST('3' AS BLOB) WHERE user_id = '3'",
    );
    assert_eq!(numbers(&report(&migration, &[])), [6, 1, 0, 5, 0]);
    assert_eq!(migration.import(&[]).0, Some(0));
    assert_eq!(numbers(&report(&migration, &["run"])), [6, 1, 5, 0, 0]);
}

/// To a collation of the legacy database two ids may be equal; to the gate they are not.
#[test]
fn who_has_a_mark_is_what_the_gate_says() {
    let Some(legacy) = Legacy::postgresql() else { return };
    let migration = Migration::with(legacy, 3, "requests_per_second = 100");
    migration.legacy.execute(
        "CREATE COLLATION public.any_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
         DO $$DECLARE old text := pg_get_viewdef('narrowgate.legacy_user'); other text;
         BEGIN
           other := regexp_replace(old, '[^ ]+ AS user_id', '(CASE c.id WHEN 1 THEN ''ada'' WHEN 2 THEN ''ADA'' ELSE c.id::text END COLLATE public.any_case) AS user_id');
           IF other = old THEN RAISE 'the view has another form: %', old; END IF;
           DROP VIEW narrowgate.legacy_user CASCADE;
           EXECUTE 'CREATE VIEW narrowgate.legacy_user AS ' || other;
         END$$;
         GRANT SELECT ON narrowgate.legacy_user TO narrowgate_bulk;
         INSERT INTO narrowgate.migrated_user (user_id) VALUES ('ada')",
    );
    assert_eq!(numbers(&report(&migration, &[])), [3, 1, 0, 2, 0]);
    let (_, text) = migration.command(&["import", "--run", "run", "--progress", "none"]);
    assert!(text.contains("2 users"), "{text}");
}

/// A view that gives a user twice: one is sent, and the other row is held.
#[test]
fn two_rows_of_one_id_are_one_person() {
    let migration = Migration::of(6);
    let twice =
        "FROM customer AS c JOIN (SELECT 1 AS n UNION ALL SELECT 2) AS it ON it.n = 1 OR c.id > 4";
    migration.change_view(&[("FROM customer AS c", twice)]);
    assert_eq!(numbers(&report(&migration, &[])), [6, 0, 0, 6, 0]);
    assert_eq!(migration.import(&[]).0, Some(10));
    assert_eq!(migration.held().get("5").map(String::as_str), Some("repeated_user_id"));
    assert_eq!(numbers(&report(&migration, &["run"])), [6, 0, 6, 0, 0]);
    // Whoever was deleted since is not counted in the place of the second rows.
    migration.legacy.execute("DELETE FROM customer WHERE id < 3");
    assert_eq!(numbers(&report(&migration, &["run"])), [4, 0, 4, 0, 0]);
}

#[test]
fn who_was_left_out_is_not_proposed_again() {
    let migration = Migration::of(6);
    migration.set(6, "email = NULL");
    for id in 2..=5 {
        migration.set(id, "nickname = 'poison'");
    }
    let (_, text) = migration.import(&[]);
    let told = report(&migration, &["run"]);
    assert!(
        !told["sentences"].to_string().contains("then moves at most about"),
        "{text}\n{told:#}"
    );
    let needs: Vec<&str> =
        told["groups"].as_array().unwrap().iter().filter_map(|it| it["needs"].as_str()).collect();
    assert_eq!(needs, ["what the bulk run left them out for"], "{told:#}");
}

#[test]
fn a_list_that_is_not_what_the_journal_says_is_no_report() {
    let migration = Migration::of(8);
    migration.set(1, "email = NULL");
    migration.set(2, "email = NULL");
    migration.import(&[]);
    let file = migration.run_directory().join("held.ndjson");
    let whole = std::fs::read_to_string(&file).unwrap();
    type Damage<'a> = &'a dyn Fn(&Path);
    let damages: [(&str, Damage); 4] = [
        ("No such file", &|file| std::fs::remove_file(file).unwrap()),
        ("shorter than the journal says", &|file| std::fs::write(file, "").unwrap()),
        ("line 1 is damaged", &|file| {
            std::fs::write(file, whole.replace('{', "\u{feff}")).unwrap()
        }),
        ("line 1 is damaged", &|file| std::fs::write(file, [b'\xff'; 4096]).unwrap()),
    ];
    for (said, damage) in damages {
        damage(&file);
        for command in [
            &["report", "--quiet", "--out", "-", "--run", "run"][..],
            &["verify", "--run", "run", "--progress", "none"],
        ] {
            // `verify` opens the run for writing, which makes the list anew where it is missing.
            let (code, text) = migration.command(command);
            assert_eq!(code, Some(3), "{command:?}: {text}");
            let is_told = text.contains(said) || text.contains("shorter than the journal says");
            assert!(is_told && text.contains("held.ndjson"), "{command:?}: {text}");
        }
        std::fs::write(&file, &whole).unwrap();
    }
    // Lines of somebody who was killed before the journal knew of them.
    std::fs::write(&file, whole.clone() + "{\"user_id\":\"3\",\"reason\":\"no_email\"}\n").unwrap();
    assert_eq!(numbers(&report(&migration, &["run"])), [8, 0, 6, 2, 2]);
}

/// Its ids may be other people's.
#[test]
fn a_run_of_another_database_or_connection_is_refused() {
    let (ours, other) = (Migration::of(8), Migration::of(4));
    assert_eq!(other.import(&[]).0, Some(0));
    let foreign = other.run_directory().display().to_string();
    let told = |runs: &[&str], words: &str| {
        let runs = runs.iter().flat_map(|run| ["--run", run]);
        let arguments: Vec<&str> =
            ["report", "--quiet", "--out", "-"].into_iter().chain(runs).collect();
        let (code, text) = ours.command(&arguments);
        assert_eq!((code, text.lines().count()), (Some(2), 1), "{text}");
        assert!(text.contains(words) && text.contains("leave it out"), "{text}");
    };
    told(&[&foreign], "a run of another database");
    assert_eq!(ours.import(&[]).0, Some(0));
    told(&["run", &foreign], "a run of another database");
    // The same database, into another connection.
    ours.tenant.state().connection["id"] = "con_fedcba9876543210".into();
    let second = ["verify", "--run", "second", "--progress", "none"];
    ours.command(&second);
    told(&["run", "second"], "a run of another connection");
    assert_eq!(numbers(&report(&ours, &["run"])), [8, 0, 8, 0, 0]);
}

/// The verification knows better than the jobs.
#[test]
fn who_was_not_found_has_not_moved() {
    let migration = Migration::of(20);
    assert_eq!(migration.import(&[]).0, Some(0));
    (3..=20).for_each(|id| migration.tenant.remove(&id.to_string()));
    assert_eq!(migration.verify(&[]).0, Some(10));
    assert_eq!(migration.command(&["status", "--run", "run"]).0, Some(10));
    assert_eq!(numbers(&report(&migration, &["run"])), [20, 0, 2, 18, 0]);
    // A second run brings them.
    let second = ["import", "--run", "second", "--execute", "--progress", "none"];
    assert_eq!(migration.command(&second).0, Some(0));
    for runs in [["run", "second"], ["second", "run"]] {
        assert_eq!(numbers(&report(&migration, &runs)), [20, 0, 20, 0, 0]);
    }
    assert_eq!(migration.verify(&[]).0, Some(0));
    assert_eq!(migration.command(&["status", "--run", "run"]).0, Some(0));
    assert_eq!(numbers(&report(&migration, &["run"])), [20, 0, 20, 0, 0]);
}
