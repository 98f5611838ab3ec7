//! That every lookup of a preset runs on an index: on one that the software makes, or on one that the script proposes
//! to a DBA whose tables it was shown, and on nothing else.

use serde_json::Value;

use super::{contract, texts};
use crate::support::sample::World;
use crate::support::{Engine, Gate, Legacy};

/// What the proof says of lookups.
const FAULTS: [&str; 5] = [
    "collation_mismatch",
    "lookup_failed",
    "lookup_not_measured",
    "lookup_without_index",
    "wildcard_finds_users",
];

/// Statements that add 1400 users, for among a handful nobody sees whether an index is used.
pub(super) fn crowd(engine: Engine, people: &Value) -> Vec<String> {
    let crowd = &people["crowd"];
    let statements = if crowd.is_array() { crowd } else { &crowd[engine.name()] };
    let (rows, joined, quote) = match engine {
        Engine::Sqlite => (
            "(WITH RECURSIVE s(n) AS (SELECT 1001 UNION ALL SELECT n + 1 FROM s WHERE n < 2400) SELECT n FROM s) AS s",
            ["('crowd' || n)", "('crowd' || n || '@example.com')", "('+4470000' || n)"],
            "\"",
        ),
        Engine::Postgresql => (
            "generate_series(1001, 2400) AS s(n)",
            ["('crowd' || n)", "('crowd' || n || '@example.com')", "('+4470000' || n)"],
            "\"",
        ),
        Engine::Mysql => (
            "(SELECT seq AS n FROM seq_1001_to_2400) AS s",
            ["CONCAT('crowd', n)", "CONCAT('crowd', n, '@example.com')", "CONCAT('+4470000', n)"],
            "`",
        ),
    };
    let written = |statement: &str| {
        let [name, email, phone] = joined;
        let parts =
            [("rows", rows), ("name", name), ("email", email), ("phone", phone), ("q", quote)];
        parts.iter().fold(statement.to_owned(), |text, (key, value)| {
            text.replace(&format!("{{{key}}}"), value)
        })
    };
    texts(statements).map(written).collect()
}

/// Nothing but the indexes that are said to be missing is proposed; without them the proof finds walks, with them none.
pub(super) fn expect(world: &World, preset: &str, set: &[String], people: &Value) {
    let engine = world.legacy.engine;
    let missing: Vec<_> = match &people["missing"][engine.name()] {
        Value::Null => vec![],
        list => texts(list).collect(),
    };
    analyse(&world.legacy);
    let (proposed, described) = proposals(&world.legacy, preset, set);
    assert_eq!(proposed, missing, "{preset} on {engine:?}");
    if engine == Engine::Sqlite {
        // What the file tells of its key decides how the contract compares it.
        world.legacy.execute(&described);
    }
    let first = &people["users"][0]["names"];
    if !missing.is_empty() {
        let report = check(world, None);
        assert!(report.to_string().contains("lookup_without_index"), "{preset}: {report:#}");
    }
    for statement in &proposed {
        world.legacy.execute(statement);
    }
    analyse(&world.legacy);
    let (left, _) = proposals(&world.legacy, preset, set);
    assert!(left.is_empty(), "{preset}: of no use: {proposed:?}");
    for known in [None].into_iter().chain(texts(first).map(Some)) {
        let report = check(world, known);
        let findings = report["findings"].as_array().expect("a list");
        let fault = |f: &&Value| FAULTS.contains(&f["code"].as_str().expect("a code"));
        assert!(!findings.iter().any(|f| fault(&f)), "{preset} on {engine:?}: {report:#}");
        let proven = report["proven"].as_array().expect("a list");
        let lookups = |line: &Value| line.as_str().is_some_and(|line| line.starts_with("lookups"));
        assert!(proven.iter().any(lookups), "{preset} on {engine:?}: {report:#}");
    }
}

/// As the server's own housekeeping does sooner or later.
fn analyse(legacy: &Legacy) {
    if legacy.engine == Engine::Postgresql {
        legacy.execute("ANALYZE");
    }
}

/// The statements that are missing by the script that is printed for a DBA who lets it see the tables; and the script.
fn proposals(legacy: &Legacy, preset: &str, set: &[String]) -> (Vec<String>, String) {
    let url = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(url.path(), legacy.owner_url()).expect("a written file");
    let file = url.path().to_str().expect("a path");
    let printed = contract(preset, legacy.engine.flavour(), set, &["--describe-file", file]);
    let faults = String::from_utf8_lossy(&printed.stderr);
    assert!(printed.status.success() && faults.is_empty(), "{preset}: {faults}");
    let script = String::from_utf8(printed.stdout).expect("UTF-8");
    let missing = script.lines().filter(|line| line.contains("IS NOT FOUND BY AN INDEX"));
    let statement = |line: &str| line.split_once("It needs: ").expect("a proposal").1.to_owned();
    (missing.map(statement).collect(), script)
}

fn check(world: &World, known: Option<&str>) -> Value {
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), known.unwrap_or_default()).expect("a written file");
    let probe = known.map_or_else(String::new, |_| format!(" --probe {}", file.path().display()));
    let gate = Gate::builder(&world.issuer, &world.legacy);
    let mut report = Value::Null;
    // Where other tests keep the machine busy, a proof can run out of time, and says so.
    for _ in 0..4 {
        let (_, told) = gate.run(&format!("check --format json{probe}"));
        report = serde_json::from_str(&told).unwrap_or_else(|e| panic!("{e}: {told}"));
        if !told.contains("lookup_not_measured") {
            break;
        }
    }
    report
}
