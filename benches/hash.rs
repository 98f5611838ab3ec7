//! The bare hash function: how many bcrypt verifications this machine makes, one thread a core.
//!
//! `--make PASSWORD` prints a hash for the legacy table; `--seconds N` with `BENCH_HASH` and `BENCH_PASSWORD` measures.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::exit,
    clippy::pedantic,
    reason = "a measurement that cannot go on stops here"
)]

mod support;

use std::time::{Duration, Instant};

const COST: u32 = 10;

fn main() {
    if let Some(password) = support::option::<String>("--make") {
        println!("{}", bcrypt::hash(password, COST).expect("bcrypt hashes"));
        return;
    }
    let span = Duration::from_secs_f64(support::expect("--seconds"));
    let hash = std::env::var("BENCH_HASH").expect("BENCH_HASH is set");
    let password = std::env::var("BENCH_PASSWORD").expect("BENCH_PASSWORD is set");
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    // Each thread's rate is taken over its own time, so a verification cut off by the end costs nothing.
    let (count, rate) = std::thread::scope(|scope| {
        let workers: Vec<_> =
            (0..threads).map(|_| scope.spawn(|| verify_for(span, &password, &hash))).collect();
        workers
            .into_iter()
            .map(|worker| worker.join().expect("a thread ends well"))
            .fold((0, 0.0), |sum, one| (sum.0 + one.0, sum.1 + one.1))
    });
    println!("{}", serde_json::json!({ "count": count, "per_second": rate, "threads": threads }));
}

fn verify_for(span: Duration, password: &str, hash: &str) -> (u64, f64) {
    let start = Instant::now();
    let mut count = 0;
    while start.elapsed() < span {
        assert!(bcrypt::verify(password, hash).expect("a bcrypt hash"), "the password matches");
        count += 1;
    }
    (count, count as f64 / start.elapsed().as_secs_f64())
}
