//! SQLite: no server that could be away, but a file that can be locked, read-only, full, broken or
//! gone.

use std::fs;
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sqlite::SqliteConnection;

use super::{
    RECOVERY, SHORT, await_recovery, expect_no_panic, expect_unavailable, promptly, questions,
    ready, without_deadlines,
};
use crate::support::disk::Disk;
use crate::support::sample::{PASSWORD, World};
use crate::support::wire::connect;
use crate::support::{Gate, Issuer, Legacy, Request, wait_until};

fn path(legacy: &Legacy) -> PathBuf {
    legacy.url().strip_prefix("sqlite://").expect("a file").into()
}

fn world(legacy: Legacy) -> World {
    World::with(legacy, |gate| without_deadlines(gate).config("database.statement_timeout", SHORT))
}

/// Another program's connection, in the middle of this.
fn busy_with(legacy: &Legacy, statement: &str) -> SqliteConnection {
    let file = path(legacy).to_string_lossy().into_owned();
    let mut other = SqliteConnection::establish(&file).expect("the file opens");
    other.batch_execute(statement).expect("the lock");
    other
}

#[track_caller]
fn expect_all_unavailable(world: &World) {
    for (endpoint, answer) in questions(world) {
        println!("{endpoint}");
        expect_unavailable(&answer);
    }
}

#[test]
fn a_locked_file_is_unavailable_until_the_lock_goes() {
    let world = world(Legacy::sqlite());
    let lock = busy_with(&world.legacy, "BEGIN EXCLUSIVE");
    expect_all_unavailable(&world);
    drop(lock);
    await_recovery(&world);
    assert_eq!(world.legacy.marks(), Vec::<String>::new());
    promptly(|| world.mark("1")).expect(200, "");
    world.gate.assert_sound();
}

/// Another program writes: reading goes on, marks wait, and then are told to come again.
#[test]
fn a_file_that_is_written_to_serves_logins() {
    let world = world(Legacy::sqlite());
    let writer = busy_with(&world.legacy, "BEGIN IMMEDIATE");
    promptly(|| world.login("ada", PASSWORD)).expect(200, "");
    expect_unavailable(&promptly(|| world.mark("1")));
    thread::scope(|scope| {
        let waiting = scope.spawn(|| world.mark("1"));
        drop(writer);
        waiting.join().expect("an answer").expect(200, "");
    });
    assert_eq!(world.legacy.marks(), ["1"]);
}

#[test]
fn a_file_that_is_locked_at_the_start() {
    let (issuer, legacy) = (Issuer::start(), Legacy::sqlite());
    let lock = busy_with(&legacy, "BEGIN EXCLUSIVE");
    let gate = Gate::builder(&issuer, &legacy).config("management.bind", "127.0.0.1:0").start();
    assert_eq!(gate.manage("/ready").status, 503);
    drop(lock);
    wait_until("ready", RECOVERY, || gate.manage("/ready").status == 200);
}

/// A legacy application may keep its file in WAL mode.
#[test]
fn a_file_in_wal_mode_is_served_while_it_is_written_to() {
    let legacy = Legacy::sqlite();
    legacy.execute("PRAGMA journal_mode = WAL");
    let world = world(legacy);
    let writer = busy_with(&world.legacy, "BEGIN IMMEDIATE");
    promptly(|| world.login("ada", PASSWORD)).expect(200, "");
    expect_unavailable(&promptly(|| world.mark("1")));
    drop(writer);
    promptly(|| world.mark("1")).expect(200, "");
    assert_eq!(world.legacy.marks(), ["1"]);
}

/// A copy of the sample file, on a disk that can become read-only or full.
fn on(disk: &Disk) -> Legacy {
    let legacy = Legacy::sqlite();
    fs::copy(path(&legacy), disk.path().join("legacy.db")).expect("copied");
    legacy
}

fn world_on(disk: &Disk, legacy: Legacy) -> World {
    let url = format!("sqlite://{}", disk.path().join("legacy.db").display());
    World::with(legacy, |gate| gate.config("database.url", url))
}

fn expect_marks_alone_to_fail(world: &World) {
    for _ in 0..2 {
        expect_unavailable(&promptly(|| world.mark("1")));
        promptly(|| world.login("ada", PASSWORD)).expect(200, "");
        promptly(|| world.get_user("ada")).expect(200, "");
        assert_eq!(ready(world), 200);
    }
}

#[test]
fn a_file_that_can_only_be_read_serves_logins() {
    let Some(disk) = Disk::new().or_else(Disk::in_folder) else { return };
    let legacy = on(&disk);
    disk.read_only(true);
    let world = world_on(&disk, legacy);
    expect_marks_alone_to_fail(&world);
    disk.read_only(false);
    wait_until("marks are possible again", RECOVERY, || world.mark("1").status == 200);
    expect_no_panic(&world);
}

#[test]
fn a_full_disk_serves_logins() {
    let Some(disk) = Disk::new() else { return };
    let world = world_on(&disk, on(&disk));
    disk.fill();
    expect_marks_alone_to_fail(&world);
    disk.free();
    promptly(|| world.mark("1")).expect(200, "");
    expect_no_panic(&world);
}

/// Overwrites the file in place, as a bad disk or a bad tool would.
fn overwrite(file: &Path, bytes: &[u8]) {
    let file = fs::OpenOptions::new().write(true).open(file).expect("the file opens");
    file.set_len(bytes.len() as u64).expect("resized");
    file.write_all_at(bytes, 0).expect("written");
}

#[test]
fn a_corrupt_file_is_unavailable_and_never_empty() {
    let world = world(Legacy::sqlite());
    await_recovery(&world);
    let file = path(&world.legacy);
    let good = fs::read(&file).expect("the file");
    let mut scribbled = good.clone();
    // The counter of changes among it, so that nobody trusts what is in memory.
    scribbled[16..].iter_mut().for_each(|byte| *byte ^= 0x55);
    for bad in [&scribbled[..], b"", &[0; 65_536], b"not a database, whatever the name says"] {
        overwrite(&file, bad);
        expect_all_unavailable(&world);
    }
    overwrite(&file, &good);
    await_recovery(&world);
    world.gate.assert_sound();
}

/// What is open can still be read; but a mark on a file that is gone would be lost.
#[test]
fn a_file_that_is_gone_takes_no_marks() {
    let world = world(Legacy::sqlite());
    await_recovery(&world);
    fs::remove_file(path(&world.legacy)).expect("removed");
    for _ in 0..3 {
        expect_unavailable(&promptly(|| world.mark("1")));
        let answer = promptly(|| world.get_user("ada"));
        if answer.status != 200 {
            expect_unavailable(&answer);
        }
    }
    world.gate.assert_sound();
}

/// Callers that hang up while their question waits for the lock.
#[test]
fn clients_that_go_while_the_file_is_locked() {
    let world = World::with(Legacy::sqlite(), without_deadlines);
    let lock = busy_with(&world.legacy, "BEGIN EXCLUSIVE");
    let body = r#"{"identifier":"ada"}"#;
    let request = Request::post("/get_user", body).bearer(&world.token).bytes();
    for _ in 0..12 {
        let mut stream = connect(world.gate.address).expect("a connection");
        stream.write_all(&request).expect("the request is taken");
        thread::sleep(Duration::from_millis(50));
    }
    drop(lock);
    await_recovery(&world);
    expect_no_panic(&world);
}

/// A path that hangs when it is opened, as on a network drive that went away; here it is a pipe.
#[test]
fn connect_timeout_ends_the_wait_for_a_file_that_does_not_open() {
    let world = World::with(Legacy::sqlite(), |gate| {
        without_deadlines(gate).config("database.connect_timeout", SHORT)
    });
    let (file, aside) = (path(&world.legacy), path(&world.legacy).with_extension("aside"));
    fs::rename(&file, &aside).expect("renamed");
    let made = Command::new("mkfifo").arg(&file).status().expect("mkfifo runs");
    assert!(made.success());
    for _ in 0..2 {
        expect_unavailable(&promptly(|| world.get_user("ada")));
    }
    // Whoever opens the other end lets the first one go on.
    drop(fs::OpenOptions::new().read(true).write(true).open(&file).expect("the pipe opens"));
    fs::remove_file(&file).expect("removed");
    fs::rename(&aside, &file).expect("renamed");
    await_recovery(&world);
    expect_no_panic(&world);
}

/// The statement itself cannot be stopped in a file; the caller is answered all the same.
#[test]
fn statement_timeout_ends_the_wait_for_a_slow_view() {
    let legacy = Legacy::sqlite();
    legacy.execute(
        r#"DROP VIEW get_user;
           CREATE VIEW get_user AS
           SELECT 'ada' AS identifier, '{"user_id":"1","username":"ada"}' AS answer UNION ALL
           SELECT 'slow', (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n
                                                   LIMIT 200000000) SELECT max(i) FROM n)"#,
    );
    let world = world(legacy);
    expect_unavailable(&promptly(|| world.get_user("slow")));
    promptly(|| world.get_user("ada")).expect(200, "");
    expect_no_panic(&world);
}
