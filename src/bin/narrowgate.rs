//! The program that faces the network.

use std::process::ExitCode;

// Hashing allocates and frees megabytes at a time; argon2 takes two thirds of the time with it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

// Not actix's own runtime: that one is single-threaded, and the listener brings its workers.
#[tokio::main]
async fn main() -> ExitCode {
    narrowgate::cli::main().await
}
