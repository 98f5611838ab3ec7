//! `[passwords]`: how passwords are verified.

use zeroize::Zeroizing;

use super::reader::Reader;
use super::sections::cores;
use crate::password::{Caps, Recipe, Schemes, Settings};

pub(super) fn read(reader: &mut Reader) -> Settings {
    let default_scheme =
        reader.text("passwords.default_scheme").unwrap_or_else(|| "bcrypt".to_owned());
    let weak_schemes = reader.list("passwords.weak_schemes").unwrap_or_default();
    if !weak_schemes.is_empty() {
        let cause = format!("names {}, which this version does not have", weak_schemes.join(", "));
        reader.fault("passwords.weak_schemes", &cause, "leave it empty");
    }
    let schemes = Schemes::new(&default_scheme, Caps::HARD).unwrap_or_else(|remedy| {
        reader.fault("passwords.default_scheme", "is not a known scheme", remedy);
        Schemes::default()
    });
    let pepper = reader.secret("passwords.pepper");
    Settings {
        schemes,
        pepper: pepper.map(|secret| Zeroizing::new(secret.reveal().to_owned())),
        preparation: Recipe::peppered(),
        max_concurrent: reader.number("passwords.max_concurrent", cores(), 1..=1024) as usize,
        max_wait: reader.timeout("passwords.max_wait", "1s", "30s"),
        min_response: reader.duration("passwords.min_response", "300ms", "10s"),
        max_memory_mib: reader.number("passwords.max_memory_mib", 512, 256..=1_048_576),
    }
}
