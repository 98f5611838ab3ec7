//! Hashes made by other software: what is translated admits the vector's password, and refuses
//! what the software refused.

use serde::Deserialize;

use super::reading::admits;
use super::{account, json, settings, translate};
use crate::password::Recipe;

#[derive(Deserialize)]
struct Vector {
    hash: String,
    password: String,
    password_hex: Option<String>,
    r#match: bool,
}

#[test]
fn published_vectors_stay_what_they_are() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/hashes");
    let mut admitted = 0;
    for file in ["bcrypt", "argon2", "django_pbkdf2"] {
        let text = std::fs::read_to_string(format!("{folder}/{file}.jsonl")).expect("vectors");
        for line in text.lines() {
            let vector: Vector = serde_json::from_str(line).expect("a vector");
            // What JSON cannot say, nobody can type; what holds a NUL, nobody may.
            if vector.password_hex.is_none() && !vector.password.contains('\0') {
                admitted += usize::from(follows(&vector, line));
            }
        }
    }
    assert!(admitted > 300, "{admitted}");
}

/// Whether the vector's password is admitted, as it should be.
fn follows(vector: &Vector, line: &str) -> bool {
    let settings = settings(None, Recipe::peppered());
    let row = account(&vector.hash, None, None);
    let Ok(stored) = settings.read(row) else { return false };
    let Ok(translation) = translate(&stored, row, &settings) else { return false };
    let object = json(&translation);
    assert_eq!(admits(&object, &vector.password), Ok(vector.r#match), "{line}\n{object}");
    vector.r#match
}
