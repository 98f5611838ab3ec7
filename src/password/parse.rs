//! From the text in a row to a scheme, parameters, salt and digest; every cap is checked here,
//! before anything is allocated or computed.

use base64::Engine;
use base64::alphabet;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::bcrypt::BcryptVariant;
use super::derive::{Argon2Kind, Parameters, Pbkdf2Digest};

/// The longest stored text that is looked at, in bytes.
const MAX_STORED_BYTES: usize = 1024;
/// A digest below 16 bytes can be met by chance, and none above 64 is made by these schemes.
const DIGEST_BYTES: std::ops::RangeInclusive<usize> = 16..=64;

/// bcrypt's own base64. Salts by old implementations carry stray bits in their last character.
const BCRYPT_BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::BCRYPT,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::RequireNone)
        .with_decode_allow_trailing_bits(true),
);

/// Why a stored hash is not verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unverifiable {
    /// Nothing that is known looks like this.
    UnknownScheme,
    /// It begins like a scheme and breaks its form.
    Malformed,
    /// Its parameters cost more than one login may.
    OverCap,
    /// The contract's `password_scheme` names another scheme than the hash shows.
    SchemeMismatch,
}

impl Unverifiable {
    /// The word for it in logs and metrics.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::UnknownScheme => "unknown_scheme",
            Self::Malformed => "malformed_hash",
            Self::OverCap => "parameters_over_cap",
            Self::SchemeMismatch => "scheme_mismatch",
        }
    }
}

/// A stored hash whose parameters are known to be affordable. It has no `Debug`.
pub struct StoredHash {
    /// The scheme and its cost.
    pub parameters: Parameters,
    salt: Vec<u8>,
    digest: Zeroizing<Vec<u8>>,
}

impl StoredHash {
    /// Reads a stored hash; `scheme` is the contract's word for it, which must agree.
    ///
    /// # Errors
    /// Why it cannot be verified.
    pub fn parse(stored: &str, scheme: Option<&str>) -> Result<Self, Unverifiable> {
        if stored.len() > MAX_STORED_BYTES {
            return Err(Unverifiable::Malformed);
        }
        let hash = if let Some(rest) = stored.strip_prefix("$argon2") {
            argon2(rest)
        } else if let Some(rest) = stored.strip_prefix("$2") {
            bcrypt(rest)
        } else if let Some(rest) = stored.strip_prefix("pbkdf2_sha256$") {
            django_pbkdf2(Pbkdf2Digest::Sha256, rest)
        } else if let Some(rest) = stored.strip_prefix("pbkdf2_sha1$") {
            django_pbkdf2(Pbkdf2Digest::Sha1, rest)
        } else {
            Err(Unverifiable::UnknownScheme)
        }?;
        match scheme {
            Some(named) if named != hash.parameters.scheme() => Err(Unverifiable::SchemeMismatch),
            _ => Ok(hash),
        }
    }

    /// A hash that costs what `parameters` cost and that no password meets.
    #[must_use]
    pub fn decoy(parameters: Parameters) -> Self {
        let digest = match parameters {
            Parameters::Bcrypt { .. } => 23,
            Parameters::DjangoPbkdf2 { digest: Pbkdf2Digest::Sha1, .. } => 20,
            Parameters::Argon2 { .. } | Parameters::DjangoPbkdf2 { .. } => 32,
        };
        Self { parameters, salt: vec![0x5a; 16], digest: Zeroizing::new(vec![0; digest]) }
    }

    /// Whether the bytes hash to the stored digest, compared in constant time.
    #[must_use]
    pub fn is_made_from(&self, password: &[u8]) -> bool {
        let derived = self.parameters.derive(password, &self.salt, self.digest.len());
        derived.is_some_and(|derived| derived.ct_eq(&self.digest).into())
    }

    fn new(parameters: Parameters, salt: Vec<u8>, digest: Vec<u8>) -> Result<Self, Unverifiable> {
        let digest = Zeroizing::new(digest);
        if DIGEST_BYTES.contains(&digest.len()) {
            Ok(Self { parameters, salt, digest })
        } else {
            Err(Unverifiable::Malformed)
        }
    }
}

/// `$2b$10$` + 22 characters of salt + 31 of digest.
fn bcrypt(rest: &str) -> Result<StoredHash, Unverifiable> {
    let (variant, rest) = match rest.split_once('$').ok_or(Unverifiable::Malformed)? {
        ("a" | "b" | "y", rest) => (BcryptVariant::Correct, rest),
        ("x", rest) => (BcryptVariant::SignExtended, rest),
        _ => return Err(Unverifiable::UnknownScheme),
    };
    let (cost, encoded) = rest.split_once('$').ok_or(Unverifiable::Malformed)?;
    let (salt, digest) = encoded.split_at_checked(22).ok_or(Unverifiable::Malformed)?;
    if cost.len() != 2 || digest.len() != 31 {
        return Err(Unverifiable::Malformed);
    }
    let cost = within(decimal(cost)?, 4, 14)?;
    StoredHash::new(
        Parameters::Bcrypt { variant, cost },
        decode(&BCRYPT_BASE64, salt)?,
        decode(&BCRYPT_BASE64, digest)?,
    )
}

/// The PHC form: `id$v=19$m=65536,t=3,p=4$salt$digest`, parameters in any order, `v` optional.
fn argon2(rest: &str) -> Result<StoredHash, Unverifiable> {
    let fields: Vec<&str> = rest.split('$').collect();
    let (kind, version, parameters, salt, digest) = match fields[..] {
        [kind, version, parameters, salt, digest] => (kind, version, parameters, salt, digest),
        [kind, parameters, salt, digest] => (kind, "v=16", parameters, salt, digest),
        _ => return Err(Unverifiable::Malformed),
    };
    let kind = match kind {
        "d" => Argon2Kind::D,
        "i" => Argon2Kind::I,
        "id" => Argon2Kind::Id,
        _ => return Err(Unverifiable::UnknownScheme),
    };
    let version = match version {
        "v=16" => 0x10,
        "v=19" => 0x13,
        _ => return Err(Unverifiable::Malformed),
    };
    let [memory_kib, passes, lanes] = argon2_costs(parameters)?;
    let salt = decode(&STANDARD_NO_PAD, salt)?;
    if !(8..=64).contains(&salt.len()) {
        return Err(Unverifiable::Malformed);
    }
    StoredHash::new(
        Parameters::Argon2 { kind, version, memory_kib, passes, lanes },
        salt,
        decode(&STANDARD_NO_PAD, digest)?,
    )
}

/// Memory at most 256 MiB, passes at most 10, lanes at most 16, and together at most 1 GiB of
/// memory filled; the floors are those of RFC 9106 section 3.1.
fn argon2_costs(parameters: &str) -> Result<[u32; 3], Unverifiable> {
    let mut costs = [None; 3];
    for parameter in parameters.split(',') {
        let (name, value) = parameter.split_once('=').ok_or(Unverifiable::Malformed)?;
        let place = ["m", "t", "p"]
            .iter()
            .position(|known| *known == name)
            .ok_or(Unverifiable::Malformed)?;
        let cost = costs.get_mut(place).ok_or(Unverifiable::Malformed)?;
        if cost.replace(decimal(value)?).is_some() {
            return Err(Unverifiable::Malformed);
        }
    }
    let [Some(memory_kib), Some(passes), Some(lanes)] = costs else {
        return Err(Unverifiable::Malformed);
    };
    let (passes, lanes) = (within(passes, 1, 10)?, within(lanes, 1, 16)?);
    let memory_kib = within(memory_kib, 8 * lanes, 256 * 1024)?;
    if u64::from(memory_kib) * u64::from(passes) > 1024 * 1024 {
        return Err(Unverifiable::OverCap);
    }
    Ok([memory_kib, passes, lanes])
}

/// Django's `iterations$salt$digest`: the salt is text, hashed as its bytes.
fn django_pbkdf2(digest: Pbkdf2Digest, rest: &str) -> Result<StoredHash, Unverifiable> {
    let [iterations, salt, encoded] = rest.split('$').collect::<Vec<_>>()[..] else {
        return Err(Unverifiable::Malformed);
    };
    let iterations = within(decimal(iterations)?, 1, 2_000_000)?;
    if salt.is_empty() {
        return Err(Unverifiable::Malformed);
    }
    // A shorter output of PBKDF2 begins like a longer one, so a cut digest would still match.
    let whole = match digest {
        Pbkdf2Digest::Sha1 => 20,
        Pbkdf2Digest::Sha256 => 32,
    };
    let derived = decode(&STANDARD, encoded)?;
    if derived.len() != whole {
        return Err(Unverifiable::Malformed);
    }
    let parameters = Parameters::DjangoPbkdf2 { digest, iterations };
    StoredHash::new(parameters, salt.as_bytes().to_vec(), derived)
}

fn decode(engine: &GeneralPurpose, text: &str) -> Result<Vec<u8>, Unverifiable> {
    engine.decode(text).map_err(|_| Unverifiable::Malformed)
}

/// A decimal without sign or leading zero (bcrypt's two digits aside). Too large is over the cap.
fn decimal(text: &str) -> Result<u32, Unverifiable> {
    if text.is_empty()
        || !text.bytes().all(|byte| byte.is_ascii_digit())
        || (text.len() > 2 && text.starts_with('0'))
    {
        return Err(Unverifiable::Malformed);
    }
    text.parse().map_err(|_| Unverifiable::OverCap)
}

fn within(value: u32, least: u32, most: u32) -> Result<u32, Unverifiable> {
    match value {
        _ if value < least => Err(Unverifiable::Malformed),
        _ if value > most => Err(Unverifiable::OverCap),
        _ => Ok(value),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn why(stored: &str) -> Option<Unverifiable> {
        StoredHash::parse(stored, None).err()
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
        assert!(StoredHash::parse(stored, Some("django_pbkdf2_sha256")).is_ok());
        assert_eq!(
            StoredHash::parse(stored, Some("bcrypt")).err(),
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
            let hash = StoredHash::parse(stored, None).expect("a published hash");
            let password: Vec<u8> =
                password.chars().map(|c| u8::try_from(u32::from(c)).expect("Latin-1")).collect();
            assert!(hash.is_made_from(&password), "{stored}");
            assert!(!hash.is_made_from(b"another"), "{stored}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(stored in "(\\$argon2(id|i|d)|\\$2[abxy]|pbkdf2_sha(256|1))?[ -~$,=]{0,120}|\\PC{0,80}") {
            let _ = StoredHash::parse(&stored, None);
        }
    }
}
