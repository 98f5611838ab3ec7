//! Thousands of hashes as other people's software made them, each through `/login`: the hash, the salt and the scheme's
//! name in their columns, what lies outside the row in the configuration.

mod asking;

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

pub use asking::{answers, by_pepper, fault, settings, vectors};

use asking::check_file;

#[derive(Deserialize)]
pub struct Vector {
    pub scheme: String,
    pub hash: String,
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
    "argon2_secret",
    "aspnet_",
    "authlogic",
    "better_auth",
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
    "hashcat_pbkdf2",
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
    "werkzeug_hmac_",
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
    pub fn column(&self, name: &str) -> Option<&str> {
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
    pub fn pepper(&self) -> &str {
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

    /// Username, hash, salt and scheme of the row. Every second hash that tells its scheme is named all
    /// the same.
    pub fn row(&self, i: usize) -> [Option<String>; 4] {
        let named = i.is_multiple_of(2)
            || self.hash.ends_with(' ')
            || begins(&self.scheme, HINTED)
            || self.column("password_scheme").is_some();
        let user = self.column("user").filter(|user| !user.is_empty());
        let name = named.then(|| self.name());
        [user.map(str::to_owned), Some(self.hash.clone()), self.salt(), name]
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
            Self { hash, scheme, .. }
                if hash.starts_with('!') && !scheme.starts_with("request_tracker")
                    || hash == "*"
                    || hash.is_empty() =>
            {
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
    assert_eq!(check_file("frameworks"), [177, 173]);
}

/// What the original software printed, see the README beside the file.
#[test]
fn hashes_of_the_original_software() {
    assert_eq!(check_file("software"), [780, 672]);
}

/// Products whose forms came later, see the README beside the file.
#[test]
fn hashes_of_more_products() {
    assert_eq!(check_file("products"), [138, 138]);
}
