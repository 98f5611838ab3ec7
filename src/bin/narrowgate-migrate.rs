//! The program of migration engineers and DBAs. It never faces the network.

use std::process::ExitCode;

fn main() -> ExitCode {
    narrowgate::cli::migrate::main()
}
