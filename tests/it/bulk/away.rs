//! A legacy database or a tenant that is away or in trouble for a while, in the middle of a run.

use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};

use crate::support::{Migration, wait_until};

/// A writer that was killed leaves its journal, which a reader cannot roll back.
#[test]
fn a_transaction_of_somebody_who_was_killed_is_told_as_such() {
    let migration = Migration::of(3);
    migration.with_marker();
    assert_eq!(migration.import(&[]).0, Some(0));
    let file = file(&migration);
    let journal = leave_a_hot_journal(&file);
    for command in [
        &["import", "--run", "again", "--execute", "--progress", "none"][..],
        &["verify", "--run", "run", "--progress", "none"],
        &["preflight", "--quiet"],
        &["report", "--quiet", "--out", "-"],
        &["export", "--quiet", "--out", "files"],
    ] {
        let (code, text) = migration.command(command);
        assert_eq!(code, Some(1), "{command:?}: {text}");
        assert!(text.contains("PRAGMA user_version") && !text.contains("check the URL"), "{text}");
        assert!(journal.exists(), "a reader changes nothing");
    }
    // Who may set marks may roll back.
    let (code, text) = migration.verify(&["--execute"]);
    assert_eq!((code, text.lines().last()), (Some(0), Some("3 of 3 are there")), "{text}");
    assert!(!journal.exists());
}

fn file(migration: &Migration) -> std::path::PathBuf {
    migration.legacy.url().trim_start_matches("sqlite://").into()
}

/// A connection that lets nobody else read until it rolls back.
fn locked(migration: &Migration) -> SqliteConnection {
    let file = file(migration);
    let mut on = SqliteConnection::establish(file.to_str().expect("a path")).expect("opened");
    on.batch_execute("BEGIN EXCLUSIVE").expect("locked");
    on
}

/// As a process leaves it that is killed while it writes a file.
fn leave_a_hot_journal(file: &std::path::Path) -> std::path::PathBuf {
    let beside = |suffix: &str| {
        let mut name = file.as_os_str().to_owned();
        name.push(suffix);
        std::path::PathBuf::from(name)
    };
    let url = file.to_str().expect("a path");
    let mut on = SqliteConnection::establish(url).expect("opened");
    // So small a cache spills into the file before the transaction is at its end.
    on.batch_execute(
        "PRAGMA cache_size = 1; BEGIN; UPDATE customer SET full_name = hex(randomblob(20000)); \
         UPDATE customer SET first_name = hex(randomblob(60))",
    )
    .expect("written");
    let copies = ["", "-journal"].map(|name| std::fs::read(beside(name)).expect("a copy"));
    drop(on);
    for (name, copy) in ["", "-journal"].into_iter().zip(copies) {
        std::fs::write(beside(name), copy).expect("restored");
    }
    beside("-journal")
}

#[test]
fn a_file_that_is_locked_is_waited_for() {
    let migration = Migration::of(3);
    let mut on = locked(&migration);
    let (code, text) = migration.command(&["report", "--quiet", "--out", "-"]);
    assert_eq!((code, text.lines().count()), (Some(1), 1), "{text}");
    assert!(text.contains("cannot reach the database") && text.contains("is busy"), "{text}");
    let program = migration.start(&["import", "--run", "run", "--execute", "--progress", "none"]);
    program.wait_for("it is tried for about five minutes");
    on.batch_execute("ROLLBACK").unwrap();
    let (code, text) = program.end_within(Duration::from_secs(60));
    assert_eq!(code, Some(0), "{text}");
}

/// The end of the view is asked for when everybody was read.
#[test]
fn a_database_that_is_away_in_the_middle_of_a_run_is_waited_for() {
    let migration = Migration::of(60);
    migration.tenant.state().job_time = Duration::from_secs(600);
    let program = migration.start(&["import", "--run", "run", "--execute", "--progress", "none"]);
    let begun = || migration.tenant.state().accepted.len() >= 2;
    wait_until("two jobs are begun", Duration::from_secs(60), begun);
    let mut on = locked(&migration);
    migration.tenant.state().job_time = Duration::ZERO;
    let all = || migration.tenant.ids().len() == 60;
    wait_until("everybody is in", Duration::from_secs(60), all);
    // A reader gives up after five seconds.
    std::thread::sleep(Duration::from_secs(7));
    on.batch_execute("ROLLBACK").unwrap();
    let (code, text) = program.end_within(Duration::from_secs(60));
    assert_eq!(code, Some(0), "{text}");
    migration.assert_balanced(60);
}

/// So does a page that stands before the whole tenant for a while, also one of a proxy that wants a password.
#[test]
fn a_page_with_401_is_waited_out() {
    let migration = Migration::of(5);
    migration.tenant.state().job_time = Duration::from_secs(600);
    let program = migration.start(&["import", "--run", "run", "--execute", "--progress", "none"]);
    let begun = || !migration.tenant.state().accepted.is_empty();
    wait_until("a job is begun", Duration::from_secs(60), begun);
    migration.tenant.state().page = Some((401, "<html>canary</html>".to_owned()));
    std::thread::sleep(Duration::from_secs(3));
    migration.tenant.state().job_time = Duration::ZERO;
    migration.tenant.state().page = None;
    let (code, text) = program.end_within(Duration::from_secs(120));
    assert_eq!(code, Some(0), "{text}");
    migration.assert_balanced(5);
}

/// A page in the place of a new token passes; only the tenant's own words end a run.
#[test]
fn a_page_in_the_place_of_a_new_token_is_waited_out() {
    for (status, page) in
        [(404, "<html>gone</html>"), (403, "<html>no</html>"), (302, ""), (200, "<html>in</html>")]
    {
        let migration = Migration::of(5);
        migration.tenant.state().token_pages.extend([None, Some((status, page.to_owned()))]);
        migration.tenant.state().expire_tokens = 2;
        let (code, text) = migration.import(&[]);
        assert_eq!(code, Some(0), "{status}: {text}");
        migration.assert_balanced(5);
        assert_eq!(migration.tenant.requests("POST", "/oauth/token"), 3, "{status}");
    }
}
