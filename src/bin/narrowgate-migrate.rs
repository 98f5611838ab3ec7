//! The program of migration engineers and DBAs. It never faces the network.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    narrowgate::cli::migrate::main().await
}
