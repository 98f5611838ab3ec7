//! The program of migration engineers and DBAs. It never faces the network.

use std::process::ExitCode;

// It waits for the database and the tenant, and each thread more would keep memory of its own.
#[tokio::main(worker_threads = 1)]
async fn main() -> ExitCode {
    narrowgate::cli::migrate::main().await
}
