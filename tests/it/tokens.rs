//! The catalogue of hostile tokens and requests: 312 numbered rows, each a way that some gate
//! somewhere has been opened, with the answers allowed. Row 0 marks additions of our own. Every row
//! is sent to all three endpoints.

mod algorithms;
mod audience;
mod client;
mod duplicates;
mod good;
mod header;
mod issuer;
mod keys;
mod kinds;
mod order;
mod payload;
mod pkcs1;
mod rows;
mod scope;
mod segments;
mod size;
mod subject;
mod time;
mod transport;
mod wycheproof;

use std::collections::{BTreeMap, BTreeSet};

use rows::{
    ACCEPTED, ACCEPTED_OR_INVALID, ENDPOINTS, FORBIDDEN, FORBIDDEN_OR_INVALID, INVALID,
    INVALID_OR_MALFORMED, MALFORMED, MISSING, Row, Verdict, World, key_set,
};

fn catalogue() -> Vec<Row> {
    let themes = [
        algorithms::rows(),
        keys::rows("http://127.0.0.1:9"),
        segments::rows(),
        pkcs1::rows(),
        header::rows(),
        duplicates::rows(),
        time::rows(),
        issuer::rows(),
        audience::rows(),
        subject::rows(),
        client::rows(),
        scope::rows(),
        kinds::rows(),
        payload::rows(),
        transport::rows(),
        size::rows(),
    ];
    themes.into_iter().flatten().collect()
}

/// The list is the product here: a row that vanishes in a refactoring must be missed.
#[test]
fn the_catalogue_is_complete() {
    let mut seen: BTreeMap<u16, Vec<String>> = BTreeMap::new();
    for row in catalogue().into_iter().filter(|row| row.number > 0) {
        seen.entry(row.number).or_default().push(row.name);
    }
    let missing: Vec<_> = (1..=312).filter(|n| !seen.contains_key(n)).collect();
    let double: Vec<_> = seen.iter().filter(|(_, names)| names.len() > 1).collect();
    assert!(
        missing.is_empty() && double.is_empty() && seen.len() == 312,
        "missing {missing:?}, double {double:?}"
    );
}

/// The cause of a refusal is for the log alone: the caller sees one 401, whatever was wrong.
#[test]
fn refusals_of_one_kind_are_the_same_bytes() {
    let world = World::start();
    let mut faces: BTreeMap<Verdict, BTreeSet<String>> = BTreeMap::new();
    for row in catalogue().into_iter().filter(|row| {
        matches!(row.allowed, [Verdict::Invalid | Verdict::Forbidden | Verdict::Missing])
    }) {
        let answer = world.gate.send(&row.request("/get_user", ENDPOINTS[1].2));
        let id = answer.header("x-request-id").unwrap_or_default().to_owned();
        let mut headers: Vec<_> =
            answer.headers.iter().filter(|(name, _)| name != "date").collect();
        headers.sort_unstable(); // their order is random from answer to answer, so it tells nothing
        let face = format!("{} {headers:?} {}", answer.status, answer.text()).replace(&id, "<id>");
        faces.entry(row.allowed[0]).or_default().insert(face);
    }
    for (verdict, faces) in faces {
        assert_eq!(faces.len(), 1, "{verdict:?} has several faces: {faces:#?}");
    }
}
