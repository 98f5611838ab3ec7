//! Published vectors of the supported schemes, as other people's software answered them.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde::Deserialize;

use super::world_of;
use crate::support::sample::World;

#[derive(Deserialize)]
struct Vector {
    scheme: String,
    hash: String,
    password: String,
    password_hex: Option<String>,
    r#match: bool,
    note: String,
}

fn vectors(name: &str) -> Vec<Vector> {
    let path = format!("{}/tests/fixtures/hashes/{name}.jsonl", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{path}: {e}"));
    text.lines().map(|line| serde_json::from_str(line).expect("a vector")).collect()
}

/// What the gate should say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Due {
    Match,
    Mismatch,
    /// 400: no password that the gate takes.
    Refused,
    /// JSON cannot say it.
    Unsayable,
}

/// Where we differ from the vector, and why.
fn due(vector: &Vector) -> Due {
    match vector {
        // Passwords in Latin-1 or worse: JSON is UTF-8, and Auth0 sends nothing else.
        Vector { password_hex: Some(_), .. } => Due::Unsayable,
        // An empty password never matches anything; with a NUL, C implementations read only what stands before it.
        Vector { password, .. } if password.is_empty() || password.contains('\0') => Due::Refused,
        Vector { r#match: true, .. } => Due::Match,
        Vector { r#match: false, .. } => Due::Mismatch,
    }
}

fn check(world: &World, i: usize, vector: &Vector) -> Option<String> {
    let due = due(vector);
    if due == Due::Unsayable {
        return None;
    }
    let answer = world.login(&format!("h{i}"), &vector.password);
    let reason = || world.gate.decision(&answer)["reason"].as_str().unwrap_or_default().to_owned();
    let right = match due {
        Due::Match => answer.status == 200,
        // A hash that was not read at all would be refused as well.
        Due::Mismatch => answer.code() == "invalid_credentials" && reason() == "wrong_password",
        _ => answer.code() == "invalid_request",
    };
    let Vector { scheme, hash, password, note, .. } = vector;
    (!right).then(|| {
        format!(
            "{scheme} {hash} {password:?} ({note}): {} {}, due {due:?}",
            answer.status,
            answer.code()
        )
    })
}

/// Checks all lines of a file and gives how many were due what.
fn check_file(name: &str) -> [usize; 4] {
    let vectors = vectors(name);
    let world = world_of(vectors.iter().map(|vector| vector.hash.as_str()), |b| b);
    let next = AtomicUsize::new(0);
    let work = || {
        let mut faults = vec![];
        loop {
            let i = next.fetch_add(1, Ordering::Relaxed);
            let Some(vector) = vectors.get(i) else { return faults };
            faults.extend(check(&world, i, vector));
        }
    };
    let faults: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(work)).collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("a checker")).collect()
    });
    assert!(faults.is_empty(), "{} of {}:\n{}", faults.len(), vectors.len(), faults.join("\n"));
    world.gate.assert_calm();
    assert_eq!(world.counter("narrowgate_unverifiable_hashes_total"), 0);
    let long = |v: &&Vector| {
        v.password.len() > 72 && due(v) != Due::Unsayable && v.scheme.starts_with("bcrypt")
    };
    let cut = vectors.iter().filter(long).count() as u64;
    assert_eq!(world.counter("narrowgate_cut_passwords_total"), cut);
    [Due::Match, Due::Mismatch, Due::Refused, Due::Unsayable]
        .map(|due_| vectors.iter().filter(|v| due(v) == due_).count())
}

#[test]
fn bcrypt() {
    assert_eq!(check_file("bcrypt"), [415, 146, 8, 67]);
}

#[test]
fn argon2() {
    assert_eq!(check_file("argon2"), [29, 29, 4, 0]);
}

#[test]
fn django_pbkdf2() {
    assert_eq!(check_file("django_pbkdf2"), [4, 4, 0, 0]);
}

/// Hashes of schemes that this version does not know, each with its right password: nobody gets in.
#[test]
fn other_schemes_are_refused_and_counted() {
    let vectors = vectors("unsupported");
    let world = world_of(vectors.iter().map(|vector| vector.hash.as_str()), |b| b);
    for (i, vector) in vectors.iter().enumerate() {
        assert!(vector.r#match, "{}", vector.scheme);
        let answer = world.login(&format!("h{i}"), &vector.password);
        assert_eq!(answer.code(), "invalid_credentials", "{} {}", vector.scheme, vector.hash);
    }
    let counted = world.counter("narrowgate_unverifiable_hashes_total{reason=\"unknown_scheme\"}");
    assert_eq!((counted, vectors.len()), (33, 33));
    world.gate.assert_calm();
}
