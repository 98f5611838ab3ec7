//! The program that faces the network.

use std::process::ExitCode;

// Hashing allocates and frees megabytes at a time; argon2 takes two thirds of the time with it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

// For what goes on beside the requests: the listeners bring workers of their own.
#[tokio::main]
async fn main() -> ExitCode {
    narrowgate::cli::main().await
}
