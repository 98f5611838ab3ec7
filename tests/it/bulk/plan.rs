//! Without `--execute`: everything is checked and counted, and nothing is sent or written.

use std::time::Duration;

use crate::support::tenant::CONNECTION;
use crate::support::{Legacy, Migration, wait_until};

#[test]
fn it_says_what_would_happen_and_sends_nothing() {
    Legacy::each(|legacy| {
        let migration =
            Migration::with(legacy, 30, "requests_per_second = 100\nmax_users_per_file = 10");
        migration.set(1, "email = NULL");
        migration.set(2, "email = NULL");
        migration.set(3, "email_confirmed = 'N'");
        migration.mark(4);
        for id in 5..=30 {
            migration.tenant.arrive(
                &format!("auth0|{id}"),
                &format!("user{id}@example.com"),
                CONNECTION,
            );
        }
        let (code, text) = migration.command(&["import", "--run", "run", "--progress", "none"]);
        assert_eq!(code, Some(10), "{text}");
        for words in [
            "29  users without a mark",
            "27  would be sent, in 3 files",
            "2    no_email",
            "27  bcrypt",
            "1 users have no verified address",
            "a production tenant",
            "users picked at random",
            "--list-held",
            "--execute",
        ] {
            assert!(text.contains(words), "no {words:?}: {text}");
        }
        assert!(!migration.run_directory().exists());
        assert_eq!(migration.tenant.requests("POST", "/api/v2/jobs/users-imports"), 0);
        let (code, text) = migration.command(&["import", "--run", "run", "--list-held"]);
        assert_eq!(code, Some(10), "{text}");
        let mut lines: Vec<&str> = text.lines().collect();
        lines.sort_unstable();
        let due = ["1", "2"].map(|id| format!("{{\"user_id\":\"{id}\",\"reason\":\"no_email\"}}"));
        assert_eq!(lines, due);
    });
}

#[test]
fn it_tells_the_time_by_what_the_run_has_seen() {
    let migration = Migration::of(20);
    migration.tenant.state().job_time = std::time::Duration::from_millis(100);
    migration.import(&[]);
    migration.add(21..=30);
    let (code, text) = migration.command(&["import", "--run", "run", "--progress", "none"]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("by the jobs of this run so far"), "{text}");
    assert!(text.contains("is done and sends nobody more"), "{text}");
    assert!(text.contains("--execute and a new --run directory"), "{text}");
}

/// Two things that are held back for the hash: each with the remedy that preflight tells.
#[test]
fn a_hash_that_is_held_back_has_the_remedy_of_its_cause() {
    let migration = Migration::of(4);
    migration
        .set(1, "password_hash = '$2b$31$XJ0.fOgda7DEdq55EOpDdO6MP9At1vsASFJUBPhs9jdBqz2UBe/L6'");
    migration.set(2, "password_hash = '$2b$10$XJ0.fOgda7DEdq55EOpDdO6MP9At1vsASFJ'");
    for command in [&["import", "--run", "run"][..], &["rehearse", "--run", "rehearsal"]] {
        let (code, text) = migration.command(&[command, &["--progress", "none"]].concat());
        assert_eq!(code, Some(10), "{text}");
        for words in [
            "parameters_over_cap: raise the cap in [passwords]",
            "malformed_hash: look whether the column",
        ] {
            assert!(text.contains(words), "no {words:?}: {text}");
        }
    }
}

#[test]
fn a_plan_that_is_stopped_says_so() {
    let migration = Migration::of(3);
    migration.tenant.state().faults.too_many = true;
    let program = migration.start(&["import", "--run", "run", "--progress", "none"]);
    let asked = || migration.tenant.requests("GET", "/api/v2/connections") > 0;
    wait_until("it is at work", Duration::from_secs(20), asked);
    program.signal("INT");
    let (code, text) = program.end();
    assert_eq!(
        (code, text.as_str()),
        (Some(130), "narrowgate-migrate: stopped; nothing was sent\n")
    );
}
