//! Asks a gate about every vector of a file, and compares what it says with what is due.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

use super::{Due, Vector};
use crate::support::sample::World;
use crate::support::{GateBuilder, Legacy};

pub fn vectors(name: &str) -> Vec<Vector> {
    let path = format!("{}/tests/fixtures/hashes/{name}.jsonl", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{path}: {e}"));
    text.lines().map(|line| serde_json::from_str(line).expect("a vector")).collect()
}

/// A gate before a view of these rows, each user known by the e-mail address `h<i>@example.com`.
fn world_of(vectors: &[&Vector], pepper: &str) -> World {
    let legacy = Legacy::sqlite();
    let text = |value: Option<&str>| match value {
        Some(value) => {
            let hex: String = value.bytes().map(|byte| format!("{byte:02x}")).collect();
            format!("CAST(x'{hex}' AS TEXT)")
        }
        None => "NULL".to_owned(),
    };
    let row = |(i, vector): (usize, &&Vector)| {
        let [user, hash, salt, name] = vector.row(i).map(|value| text(value.as_deref()));
        format!("({i}, {user}, {hash}, {salt}, {name})")
    };
    let rows: Vec<_> = vectors.iter().enumerate().map(row).collect();
    legacy.execute("CREATE TABLE vector (id INTEGER PRIMARY KEY, user TEXT, hash TEXT, salt TEXT, scheme TEXT)");
    for rows in rows.chunks(200) {
        legacy.execute(&format!("INSERT INTO vector VALUES {}", rows.join(", ")));
    }
    legacy.execute(
        "CREATE UNIQUE INDEX vector_mail ON vector ('h' || id || '@example.com' COLLATE NOCASE);
         BEGIN; DROP VIEW legacy_user; CREATE VIEW legacy_user AS SELECT CAST(id AS TEXT) AS user_id,
         'h' || id || '@example.com' AS email, 1 AS email_verified, user AS username, NULL AS phone_number,
         NULL AS phone_verified, NULL AS name, NULL AS given_name, NULL AS family_name, NULL AS nickname, NULL AS picture,
         NULL AS user_metadata, NULL AS app_metadata, 0 AS blocked, hash AS password_hash, salt AS password_salt,
         scheme AS password_scheme, 'h' || id || '@example.com' COLLATE NOCASE AS email_key, NULL AS username_key
         FROM vector; COMMIT",
    );
    World::with(legacy, |builder| settings(builder, pepper))
}

/// Everything is allowed, unknown users cost next to nothing, and nobody is sent away on a busy machine.
pub fn settings(builder: GateBuilder, pepper: &str) -> GateBuilder {
    let builder = builder
        .config("passwords.weak_schemes", weak_schemes())
        .config("passwords.default_scheme", "pbkdf2_sha1(iterations=1)")
        .config("passwords.min_response", "0s")
        .config("passwords.max_wait", "30s")
        .config("server.request_timeout", "60s");
    if pepper.is_empty() { builder } else { builder.config("passwords.pepper", pepper) }
}

/// All weak schemes, as the table of docs/passwords.md names them, and those of which rows can be.
fn weak_schemes() -> Vec<String> {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/passwords.md");
    let text = std::fs::read_to_string(page).expect("the page");
    let row = |line: &str| {
        let mut cells = line.strip_prefix("| ")?.split(" | ");
        let name = cells.next()?.to_owned();
        (cells.next()? == "weak").then_some(name)
    };
    let of_rows = ["shiro1", "oak"].map(str::to_owned);
    text.lines().filter_map(row).chain(of_rows).collect()
}

/// An answer: the vector's number, status, code and request id.
pub type Said = (usize, u16, String, String);

fn ask(world: &World, i: usize, vector: &Vector) -> Option<Said> {
    if vector.due() == Due::Unsayable {
        return None;
    }
    let answer = world.login(&format!("h{i}@example.com"), &vector.password);
    let id = answer.header("x-request-id").expect("a request id").to_owned();
    Some((i, answer.status, answer.code(), id))
}

/// What is wrong with an answer, given the reasons that the log tells.
pub fn fault(vector: &Vector, said: &Said, reasons: &BTreeMap<String, String>) -> Option<String> {
    let (_, status, code, id) = said;
    let reason = reasons.get(id).map(String::as_str).unwrap_or_default();
    let due = vector.due();
    let right = match due {
        Due::Match => *status == 200,
        // A hash that was not read at all would be refused as well.
        Due::Reason(why) => code == "invalid_credentials" && reason == why,
        _ => code == "invalid_request",
    };
    let Vector { scheme, hash, password, note, tier, .. } = vector;
    (!right).then(|| {
        format!("tier {tier} {scheme} {hash} {password:?} ({note}): {status} {code} {reason}, due {due:?}")
    })
}

fn reasons(world: &World) -> BTreeMap<String, String> {
    let text = |entry: &Value, name: &str| entry[name].as_str().unwrap_or_default().to_owned();
    world
        .gate
        .entries()
        .iter()
        .map(|entry| (text(entry, "request_id"), text(entry, "reason")))
        .collect()
}

/// What the gate answers to all of them, and the reasons that its log tells by the requests' ids.
pub fn answers(world: &World, vectors: &[&Vector]) -> (Vec<Said>, BTreeMap<String, String>) {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut said = vec![];
        loop {
            let i = next.fetch_add(1, Ordering::Relaxed);
            let Some(vector) = vectors.get(i) else { return said };
            said.extend(ask(world, i, vector));
        }
    };
    let said = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(work)).collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("an asker")).collect()
    });
    // The log is written behind the answers: this line is behind all of theirs.
    let last = world.login("nobody", "password");
    world.gate.decision(&last);
    (said, reasons(world))
}

/// Groups by what `passwords.pepper` has to be.
pub fn by_pepper(vectors: &[Vector]) -> BTreeMap<&str, Vec<&Vector>> {
    let mut peppers: BTreeMap<&str, Vec<&Vector>> = BTreeMap::new();
    for vector in vectors {
        peppers.entry(vector.pepper()).or_default().push(vector);
    }
    peppers
}

/// Checks all lines of a file and gives how many were due a match, and how many wrong.
pub fn check_file(name: &str) -> [usize; 2] {
    let vectors = vectors(name);
    let mut faults = vec![];
    for (pepper, vectors) in by_pepper(&vectors) {
        let world = world_of(&vectors, pepper);
        let (said, reasons) = answers(&world, &vectors);
        faults.extend(said.iter().filter_map(|said| fault(vectors.get(said.0)?, said, &reasons)));
        world.gate.assert_calm();
    }
    assert!(faults.is_empty(), "{} of {}:\n{}", faults.len(), vectors.len(), faults.join("\n"));
    [Due::Match, Due::Reason("wrong_password")]
        .map(|due| vectors.iter().filter(|vector| vector.due() == due).count())
}
