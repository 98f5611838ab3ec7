//! The command line: what an operator types, and what the operator is told.

// In the place of the library's, in all of this module.
macro_rules! print {
    ($($text:tt)*) => { $crate::cli::output::out(format_args!($($text)*)) };
}
macro_rules! println {
    () => { print!("\n") };
    ($($text:tt)*) => { print!("{}\n", format_args!($($text)*)) };
}
macro_rules! eprintln {
    ($($text:tt)*) => { $crate::cli::output::err(format_args!("{}\n", format_args!($($text)*))) };
}

mod audit;
mod check;
mod demo;
mod health;
pub mod migrate;
mod output;
mod serve;

use std::fmt::Display;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};
use tokio::runtime::Builder;
use tokio::signal::unix::{SignalKind, signal};

use crate::bulk::Stop;
use crate::config::{self, Settings};
use crate::http::StartError;
use crate::telemetry;

/// How a command ended, as its exit status.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ending {
    /// 0: done.
    Done,
    /// 1: somebody else refuses: the database, the issuer.
    Refused,
    /// 2: the configuration or the command line is wrong.
    Usage,
    /// 3: something broke.
    Fault,
    /// 10: done, and something found must be mended first.
    Blockers,
    /// 11: done, and something found should be known.
    Cautions,
    /// 130: ended by Ctrl-C or SIGTERM, as a shell tells it.
    Interrupted,
}

impl Ending {
    /// A fault where not all of the output could be written.
    fn unless_cut(self) -> Self {
        if output::is_cut() { Self::Fault } else { self }
    }
}

impl From<Ending> for ExitCode {
    fn from(ending: Ending) -> Self {
        Self::from(match ending {
            Ending::Done => 0,
            Ending::Refused => 1,
            Ending::Usage => 2,
            Ending::Fault => 3,
            Ending::Blockers => 10,
            Ending::Cautions => 11,
            Ending::Interrupted => 130,
        })
    }
}

#[derive(Parser)]
#[command(name = "narrowgate", version, about, propagate_version = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve /login, /get_user and /mark_migrated until SIGTERM or Ctrl-C
    Serve(Location),
    /// Check the configuration, reach the key set, and prove what the database role can and cannot do
    ///
    /// The proof is made as the runtime role, from the catalogue and by attempts that change
    /// nothing. Each finding has a code, a level, and what mends it. Exit status: 0 nothing found,
    /// 10 blockers, 11 cautions only, 1 the database or the issuer refuses, 2 configuration or usage.
    Check(check::Arguments),
    /// Verify logs of the service: whether lines were changed, left out, put in or moved
    ///
    /// Exit status: 0 nothing found, 10 a chain is broken or a mark has no line, 11 something should be known, 2 usage.
    Audit(audit::Arguments),
    /// Ask a running service whether it is ready: 0 yes, 1 no. For containers, which hold no curl
    Health(health::Arguments),
    /// Try it: sample users, a local token issuer and the service, on loopback; needs nothing
    Demo,
}

#[derive(clap::Args)]
struct Location {
    /// The configuration, also a pipe; environment variables NARROWGATE__SECTION__KEY go over it, and
    /// are enough where there is no file [default: narrowgate.toml]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

impl Location {
    /// The file, if there is one, and what the place is called.
    fn source(&self) -> (Option<PathBuf>, String) {
        let file = config::locate(self.config.as_deref());
        let environment = || "the environment".to_owned();
        let name = file.as_ref().map_or_else(environment, |file| file.display().to_string());
        (file, name)
    }
}

/// The command line itself, for its manual and shell completions.
#[must_use]
pub fn command() -> clap::Command {
    Arguments::command()
}

/// Passwords and hashes are in memory: whatever ends the process leaves no image of it. The kernel
/// heeds a limit of 0 only for files; at 1 byte it makes no image for a pipe in `core_pattern` either
/// (fs/coredump.c).
fn leave_no_core() {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let _ = setrlimit(Resource::Core, Rlimit { current: Some(1), maximum: Some(1) });
}

/// Each connection is a file descriptor, and what is allowed at first is little: the limit is what may be asked for.
fn take_files() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit });
}

/// Runs the command line.
#[must_use]
pub fn main() -> ExitCode {
    // For what goes on beside the requests: the listeners bring workers of their own.
    on_threads(&mut Builder::new_multi_thread(), run())
}

/// Runs a program to its end, and does not wait for what blocks: a name server that does not answer
/// must not hold the exit.
fn on_threads(builder: &mut Builder, program: impl Future<Output = ExitCode>) -> ExitCode {
    let runtime = match builder.enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("the program cannot start: threads: {error}; let it have more of them");
            return Ending::Fault.into();
        }
    };
    let ending = runtime.block_on(program);
    runtime.shutdown_background();
    ending
}

async fn run() -> ExitCode {
    let arguments = Arguments::parse();
    leave_no_core();
    take_files();
    telemetry::tell_panics();
    // One provider of cryptography for everything, chosen before anything needs one.
    let _ = crate::database::crypto_provider().install_default();
    let ending = match arguments.command {
        Command::Serve(location) => serve::run(&location).await,
        Command::Check(arguments) => check::run(&arguments).await,
        Command::Audit(arguments) => audit::run(&arguments),
        Command::Health(arguments) => health::run(&arguments),
        Command::Demo => demo::run().await,
    };
    ending.unless_cut().into()
}

/// Loads the configuration or lists everything that is wrong with it.
fn load(location: &Location) -> Result<Settings, Ending> {
    let (file, name) = location.source();
    config::load(file.as_deref()).map_err(|faults| list(&name, &faults, ""))
}

/// Tells everything that is wrong with what `name` names, and what came of it.
fn list(name: &impl Display, faults: &[impl Display], outcome: &str) -> Ending {
    let number = if faults.len() == 1 { "one thing" } else { "several things" };
    eprintln!("{name}: {number} to mend{outcome}");
    for fault in faults {
        eprintln!("  {fault}");
    }
    Ending::Usage
}

fn explain(error: &StartError) -> Ending {
    eprintln!("narrowgate cannot start: {error}");
    match error {
        StartError::Configuration(_) => Ending::Usage,
        StartError::Database(_) => Ending::Refused,
        StartError::Listen { .. } => Ending::Fault,
    }
}

/// Why there is no temporary file, and what to do.
fn no_temporary(error: &std::io::Error) -> String {
    let folder = std::env::temp_dir();
    format!(
        "a temporary file in {}: {error}; set TMPDIR to a directory that can be written and has room",
        folder.display()
    )
}

/// Listens for SIGTERM and Ctrl-C from this call on; done when one has come.
fn asked_to_stop() -> impl Future<Output = ()> {
    let signals = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()));
    async {
        let (Ok(mut terminate), Ok(mut interrupt)) = signals else {
            return std::future::pending().await;
        };
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    }
}

/// Does the work until it ends. Asked to stop, it tells the work so where `on_first` says that it goes on to a good end,
/// and leaves it where it is when asked once more.
async fn until_stopped(
    work: impl Future<Output = Ending>,
    stopping: &Stop,
    on_first: impl FnOnce() -> bool,
) -> Ending {
    let first = asked_to_stop();
    tokio::pin!(work);
    tokio::select! {
        ending = &mut work => return ending,
        () = first => {}
    }
    if !on_first() {
        return Ending::Interrupted;
    }
    let second = asked_to_stop();
    stopping.ask();
    tokio::select! {
        ending = &mut work => ending,
        () = second => Ending::Interrupted,
    }
}
