//! A digest and a salt of which nothing tells which is which: what is shown as the salt is never the digest.

use super::MAPPING;
use crate::contract::script;
use crate::support::{Engine, Legacy};

const MD5: &str = "a07af48669db914245087136b4d4aa7b";
const SALT: &str = "0123456789abcdef0123456789abcdef";
const SHA1: &str = "W6ph5Mm5Pz8GgiULbPgzG37mj9g";
const SHA256: &str = "YG83dCT+YzZXwlGuGQ8zEmYRlu7N1suuDo0lXU2O1gE";

/// The hash, the scheme, and whether the database can know the digest in it: the password is then compared.
fn rows() -> Vec<(String, &'static str, bool)> {
    let (hex64, hex128) = (SALT.repeat(2), SALT.repeat(4));
    vec![
        (format!("{SALT}:{SHA256}="), "sha256($salt.$pass)", false),
        (format!("{SALT}:{SHA256}="), "pbkdf2_sha256(iterations=1000)", false),
        (format!("{SALT}:{SHA256}="), "coldfusion10", false),
        (format!("{SALT}:{SHA256}"), "scrypt(N=16384, r=8, p=1, key_length=32)", false),
        (format!("{SALT}:{}", SHA256.replace('+', "-")), "sha256($salt.$pass)", false),
        (format!("{hex64}:{SALT}"), "sha256($salt.$pass)", false),
        (format!("{SALT}:{hex64}"), "sha256($salt.$pass)", false),
        (format!("{SALT}:{hex64}"), "coldfusion10", false),
        (format!("c2FsdHNhbHRzYWx0c2FsdA==:{SHA1}="), "sha1($salt.$pass)", false),
        (format!("c2FsdHNhbHRzYWx0c2FsdA==:{SHA1}="), "aspnet_membership", false),
        (format!("{MD5}:{hex128}"), "md5($pass.$salt)", false),
        (format!("{MD5}:{hex128}"), "joomla15", false),
        (format!("{{SHA256}}{hex64}:{hex64}"), "joomla_sha256", false),
        (format!("md5${MD5}${SALT}"), "md5($pass.$salt)", false),
        (format!("sha1${SHA1}=${SALT}"), "sha1($pass.$salt)", false),
        (format!("{MD5}:AbCdEfGhIjKlMnOpQrStUvWxYz012345"), "joomla15", true),
        (format!("{MD5}:salt"), "md5($pass.$salt)", true),
        (format!("{SALT}:{hex128}"), "better_auth", true),
        (format!("{SALT}:{hex128}"), "pbkdf2_sha512(iterations=1000)", true),
        (format!("{SALT}:{hex128}"), "scrypt(N=16384)", true),
        (format!("{SALT}:{hex128}"), "authlogic", true),
        (format!("md5$AbCdEfGhIjKlMnOpQrStUv${MD5}"), "django_salted_md5", true),
    ]
}

#[test]
fn no_digest_is_taken_for_a_salt() {
    for engine in [Engine::Postgresql, Engine::Mysql] {
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
        let rows = rows();
        let insert = |(i, (hash, scheme, _)): (usize, &(String, &str, bool))| {
            format!(
                "INSERT INTO legacy_store.hash_row VALUES ({i}, 'h{i}@example.com', NULL, '{hash}', NULL, '{scheme}')"
            )
        };
        let mut scripts = vec![create.to_owned()];
        scripts.extend(rows.iter().enumerate().map(insert));
        scripts.push(script(MAPPING, engine, &[]));
        let Some(legacy) = Legacy::filled(engine, &|_| {}, &scripts) else { return };
        for (i, (hash, scheme, is_known)) in rows.iter().enumerate() {
            let asked = format!("SELECT narrowgate.password_parameters('h{i}@example.com')");
            let heard = legacy.as_role(&asked).replace(['\\', ' '], "");
            let shown = heard.split_once("\"hash\":\"").and_then(|(_, rest)| rest.split_once('"'));
            let is_refused = shown.expect("a hash").0.ends_with('?');
            assert_eq!(is_refused, !is_known, "{engine:?} {hash} {scheme}: {heard}");
        }
    }
}
