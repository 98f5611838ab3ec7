//! Any three texts as the password columns of a row: reading them never panics, and what is read is
//! affordable.
#![no_main]

use libfuzzer_sys::fuzz_target;
use narrowgate::password::{Columns, Inputs, Schemes};

fuzz_target!(|columns: (&str, Option<&str>, Option<&str>)| {
    let (hash, salt, scheme) = columns;
    let schemes = Schemes::default().allowing("recipe").unwrap_or_default();
    let Ok(stored) = schemes.read_any(Columns { hash, salt, scheme }) else { return };
    assert!(stored.cost().memory_kib <= 256 * 1024);
    if stored.cost().nanoseconds < 100_000 {
        let inputs = Inputs { password: b"password", salt: &[], username: "", email: "", pepper: &[] };
        let _ = stored.is_made_from(inputs);
    }
});
