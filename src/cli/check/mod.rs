//! `narrowgate check`

pub(super) mod report;

use std::path::{Path, PathBuf};

use report::Report;

use super::{Ending, Location, list};
use crate::auth::{FetchError, Fetcher, Probe};
use crate::config::{self, Settings};
use crate::database::{Budget, Database, Error};
use crate::http;
use crate::identifier::Identifier;
use crate::proof::{self, Finding, Proof, Role};
use zeroize::Zeroizing;

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
    /// The code of a kind of finding that you know of and live with: it stays in the report and does
    /// not count for the exit status. May be given several times
    #[arg(long = "accept", value_name = "CODE", value_parser = proof::acceptable)]
    accepted: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// Lines for a person
    Text,
    /// One JSON object
    Json,
}

pub(super) async fn run(arguments: &Arguments) -> Ending {
    let (file, name) = arguments.location.source();
    let (settings, known) = match given(arguments, file.as_deref()) {
        Ok(given) => given,
        Err((option, faults)) => {
            if arguments.format == Format::Json {
                let of = option.map(|option| format!("{option}: ")).unwrap_or_default();
                let told: Vec<_> = faults.iter().map(|fault| format!("{of}{fault}")).collect();
                println!("{}", report::unconfigured(&name, &told));
            }
            return list(&option.unwrap_or(&name), &faults, "");
        }
    };
    let (key_set, exposed) = key_set(&settings).await;
    let mut report = Report {
        file: name,
        cautions: [settings.cautions.clone(), exposed].concat(),
        key_set,
        database: Ok(()),
        proof: Proof::default(),
    };
    (report.database, report.proof) = database(&settings, known.as_ref()).await;
    report.proof.findings.extend(file.as_deref().and_then(readable));
    report.proof.sort();
    report.proof.accept(&arguments.accepted);
    match arguments.format {
        Format::Text => print!("{}", report.text()),
        Format::Json => println!("{}", report.json()),
    }
    report.ending()
}

/// What is wrong: the option, where it is not the configuration, and the faults.
type Faults = (Option<&'static str>, Vec<String>);

/// The configuration and the identifier, or all that is wrong with the first that is.
fn given(
    arguments: &Arguments,
    file: Option<&Path>,
) -> Result<(Settings, Option<Identifier>), Faults> {
    let texts = |faults: Vec<config::Fault>| faults.iter().map(ToString::to_string).collect();
    let mut settings = config::load(file).map_err(|faults| (None, texts(faults)))?;
    let tls = settings.server.tls.as_ref().map(http::check_files).transpose();
    settings.cautions.extend(tls.map_err(|fault| (None, vec![fault]))?.flatten());
    let known = arguments.probe.as_ref().map(identifier).transpose();
    Ok((settings, known.map_err(|fault| (Some("--probe"), vec![fault]))?))
}

/// Whether any account of this machine can read a password in the configuration file.
pub(in crate::cli) fn readable(file: &Path) -> Option<Finding> {
    let text = Zeroizing::new(std::fs::read_to_string(file).ok()?);
    let is_open = file.is_file() && proof::rights_of_others(file) & 0o004 != 0;
    (is_open && config::holds_secrets(&text)).then(|| {
        let shown = file.display();
        Finding::new(
            "configuration_readable",
            format!("every account of this machine can read {shown}, and the password in it"),
            format!("chmod 0640 {shown}; or put what is secret into files of their own, such as database.url_file"),
        )
    })
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

/// What is found at the issuer, and what of it should be known.
async fn key_set(settings: &Settings) -> (Result<String, String>, Vec<String>) {
    let failed = |cause: FetchError| format!("{cause}; check auth.jwks_uri and the way to it");
    let fetcher = match Fetcher::new(&settings.auth) {
        Ok((fetcher, _)) => fetcher,
        Err(cause) => return (Err(failed(cause)), vec![]),
    };
    let through = fetcher.proxy().map(|proxy| format!(" through the proxy {proxy}"));
    let through = through.unwrap_or_default();
    match fetcher.probe().await {
        Ok(Probe { keys, exposed }) => {
            let warn = |key: usize| {
                format!(
                    "auth.jwks_uri: private parts of key {key} of the set are published, so its tokens are refused; have the issuer replace it at once"
                )
            };
            let found = format!("{keys} usable key(s) at {}{through}", settings.auth.jwks_uri);
            (if keys > 0 { Ok(found) } else { Err(found) }, exposed.into_iter().map(warn).collect())
        }
        Err(cause) => (Err(format!("{}{through}", failed(cause))), vec![]),
    }
}

/// Whether the routines answer, and the proof. A routine that fails is what the proof explains; it is
/// missing only where nobody was reached.
async fn database(settings: &Settings, known: Option<&Identifier>) -> (Result<(), String>, Proof) {
    let database = match Database::open(&settings.database, 1, &Budget::new(1)) {
        Ok(database) => database,
        Err(cause) => return (Err(unproven(&cause, "database.url")), Proof::default()),
    };
    let role = Role::Service(settings.database.password_check);
    let asked = match database.probe().await {
        Ok(()) => database.probe_marks().await,
        Err(cause) => Err(cause),
    };
    match (asked, proof::prove(&database, &settings.database, role, known).await) {
        (Ok(()), Ok(proof)) => (Ok(()), proof),
        (Err(cause), Ok(mut proof)) => {
            let words = cause.words();
            proof.unanswered(&words);
            (Err(format!("a question failed: {words}; mend what was found below")), proof)
        }
        (Err(cause), Err(_)) | (Ok(()), Err(cause)) => {
            (Err(unproven(&cause, "database.url")), Proof::default())
        }
    }
}

/// Nothing was looked at; `key` names the database.
pub(super) fn unproven(cause: &Error, key: &str) -> String {
    let remedy = match cause {
        // What else helps is what is being done, or a key that the program has not.
        Error::Overdue(_) | Error::Cancelled(_) | Error::Statement(_) => {
            format!("check {key} and the way to it")
        }
        cause => cause.remedy(key),
    };
    format!("{cause}; {remedy}; nothing is proven")
}
