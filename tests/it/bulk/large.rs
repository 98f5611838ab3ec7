//! Memory: it depends neither on how large rows are nor on how many lines a run has.

use std::fmt::Write;
use std::time::Duration;

use crate::support::{Migration, peak_of};

/// More than a build for tests takes of itself, and far less than everybody together.
const MOST_KIB: u64 = 100 * 1024;

/// Runs a command: its exit code, what it printed, and the most memory that it had.
fn measured(migration: &Migration, arguments: &[&str]) -> (Option<i32>, String, u64) {
    let (mut program, mut most) = (migration.start(arguments), 0);
    while !program.is_over() {
        most = most.max(peak_of(program.pid()).unwrap_or_default());
        std::thread::sleep(Duration::from_millis(5));
    }
    let (code, text) = program.end();
    (code, text, most)
}

/// Pictures of 300 kB, as some applications keep them beside their users: more than anybody may send.
#[test]
fn large_rows_are_read_in_little_memory() {
    let migration = Migration::of(600);
    let picture = "hex(zeroblob(150000)) AS picture";
    migration.change_view(&[("CAST(c.avatar_url AS TEXT) AS picture", picture)]);
    for arguments in [
        &["preflight", "--quiet"][..],
        &["import", "--run", "run", "--progress", "none"],
        &["import", "--run", "run", "--execute", "--progress", "none"],
        &["export", "--out", "files", "--quiet"],
        &["verify", "--run", "other", "--look-ups", "0", "--progress", "none"],
    ] {
        let (code, text, most) = measured(&migration, arguments);
        assert_eq!(code, Some(10), "{arguments:?}: {text}");
        assert!((1..MOST_KIB).contains(&most), "{arguments:?} takes {most} KiB");
    }
    assert_eq!(migration.held().len(), 600);
}

/// A verification that found nobody has a line for everybody.
#[test]
fn a_long_list_of_differences_is_read_in_little_memory() {
    let migration = Migration::of(5);
    migration.import(&[]);
    migration.tenant.remove("5");
    assert_eq!(migration.verify(&[]).0, Some(10));
    let mut list = migration.file("differences.ndjson");
    for id in 0..1_000_000 {
        writeln!(list, "{{\"user_id\":\"somebody else {id:024}\",\"kind\":\"missing\"}}").unwrap();
    }
    std::fs::write(migration.run_directory().join("differences.ndjson"), list).unwrap();
    let arguments = ["report", "--quiet", "--out", "-", "--format", "json", "--run", "run"];
    let (code, text, most) = measured(&migration, &arguments);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("\"in_bulk\": 4"), "{text}");
    assert!((1..MOST_KIB).contains(&most), "{most} KiB");
}
