//! The command line of `narrowgate-migrate`. The program that faces the network never calls it, so
//! it is not part of that program.

mod census_json;
mod census_text;
mod contract;
mod location;
mod preflight;
mod progress;
mod report;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(
    name = "narrowgate-migrate",
    version,
    propagate_version = true,
    about = "Prepares a migration to Auth0: the database contract, and what goes with it"
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Print the SQL script that a DBA reviews and applies, or the one that takes it all back
    Contract(contract::Arguments),
    /// Look through the legacy data for what will hurt, before anybody migrates
    Preflight(preflight::Arguments),
    /// Tell a manager how far the migration is, who cannot move and why, and when to import the rest
    ///
    /// Reads counts and hashes as the bulk role and writes one file that names no user. Exit status:
    /// 0 written, 1 refused by the database, 2 configuration or usage, 3 fault.
    Report(report::Arguments),
}

/// Runs the command line.
pub async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    crate::telemetry::tell_panics();
    // One provider of cryptography for everything, chosen before anything needs one.
    let _ = crate::database::crypto_provider().install_default();
    let ending = match arguments.command {
        Command::Contract(arguments) => contract::run(&arguments).await,
        Command::Preflight(arguments) => preflight::run(arguments).await,
        Command::Report(arguments) => report::run(arguments).await,
    };
    ending.into()
}
