//! Any three texts as the password columns of a row, or as those that the default scheme reads:
//! reading them never panics, what is read is affordable, and so is what is derived from it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use narrowgate::password::{Columns, Inputs, Schemes, StoredHash};

fuzz_target!(|columns: (&str, Option<&str>, Option<&str>)| {
    let (hash, salt, scheme) = columns;
    let columns = Columns { hash, salt, scheme };
    let schemes = Schemes::default();
    let _ = schemes.read(columns).map(|stored| derive(&stored));
    let _ = schemes.read_even_weak(columns).map(|stored| derive(&stored));
    if let Some(Ok(schemes)) = scheme.map(|name| schemes.with_default(name)) {
        let columns = Columns { scheme: None, ..columns };
        let _ = schemes.read_even_weak(columns).map(|stored| derive(&stored));
    }
});

fn derive(stored: &StoredHash) {
    let cost = stored.cost();
    assert!(cost.memory_kib <= 256 * 1024);
    if cost.nanoseconds < 100_000 {
        let (username, email) = ("user", "user@example.com");
        let inputs =
            Inputs { password: b"password", salt: &[], username, email, pepper: b"pepper" };
        let derived = stored.derive(inputs);
        let _ = derived.and_then(|derived| stored.written(&derived));
    }
}
