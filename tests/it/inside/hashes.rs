//! Thousands of hashes as other people's software made them, in both modes of checking a password: the answers are the
//! same, but for the forms that docs/database.md lists, and no answer of the database holds a part of a digest.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::contract::script;
use crate::passwords::vectors::{Said, Vector, answers, by_pepper, settings, vectors};
use crate::support::sample::World;
use crate::support::{Engine, Legacy};

const MAPPING: &str = r#"
engine = ["postgresql", "mariadb"]
from = "legacy_store.hash_row AS v"
password_check = "MODE"
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

fn world(engine: Engine, mode: &str, vectors: &[&Vector], pepper: &str) -> Option<World> {
    let mut scripts = store(engine, vectors);
    scripts.push(script(&MAPPING.replace("MODE", mode), engine, &[]));
    let legacy = Legacy::filled(engine, &|_| {}, &scripts)?;
    Some(World::with(legacy, |gate| settings(gate, pepper).config("database.password_check", mode)))
}

/// Why a vector is answered in another way than outside; docs/database.md has the same list.
fn refused(vector: &Vector, i: usize) -> Option<&'static str> {
    let named = vector.row(i)[3].is_some();
    let Vector { scheme, hash, .. } = vector;
    match scheme.as_str() {
        "plaintext" | "ldap_plaintext" => Some("nothing but the password is stored"),
        "scram" => Some("several digests in one text"),
        "bsdi_crypt" if !named => Some("letters that could be anything, and no name"),
        "sha1_crypt" if hash.ends_with(".s2Q") => Some("filled up in another way"),
        "django_des_crypt" if hash.len() == 33 => Some("the digest is stored twice"),
        "sybase_ase" | "domino6" | "domino8" if !named => {
            Some("what it begins with tells too little")
        }
        _ => None,
    }
}

/// What the caller and the log are told; a request's id is its own.
fn told((said, reasons): &(Vec<Said>, BTreeMap<String, String>)) -> BTreeMap<usize, String> {
    let one = |(i, status, code, id): &Said| {
        let reason = reasons.get(id).map(String::as_str).unwrap_or_default();
        (*i, format!("{status} {code} {reason}"))
    };
    said.iter().map(one).collect()
}

/// Runs a file through both modes and gives how many vectors have the same answer, and how many are refused.
fn compare(engine: Engine, name: &str) -> Option<[usize; 2]> {
    let (mut counts, mut faults) = ([0, 0], vec![]);
    let all = vectors(name);
    for (pepper, vectors) in by_pepper(&all) {
        let of = |mode: &str| {
            let world = world(engine, mode, &vectors, pepper)?;
            let answers = told(&answers(&world, &vectors));
            if mode == "inside" {
                faults.extend(leaks(&world, &vectors));
            }
            world.gate.assert_calm();
            Some(answers)
        };
        let [outside, inside] = ["outside", "inside"].map(of);
        let (outside, inside) = (outside?, inside?);
        assert_eq!(outside.len(), inside.len());
        for (i, due) in outside {
            let vector = vectors[i];
            let same = inside[&i] == due;
            let fits = match refused(vector, i) {
                // Never a login, and never a fault.
                Some(_) => same || inside[&i].starts_with("403 invalid_credentials "),
                None => same,
            };
            counts[usize::from(!same)] += 1;
            if !fits {
                let row = vector.row(i);
                faults.push(format!(
                    "{engine:?} {} {row:?}: {}, due {due}",
                    vector.scheme, inside[&i]
                ));
            }
        }
    }
    assert!(faults.is_empty(), "{}:\n{}", faults.len(), faults.join("\n"));
    Some(counts)
}

/// Every part of a row that is a digest, as it is stored, and otherwise written.
fn secrets(vector: &Vector) -> Vec<String> {
    let hash = vector.hash.trim_end();
    let tokens: Vec<&str> =
        hash.split(|c: char| "$:{}\",!*;()[]@\\".contains(c)).filter(|it| it.len() >= 11).collect();
    let from = |text: &str, at: usize| text.get(at..).unwrap_or_default().to_owned();
    let last = tokens.last().copied().unwrap_or_default();
    let end = |length: usize| from(hash, hash.len().saturating_sub(length));
    let own = match vector.scheme.as_str() {
        _ if hash.len() < 11 => vec![],
        "plaintext" | "ldap_plaintext" => vec![hash.to_owned()],
        name if name.starts_with("ldap_salted") => {
            let bytes = STANDARD.decode(last).unwrap_or_default();
            let length = match name {
                "ldap_salted_md5" => 16,
                "ldap_salted_sha1" => 20,
                "ldap_salted_sha256" => 32,
                _ => 64,
            };
            // The last letter of a digest may hold bits of the salt behind it.
            let text = bytes.get(..length).map(|digest| STANDARD.encode(digest));
            text.into_iter().map(|text| text[..20].to_owned()).collect()
        }
        "aspnet_identity_v2" | "aspnet_identity_v3" | "atlassian_pbkdf2_sha1" => vec![end(40)],
        "ds389_pbkdf2_sha256_legacy" => vec![end(340)],
        "oracle11" => vec![hash[2..42].to_owned()],
        "oracle12" => vec![hash[2..130].to_owned()],
        "mssql2000" => vec![end(80)[..40].to_owned(), end(40)],
        "mssql2005" => vec![end(40)],
        "mssql2012" => vec![end(128)],
        "postgres_scram_sha256" => tokens.iter().rev().take(2).map(|it| (*it).to_owned()).collect(),
        "spring_pbkdf2" | "spring_standard" | "hmailserver" => vec![end(64)],
        "ion_auth" => vec![end(30)],
        "postgres_md5" => vec![end(32)],
        "joomla15" | "oscommerce" | "magento2_sha256" | "magento2_argon2id13" => {
            vec![tokens[0].to_owned()]
        }
        "keycloak" | "xenforo_sha256" => {
            tokens.iter().max_by_key(|it| it.len()).map(|it| (*it).to_owned()).into_iter().collect()
        }
        "bsdi_crypt" | "des_crypt" | "django_des_crypt" => vec![end(11)],
        "bigcrypt" | "crypt16" => vec![from(hash, 2)],
        _ if last.len() == 53 => vec![from(last, 22)],
        "phpass" | "wordpress_phpass" | "drupal7" => vec![from(last, 9)],
        "scram" => {
            tokens.iter().filter_map(|it| it.split_once('=')).map(|(_, it)| it.to_owned()).collect()
        }
        _ => vec![last.to_owned()],
    };
    let mut all = vec![];
    // A digest of nothing but zeros is there, too: nobody can tell it from what stands in its place.
    let real = |secret: &String| secret.len() >= 11 && secret.trim_matches('0').len() > 8;
    for secret in own.into_iter().filter(real) {
        let even = secret.len() % 2 == 0 && secret.bytes().all(|byte| byte.is_ascii_hexdigit());
        if even {
            let pairs =
                (0..secret.len() / 2).map(|at| u8::from_str_radix(&secret[2 * at..2 * at + 2], 16));
            let bytes: Vec<u8> = pairs.map(|byte| byte.expect("two digits")).collect();
            all.push(STANDARD.encode(&bytes).trim_end_matches('=').to_owned());
        } else if let Ok(bytes) = STANDARD.decode(&secret) {
            all.push(bytes.iter().map(|byte| format!("{byte:02x}")).collect());
        }
        all.push(secret.to_ascii_lowercase());
        all.push(secret);
    }
    all
}

/// What the role hears about each of the rows, with a part of a digest in it.
fn leaks(world: &World, vectors: &[&Vector]) -> Vec<String> {
    let mut leaks = vec![];
    let numbers: Vec<usize> = (0..vectors.len()).collect();
    for numbers in numbers.chunks(50) {
        let ask = |i: &usize| format!("SELECT narrowgate.password_parameters('h{i}@example.com')");
        let asked: Vec<_> = numbers.iter().map(ask).collect();
        let heard = world.legacy.as_role(&asked.join(" UNION ALL "));
        let heard = [heard.clone(), heard.replace("\\\"", "\"").replace("\\/", "/")].concat();
        let heard = [heard.to_ascii_lowercase(), heard].concat();
        assert!(heard.contains("\"hash\""), "{heard}");
        for i in numbers {
            let vector = vectors[*i];
            for secret in secrets(vector).iter().filter(|it| heard.contains(it.as_str())) {
                leaks.push(format!("{} {}: {secret} is told", vector.scheme, vector.hash));
            }
        }
    }
    leaks
}

/// Of each file: as many answers are the same as outside, and so many are refused.
fn check(engine: Engine, due: [(&str, [usize; 2]); 3]) {
    let counted = due.map(|(name, due)| (name, compare(engine, name).unwrap_or(due)));
    assert_eq!(counted, due, "{engine:?}");
}

const DUE: [(&str, [usize; 2]); 3] =
    [("frameworks", [320, 14]), ("hashcat", [476, 7]), ("published", [2718, 86])];

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
    let without: BTreeSet<String> = ["frameworks", "hashcat", "published"]
        .iter()
        .flat_map(|name| vectors(name))
        .filter(|vector| vector.hash.len() > 15 && secrets(vector).is_empty())
        .map(|vector| vector.hash)
        .collect();
    assert!(without.is_empty(), "{without:?}");
}
