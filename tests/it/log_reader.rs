//! Whoever reads the log stops: answers go on, what is lost is counted, and the end is not waited for.

use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream;
use serde_json::json;

use crate::support::sample::World;
use crate::support::{Legacy, wait_until};

const LOST: &str = "narrowgate_log_lines_lost_total";
const PATIENCE: Duration = Duration::from_secs(20);

/// Asks until the gate says that lines are lost, and some more; gives the number of questions.
fn overflow(world: &World) -> u64 {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("a runtime");
    let body = json!({ "identifier": "nobody-of-this-name" });
    let (mut asked, lost) = (0, world.counter(LOST));
    for _ in 0..40 {
        let before = world.counter(LOST) - lost;
        let answers = runtime.block_on(async {
            let ask = |_| world.gate.post("/get_user", &world.token, &body);
            let answers = stream::iter(0..500).map(ask).buffer_unordered(20);
            answers.collect::<Vec<_>>().await
        });
        assert!(answers.iter().all(|answer| answer.status == 404), "answers go on");
        asked += 500;
        if before > 0 {
            return asked;
        }
    }
    panic!("no line is lost after {asked} answers, and nobody reads them");
}

#[test]
fn lost_lines_are_counted_and_told_when_the_reader_is_back() {
    let world = World::on(Legacy::sqlite());
    world.gate.read_log(false);
    let asked = overflow(&world);
    assert_eq!(world.gate.manage("/live").status, 200);
    assert_eq!(world.gate.manage("/ready").status, 200);
    world.gate.read_log(true);
    let told = |entry: &serde_json::Value| entry["message"] == "log lines are missing";
    wait_until("the gap is told", PATIENCE, || world.gate.entries().iter().any(told));
    world.get_user("ada").expect(200, "");
    let decisions =
        || world.gate.entries().iter().filter(|e| e["message"] == "decision").count() as u64;
    let lost = world.counter(LOST);
    wait_until("every line is there or counted", PATIENCE, || decisions() + lost == asked + 1);
    let entries = world.gate.entries();
    let missing: u64 =
        entries.iter().filter(|e| told(e)).map(|e| e["missing"].as_u64().expect("a number")).sum();
    assert_eq!(missing, lost);
    assert!(
        entries
            .iter()
            .filter(|e| told(e))
            .all(|e| e["level"] == "ERROR" && e["remedy"].is_string())
    );
    world.gate.assert_sound();
}

#[test]
fn sigterm_ends_a_gate_whose_log_nobody_reads() {
    let mut world =
        World::with(Legacy::sqlite(), |gate| gate.config("server.shutdown_grace", "2s"));
    world.gate.read_log(false);
    overflow(&world);
    world.gate.sigterm();
    let status = world.gate.wait_exit(PATIENCE);
    assert!(status.success(), "{status}");
}

/// Again and again: each gap is told, and no line is torn.
#[test]
fn a_reader_that_pauses_gets_whole_lines() {
    let world = World::on(Legacy::sqlite());
    for gaps in 1..=3 {
        world.gate.read_log(false);
        overflow(&world);
        world.gate.read_log(true);
        // A gap is told with the next line that finds room.
        wait_until("the gap to be told", PATIENCE, || {
            world.get_user("ada").expect(200, "");
            let told = |e: &&serde_json::Value| e["message"] == "log lines are missing";
            world.gate.entries().iter().filter(told).count() >= gaps
        });
    }
    world.gate.assert_sound();
}
