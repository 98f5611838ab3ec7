//! The run directory: whose it is, what is in it, and what becomes of it when it is damaged.

mod remedies;

use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use crate::support::disk::Disk;
use crate::support::tenant::CONNECTION;
use crate::support::{Migration, wait_until};

fn mode(path: &std::path::Path) -> u32 {
    std::fs::metadata(path).expect("it is there").permissions().mode() & 0o777
}

#[test]
fn nobody_else_can_look_into_it() {
    let migration = Migration::of(10);
    migration.set(1, "email = NULL");
    migration.import(&[]);
    assert_eq!(mode(&migration.run_directory()), 0o700);
    let mut names = vec![];
    for entry in std::fs::read_dir(migration.run_directory()).expect("a directory") {
        let entry = entry.expect("an entry");
        assert_eq!(mode(&entry.path()), 0o600, "{entry:?}");
        names.push(entry.file_name().into_string().expect("a name"));
    }
    names.sort();
    assert_eq!(names, ["held.ndjson", "journal.ndjson", "lock", "quarantine.ndjson", "run.toml"]);
}

#[test]
fn a_torn_journal_goes_on_and_a_damaged_one_does_not() {
    let migration = Migration::of(15);
    migration.import(&[]);
    let whole = migration.file("journal.ndjson");
    let path = migration.run_directory().join("journal.ndjson");
    for length in (0..whole.len()).step_by(whole.len() / 5) {
        std::fs::write(&path, &whole[..length]).unwrap();
        std::fs::write(migration.run_directory().join("held.ndjson"), "{\"user_id\":\"1\",\"re")
            .unwrap();
        let (code, text) = migration.import(&[]);
        assert_eq!(code, Some(0), "cut at {length}: {text}");
        migration.assert_balanced(15);
    }
    let damaged = whole.replacen("\"event\":\"accepted\"", "\"event\":\"Accepted\"", 1);
    assert_ne!(damaged, whole);
    std::fs::write(&path, &damaged).unwrap();
    let posts = migration.tenant.requests("POST", "/api/v2/jobs/users-imports");
    for arguments in [&["status", "--run", "run"][..], &["import", "--run", "run", "--execute"]] {
        let (code, text) = migration.command(arguments);
        assert_eq!((code, text.lines().count()), (Some(3), 1), "{text}");
        assert!(text.contains("line") && text.contains("is damaged; restore the file"), "{text}");
    }
    assert_eq!(migration.tenant.requests("POST", "/api/v2/jobs/users-imports"), posts);
    // As the message says: a new directory, and who is there is recognised.
    std::fs::remove_dir_all(migration.run_directory()).unwrap();
    assert_eq!(migration.import(&[]).0, Some(0));
    assert_eq!(migration.status()["present"], 15);
}

#[test]
fn one_process_alone_works_on_it_and_status_looks_on() {
    let migration = Migration::of(10);
    migration.tenant.state().job_time = Duration::from_secs(3);
    let first = migration.start(&["import", "--run", "run", "--execute"]);
    wait_until("it is under way", Duration::from_secs(20), || {
        migration.file("journal.ndjson").contains("accepted")
    });
    let (code, text) = migration.import(&[]);
    assert_eq!(code, Some(2), "{text}");
    assert!(text.contains("another process is at work on it"), "{text}");
    let (code, text) = migration.command(&["status", "--run", "run"]);
    assert_eq!(code, Some(10), "{text}");
    assert!(text.contains("chunks open"), "{text}");
    assert_eq!(first.end().0, Some(0));
    migration.assert_balanced(10);
}

#[test]
fn what_is_not_this_run_is_refused() {
    let migration = Migration::of(10);
    migration.import(&[]);
    let run = migration.run_directory();
    let refused = |what: &str| {
        let (code, text) = migration.import(&[]);
        assert_eq!(code, Some(2), "{what}: {text}");
        assert!(text.contains(what) && text.lines().count() == 1, "{what}: {text}");
    };
    let binding = migration.file("run.toml");
    std::fs::write(run.join("run.toml"), binding.replace("127.0.0.1:", "another.example:"))
        .unwrap();
    refused("another tenant");
    std::fs::write(run.join("run.toml"), binding.replace("con_0123", "con_9999")).unwrap();
    refused("another connection");
    std::fs::write(run.join("run.toml"), binding.replace("sqlite://", "sqlite:///elsewhere"))
        .unwrap();
    refused("another database");
    std::fs::write(run.join("run.toml"), "format = 2").unwrap();
    refused("run.toml");
    std::fs::remove_file(run.join("run.toml")).unwrap();
    refused("a journal and no run.toml");
    std::fs::remove_dir_all(&run).unwrap();
    std::fs::write(&run, "a file").unwrap();
    refused("no directory");
    std::fs::remove_file(&run).unwrap();
    std::fs::create_dir(&run).unwrap();
    std::fs::write(run.join("thesis.txt"), "mine").unwrap();
    std::fs::set_permissions(&run, std::fs::Permissions::from_mode(0o700)).unwrap();
    refused("something else than a run");
    std::fs::set_permissions(&run, std::fs::Permissions::from_mode(0o755)).unwrap();
    refused("something else than a run");
    std::fs::write(run.join("lock"), "").unwrap();
    refused("others can look into it");
    assert_eq!(migration.tenant.requests("POST", "/api/v2/jobs/users-imports"), 2);
    let (code, text) = migration.command(&["import", "--run", "no/such/place", "--execute"]);
    assert_eq!(code, Some(2), "{text}");
    let (code, text) = migration.command(&["status", "--run", "no-such-run"]);
    assert_eq!(code, Some(2), "{text}");
}

#[test]
fn a_full_disk_ends_it_before_anything_more_is_sent() {
    let Some(disk) = Disk::new() else { return };
    let migration = Migration::of(60);
    let (run, report) = (disk.path().join("run"), disk.path().join("report.html"));
    let arguments =
        ["import", "--run", run.to_str().expect("UTF-8"), "--execute", "--progress", "none"];
    disk.fill();
    let of_report = ["report", "--quiet", "--out", report.to_str().expect("UTF-8")];
    for arguments in [&arguments[..], &of_report] {
        let (code, text) = migration.command(arguments);
        assert_eq!((code, text.lines().count()), (Some(3), 1), "{text}");
        assert!(text.contains("make room"), "{text}");
    }
    disk.free();
    assert!(
        std::fs::read_dir(disk.path())
            .expect("a folder")
            .all(|it| it.is_ok_and(|it| it.path() == run))
    );
    migration.tenant.state().job_time = Duration::from_millis(200);
    let program = migration.start(&arguments);
    wait_until("it is under way", Duration::from_secs(20), || migration.tenant.ids().len() >= 5);
    disk.fill();
    let (code, text) = program.end();
    assert_eq!(code, Some(3), "{text}");
    assert!(text.contains("cannot be written") && text.contains("make room"), "{text}");
    disk.free();
    migration.tenant.arrive("auth0|59", "user59@example.com", CONNECTION);
    let (code, text) = migration.command(&arguments);
    assert_eq!(code, Some(0), "{text}");
    assert_eq!(migration.tenant.ids().len(), 60);
    migration.tenant.assert_calm();
}

#[test]
fn a_read_only_place_is_told() {
    let Some(disk) = Disk::new().or_else(Disk::in_folder) else { return };
    let migration = Migration::of(5);
    disk.read_only(true);
    let run = disk.path().join("run");
    let arguments = ["import", "--run", run.to_str().expect("UTF-8"), "--execute"];
    let (code, text) = migration.command(&arguments);
    assert_eq!(code, Some(2), "{text}");
    assert!(migration.tenant.ids().is_empty());
    disk.read_only(false);
}

/// What is written to a directory that is not there any more is lost: nobody more is sent.
#[test]
fn a_directory_that_is_gone_ends_the_run() {
    let long = Duration::from_secs(600);
    let migration = Migration::of(40);
    migration.tenant.state().job_time = long;
    let program = migration.start(&["import", "--run", "run", "--execute", "--progress", "none"]);
    let begun = || migration.tenant.state().accepted.len() >= 2;
    wait_until("two jobs are begun", Duration::from_secs(60), begun);
    std::fs::rename(migration.run_directory(), migration.folder.path().join("moved")).unwrap();
    migration.tenant.state().job_time = Duration::ZERO;
    let (code, text) = program.end_within(Duration::from_secs(60));
    assert_eq!(code, Some(3), "{text}");
    assert!(text.contains("see that it is where it was") && !text.contains("make room"), "{text}");
    assert_eq!(migration.tenant.state().accepted.len(), 2);
    // As it says.
    std::fs::rename(migration.folder.path().join("moved"), migration.run_directory()).unwrap();
    assert_eq!(migration.import(&[]).0, Some(0));
    migration.assert_balanced(40);

    // Somebody else writes to the journal: the lock was removed.
    let migration = Migration::of(40);
    migration.tenant.state().job_time = long;
    let program = migration.start(&["import", "--run", "run", "--execute", "--progress", "none"]);
    let begun = || migration.tenant.state().accepted.len() >= 2;
    wait_until("two jobs are begun", Duration::from_secs(60), begun);
    let journal = migration.run_directory().join("journal.ndjson");
    let mut more = std::fs::File::options().append(true).open(journal).unwrap();
    std::io::Write::write_all(&mut more, b"{\"seq\":9}\n").unwrap();
    migration.tenant.state().job_time = Duration::ZERO;
    let (code, text) = program.end_within(Duration::from_secs(60));
    assert_eq!(code, Some(3), "{text}");
    assert!(text.contains("somebody else writes to it"), "{text}");

    // An editor puts another file in the place of a list.
    let migration = Migration::of(40);
    migration.legacy.execute("UPDATE customer SET email = NULL WHERE id > 30");
    migration.tenant.state().job_time = long;
    let program = migration.start(&["import", "--run", "run", "--execute", "--progress", "none"]);
    wait_until("two jobs are begun", Duration::from_secs(60), || {
        migration.tenant.state().accepted.len() >= 2
    });
    let list = migration.run_directory().join("held.ndjson");
    let copy = migration.run_directory().join("copy");
    std::fs::copy(&list, &copy).unwrap();
    std::fs::rename(&copy, &list).unwrap();
    migration.tenant.state().job_time = Duration::ZERO;
    let (code, text) = program.end_within(Duration::from_secs(60));
    assert_eq!(code, Some(3), "{text}");
    assert!(text.contains("held.ndjson was replaced"), "{text}");
    assert_eq!(migration.import(&[]).0, Some(10), "and the same command goes on");
    migration.assert_balanced(40);

    let migration = Migration::of(5);
    migration.import(&[]);
    migration.tenant.state().exports.job_time = long;
    let program = migration.start(&["verify", "--run", "run", "--progress", "none"]);
    let asked = || migration.tenant.requests("GET", "/api/v2/jobs/{id}") > 2;
    wait_until("it waits for the export", Duration::from_secs(60), asked);
    std::fs::remove_dir_all(migration.run_directory()).unwrap();
    migration.tenant.state().exports.job_time = Duration::ZERO;
    let (code, text) = program.end_within(Duration::from_secs(60));
    assert_eq!((code, text.lines().count()), (Some(3), 1), "{text}");
    assert!(text.contains("see that it is where it was") && !text.contains("make room"), "{text}");
}
