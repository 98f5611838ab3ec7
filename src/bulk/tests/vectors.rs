//! Hashes made by other software: what is translated admits the vector's password, and refuses
//! what the software refused.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;

use super::reading::admits;
use super::{json, settings, translate};
use crate::password::{Account, Columns, Recipe};

#[derive(Deserialize)]
struct Vector {
    scheme: String,
    hash: String,
    password: String,
    password_hex: Option<String>,
    r#match: bool,
    #[serde(default)]
    columns: BTreeMap<String, Value>,
}

impl Vector {
    fn column(&self, name: &str) -> Option<&str> {
        self.columns.get(name)?.as_str()
    }

    /// What `password_scheme` would have to say.
    fn name(&self) -> String {
        let number = |name| self.columns.get(name).map(ToString::to_string).unwrap_or_default();
        match self.scheme.as_str() {
            "recipe" => self.column("recipe").expect("a recipe").to_owned(),
            "pbkdf2_raw" => format!(
                "pbkdf2_{}(iterations={}, key_length={}, salt=hex)",
                self.column("algorithm").expect("a digest"),
                number("iterations"),
                number("key_length")
            ),
            "scrypt_raw" => format!(
                "scrypt(N={}, r={}, p={}, key_length={})",
                number("N"),
                number("r"),
                number("p"),
                number("key_length")
            ),
            name => self.column("password_scheme").unwrap_or(name).to_owned(),
        }
    }
}

#[test]
fn published_vectors_stay_what_they_are() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/hashes");
    let (mut admitted, mut algorithms, mut schemes) = (0, BTreeSet::new(), BTreeSet::new());
    for file in ["published", "hashcat", "frameworks", "software"] {
        let text = std::fs::read_to_string(format!("{folder}/{file}.jsonl")).expect("vectors");
        for line in text.lines() {
            let vector: Vector = serde_json::from_str(line).expect("a vector");
            // What JSON cannot say, nobody can type; what holds a NUL, nobody may.
            let unsayable = vector.password_hex.is_some() || vector.password.contains('\0');
            if unsayable {
                continue;
            }
            if let Some(algorithm) = follows(&vector, line) {
                admitted += usize::from(vector.r#match);
                algorithms.insert(algorithm);
                schemes.insert(vector.scheme);
            }
        }
    }
    for scheme in [
        "better_auth",
        "scram",
        "devise",
        "aspnet_membership",
        "keycloak",
        "werkzeug_scrypt",
        "scrypt_crypt",
    ] {
        assert!(schemes.contains(scheme), "{scheme} is not translated");
    }
    println!("{admitted} passwords, {} schemes: {schemes:?}", schemes.len());
    assert!(admitted > 300 && algorithms.len() == 12, "{admitted} {algorithms:?}");
}

/// The algorithm that the vector is translated to, which admits what it should.
fn follows(vector: &Vector, line: &str) -> Option<String> {
    let pepper = vector.column("pepper").or_else(|| vector.column("cookie_key"));
    let settings = settings(pepper, Recipe::peppered());
    let salt = match (vector.column("salt1"), vector.column("salt2")) {
        (Some(one), Some(two)) => Some(format!("{one}:{two}")),
        _ => vector.column("salt").map(str::to_owned),
    };
    let name = vector.name();
    let account = |scheme| Account {
        columns: Columns { hash: &vector.hash, salt: salt.as_deref(), scheme },
        username: vector.column("user"),
        email: None,
    };
    let account = [account(Some(name.as_str())), account(None)];
    let (stored, account) =
        account.into_iter().find_map(|it| Some((settings.read_even_weak(it).ok()?, it)))?;
    let translation = translate(&stored, account, &settings).ok()?;
    // A warning says that some passwords differ; the published ones that do are few.
    let warned = translation.warnings.iter().any(|warning| !warning.is_unsettled());
    if warned && !(vector.password.is_ascii() && vector.password.trim() == vector.password) {
        return None;
    }
    let object = json(&translation);
    let admitted = !vector.password.is_empty() && admits(&object, &vector.password) == Ok(true);
    let due = vector.r#match && !vector.password.is_empty();
    assert_eq!(admitted, due, "{line}\n{object}\n{:?}", admits(&object, &vector.password));
    Some(object["custom_password_hash"]["algorithm"].as_str().unwrap_or("password_hash").to_owned())
}
