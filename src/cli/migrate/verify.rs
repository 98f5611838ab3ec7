//! `narrowgate-migrate verify`

use std::path::PathBuf;

use clap::Args;
use tokio::sync::watch;

use super::bar::Form;
use super::location::Location;
use super::stages::Stages;
use super::stopped::Stopped;
use super::{Format, status, verify_text};
use crate::bulk::Stop;
use crate::bulk::management::Management;
use crate::bulk::run::{self, ALL_SCHEMES, Binding, Ledger};
use crate::bulk::verify::{Findings, Marking, Stage, Verify, VerifyError};
use crate::cli::{Ending, until_stopped};

/// What to compare, and where the run is kept.
#[derive(Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    location: Location,
    /// The run directory: an import's, or a new one where there was no import
    #[arg(long, value_name = "DIR")]
    run: PathBuf,
    /// Mark whoever is confirmed, as the role of [marker]. Without it, or without that role,
    /// marks.sql is written for the DBA
    #[arg(long)]
    execute: bool,
    /// Look up at most so many doubtful users, at one request or two each; the others are judged by
    /// the export alone
    #[arg(long, value_name = "N", default_value = "20000")]
    look_ups: u64,
    /// How to tell progress
    #[arg(long, value_enum, default_value = "auto")]
    progress: Form,
    /// How to print what was found
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

pub(super) async fn run(arguments: Arguments) -> Ending {
    let stopping = Stop::default();
    let work = Box::pin(work(&arguments, stopping.clone()));
    until_stopped(work, &stopping, || true).await
}

async fn work(arguments: &Arguments, stop: Stop) -> Ending {
    let Some(verify) = stop.unless(prepare(arguments, stop.clone())).await else {
        return explain(&VerifyError::Interrupted, arguments);
    };
    let verify = match verify {
        Ok(verify) => verify,
        Err(Stopped::Known(ending)) => return ending,
        Err(Stopped::Error(error)) => return explain(&error, arguments),
    };
    match told(&verify, Stages::new(arguments.progress)).await {
        Ok(findings) => {
            let around = (verify.ledger.binding(), arguments.run.as_path());
            match arguments.format {
                Format::Text => print!("{}", verify_text::text(&findings, around)),
                Format::Json => println!("{:#}", verify_text::json(&findings, around.0)),
            }
            ending(&findings)
        }
        Err(error) => explain(&error, arguments),
    }
}

fn ending(findings: &Findings) -> Ending {
    match (findings.has_gaps(), findings.has_cautions()) {
        (true, _) => Ending::Blockers,
        (false, true) => Ending::Cautions,
        (false, false) => Ending::Done,
    }
}

/// Asks the tenant what can be asked before anybody is read, and takes the run directory.
async fn prepare(arguments: &Arguments, stop: Stop) -> Result<Verify, Stopped<VerifyError>> {
    let (migration, tenant) = arguments.location.load_with_tenant().map_err(Stopped::Known)?;
    let management = Management::new(tenant, migration.bulk.requests_per_second)?;
    let connection = management.connection_to_look().await?;
    let schemes = run::bound(&arguments.run)?.map(|binding| binding.schemes);
    let binding = Binding::new(
        &management.tenant().domain,
        (&connection.id, &connection.name),
        &migration.database.place(),
        schemes.as_deref().unwrap_or(ALL_SCHEMES),
    );
    let ledger = Ledger::open(&arguments.run, &binding)?;
    let marking = match (arguments.execute, migration.marker) {
        (true, Some(marker)) => Marking::Role(Box::new(marker)),
        (true, None) => {
            eprintln!(
                "caution: the configuration has no [marker]: marks.sql is written for the DBA"
            );
            Marking::Script
        }
        (false, _) => Marking::Script,
    };
    let (database, look_ups) = (migration.database, arguments.look_ups);
    let (stage, _) = watch::channel(Stage::default());
    Ok(Verify { management, connection, database, marking, ledger, look_ups, stage, stop })
}

/// Tells progress while the work is done.
pub(super) async fn told(verify: &Verify, mut stages: Stages) -> Result<Findings, VerifyError> {
    let working = verify.run();
    tokio::pin!(working);
    let mut rhythm = tokio::time::interval(stages.rhythm());
    let outcome = loop {
        tokio::select! {
            outcome = &mut working => break outcome,
            _ = rhythm.tick() => stages.show(*verify.stage.borrow()),
        }
    };
    stages.end();
    outcome
}

fn explain(error: &VerifyError, arguments: &Arguments) -> Ending {
    match error {
        VerifyError::Trouble(trouble) => status::trouble(trouble),
        VerifyError::Export(_) | VerifyError::Marker(_) => {
            eprintln!("{error}");
            Ending::Refused
        }
        VerifyError::Interrupted => {
            let run = arguments.run.display();
            eprintln!("{error}; to go on: the same command, which compares anew ({run})");
            Ending::Interrupted
        }
        VerifyError::NoRandomness => {
            eprintln!("{error}; run the same command again");
            Ending::Fault
        }
    }
}
