//! Keys that were cut: a shorter output of PBKDF2 and scrypt begins like a longer one.

use std::collections::BTreeSet;

use super::neighbours::{of, vectors};
use crate::password::primitives::Kdf;
use crate::password::recipe::Recipe;

/// Whose own software takes the length of the stored key, whatever it is, since it may be configured there.
const FREE: [&str; 9] = [
    "authlogic_scrypt",
    "crackstation_pbkdf2",
    "hashcat_pbkdf2",
    "hashcat_scrypt",
    "jakarta_pbkdf2",
    "keycloak",
    "scrypt",
    "spring_pbkdf2",
    "spring_scrypt",
];

#[test]
fn a_key_that_was_cut_is_refused_where_software_writes_one_length() {
    let mut free = BTreeSet::new();
    let mut fixed = BTreeSet::new();
    for vector in vectors() {
        let columns = &vector["columns"];
        let text = vector["hash"].as_str().expect("a hash");
        let salt = columns["salt"].as_str();
        // A name with parameters says the length, or that there is none to say.
        let names = [None, columns["password_scheme"].as_str(), vector["scheme"].as_str()];
        let mut names = names.into_iter().filter(|name| name.is_none_or(|it| !it.contains('(')));
        let read = names.find_map(|name| Some((name, of(text, salt, name).ok()?)));
        let Some((name, hash)) = read else { continue };
        let Recipe::Derive { kdf: Kdf::Pbkdf2 { .. } | Kdf::Scrypt { .. }, .. } = &hash.recipe
        else {
            continue;
        };
        let written = |bytes: &[u8]| hash.written(bytes).expect("a digest");
        let Some((before, behind)) = text.rsplit_once(&written(&hash.digest)) else { continue };
        for length in [16, 20, 24, 28, 32, 40, 48, 64] {
            let Some(cut) = hash.digest.get(..length).filter(|cut| cut.len() < hash.digest.len())
            else {
                continue;
            };
            let cut = format!("{before}{}{behind}", written(cut));
            let read = of(&cut, salt, name).is_ok_and(|read| read.scheme == hash.scheme);
            if read { &mut free } else { &mut fixed }.insert(hash.scheme);
        }
    }
    let free: Vec<_> = free.into_iter().collect();
    assert_eq!(free, FREE);
    assert!(fixed.len() > 20, "{fixed:?}");
}
