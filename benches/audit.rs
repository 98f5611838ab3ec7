//! What the audit chain costs a log line: the same lines with and without it, in turns, on one core.
//!
//! `cargo bench --bench audit` prints microseconds a line; the target is 1.
#![allow(clippy::pedantic, reason = "a measurement")]

use std::hint::black_box;
use std::time::Instant;

use narrowgate::audit::chain::Chain;

const LINE: &[u8] = br#"{"timestamp":"2026-01-01T00:00:00.000000Z","level":"INFO","message":"decision","request_id":"00000000-0000-4000-8000-000000000000","client_id":"BenchClient0000000000000000000001","endpoint":"/get_user","status":200,"code":"ok","identifier":"0123456789abcdef0123456789abcdef","trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","span_id":"00f067aa0ba902b7","elapsed_ms":1.234}
"#;
const LINES: u32 = 200_000;
const ROUNDS: usize = 9;

fn main() {
    let (mut chain, mut out, mut costs) = (Chain::default(), Vec::with_capacity(1024), vec![]);
    for _ in 0..ROUNDS {
        let mut times = [0.0; 2];
        for (chained, time) in times.iter_mut().enumerate() {
            let start = Instant::now();
            for _ in 0..LINES {
                out.clear();
                if chained == 1 {
                    chain.append(black_box(LINE), &mut out);
                } else {
                    out.extend_from_slice(black_box(LINE));
                }
                black_box(&out);
            }
            *time = start.elapsed().as_secs_f64() * 1e6 / f64::from(LINES);
        }
        let [plain, chained] = times;
        costs.push(chained - plain);
    }
    costs.sort_by(f64::total_cmp);
    let [least, middle, most] =
        [0, ROUNDS / 2, ROUNDS - 1].map(|at| costs.get(at).copied().unwrap_or(f64::NAN));
    println!(
        "the chain costs {middle:.2} us a line ({least:.2}-{most:.2}): {}",
        if middle <= 1.0 { "PASS" } else { "BELOW TARGET" }
    );
}
