//! What the bench programs share: reading `--name value` from the command line.

use std::str::FromStr;

/// The value after `--name`, if it is there and parses.
pub fn option<T: FromStr>(name: &str) -> Option<T> {
    let mut arguments = std::env::args().skip_while(|argument| argument != name);
    arguments.next()?;
    arguments.next()?.parse().ok()
}

/// Ends quietly when `cargo bench` starts the program without the options that `benches/run.mjs` gives.
pub fn expect<T: FromStr>(name: &str) -> T {
    option(name).unwrap_or_else(|| {
        eprintln!("{name} is missing: this program is started by benches/run.mjs");
        std::process::exit(0)
    })
}
