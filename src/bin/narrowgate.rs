//! The program that faces the network.

use std::process::ExitCode;

// Hashing allocates and frees megabytes at a time; argon2 takes two thirds of the time with it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    narrowgate::cli::main()
}
