//! `narrowgate-migrate rehearse`

mod places;
mod source;
mod steps;
mod words;

use std::path::PathBuf;
use std::time::Instant;

use clap::Args;

use super::bar::Form;
use super::location::Location;
use super::stopped;
use super::{CONNECT_TIMEOUT, database, status};
use crate::bulk::Trouble;
use crate::bulk::import::ImportError;
use crate::bulk::management::Management;
use crate::bulk::run::{self, RunError};
use crate::bulk::verify::VerifyError;
use crate::cli::{Ending, asked_to_stop};
use crate::database::Directory;
use crate::rehearsal::StandIn;
use places::{Places, places};
use source::source;
use steps::{arrived, imported, planned, reported, verified};

type Stopped = stopped::Stopped<ImportError>;

/// Of the five hundred that the stand-in takes; nobody else asks it.
const REQUESTS_PER_SECOND: f64 = 300.0;
const NAMES: [&str; 4] = ["config", "gate", "database_url_file", "ca_certificate"];

/// Whom to rehearse with, and where to put what comes of it.
#[derive(Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    location: Location,
    /// Make so many users up, in place of reading your own: the same each time, with all kinds of
    /// hashes and mistakes, in a temporary file
    #[arg(long, value_name = "N", conflicts_with_all = NAMES, value_parser = clap::value_parser!(u32).range(1..=2_000_000))]
    sample: Option<u32>,
    /// The run directory, new or empty [default: rehearsal- and the time]
    #[arg(long, value_name = "DIR")]
    run: Option<PathBuf>,
    /// The report, a new file [default: report.html in the run directory]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// How to tell progress
    #[arg(long, value_enum, default_value = "auto")]
    progress: Form,
}

pub(super) async fn run(arguments: Arguments) -> Ending {
    let stop = asked_to_stop();
    let places = match places(arguments.run.as_deref(), arguments.out.as_deref()) {
        Ok(places) => places,
        Err(wrong) => {
            eprintln!("{wrong}");
            return Ending::Usage;
        }
    };
    let rehearsed = tokio::select! {
        rehearsed = rehearse(&arguments, &places) => rehearsed,
        () = stop => Err(Stopped::Error(ImportError::Interrupted)),
    };
    match rehearsed {
        Ok(ending) | Err(Stopped::Known(ending)) => ending,
        Err(Stopped::Error(error)) => explain(&error, &places),
    }
}

async fn rehearse(arguments: &Arguments, places: &Places) -> Result<Ending, Stopped> {
    let source = source(&arguments.location, arguments.sample).await?;
    let stand_in = StandIn::start().map_err(|error| {
        eprintln!("no stand-in tenant can be started on loopback: {error}");
        Stopped::Known(Ending::Fault)
    })?;
    say(&words::opening(stand_in.address()));
    let mut directory = Directory::open(source.database.clone(), CONNECT_TIMEOUT).await?;
    let marks = directory.count_marks().await?;
    let users = directory.count().await?;
    say(&words::census(marks, users, source.sample.as_ref()));
    drop(directory);

    let management =
        Management::on_loopback(stand_in.client(), stand_in.address(), REQUESTS_PER_SECOND)?;
    let connection = management.connection().await?;
    let started = Instant::now();
    let plan = planned(&source, &connection, arguments.progress).await?;
    say(&words::plan(&plan, &source.bulk, started.elapsed()));

    let started = Instant::now();
    arrived(&source, &stand_in).await?;
    let import = imported(arguments.progress, &source, management, connection, &places.run).await?;
    let totals = import.ledger.books(|books| books.totals);
    say(&words::import(&totals, &places.run, started.elapsed()));

    let started = Instant::now();
    let findings = Box::pin(verified(import, arguments.progress)).await;
    let findings = findings.map_err(verifying)?;
    say(&words::verification(&findings, &places.run, started.elapsed()));

    let started = Instant::now();
    reported(&source, places).await?;
    say(&words::reports(&places.run, &places.out, started.elapsed()));
    say(&words::closing(&plan, &totals, &places.run, source.sample.is_some()));
    stand_in.stop().await;
    if users == 0 {
        return Ok(database::nobody());
    }
    Ok(match (findings.has_gaps(), findings.has_cautions() || !plan.warnings.is_empty()) {
        (true, _) => Ending::Blockers,
        (false, true) => Ending::Cautions,
        (false, false) => Ending::Done,
    })
}

/// A verification that ended before its end.
fn verifying(error: VerifyError) -> Stopped {
    match error {
        VerifyError::Trouble(error) => error.into(),
        VerifyError::Interrupted => ImportError::Interrupted.into(),
        error => {
            eprintln!("the stand-in and the check disagree: {error}");
            Stopped::Known(Ending::Fault)
        }
    }
}

/// Whoever reads this may have closed the pipe.
fn say(text: &str) {
    print!("{text}");
}

fn explain(error: &ImportError, places: &Places) -> Ending {
    match error {
        ImportError::Interrupted => {
            eprintln!(
                "narrowgate-migrate: stopped; nothing left this machine. {} holds ids and counts, if it was begun: remove it",
                places.run.display()
            );
            Ending::Interrupted
        }
        ImportError::Trouble(Trouble::Refused(_)) | ImportError::Broken => {
            eprintln!(
                "the stand-in and the import disagree: {error}; this is a fault of the program, not of your data"
            );
            Ending::Fault
        }
        ImportError::Trouble(Trouble::Run(RunError::Unwritten(cause))) => {
            eprintln!("{cause}, then remove {} and rehearse again", places.run.display());
            Ending::Fault
        }
        ImportError::Trouble(trouble) => {
            let ending = status::trouble(trouble);
            if run::bound(&places.run).is_ok_and(|run| run.is_some()) {
                eprintln!("remove {} before you rehearse again", places.run.display());
            }
            ending
        }
    }
}
