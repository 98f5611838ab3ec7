//! How fast rows are judged: read, checked against the caps, translated and counted, on one core.
//!
//! `cargo bench --bench census` prints rows a second for each file of published vectors and for
//! all of them mixed; the target is 200,000.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::pedantic,
    reason = "a measurement that cannot go on stops here"
)]

use std::time::{Duration, Instant};

use narrowgate::config::default_passwords;
use narrowgate::database::{Names, PasswordRow, StoredPassword};
use narrowgate::preflight::Census;
use serde_json::Value;
use zeroize::Zeroizing;

const TARGET: f64 = 200_000.0;
const SPAN: Duration = Duration::from_secs(2);

fn main() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/hashes");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .expect("the fixtures")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "jsonl"))
        .collect();
    files.sort();
    let mut mixed = vec![];
    for file in files {
        let text = std::fs::read_to_string(&file).expect("vectors");
        let lines: Vec<Value> =
            text.lines().map(|line| serde_json::from_str(line).expect("a vector")).collect();
        let name = file.file_stem().expect("a name").to_string_lossy().into_owned();
        measure(&name, &lines.iter().map(row).collect::<Vec<_>>());
        mixed.extend(lines);
    }
    let rate = measure("all of them", &mixed.iter().map(row).collect::<Vec<_>>());
    println!("{}", if rate >= TARGET { "PASS" } else { "BELOW TARGET" });
}

fn row(vector: &Value) -> PasswordRow {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let columns = &vector["columns"];
    let hash = Zeroizing::new(text(&vector["hash"]).expect("a hash"));
    let salt = text(&columns["salt"]).map(Zeroizing::new);
    let password = StoredPassword { hash, salt, scheme: text(&columns["recipe"]) };
    let username = text(&columns["user"]).or(Some("ada".to_owned()));
    PasswordRow::Stored(password, Names { username, email: Some("ada@example.com".to_owned()) })
}

fn measure(name: &str, rows: &[PasswordRow]) -> f64 {
    let Ok(settings) = default_passwords() else { panic!("the defaults are valid") };
    let mut census = Census::new(settings);
    let start = Instant::now();
    while start.elapsed() < SPAN {
        rows.iter().for_each(|row| drop(census.count(row)));
    }
    let rate = census.users() as f64 / start.elapsed().as_secs_f64();
    let kinds = census.report().kinds.len();
    println!("{name:<24} {rate:>12.0} rows a second   {:>6} rows, {kinds} kinds", rows.len());
    rate
}
