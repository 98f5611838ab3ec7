//! `narrowgate check`

mod report;

use std::path::PathBuf;

use report::Report;

use super::{Ending, Location, load};
use crate::auth::Fetcher;
use crate::config::Settings;
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
    let settings = match load(file) {
        Ok(settings) => settings,
        Err(ending) => return ending,
    };
    if let Some(Err(fault)) = settings.server.tls.as_ref().map(http::check_files) {
        eprintln!("{}: one thing to mend\n  {fault}", file.display());
        return Ending::Usage;
    }
    let known = match arguments.probe.as_ref().map(identifier).transpose() {
        Ok(known) => known,
        Err(fault) => {
            eprintln!("--probe: {fault}");
            return Ending::Usage;
        }
    };
    let mut report = Report {
        file: file.display().to_string(),
        cautions: settings.cautions.clone(),
        key_set: key_set(&settings).await,
        database: Ok(()),
        proof: Proof::default(),
    };
    match database(&settings, known.as_ref()).await {
        Ok(proof) => report.proof = proof,
        Err(refusal) => report.database = Err(refusal),
    }
    match arguments.format {
        Format::Text => print!("{}", report.text()),
        Format::Json => println!("{}", report.json()),
    }
    report.ending()
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

/// The proof, or why there is none.
async fn database(settings: &Settings, known: Option<&Identifier>) -> Result<Proof, String> {
    let answer = async {
        let database = Database::open(&settings.database, 1)?;
        let answered = match database.probe().await {
            Ok(()) => database.probe_marks().await,
            Err(error) => Err(error),
        };
        // Of two collations that cannot be compared the proof says more.
        answered.or_else(|error| {
            if error.to_string().contains("collation") { Ok(()) } else { Err(error) }
        })?;
        proof::prove(&database, &settings.database, known).await
    };
    answer.await.map_err(|cause| match cause {
        Error::Refused(_) => format!(
            "{cause}; check database.url, the role's grants and that the contract was applied"
        ),
        _ => format!("{cause}; check database.url and the way to it"),
    })
}
