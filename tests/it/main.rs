//! The black-box suite: one binary, one module a theme. `cargo test --test it` needs nothing but
//! SQLite; `./scripts/test` brings up PostgreSQL and MySQL as well.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on stops here"
)]
#![allow(clippy::pedantic, reason = "tables of cases are long, and need not be fast")]

mod attempts;
mod audit;
mod balancer;
mod bulk;
mod connections;
mod contract;
mod faults;
mod get_user;
mod identity;
mod injection;
mod inside;
mod keyset;
mod log_reader;
mod login;
mod mark_migrated;
mod openapi;
mod passwords;
mod poolers;
mod preflight;
mod presets;
mod program;
mod proof;
mod records;
mod report;
mod shadow;
mod shutdown;
mod silence;
mod support;
mod tls;
mod tokens;
mod walk;
