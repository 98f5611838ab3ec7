//! The command line of `narrowgate-migrate`. The program that faces the network never calls it, so
//! it is not part of that program.

mod bar;
mod check;
mod contract;
mod database;
mod evidence;
mod export;
mod facts;
mod import;
mod location;
mod plan;
mod plan_text;
mod preflight;
mod preflight_json;
mod preflight_text;
mod progress;
mod rehearse;
mod report;
mod run_text;
mod shadow;
mod stages;
mod status;
mod stopped;
mod verify;
mod verify_text;

use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand, ValueEnum};

use tokio::runtime::Builder;

use crate::bulk::CONNECT_TIMEOUT;

/// How a command prints what it found.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

#[derive(Parser)]
#[command(
    name = "narrowgate-migrate",
    version,
    propagate_version = true,
    about = "Prepares a migration to Auth0 and moves those who never log in: contract, audit, bulk import"
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Print the SQL script that a DBA reviews and applies, or the one that takes it all back
    ///
    /// Exit status: 0 it is printed, 1 the database refuses (with --describe), 2 the mapping or the usage is wrong, 3 a
    /// fault.
    Contract(contract::Arguments),
    /// Prove what the roles of the bulk half can and cannot do: narrowgate_bulk reads the view and the marks,
    /// narrowgate_marker marks users, and neither does anything else
    ///
    /// It is made as these roles, from the catalogue and by attempts that change nothing. Exit status: 0
    /// nothing found, 10 blockers, 11 cautions only, 1 the database refuses, 2 configuration or usage.
    Check(check::Arguments),
    /// Look through the legacy data for what will hurt, before anybody migrates
    ///
    /// Reads every user once, as the bulk role, and writes nothing but a sealed temporary file that is
    /// gone when it ends. Findings have codes, counts and legacy ids, never a value. Exit status: 0
    /// nothing found, 10 blockers, 11 cautions only, 1 the database refuses, 2 configuration or usage,
    /// 3 fault, 130 interrupted.
    Preflight(preflight::Arguments),
    /// Tell a manager how far the migration is, who cannot move and why, and when to import the rest
    ///
    /// Reads counts and hashes as the bulk role and writes one file that names no user. Exit status:
    /// 0 written, 1 the database refuses, 2 configuration or usage, 3 fault, 130 interrupted.
    Report(report::Arguments),
    /// Send users to the tenant in bulk; without --execute, say what would be sent
    ///
    /// It can be killed at any instant: the same command goes on where the run stands, and nobody is
    /// lost or created twice. No hash, password, address or profile is written anywhere. Exit status:
    /// 0 everybody is in, 10 users are held back, refused or not sent, 11 cautions only, 1 the tenant
    /// or the database refuses, 2 configuration or usage, 3 fault, 130 interrupted.
    Import(import::Arguments),
    /// Write import files for sites that must hand files over: they hold profiles and hashes
    ///
    /// Files get their names when they are whole, and manifest.json, the last, tells their digests. Exit
    /// status: 0 everybody is in the files, 10 users are held back, 1 the database refuses, 2
    /// configuration or usage, 3 fault, 130 interrupted.
    Export(export::Arguments),
    /// Compare the tenant with the legacy database, user by user, and mark whoever is confirmed
    ///
    /// From an export of the tenant and look-ups of the doubtful. Each difference is written to
    /// differences.ndjson with the user's id and its kind; on the disk, users are sorted by ids and
    /// digests under a key that never leaves the memory. Exit status: 0 everybody is there, 10 users
    /// are missing or differ, 11 cautions only, 1 the tenant or the database refuses, 2 configuration
    /// or usage, 3 fault, 130 interrupted.
    Verify(verify::Arguments),
    /// Try the bulk half without a tenant: import, check and report against a stand-in on loopback
    ///
    /// `narrowgate-migrate rehearse --sample 10000` needs no configuration: it makes users up. Without
    /// --sample it reads your own legacy database as the bulk role, and writes nothing to it. Nothing
    /// leaves the machine. Exit status: 0 everybody would be in, 10 users would be held back or
    /// refused, 11 cautions only, 1 the database refuses, 2 configuration or usage, 3 fault, 130
    /// interrupted.
    Rehearse(rehearse::Arguments),
    /// Say where a run stands, also while it runs
    ///
    /// Needs neither configuration nor database. Exit status: 0 the run is done and everybody is in, 10
    /// it is not done, or users are held back, refused, or not found by the last verification, 2 usage, 3
    /// fault.
    Status(status::Arguments),
    /// Say where the gate and the legacy application differ about logins, by scheme (docs/shadow.md)
    ///
    /// Exit status: 0 they agree, 10 the gate accepted a password that the application refused, 11
    /// the gate refused one that it accepted, or some or all were not compared, 2 usage.
    Shadow(shadow::Arguments),
}

/// The command line itself, for its manual and shell completions.
#[must_use]
pub fn command() -> clap::Command {
    Arguments::command()
}

/// Runs the command line.
#[must_use]
pub fn main() -> ExitCode {
    // It waits for the database and the tenant, and each thread more would keep memory of its own.
    super::on_threads(Builder::new_multi_thread().worker_threads(1), run())
}

async fn run() -> ExitCode {
    let arguments = Arguments::parse();
    super::leave_no_core();
    crate::telemetry::tell_panics();
    // One provider of cryptography for everything, chosen before anything needs one.
    let _ = crate::database::crypto_provider().install_default();
    let ending = match arguments.command {
        Command::Contract(arguments) => contract::run(&arguments).await,
        Command::Check(arguments) => check::run(&arguments).await,
        Command::Preflight(arguments) => preflight::run(arguments).await,
        Command::Report(arguments) => report::run(arguments).await,
        Command::Import(arguments) => Box::pin(import::run(arguments)).await,
        Command::Export(arguments) => export::run(arguments).await,
        Command::Verify(arguments) => Box::pin(verify::run(arguments)).await,
        Command::Rehearse(arguments) => Box::pin(rehearse::run(arguments)).await,
        Command::Status(arguments) => status::run(&arguments),
        Command::Shadow(arguments) => shadow::run(&arguments).await,
    };
    ending.unless_cut().into()
}
