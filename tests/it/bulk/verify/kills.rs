//! `kill -9` and Ctrl-C at any instant of a verification, and two of them at once.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::sentence;
use crate::support::tenant::Random;
use crate::support::{Migration, signal, wait_until};

const USERS: u32 = 500;

#[test]
fn a_verification_that_is_killed_begins_anew_and_marks_nobody_else() {
    std::thread::scope(|scope| {
        for seed in 1..=6 {
            scope.spawn(move || run(seed));
        }
    });
}

fn run(seed: u64) {
    let mut random = Random(seed);
    let migration =
        Migration::with(crate::support::Legacy::sqlite(), USERS, "requests_per_second = 100");
    migration.with_marker();
    assert_eq!(migration.import(&[]).0, Some(0));
    // Ten are not to be marked.
    for id in 1..=10 {
        migration.tenant.change(&id.to_string(), "blocked", true.into());
    }
    for id in 11..=40 {
        migration.tenant.state().exports.late.push(format!("auth0|{id}"));
    }
    for _ in 0..3 {
        kill_once(&migration, &mut random);
        let leftovers: Vec<_> = std::fs::read_dir(migration.run_directory())
            .expect("a directory")
            .map(|entry| entry.expect("an entry").file_name().into_string().expect("a name"))
            .filter(|name| name.starts_with("sorting"))
            .collect();
        assert!(leftovers.len() <= 1, "seed {seed}: {leftovers:?}");
        let marks = migration.legacy.marks();
        assert!(marks.iter().all(|id| id.parse::<u32>().expect("a number") > 10), "seed {seed}");
    }
    migration.tenant.state().hook = None;
    let (code, text) = migration.verify(&["--execute"]);
    let due = "500 of 500 are there; 10 of them differ";
    assert_eq!((code, sentence(&text)), (Some(10), due), "seed {seed}: {text}");
    let marks = migration.legacy.marks();
    assert_eq!(marks.len(), USERS as usize - 10, "seed {seed}");
    assert_eq!(migration.status()["marked"], marks.len(), "seed {seed}: each is counted once");
}

/// Kills at a request that the tenant sees, or at a length of the journal: while marks are set.
fn kill_once(migration: &Migration, random: &mut Random) {
    migration.tenant.state().hook = None;
    let arguments = ["verify", "--run", "run", "--execute", "--progress", "none"];
    let mut program = migration.start(&arguments);
    let pid = program.pid();
    let begun = Instant::now();
    if random.below(2) == 0 {
        let seen = AtomicU64::new(random.below(40));
        migration.tenant.state().hook = Some(Box::new(move |_| {
            if seen.fetch_sub(1, Ordering::SeqCst) == 0 {
                signal(pid, "KILL");
            }
        }));
        while !program.is_over() && begun.elapsed() < Duration::from_secs(60) {
            std::thread::sleep(Duration::from_millis(2));
        }
        migration.tenant.state().hook = None;
    } else {
        let goal = migration.file("journal.ndjson").len() as u64 + 1 + random.below(4_000);
        let journal = migration.run_directory().join("journal.ndjson");
        while !program.is_over() && begun.elapsed() < Duration::from_secs(60) {
            if std::fs::metadata(&journal).map_or(0, |it| it.len()) >= goal {
                std::thread::sleep(Duration::from_millis(random.below(20)));
                signal(pid, "KILL");
                break;
            }
        }
    }
    drop(program);
}

#[test]
fn an_interruption_is_told_and_leaves_what_was_found_before() {
    let migration = Migration::of(10);
    migration.import(&[]);
    assert_eq!(migration.verify(&[]).0, Some(0));
    let before = migration.file("marks.sql");
    migration.tenant.state().exports.job_time = Duration::from_secs(60);
    let program = migration.start(&["verify", "--run", "run", "--progress", "json"]);
    program.wait_for("\"step\":\"export\"");
    // A second one is refused meanwhile.
    let (code, text) = migration.verify(&[]);
    assert_eq!(code, Some(2), "{text}");
    assert!(text.contains("another process is at work on it"), "{text}");
    program.signal("INT");
    let (code, text) = program.end();
    assert_eq!(code, Some(130), "{text}");
    assert!(text.contains("to go on: the same command"), "{text}");
    assert_eq!(migration.file("marks.sql"), before);
    migration.tenant.state().exports.job_time = Duration::ZERO;
    wait_until("the lock is free", Duration::from_secs(5), || migration.verify(&[]).0 == Some(0));
}
