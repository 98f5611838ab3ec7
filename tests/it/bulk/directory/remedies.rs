//! What is told of a directory that cannot be gone on with.

use crate::support::Migration;
use crate::support::disk::Disk;

/// A rehearsal goes on with none that it began.
#[test]
fn a_rehearsal_on_a_full_disk_says_how_to_begin_again() {
    let Some(disk) = Disk::new() else { return };
    let migration = Migration::of(60);
    let run = disk.path().join("run");
    let run = run.to_str().expect("UTF-8");
    let arguments = ["rehearse", "--run", run, "--progress", "none"];
    disk.fill();
    let (code, text) = migration.command(&arguments);
    assert_eq!(code, Some(3), "{text}");
    let remedy = format!("make room, then remove {run} and rehearse again");
    assert!(text.contains(&remedy) && !text.contains("same command"), "{text}");
    disk.free();
    std::fs::remove_dir_all(run).ok();
    assert_eq!(migration.command(&arguments).0, Some(0));
}

/// Nobody else's is gone on with, not even by root: its owner could not open what root writes there.
#[test]
fn a_run_of_another_account_names_the_account() {
    let migration = Migration::of(5);
    assert_eq!(migration.import(&[]).0, Some(0));
    let run = migration.run_directory();
    if std::os::unix::fs::chown(&run, Some(54_321), None).is_err() {
        eprintln!("left out: a directory of another account, which root alone can make");
        return;
    }
    let before = migration.file("journal.ndjson");
    for (code, text) in [migration.import(&[]), migration.verify(&["--execute"])] {
        assert_eq!((code, text.lines().count()), (Some(2), 1), "{text}");
        assert!(text.contains("uid 54321") && text.contains("run the command as"), "{text}");
        assert!(!text.contains("name a directory"), "{text}");
    }
    assert_eq!(migration.file("journal.ndjson"), before);
}
