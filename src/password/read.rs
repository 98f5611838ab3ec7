//! From the columns of a row to a [`StoredHash`]: by prefix and whole form, or by the name that
//! the contract gives; never by trying.

use super::bcrypt::BcryptVariant;
use super::caps::Caps;
use super::digest::Digest;
use super::kdf::{Argon2Kind, Kdf};
use super::modular::{self, Read};
use super::recipe::Recipe;
use super::stored::{Columns, Refusal, StoredHash, Unverifiable};

/// The longest stored text that is looked at, in bytes.
const MAX_STORED_BYTES: usize = 4096;

/// What the configuration says about stored hashes.
#[derive(Clone)]
pub struct Schemes {
    /// The most that a hash may ask for.
    pub caps: Caps,
    usual: Recipe,
}

/// A reader of what stands behind a prefix.
type Reader = fn(&str) -> Read;

/// Each prefix, the scheme that a broken hash behind it counts as, and its reader. A longer prefix
/// stands before a shorter one that it begins with.
const PREFIXES: [(&str, &str, Reader); 4] = [
    ("$argon2", "argon2", modular::argon2),
    ("$2", "bcrypt", modular::bcrypt),
    ("pbkdf2_sha256$", "django_pbkdf2_sha256", |rest| {
        modular::django_pbkdf2("django_pbkdf2_sha256", Digest::Sha256, rest)
    }),
    ("pbkdf2_sha1$", "django_pbkdf2_sha1", |rest| {
        modular::django_pbkdf2("django_pbkdf2_sha1", Digest::Sha1, rest)
    }),
];

impl Default for Schemes {
    fn default() -> Self {
        let kdf = Kdf::Bcrypt { variant: BcryptVariant::Correct, cost: 10 };
        Self { caps: Caps::HARD, usual: Recipe::derived(kdf, 23) }
    }
}

impl Schemes {
    /// The schemes of a configuration, with the one that ambiguous rows have.
    ///
    /// # Errors
    /// What to write instead of a name that is no scheme.
    pub fn new(default_scheme: &str, caps: Caps) -> Result<Self, &'static str> {
        let (kdf, length) = match default_scheme {
            "bcrypt" => (Kdf::Bcrypt { variant: BcryptVariant::Correct, cost: 10 }, 23),
            "argon2" => {
                let (memory_kib, passes, lanes) = (19_456, 2, 1);
                let (kind, version) = (Argon2Kind::Id, 0x13);
                (Kdf::Argon2 { kind, version, memory_kib, passes, lanes }, 32)
            }
            "django_pbkdf2_sha256" => {
                (Kdf::Pbkdf2 { digest: Digest::Sha256, iterations: 600_000 }, 32)
            }
            "django_pbkdf2_sha1" => (Kdf::Pbkdf2 { digest: Digest::Sha1, iterations: 600_000 }, 20),
            _ => return Err("write bcrypt"),
        };
        Ok(Self { caps, usual: Recipe::derived(kdf, length) })
    }

    /// What unknown users are charged for until logins show what users cost.
    pub(super) fn usual(&self) -> Recipe {
        self.usual.clone()
    }

    /// Reads a stored hash.
    ///
    /// # Errors
    /// Why it cannot be verified.
    pub fn read(&self, columns: Columns<'_>) -> Result<StoredHash, Refusal> {
        let hash = self.read_any(columns)?;
        if hash.digest.is_empty() {
            return Err(Refusal { scheme: hash.scheme, reason: Unverifiable::Malformed });
        }
        Ok(hash)
    }

    /// Reads a stored hash whose digest the database may have kept to itself: see [`StoredHash`].
    ///
    /// # Errors
    /// Why it cannot be verified.
    pub fn read_any(&self, columns: Columns<'_>) -> Result<StoredHash, Refusal> {
        let refuse = |scheme, reason| Refusal { scheme, reason };
        if columns.hash.len() > MAX_STORED_BYTES {
            return Err(refuse("unknown", Unverifiable::Malformed));
        }
        let known = PREFIXES.iter().find(|(prefix, ..)| columns.hash.starts_with(prefix));
        let &(prefix, scheme, reader) =
            known.ok_or(refuse("unknown", Unverifiable::UnknownScheme))?;
        let rest = columns.hash.get(prefix.len()..).unwrap_or_default();
        let hash = reader(rest).map_err(|reason| refuse(scheme, reason))?;
        if !self.caps.allow(&hash.recipe) {
            return Err(refuse(hash.scheme, Unverifiable::OverCap));
        }
        match columns.scheme {
            Some(named) if named != hash.scheme => {
                Err(refuse(hash.scheme, Unverifiable::SchemeMismatch))
            }
            _ => Ok(hash),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::password::Inputs;

    fn read(hash: &str, scheme: Option<&str>) -> Result<StoredHash, Refusal> {
        Schemes::default().read(Columns { hash, salt: None, scheme })
    }

    fn inputs(password: &[u8]) -> Inputs<'_> {
        Inputs { password, salt: &[], username: "", email: "", pepper: &[] }
    }

    fn why(stored: &str) -> Option<Unverifiable> {
        read(stored, None).err().map(|refusal| refusal.reason)
    }

    #[test]
    fn costs_over_the_cap_are_refused_before_any_work() {
        let salt_and_digest =
            format!("{}{}", "N9qo8uLOickgx2ZMRZoMye", "IjZAgcfl7p92ldGxad68LJZdL17lhWy");
        for stored in [
            format!("$2b$15${salt_and_digest}"),
            format!("$2b$31${salt_and_digest}"),
            "$argon2id$v=19$m=4194304,t=1,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA".to_owned(),
            "$argon2id$v=19$m=262144,t=5,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA".to_owned(),
            "$argon2id$v=19$m=64,t=4294967296,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA".to_owned(),
            "pbkdf2_sha256$2000001$salt$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=".to_owned(),
        ] {
            assert_eq!(why(&stored), Some(Unverifiable::OverCap), "{stored}");
        }
        assert_eq!(why(&format!("$2b$14${salt_and_digest}")), None);
    }

    #[test]
    fn a_scheme_that_the_contract_names_must_agree() {
        let stored = "pbkdf2_sha256$1$salt$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
        assert!(read(stored, Some("django_pbkdf2_sha256")).is_ok());
        assert_eq!(
            read(stored, Some("bcrypt")).err().map(|refusal| refusal.reason),
            Some(Unverifiable::SchemeMismatch)
        );
    }

    /// RFC 9106 has no vector without a secret; these are the reference implementation's own
    /// (github.com/P-H-C/phc-winner-argon2, src/test.c), and bcrypt's are those of crypt_blowfish's
    /// wrapper.c.
    #[test]
    fn published_hashes_are_verified() {
        for (stored, password) in [
            (
                "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
                "password",
            ),
            (
                "$argon2i$m=65536,t=2,p=1$c29tZXNhbHQ$9sTbSlTio3Biev89thdrlKKiCaYsjjYVJxGAL3swxpQ",
                "password",
            ),
            ("$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U"),
            ("$2x$05$/OK.fbVrR/bpIqNJ5ianF.CE5elHaaO4EbggVDjb8P19RukzXSM3e", "\u{a3}"),
        ] {
            let password: Vec<u8> =
                password.chars().map(|c| u8::try_from(u32::from(c)).expect("Latin-1")).collect();
            let met = |by: &[u8]| read(stored, None).map(|hash| hash.is_made_from(inputs(by)));
            assert_eq!((met(&password), met(b"another")), (Ok(true), Ok(false)), "{stored}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(stored in "(\\$argon2(id|i|d)|\\$2[abxy]|pbkdf2_sha(256|1))?[ -~$,=]{0,120}|\\PC{0,80}") {
            let _ = read(&stored, None);
        }
    }
}
