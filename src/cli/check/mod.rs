//! `narrowgate check`

mod report;

use std::path::PathBuf;

use report::Report;

use super::{Ending, Location, list};
use crate::auth::Fetcher;
use crate::config::{self, Settings};
use crate::database::{Database, Error};
use crate::http;
use crate::identifier::Identifier;
use crate::proof::{self, Proof};

#[derive(clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    location: Location,
    /// How the result is printed
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// A file that holds the identifier of one user who is there and not yet marked; /dev/stdin will do
    #[arg(long, value_name = "FILE")]
    probe: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// Lines for a person
    Text,
    /// One JSON object
    Json,
}

pub(super) async fn run(arguments: &Arguments) -> Ending {
    let file = &arguments.location.config;
    let (settings, known) = match given(arguments) {
        Ok(given) => given,
        Err(faults) => {
            if arguments.format == Format::Json {
                println!("{}", report::unconfigured(file, &faults));
            }
            return list(&file.display(), &faults, "");
        }
    };
    let mut report = Report {
        file: file.display().to_string(),
        cautions: settings.cautions.clone(),
        key_set: key_set(&settings).await,
        database: Ok(()),
        proof: Proof::default(),
    };
    (report.database, report.proof) = database(&settings, known.as_ref()).await;
    match arguments.format {
        Format::Text => print!("{}", report.text()),
        Format::Json => println!("{}", report.json()),
    }
    report.ending()
}

/// The configuration and the identifier, or all that is wrong with the first that is.
fn given(arguments: &Arguments) -> Result<(Settings, Option<Identifier>), Vec<String>> {
    let settings = config::load(&arguments.location.config)
        .map_err(|faults| faults.iter().map(ToString::to_string).collect::<Vec<_>>())?;
    if let Some(Err(fault)) = settings.server.tls.as_ref().map(http::check_files) {
        return Err(vec![fault]);
    }
    let known = arguments.probe.as_ref().map(identifier).transpose();
    Ok((settings, known.map_err(|fault| vec![format!("--probe: {fault}")])?))
}

/// An identifier is a user's data: it is read from a file, so that no shell and no process list keeps it.
fn identifier(file: &PathBuf) -> Result<Identifier, String> {
    let text = std::fs::read_to_string(file).map_err(|error| {
        format!("{} cannot be read: {error}; name a file that holds one identifier", file.display())
    })?;
    Identifier::parse(text.trim_end_matches(['\r', '\n'])).map_err(|fault| {
        format!("{}: {fault}; write one identifier into it, alone", file.display())
    })
}

async fn key_set(settings: &Settings) -> Result<String, String> {
    let found = match Fetcher::new(&settings.auth) {
        Ok((fetcher, _)) => fetcher.probe().await,
        Err(error) => Err(error),
    };
    match found {
        Ok(keys) => Ok(format!("{keys} usable key(s) at {}", settings.auth.jwks_uri)),
        Err(cause) => Err(format!("{cause}; check auth.jwks_uri and the way to it")),
    }
}

/// Whether the routines answer, and the proof. A routine that fails is what the proof explains; it is
/// missing only where nobody was reached.
async fn database(settings: &Settings, known: Option<&Identifier>) -> (Result<(), String>, Proof) {
    let database = match Database::open(&settings.database, 1) {
        Ok(database) => database,
        Err(cause) => return (Err(unproven(&cause)), Proof::default()),
    };
    let asked = match database.probe().await {
        Ok(()) => database.probe_marks().await,
        Err(cause) => Err(cause),
    };
    match (asked, proof::prove(&database, &settings.database, known).await) {
        (Ok(()), Ok(proof)) => (Ok(()), proof),
        (Err(cause), Ok(mut proof)) => {
            let words = cause.words();
            proof.unanswered(&words);
            (Err(format!("a question failed: {words}; mend what was found below")), proof)
        }
        (Err(cause), Err(_)) | (Ok(()), Err(cause)) => (Err(unproven(&cause)), Proof::default()),
    }
}

fn unproven(cause: &Error) -> String {
    let remedy = match cause {
        Error::Refused(_) => {
            "check database.url, the role's grants and that the contract was applied"
        }
        _ => "check database.url and the way to it",
    };
    format!("{cause}; {remedy}; nothing is proven")
}
