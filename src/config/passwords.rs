//! `[passwords]`: how passwords are verified.

use zeroize::Zeroizing;

use super::reader::Reader;
use super::sections::cores;
use crate::password::{Caps, Recipe, Schemes, Settings};

pub(super) fn read(reader: &mut Reader) -> Settings {
    let schemes = schemes(reader);
    let preparation = preparation(reader);
    let pepper = reader.secret("passwords.pepper");
    let settings = Settings {
        schemes,
        pepper: pepper.map(|secret| Zeroizing::new(secret.reveal().to_owned())),
        preparation,
        max_concurrent: reader.number("passwords.max_concurrent", cores(), 1..=1024) as usize,
        max_wait: reader.timeout("passwords.max_wait", "4s", "30s"),
        min_response: reader.duration("passwords.min_response", "300ms", "10s"),
        max_memory_mib: reader.number("passwords.max_memory_mib", 512, 256..=1_048_576),
    };
    if !settings.can_be_met() {
        reader.fault(
            "passwords.pre_hash",
            "leaves no part of the password for passwords.default_scheme, with this passwords.pepper",
            "put $pass before the pepper, as the legacy system does; or name the scheme of your rows in passwords.default_scheme",
        );
    }
    settings
}

const NO_SCHEME: &str = "is neither a scheme nor a recipe";
const SCHEME_REMEDY: &str =
    "write a name of the table in docs/passwords.md, or a recipe such as md5($salt.$pass)";

fn schemes(reader: &mut Reader) -> Schemes {
    let hard = Caps::HARD;
    let caps = Caps {
        bcrypt_cost: reader.number(
            "passwords.max_bcrypt_cost",
            hard.bcrypt_cost,
            4..=hard.bcrypt_cost,
        ),
        memory_mib: reader.number(
            "passwords.max_hash_memory_mib",
            hard.memory_mib,
            1..=hard.memory_mib,
        ),
        argon2_passes: reader.number(
            "passwords.max_argon2_passes",
            hard.argon2_passes,
            1..=hard.argon2_passes,
        ),
        pbkdf2_iterations: reader.number(
            "passwords.max_pbkdf2_iterations",
            hard.pbkdf2_iterations,
            1..=hard.pbkdf2_iterations,
        ),
        rounds: reader.number("passwords.max_rounds", hard.rounds, 1..=hard.rounds),
    };
    let mut schemes = Schemes::default().capped(caps);
    for name in reader.list("passwords.weak_schemes").unwrap_or_default() {
        if let Ok(more) = schemes.clone().allowing(&name) {
            schemes = more;
        } else {
            let cause = format!("names {name}, which {NO_SCHEME}");
            reader.fault("passwords.weak_schemes", &cause, SCHEME_REMEDY);
        }
    }
    if let Some(name) = reader.text("passwords.default_scheme") {
        match schemes.clone().with_default(&name) {
            Ok(with) if with.default_is_off() => reader.fault(
                "passwords.default_scheme",
                "is a weak scheme, and weak schemes are off",
                "name it in passwords.weak_schemes as well",
            ),
            Ok(with) => schemes = with,
            Err(_) => reader.fault("passwords.default_scheme", NO_SCHEME, SCHEME_REMEDY),
        }
    }
    schemes
}

fn preparation(reader: &mut Reader) -> Recipe {
    let Some(text) = reader.text("passwords.pre_hash") else { return Recipe::peppered() };
    Recipe::preparation(&text).unwrap_or_else(|| {
        reader.fault(
            "passwords.pre_hash",
            "is no recipe over $pass and $pepper",
            "write for example \"base64(hmac_sha512(key=$pepper))\"",
        );
        Recipe::peppered()
    })
}
