//! Hashes made by other software: what is translated admits the vector's password, and refuses
//! what the software refused.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};

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

/// What costs more than this is dear: mostly argon2, and PBKDF2 of hundreds of thousands of rounds.
const DEAR_NANOSECONDS: u64 = 20_000_000;

/// A vector, and the object that it is translated to.
struct Translated {
    vector: Vector,
    object: Value,
    is_dear: bool,
}

impl Translated {
    fn algorithm(&self) -> &str {
        self.object["custom_password_hash"]["algorithm"].as_str().unwrap_or("password_hash")
    }

    /// What is translated admits the password where it should.
    fn check(&self) {
        let Self { vector, object, .. } = self;
        let complaint = crate::rehearsal::tests::hashes::complaint(object);
        assert_eq!(complaint, None, "the stand-in of a rehearsal refuses {object}");
        let admitted = admits(object, &vector.password);
        let due = vector.r#match && !vector.password.is_empty();
        let said = !vector.password.is_empty() && admitted == Ok(true);
        assert_eq!(said, due, "{} {:?}\n{object}\n{admitted:?}", vector.hash, vector.password);
    }
}

#[test]
fn published_vectors_stay_what_they_are() {
    let mut vectors = translated();
    let of = |name: fn(&Translated) -> &str| vectors.iter().map(name).collect::<BTreeSet<_>>();
    let (algorithms, schemes) = (of(Translated::algorithm), of(|it| &it.vector.scheme));
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
    let admitted = vectors.iter().filter(|it| it.vector.r#match).count();
    assert!(admitted > 300 && algorithms.len() == 12, "{admitted} {algorithms:?}");
    // That another password is refused does not hang on the cost: of the dear ones, two of a scheme.
    let mut refusals: BTreeMap<String, usize> = BTreeMap::new();
    vectors.retain(|Translated { vector, is_dear, .. }| {
        vector.r#match || !is_dear || {
            let seen = refusals.entry(vector.scheme.clone()).or_default();
            *seen += 1;
            *seen <= 2
        }
    });
    let next = AtomicUsize::new(0);
    let work = || {
        while let Some(one) = vectors.get(next.fetch_add(1, Ordering::Relaxed)) {
            one.check();
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(work);
        }
    });
}

/// The vectors of all files that can be translated.
fn translated() -> Vec<Translated> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/hashes");
    let mut all = vec![];
    for file in ["published", "hashcat", "frameworks", "software", "products"] {
        let text = std::fs::read_to_string(format!("{folder}/{file}.jsonl")).expect("vectors");
        let vectors = text.lines().map(|line| serde_json::from_str(line).expect("a vector"));
        // What JSON cannot say, nobody can type; what holds a NUL, nobody may.
        let sayable = |it: &Vector| it.password_hex.is_none() && !it.password.contains('\0');
        all.extend(vectors.filter(sayable).filter_map(translated_of));
    }
    all
}

fn translated_of(vector: Vector) -> Option<Translated> {
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
    let (object, is_dear) = (json(&translation), stored.cost().nanoseconds > DEAR_NANOSECONDS);
    Some(Translated { vector, object, is_dear })
}
