//! How fast users of import files are made: read, translated, checked and packed, on one core.
//!
//! `cargo bench --bench bulk` prints users a second for plain rows with bcrypt (the target is
//! 100,000) and for rows with metadata (50,000).
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::pedantic,
    reason = "a measurement that cannot go on stops here"
)]

use std::time::{Duration, Instant};

use narrowgate::bulk::{Builder, Hashing, Packer, Put, Rules};
use narrowgate::config::{Bulk, default_passwords};
use narrowgate::database::UserRow;

const SPAN: Duration = Duration::from_secs(3);
const HASH: &str = "$2b$10$XJ0.fOgda7DEdq55EOpDdO6MP9At1vsASFJUBPhs9jdBqz2UBe/L6";

fn main() {
    let plain = measure("bcrypt rows", 100_000.0, None);
    let rich = measure(
        "with metadata",
        50_000.0,
        Some((
            r#"{"theme":"dark","language":"en","newsletter":true}"#,
            r#"{"plan":"pro","roles":["editor","author"],"since":1700000000}"#,
        )),
    );
    println!("{}", if plain && rich { "PASS" } else { "BELOW TARGET" });
}

fn measure(name: &str, target: f64, metadata: Option<(&str, &str)>) -> bool {
    let rows: Vec<UserRow> = (0..10_000).map(|id| row(id, metadata)).collect();
    let Ok(settings) = default_passwords() else { panic!("the defaults are valid") };
    let builder = Builder::new(settings, Rules::default(), Hashing::Real);
    let mut packer = Packer::new(&Bulk::default());
    let (mut users, mut files, start) = (0_u64, 0_u64, Instant::now());
    while start.elapsed() < SPAN {
        for row in &rows {
            let Ok(record) = builder.build(row) else { panic!("a user that can be sent") };
            users += 1;
            if let Put::Full(record) = packer.put(record) {
                files += u64::from(packer.take().is_some());
                packer.put(*record);
            }
        }
        packer.take();
    }
    let rate = users as f64 / start.elapsed().as_secs_f64();
    println!("{name:<16} {rate:>10.0} users a second, {files} files");
    rate >= target
}

fn row(id: u32, metadata: Option<(&str, &str)>) -> UserRow {
    let bytes = |text: &str| Some(text.as_bytes().to_vec());
    let (email, username) = (format!("user{id}@example.com"), format!("user{id}"));
    UserRow::from((
        bytes(&id.to_string()),
        bytes(&email),
        bytes("true"),
        bytes(&username),
        None,
        None,
        bytes("Ada Lovelace"),
        None,
        None,
        None,
        None,
        metadata.and_then(|it| bytes(it.0)),
        metadata.and_then(|it| bytes(it.1)),
        bytes("false"),
        bytes(HASH),
        None,
        None,
        None,
    ))
}
