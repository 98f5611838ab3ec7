//! `deploy/narrowgate.example.toml`: every key is in it, what it says is accepted, and what it calls a default is one.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use rcgen::{CertificateParams, KeyPair};

use super::{complete, folder};
use crate::shadow::day;
use crate::support::program::Program;
use crate::support::sample::World;
use crate::support::{Gate, Issuer, Legacy};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/narrowgate.example.toml");

/// The keys of the interface. Secrets have a twin `..._file` each, which the head of the file explains.
const KEYS: [&str; 56] = [
    "auth.algorithms",
    "auth.audience",
    "auth.clients",
    "auth.issuer",
    "auth.jwks_ca_certificate",
    "auth.jwks_cooldown",
    "auth.jwks_max_stale",
    "auth.jwks_refresh",
    "auth.jwks_timeout",
    "auth.jwks_uri",
    "auth.leeway",
    "auth.max_token_age",
    "database.acquire_timeout",
    "database.ca_certificate",
    "database.client_certificate",
    "database.client_key",
    "database.connect_timeout",
    "database.contract",
    "database.password_check",
    "database.pool_size",
    "database.statement_timeout",
    "database.url",
    "limits.attempts_per_user",
    "limits.attempts_window",
    "limits.instances",
    "limits.requests_per_client",
    "log.format",
    "log.identifier_key",
    "log.level",
    "management.bind",
    "passwords.default_scheme",
    "passwords.max_argon2_passes",
    "passwords.max_bcrypt_cost",
    "passwords.max_concurrent",
    "passwords.max_hash_memory_mib",
    "passwords.max_memory_mib",
    "passwords.max_pbkdf2_iterations",
    "passwords.max_rounds",
    "passwords.max_wait",
    "passwords.min_response",
    "passwords.pepper",
    "passwords.pre_hash",
    "passwords.weak_schemes",
    "server.behind_tls_proxy",
    "server.bind",
    "server.body_timeout",
    "server.client_ca",
    "server.drain_delay",
    "server.header_timeout",
    "server.keep_alive",
    "server.request_timeout",
    "server.shutdown_grace",
    "server.tls_certificate",
    "server.tls_private_key",
    "server.workers",
    "shadow.until",
];

/// A key of the file: its value as written, and whether it may be left out.
#[derive(Debug, Clone)]
struct Entry {
    value: String,
    optional: bool,
}

fn entries() -> BTreeMap<String, Entry> {
    let text = std::fs::read_to_string(FILE).expect("the example");
    let (mut section, mut entries) = (String::new(), BTreeMap::new());
    for line in text.lines() {
        // A section that is off as a whole has its head behind the sign as well.
        if let Some(name) = line.strip_prefix("# ").unwrap_or(line).strip_prefix('[') {
            name.trim_end_matches(']').clone_into(&mut section);
            continue;
        }
        let bare = line.strip_prefix("# ").unwrap_or(line);
        let Some((key, value)) = bare.split_once(" = ") else { continue };
        if key.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'))
            && !key.is_empty()
        {
            let entry = Entry { value: value.to_owned(), optional: bare != line };
            assert!(
                entries.insert(format!("{section}.{key}"), entry).is_none(),
                "{key} is there twice"
            );
        }
    }
    entries
}

#[test]
fn it_holds_every_key_and_no_other() {
    let found: BTreeSet<_> = entries().into_keys().collect();
    let due: BTreeSet<_> = KEYS.iter().map(|key| (*key).to_owned()).collect();
    assert_eq!(found, due);
    let required: Vec<_> =
        entries().into_iter().filter(|(_, e)| !e.optional).map(|(key, _)| key).collect();
    assert_eq!(required, ["auth.audience", "auth.issuer", "database.url"]);
    let text = std::fs::read_to_string(FILE).expect("the example");
    for twin in ["database.url_file", "passwords.pepper_file", "log.identifier_key_file"] {
        assert!(text.contains(twin), "{twin} is not explained");
    }
}

/// The service knows no key that the example lacks: the only place where this suite looks at the service's text.
#[test]
fn no_key_of_the_service_is_missing() {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/config");
    let mut known = BTreeSet::new();
    let files = std::fs::read_dir(sources).expect("the sources");
    let files = files.map(|file| file.expect("an entry").path());
    for file in files.filter(|file| file.extension().is_some_and(|end| end == "rs")) {
        let text = std::fs::read_to_string(file).expect("text");
        known.extend(text.split('"').filter(|word| is_key(word)).map(str::to_owned));
    }
    assert!(known.len() > 40, "{known:?}");
    let shown: BTreeSet<_> = entries().into_keys().collect();
    assert_eq!(known, shown);
}

fn is_key(word: &str) -> bool {
    let sections =
        ["server", "management", "auth", "database", "passwords", "limits", "shadow", "log"];
    word.split_once('.').is_some_and(|(section, key)| {
        sections.contains(&section)
            && !key.is_empty()
            && key.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_'))
    })
}

/// Files as the example names them.
fn certificates(folder: &Path) -> String {
    let key = KeyPair::generate().expect("a key");
    let certificate =
        CertificateParams::new(vec!["localhost".into()]).expect("a name").self_signed(&key);
    let pem = certificate.expect("a certificate").pem();
    let authorities = ["clients-ca.crt", "issuer-ca.crt", "database-ca.crt"];
    for name in ["tls.crt", "database-client.crt"].into_iter().chain(authorities) {
        std::fs::write(folder.join(name), &pem).expect("written");
    }
    for name in ["tls.key", "database-client.key"] {
        std::fs::write(folder.join(name), key.serialize_pem()).expect("written");
    }
    folder.to_str().expect("UTF-8").to_owned()
}

/// The example as a file: with its optional keys, or with one of them.
fn text(folder: &str, with: impl Fn(&str) -> bool) -> String {
    let mut sections: BTreeMap<String, String> = BTreeMap::new();
    for (key, entry) in entries().into_iter().filter(|(key, entry)| !entry.optional || with(key)) {
        let (section, name) = key.split_once('.').expect("section.key");
        let value = entry.value.replace("/etc/narrowgate", folder);
        // The example's day is no nearer than today.
        let value = if key == "shadow.until" { format!("\"{}\"", day(1)) } else { value };
        *sections.entry(section.into()).or_default() += &format!("{name} = {value}\n");
    }
    sections.iter().map(|(name, lines)| format!("[{name}]\n{lines}")).collect()
}

#[test]
fn what_it_says_is_accepted_all_together_and_one_by_one() {
    let (folder, issuer, legacy) = (folder(), Issuer::start(), Legacy::sqlite());
    let pem = certificates(folder.path());
    // Nobody outside is asked: the places come from the environment.
    let uri = issuer.jwks_uri();
    let places =
        [("NARROWGATE__AUTH__JWKS_URI", uri.as_str()), ("NARROWGATE__DATABASE__URL", legacy.url())];
    let check = |text: String| {
        let file = folder.path().join("narrowgate.toml");
        std::fs::write(&file, text).expect("written");
        std::fs::set_permissions(&file, PermissionsExt::from_mode(0o600)).expect("its mode");
        Program::run(folder.path(), &["check"], &places)
    };
    let (code, told) = check(text(&pem, |_| false));
    assert_eq!(code, Some(0), "as it is: {told}");
    let (code, told) = check(text(&pem, |_| true));
    assert_eq!(code, Some(0), "with every key: {told}");
    let pair = ["server.tls_certificate", "server.tls_private_key"];
    let client = ["database.client_certificate", "database.client_key"];
    for (key, _) in entries().into_iter().filter(|(_, entry)| entry.optional) {
        // A certificate, its key and the clients' authority go together.
        let tls = pair.contains(&key.as_str()) || key == "server.client_ca";
        let of_client = client.contains(&key.as_str());
        let together =
            |other: &str| tls && pair.contains(&other) || of_client && client.contains(&other);
        let (code, told) = check(text(&pem, |other| other == key || together(other)));
        assert_eq!(code, Some(0), "{key}: {told}");
    }
}

/// A value of the wrong form is answered with the default as the example of a right one.
#[test]
fn the_durations_it_calls_defaults_are_the_defaults() {
    for (key, entry) in entries() {
        let is_duration = entry.value.trim_matches('"').ends_with(['s', 'm', 'h'])
            && entry.value.as_bytes()[1].is_ascii_digit();
        if !is_duration && key != "server.bind" {
            continue;
        }
        let (code, told) = complete().config(&key, "x").run("check");
        assert_eq!(code, Some(2), "{key}: {told}");
        let line =
            told.lines().find(|line| line.contains(&format!("{key}: "))).expect("a line about it");
        let said = line.split(['"']).nth(1).expect("a value in quotes");
        assert_eq!(format!("\"{said}\""), entry.value, "{key}: {line}");
    }
}

/// Numbers and words are seen by what they do.
#[test]
fn the_numbers_it_calls_defaults_are_the_defaults() {
    let entries = entries();
    let value = |key: &str| entries[key].value.clone();
    assert_eq!(value("limits.attempts_per_user"), "20");
    assert_eq!(value("log.format"), "\"json\"");
    assert_eq!(value("limits.requests_per_client"), "0");
    let (issuer, legacy) = (Issuer::start(), Legacy::sqlite());
    legacy.add_user(1000, Some("cheap"), None, Some(crate::support::sample::CHEAP));
    let gate = Gate::builder(&issuer, &legacy).config("passwords.min_response", "1ms").start();
    let world = World { gate, token: crate::support::Token::auth0().sign(), issuer, legacy };
    for _ in 0..20 {
        world.login("cheap", "wrong").expect(403, "invalid_credentials");
    }
    world.login("cheap", "wrong").expect(429, "too_many_attempts");
    world.gate.assert_calm();
}

/// 300 ms for a refusal, which a right password need not wait for.
#[test]
fn the_floor_of_refusals_is_what_it_says() {
    assert_eq!(entries()["passwords.min_response"].value, "\"300ms\"");
    let (issuer, legacy) = (Issuer::start(), Legacy::sqlite());
    legacy.add_user(1000, Some("cheap"), None, Some(crate::support::sample::CHEAP));
    let gate = Gate::builder(&issuer, &legacy).without("passwords.min_response").start();
    let world = World { gate, token: crate::support::Token::auth0().sign(), issuer, legacy };
    world.login("cheap", "wrong");
    let start = std::time::Instant::now();
    world.login("cheap", "wrong").expect(403, "invalid_credentials");
    let took = start.elapsed();
    assert!(took >= Duration::from_millis(300) && took < Duration::from_secs(3), "{took:?}");
}
