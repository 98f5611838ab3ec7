//! What a scheme usually costs, for unknown users of a deployment that nobody has logged in to yet.

use super::{Kind, Scheme};
use crate::password::primitives::{Argon2Kind, BcryptVariant, Crypt, Digest, Kdf};
use crate::password::recipe::Recipe;
use crate::password::recipe::grammar::{self, Spoken};

/// The recipe of a scheme, by its name or as it is written, at the cost that most users of the
/// scheme chose; none when there is no such scheme.
pub(in crate::password) fn recipe(name: &str) -> Option<Recipe> {
    let Spoken { name, recipe, parameters } = grammar::parse(name)?;
    let Some(name) = name else { return recipe };
    let scheme = Scheme::named(name).first()?;
    let mut usual = match scheme.kind {
        Kind::Digest(recipe, _) | Kind::Salted(_, recipe) => grammar::recipe(recipe)?,
        Kind::Over { base, .. } => by_name(base),
        Kind::Pbkdf2(digest) => {
            let digest = parameters.digest.unwrap_or(digest);
            let iterations = parameters.iterations.unwrap_or(600_000);
            Recipe::derived(
                Kdf::Pbkdf2 { digest, iterations },
                parameters.length.unwrap_or(32) as usize,
            )
        }
        _ => by_name(name),
    };
    if let Some(inner) = recipe {
        usual.over(&inner);
    }
    Some(usual)
}

fn by_name(name: &str) -> Recipe {
    let (kdf, length) = match name {
        name if name.contains("argon2") => {
            let (memory_kib, passes, lanes) = (19_456, 2, 1);
            let (kind, version) = (Argon2Kind::Id, 0x13);
            (Kdf::Argon2 { kind, version, memory_kib, passes, lanes, keyed: false }, 32)
        }
        "pbkdf2_sha1" | "django_pbkdf2_sha1" => {
            (Kdf::Pbkdf2 { digest: Digest::Sha1, iterations: 600_000 }, 20)
        }
        "aspnet_identity_v2" => (Kdf::Pbkdf2 { digest: Digest::Sha1, iterations: 1000 }, 32),
        "aspnet_identity_v3" => (Kdf::Pbkdf2 { digest: Digest::Sha512, iterations: 100_000 }, 32),
        "better_auth" | "werkzeug_scrypt" | "django_scrypt" => {
            (Kdf::Scrypt { log_n: 15, r: 8, p: 1 }, 64)
        }
        "scrypt" | "spring_scrypt" | "firebase_scrypt" => {
            (Kdf::Scrypt { log_n: 14, r: 8, p: 1 }, 64)
        }
        "phpass" => (Kdf::Crypt(Crypt::Phpass { log2_rounds: 13 }), 22),
        "drupal7" => (Kdf::Crypt(Crypt::Drupal7 { log2_rounds: 15 }), 43),
        "sha512_crypt" => (Kdf::Crypt(Crypt::Sha512 { rounds: 5000 }), 86),
        "sha256_crypt" => (Kdf::Crypt(Crypt::Sha256 { rounds: 5000 }), 43),
        name if name.contains("pbkdf2") => {
            (Kdf::Pbkdf2 { digest: Digest::Sha256, iterations: 600_000 }, 32)
        }
        _ => (Kdf::Bcrypt { variant: BcryptVariant::Correct, cost: 10 }, 23),
    };
    Recipe::derived(kdf, length)
}
