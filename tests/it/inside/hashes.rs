//! Thousands of hashes as other people's software made them, compared inside: the answers are those of the
//! ordinary mode, but for the forms that docs/database.md lists, and no answer of the database holds a part of a digest.

mod order;
mod secrets;

use std::collections::BTreeSet;

use crate::contract::script;
use crate::passwords::vectors::{Vector, answers, by_pepper, fault, settings, vectors};
use crate::support::sample::World;
use crate::support::{Engine, Legacy};
use secrets::{leaks, secrets};

const MAPPING: &str = r#"
engine = ["postgresql", "mariadb"]
from = "legacy_store.hash_row AS v"
password_check = "inside"
[columns]
user_id = "v.id"
email = "v.mail"
username = "v.user_name"
password_hash = "v.hash"
password_salt = "v.salt"
password_scheme = "v.scheme"
[reads]
"legacy_store.hash_row" = ["id", "mail", "user_name", "hash", "salt", "scheme"]
[lookup]
email = "v.mail"
"#;

/// A store of these rows, each user known by the e-mail address `h<i>@example.com`.
fn store(engine: Engine, vectors: &[&Vector]) -> Vec<String> {
    let literal = |value: Option<String>| {
        let Some(value) = value else { return "NULL".to_owned() };
        let value = if engine == Engine::Mysql { value.replace('\\', "\\\\") } else { value };
        format!("'{}'", value.replace('\'', "''"))
    };
    let row = |(i, vector): (usize, &&Vector)| {
        let [user, hash, salt, name] = vector.row(i).map(literal);
        format!("({i}, 'h{i}@example.com', {user}, {hash}, {salt}, {name})")
    };
    let rows: Vec<_> = vectors.iter().enumerate().map(row).collect();
    let create = match engine {
        Engine::Mysql => {
            "CREATE TABLE legacy_store.hash_row (id INT PRIMARY KEY, mail VARCHAR(190) UNIQUE, user_name VARCHAR(190),
             hash TEXT, salt TEXT, scheme TEXT) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci"
        }
        _ => {
            "CREATE SCHEMA legacy_store; CREATE TABLE legacy_store.hash_row (id integer PRIMARY KEY, mail text UNIQUE,
             user_name text, hash text, salt text, scheme text)"
        }
    };
    let insert =
        |rows: &[String]| format!("INSERT INTO legacy_store.hash_row VALUES {}", rows.join(", "));
    std::iter::once(create.to_owned()).chain(rows.chunks(200).map(insert)).collect()
}

fn world(engine: Engine, vectors: &[&Vector], pepper: &str) -> Option<World> {
    let mut scripts = store(engine, vectors);
    scripts.push(script(MAPPING, engine, &[]));
    let legacy = Legacy::filled(engine, &|_| {}, &scripts)?;
    Some(World::with(legacy, |gate| {
        // Hashes of 256 MiB leave a small machine little for anything else.
        let gate = settings(gate, pepper).config("database.connect_timeout", "20s");
        gate.config("database.password_check", "inside")
    }))
}

/// Why a vector is answered in another way than outside; docs/database.md has the same list.
fn refused(vector: &Vector, i: usize) -> Option<&'static str> {
    let named = vector.row(i)[3].is_some();
    let Vector { scheme, hash, .. } = vector;
    match scheme.as_str() {
        "plaintext" | "ldap_plaintext" => Some("nothing but the password is stored"),
        "recipe" if vector.column("recipe") == Some("$pass.'{'.$salt.'}'") => {
            Some("nothing but the password and its salt")
        }
        "aspnet_identity_v3" if !hash[..17].ends_with('E') => Some("a salt of another length"),
        "scram" => Some("several digests in one text"),
        "bcrypt" if vector.column("salt").is_some() => Some("a salt beside the hash's own"),
        "pbkdf2_sha512" if is_key_first(vector) => Some("the salt looks like a digest"),
        "joomla15" if has_digits_behind(vector) => Some("the salt looks like a digest"),
        "recipe" if has_digits_behind(vector) => Some("the recipe does not say which is which"),
        "mysql_caching_sha2" => Some("a salt of any bytes, or letters in hexadecimal"),
        _ if hash.starts_with("{ldap}{") => Some("a name within a name"),
        _ if is_text_within(vector) => Some("a text in hexadecimal or base64"),
        "bsdi_crypt" if !named => Some("letters that could be anything, and no name"),
        "sha1_crypt" if hash.ends_with(".s2Q") => Some("filled up in another way"),
        "django_des_crypt" if hash.len() == 33 => Some("the digest is stored twice"),
        "sybase_ase" | "domino6" | "domino8" if !named => {
            Some("what it begins with tells too little")
        }
        _ => None,
    }
}

/// Whether a key of 64 bytes stands before its salt, both in hexadecimal.
fn is_key_first(Vector { hash, .. }: &Vector) -> bool {
    hash.len() == 161 && hash.as_bytes().get(128) == Some(&b':')
}

/// Whether 32 or more hexadecimal digits stand behind a colon.
fn has_digits_behind(Vector { hash, .. }: &Vector) -> bool {
    let behind = hash.split_once(':').unwrap_or_default().1;
    behind.len() >= 32 && behind.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Whether `.HEX`, `.B64` or `.BASE64` stands before more than a digest and a salt.
fn is_text_within(Vector { scheme, hash, .. }: &Vector) -> bool {
    let name = hash.strip_prefix('{').and_then(|rest| rest.split_once('}')).unwrap_or_default().0;
    let text = ["argon2", "bcrypt", "dovecot_scram", "ldap_pbkdf2_sha1"];
    name.contains('.') && (scheme.ends_with("_crypt") || text.contains(&scheme.as_str()))
}

/// Asks about all of a file and gives how many vectors are answered as outside, where `passwords::vectors` asks about the
/// same, and how many are refused.
fn compare(engine: Engine, name: &str) -> Option<[usize; 2]> {
    let (mut counts, mut faults) = ([0, 0], vec![]);
    let all = vectors(name);
    for (pepper, vectors) in by_pepper(&all) {
        let world = world(engine, &vectors, pepper)?;
        let (said, reasons) = answers(&world, &vectors);
        for said in &said {
            let (i, status, code, _) = said;
            let wrong = fault(vectors[*i], said, &reasons);
            counts[usize::from(wrong.is_some())] += 1;
            // Never a login, and never a fault.
            let is_refusal = *status == 403 && code == "invalid_credentials";
            let may_differ = refused(vectors[*i], *i).is_some() && is_refusal;
            faults.extend(wrong.filter(|_| !may_differ));
        }
        faults.extend(leaks(&world, &vectors));
        world.gate.assert_calm();
    }
    assert!(faults.is_empty(), "{engine:?} {}:\n{}", faults.len(), faults.join("\n"));
    Some(counts)
}

/// Of each file: as many answers are the same as outside, and so many are refused.
fn check(engine: Engine, due: [(&str, [usize; 2]); 5]) {
    let counted = due.map(|(name, due)| (name, compare(engine, name).unwrap_or(due)));
    assert_eq!(counted, due, "{engine:?}");
}

const DUE: [(&str, [usize; 2]); 5] = [
    ("frameworks", [336, 14]),
    ("hashcat", [470, 13]),
    ("published", [2718, 86]),
    ("software", [1330, 124]),
    ("products", [250, 26]),
];

#[test]
fn every_hash_is_answered_as_outside_by_postgresql() {
    check(Engine::Postgresql, DUE);
}

#[test]
fn every_hash_is_answered_as_outside_by_mariadb() {
    check(Engine::Mysql, DUE);
}

/// The list of secrets is one of real digests: each vector that can be verified has one.
#[test]
fn the_secrets_are_known() {
    let without: BTreeSet<String> = ["frameworks", "hashcat", "published", "software", "products"]
        .iter()
        .flat_map(|name| vectors(name))
        .filter(|vector| vector.hash.len() > 15 && secrets(vector).is_empty())
        .map(|vector| vector.hash)
        .collect();
    assert!(without.is_empty(), "{without:?}");
}
