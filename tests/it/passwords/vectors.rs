//! Thousands of hashes as other people's software made them, each through `/login`: the hash, the salt and the scheme's
//! name in their columns, what lies outside the row in the configuration.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde::Deserialize;
use serde_json::Value;

use crate::support::Legacy;
use crate::support::sample::World;

#[derive(Deserialize)]
struct Vector {
    scheme: String,
    hash: String,
    password: String,
    password_hex: Option<String>,
    r#match: bool,
    note: String,
    tier: u8,
    #[serde(default)]
    columns: BTreeMap<String, Value>,
}

/// Schemes that no hash tells by itself.
const HINTED: &[&str] = &[
    "aspnet_",
    "authlogic",
    "bcrypt_of_",
    "bigcrypt",
    "bsd_nthash",
    "cakephp",
    "cisco_",
    "clearance",
    "coldfusion",
    "crypt16",
    "des_crypt",
    "devise",
    "django_salted_",
    "domino5",
    "filezilla",
    "flask_security",
    "half_md5",
    "hex_",
    "hmailserver",
    "huawei",
    "ion_auth",
    "jasypt",
    "joomla",
    "lmhash",
    "macos_sha",
    "meteor",
    "msdcc",
    "mybb",
    "mysql323",
    "nopcommerce",
    "nthash",
    "opencart",
    "openedge",
    "oracle10",
    "oscommerce",
    "pbkdf2_raw",
    "peoplesoft",
    "plaintext",
    "ldap_plaintext",
    "prestashop",
    "punbb",
    "recipe",
    "redmine",
    "restful",
    "sap_codvn_b",
    "sap_codvn_fg",
    "scrypt_raw",
    "serv_u",
    "smf",
    "symfony",
    "umbraco",
    "vbulletin",
    "wbb",
    "wso2",
    "werkzeug_hmac_md5",
    "werkzeug_hmac_sha1",
    "wordpress_phpass",
    "argon2_raw",
    "nthash_crypt",
    "xenforo",
    "named:",
];
/// Known by name and no more.
const UNSUPPORTED: &[&str] = &[
    "aix_",
    "argon2_raw",
    "azure_sync",
    "cisco_",
    "domino",
    "dovecot_otp",
    "fshp",
    "lmhash_half",
    "macos_",
    "mongodb_",
    "msdcc",
    "openedge",
    "oracle_otm",
    "qnx_",
    "racf",
    "sap_codvn_",
    "serv_u",
    "solarwinds_",
    "sybase_ase",
];

fn begins(scheme: &str, list: &[&str]) -> bool {
    list.iter().any(|start| scheme.starts_with(start))
}

impl Vector {
    fn column(&self, name: &str) -> Option<&str> {
        self.columns.get(name)?.as_str()
    }

    fn number(&self, name: &str) -> String {
        self.columns.get(name).map(ToString::to_string).unwrap_or_default()
    }

    fn salt(&self) -> Option<String> {
        match (self.column("salt1"), self.column("salt2")) {
            (Some(one), Some(two)) => Some(format!("{one}:{two}")),
            _ => self.column("salt").map(str::to_owned),
        }
    }

    /// What `passwords.pepper` has to be.
    fn pepper(&self) -> &str {
        self.column("pepper").or_else(|| self.column("cookie_key")).unwrap_or_default()
    }

    /// What `password_scheme` says.
    fn name(&self) -> String {
        let number = |name| self.number(name);
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

    /// The reason that the log should tell; none for a match.
    fn due(&self) -> Due {
        match self {
            // Passwords in Latin-1 or worse: JSON is UTF-8, and Auth0 sends nothing else.
            Self { password_hex: Some(_), .. } => Due::Unsayable,
            // An empty password never matches anything; with a NUL, C implementations read only what stands before it.
            Self { password, .. } if password.is_empty() || password.contains('\0') => Due::Refused,
            Self { password, .. } if password.len() > 512 => Due::Refused,
            Self { scheme, .. } if begins(scheme, UNSUPPORTED) => Due::Reason("unsupported_scheme"),
            Self { hash, .. } if hash.starts_with('!') || hash == "*" || hash.is_empty() => {
                Due::Reason("locked_hash")
            }
            // One GiB.
            Self { .. } if self.number("N") == "1048576" => Due::Reason("parameters_over_cap"),
            // hashcat's example has one of the two halves.
            Self { scheme, hash, .. }
                if scheme == "dovecot_cram_md5" && hash.ends_with("000000") =>
            {
                Due::Reason("wrong_password")
            }
            Self { r#match: true, .. } => Due::Match,
            Self { r#match: false, .. } => Due::Reason("wrong_password"),
        }
    }
}

/// What the gate should say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Due {
    Match,
    /// 403, and this reason in the log.
    Reason(&'static str),
    /// 400: no password that the gate takes.
    Refused,
    /// JSON cannot say it.
    Unsayable,
}

fn vectors(name: &str) -> Vec<Vector> {
    let path = format!("{}/tests/fixtures/hashes/{name}.jsonl", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{path}: {e}"));
    text.lines().map(|line| serde_json::from_str(line).expect("a vector")).collect()
}

/// A gate before a view of these rows, each user known by the e-mail address `h<i>@example.com`. Every second hash that
/// tells its scheme is named all the same.
fn world_of(vectors: &[&Vector], pepper: &str) -> World {
    let legacy = Legacy::sqlite();
    let text = |value: Option<&str>| match value {
        Some(value) => {
            let hex: String = value.bytes().map(|byte| format!("{byte:02x}")).collect();
            format!("CAST(x'{hex}' AS TEXT)")
        }
        None => "NULL".to_owned(),
    };
    let row = |(i, vector): (usize, &&Vector)| {
        let named = i % 2 == 0
            || vector.hash.ends_with(' ')
            || begins(&vector.scheme, HINTED)
            || vector.column("password_scheme").is_some();
        let (salt, name) = (vector.salt(), named.then(|| vector.name()));
        let user = vector.column("user").filter(|user| !user.is_empty());
        format!(
            "({i}, {}, {}, {}, {})",
            text(user),
            text(Some(&vector.hash)),
            text(salt.as_deref()),
            text(name.as_deref())
        )
    };
    let rows: Vec<_> = vectors.iter().enumerate().map(row).collect();
    legacy.execute("CREATE TABLE vector (id INTEGER PRIMARY KEY, user TEXT, hash TEXT, salt TEXT, scheme TEXT)");
    for rows in rows.chunks(200) {
        legacy.execute(&format!("INSERT INTO vector VALUES {}", rows.join(", ")));
    }
    legacy.execute(
        "CREATE UNIQUE INDEX vector_mail ON vector ('h' || id || '@example.com' COLLATE NOCASE);
         BEGIN; DROP VIEW legacy_user; CREATE VIEW legacy_user AS SELECT CAST(id AS TEXT) AS user_id,
         'h' || id || '@example.com' AS email, 1 AS email_verified, user AS username, NULL AS phone_number,
         NULL AS phone_verified, NULL AS name, NULL AS given_name, NULL AS family_name, NULL AS nickname, NULL AS picture,
         NULL AS user_metadata, NULL AS app_metadata, 0 AS blocked, hash AS password_hash, salt AS password_salt,
         scheme AS password_scheme, 'h' || id || '@example.com' COLLATE NOCASE AS email_key, NULL AS username_key
         FROM vector; COMMIT",
    );
    World::with(legacy, |builder| {
        let builder = builder
            .config("passwords.weak_schemes", weak_schemes())
            // Unknown users cost next to nothing.
            .config("passwords.default_scheme", "pbkdf2_sha1(iterations=1)")
            .config("passwords.min_response", "0s");
        if pepper.is_empty() { builder } else { builder.config("passwords.pepper", pepper) }
    })
}

/// All weak schemes, as the README's table names them.
fn weak_schemes() -> Vec<String> {
    let readme = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
    let text = std::fs::read_to_string(readme).expect("the README");
    let row = |line: &str| {
        let mut cells = line.strip_prefix("| ")?.split(" | ");
        let name = cells.next()?.to_owned();
        (cells.next()? == "weak").then_some(name)
    };
    text.lines().filter_map(row).collect()
}

/// An answer: the vector's number, status, code and request id.
type Said = (usize, u16, String, String);

fn ask(world: &World, i: usize, vector: &Vector) -> Option<Said> {
    if vector.due() == Due::Unsayable {
        return None;
    }
    let answer = world.login(&format!("h{i}@example.com"), &vector.password);
    let id = answer.header("x-request-id").expect("a request id").to_owned();
    Some((i, answer.status, answer.code(), id))
}

/// What is wrong with an answer, given the reasons that the log tells.
fn fault(vector: &Vector, said: &Said, reasons: &BTreeMap<String, String>) -> Option<String> {
    let (_, status, code, id) = said;
    let reason = reasons.get(id).map(String::as_str).unwrap_or_default();
    let due = vector.due();
    let right = match due {
        Due::Match => *status == 200,
        // A hash that was not read at all would be refused as well.
        Due::Reason(why) => code == "invalid_credentials" && reason == why,
        _ => code == "invalid_request",
    };
    let Vector { scheme, hash, password, note, tier, .. } = vector;
    (!right).then(|| {
        format!("tier {tier} {scheme} {hash} {password:?} ({note}): {status} {code} {reason}, due {due:?}")
    })
}

fn reasons(world: &World) -> BTreeMap<String, String> {
    let text = |entry: &Value, name: &str| entry[name].as_str().unwrap_or_default().to_owned();
    world
        .gate
        .entries()
        .iter()
        .map(|entry| (text(entry, "request_id"), text(entry, "reason")))
        .collect()
}

/// Checks all lines of a file and gives how many were due a match, and how many wrong.
fn check_file(name: &str) -> [usize; 2] {
    let vectors = vectors(name);
    let mut peppers: BTreeMap<&str, Vec<&Vector>> = BTreeMap::new();
    for vector in &vectors {
        peppers.entry(vector.pepper()).or_default().push(vector);
    }
    let mut faults = vec![];
    for (pepper, vectors) in peppers {
        let world = world_of(&vectors, pepper);
        let next = AtomicUsize::new(0);
        let work = || {
            let mut said = vec![];
            loop {
                let i = next.fetch_add(1, Ordering::Relaxed);
                let Some(vector) = vectors.get(i) else { return said };
                said.extend(ask(&world, i, vector));
            }
        };
        let said: Vec<Said> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(work)).collect();
            threads.into_iter().flat_map(|thread| thread.join().expect("an asker")).collect()
        });
        // The log is written behind the answers: this line is behind all of theirs.
        let last = world.login("nobody", "password");
        world.gate.decision(&last);
        let reasons = reasons(&world);
        faults.extend(said.iter().filter_map(|said| fault(vectors.get(said.0)?, said, &reasons)));
        world.gate.assert_calm();
    }
    assert!(faults.is_empty(), "{} of {}:\n{}", faults.len(), vectors.len(), faults.join("\n"));
    [Due::Match, Due::Reason("wrong_password")]
        .map(|due| vectors.iter().filter(|vector| vector.due() == due).count())
}

/// passlib, libxcrypt and the RFCs.
#[test]
fn published_hashes() {
    assert_eq!(check_file("published"), [1546, 715]);
}

/// hashcat's examples, with all its generic recipes.
#[test]
fn hashcat_examples() {
    assert_eq!(check_file("hashcat"), [148, 236]);
}

/// What frameworks and servers made, see the README beside the file.
#[test]
fn hashes_of_frameworks() {
    assert_eq!(check_file("frameworks"), [169, 165]);
}

/// What the original software printed, see the README beside the file.
#[test]
fn hashes_of_the_original_software() {
    assert_eq!(check_file("software"), [780, 672]);
}
