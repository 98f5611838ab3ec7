//! Rows that would fill the memory.

use std::process::Command;

use super::expect_invalid;
use crate::support::sample::World;
use crate::support::{Legacy, peak_kib};

/// A hundred megabytes in one row of a file: refused before they are read.
#[test]
fn a_huge_value_is_not_read_into_memory() {
    let world = World::on(Legacy::sqlite());
    let file = world.legacy.url().strip_prefix("sqlite://").expect("a file");
    // By SQLite's own program: the library that is built in refuses to write it.
    let huge = "UPDATE customer SET full_name = hex(zeroblob(50000000)) WHERE id = 1";
    let wrote = Command::new("sqlite3").args([file, huge]).status();
    assert!(wrote.expect("sqlite3 is installed").success());
    world.get_user("grace").expect(200, "");
    let before = peak_kib(world.gate.pid());
    expect_invalid(&world, "100 MB", "");
    world.mark_named("1", "ada").expect(500, "invalid_user_record");
    let grown = peak_kib(world.gate.pid()) - before;
    assert!(grown < 32 * 1024, "memory grew by {grown} KiB");
    assert_eq!(world.legacy.marks(), Vec::<String>::new());
    world.gate.assert_sound();
}
