//! `narrowgate-migrate rehearse`

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use clap::Args;
use tokio::sync::watch;

use super::bar::{Bar, Form};
use super::location::Location;
use super::{CONNECT_TIMEOUT, database, import, rehearse_text as words, report, status};
use crate::bulk::import::{Import, ImportError, Plan, plan};
use crate::bulk::management::{Connection, Management};
use crate::bulk::run::{Binding, Ledger, REHEARSAL, Totals};
use crate::bulk::{Builder, Hashing, Rules};
use crate::cli::{Ending, asked_to_stop};
use crate::config::{self, Bulk, DatabaseTarget, Needs};
use crate::database::Directory;
use crate::password;
use crate::rehearsal::{Sample, StandIn};
use crate::report::{self as reports, Numbers};

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

/// What is rehearsed with.
struct Source {
    database: DatabaseTarget,
    passwords: password::Settings,
    bulk: Bulk,
    /// Removes the file when it is dropped.
    sample: Option<Sample>,
}

/// Where things go.
struct Places {
    run: PathBuf,
    out: PathBuf,
}

/// Why there is nothing more to do.
enum Stopped {
    Known(Ending),
    Error(ImportError),
}

impl<E: Into<ImportError>> From<E> for Stopped {
    fn from(error: E) -> Self {
        Self::Error(error.into())
    }
}

pub(super) async fn run(arguments: Arguments) -> Ending {
    let stop = asked_to_stop();
    let places = match places(&arguments) {
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

/// Nothing is written over: a rehearsal begins anew each time, because the stand-in forgets.
fn places(arguments: &Arguments) -> Result<Places, String> {
    let now = humantime::format_rfc3339_seconds(SystemTime::now()).to_string();
    let now = now.replace(['-', ':', 'Z'], "").replace('T', "-");
    let run = arguments.run.clone().unwrap_or_else(|| format!("rehearsal-{now}").into());
    let is_used = match std::fs::read_dir(&run) {
        Ok(mut entries) => entries.next().is_some(),
        Err(error) => error.kind() != std::io::ErrorKind::NotFound,
    };
    if is_used {
        return Err(format!(
            "--run {}: it is there already; a rehearsal begins anew each time: name a directory that is new or empty",
            run.display()
        ));
    }
    let out = arguments.out.clone().unwrap_or_else(|| run.join("report.html"));
    if out.symlink_metadata().is_ok() {
        let shown = out.display();
        return Err(format!("--out {shown}: it is there already; name a new file"));
    }
    for (option, place) in [("--run", Some(&run)), ("--out", arguments.out.as_ref())] {
        let Some(place) = place else { continue };
        let folder = place.parent().filter(|folder| !folder.as_os_str().is_empty());
        if folder.is_some_and(|folder| !folder.is_dir()) {
            let shown = place.display();
            return Err(format!(
                "{option} {shown}: its folder is not there; make it, or name another"
            ));
        }
    }
    Ok(Places { run, out })
}

async fn rehearse(arguments: &Arguments, places: &Places) -> Result<Ending, Stopped> {
    let source = source(arguments).await?;
    let stand_in = StandIn::start().map_err(|error| {
        eprintln!("no stand-in tenant can be started on loopback: {error}");
        Stopped::Known(Ending::Fault)
    })?;
    say(&words::opening(stand_in.address()));
    let mut directory = Directory::open(source.database.clone(), CONNECT_TIMEOUT).await?;
    let marks = directory.marks_by_day().await?.values().sum();
    say(&words::census(marks, directory.count().await?, source.sample.as_ref()));
    drop(directory);

    let management =
        Management::on_loopback(stand_in.client(), stand_in.address(), REQUESTS_PER_SECOND)?;
    let connection = management.connection().await?;
    let started = Instant::now();
    let plan = planned(&source, &connection).await?;
    say(&words::plan(&plan, &source.bulk, started.elapsed()));

    let started = Instant::now();
    let totals = imported(arguments, &source, management, connection, &places.run).await?;
    say(&words::import(&totals, &places.run, started.elapsed()));

    let started = Instant::now();
    reported(&source, places).await?;
    say(&words::reports(&places.run, &places.out, started.elapsed()));
    say(&words::closing(&plan, &totals, &places.run, source.sample.is_some()));
    stand_in.stop().await;
    Ok(match (totals.held + totals.quarantined, plan.warnings.is_empty()) {
        (1.., _) => Ending::Blockers,
        (0, true) => Ending::Done,
        (0, false) => Ending::Cautions,
    })
}

async fn source(arguments: &Arguments) -> Result<Source, Stopped> {
    let Some(users) = arguments.sample else {
        let loaded = arguments.location.load(Needs::Database).inspect_err(|_| {
            eprintln!("or try it with made-up users: narrowgate-migrate rehearse --sample 10000");
        });
        let migration = loaded.map_err(Stopped::Known)?;
        let (database, passwords, bulk) = (migration.database, migration.passwords, migration.bulk);
        return Ok(Source { database, passwords, bulk, sample: None });
    };
    let passwords = config::default_passwords().map_err(|faults| {
        for fault in faults {
            eprintln!("{fault}");
        }
        Stopped::Known(Ending::Usage)
    })?;
    // Ended when somebody asks to stop: then this is dropped.
    let wanted = Arc::new(());
    let still = Arc::downgrade(&wanted);
    let making =
        tokio::task::spawn_blocking(move || Sample::create(users, || still.strong_count() > 0));
    let sample = making.await.unwrap_or_else(|error| Err(error.into())).map_err(|error| {
        eprintln!(
            "no users can be made up in {}: {error}; make room, or set TMPDIR",
            std::env::temp_dir().display()
        );
        Stopped::Known(Ending::Fault)
    })?;
    let database = DatabaseTarget::Sqlite(sample.file());
    Ok(Source { database, passwords, bulk: Bulk::default(), sample: Some(sample) })
}

/// Whoever reads this may have closed the pipe.
fn say(text: &str) {
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
}

async fn planned(source: &Source, connection: &Connection) -> Result<Plan, ImportError> {
    let rules = Rules { usernames: connection.usernames };
    let builder = Builder::new(source.passwords.clone(), rules, Hashing::Sized);
    plan(&source.database, &builder, &source.bulk, |_| {}, |_| {}).await
}

/// The import itself, the one that sends to tenants.
async fn imported(
    arguments: &Arguments,
    source: &Source,
    management: Management,
    connection: Connection,
    run: &Path,
) -> Result<Totals, ImportError> {
    let database = source.database.clone();
    let names = (connection.id.as_str(), connection.name.as_str());
    let binding = Binding::new(REHEARSAL, names, &database.place(), "all");
    let ledger = Ledger::open(run, &binding)?;
    let total = Directory::open(database.clone(), CONNECT_TIMEOUT).await?.count().await?;
    let rules = Rules { usernames: connection.usernames };
    let builder = Builder::new(source.passwords.clone(), rules, Hashing::Real);
    let (bulk, (stop, _)) = (source.bulk, watch::channel(false));
    let import = Arc::new(Import { management, connection, database, builder, bulk, ledger, stop });
    let bar = Bar::new(arguments.progress, Some(total));
    import::told(Arc::clone(&import).run(), &import, bar).await?;
    Ok(import.ledger.books(|books| books.totals))
}

/// The report of today, and the one of the day after the import.
async fn reported(source: &Source, places: &Places) -> Result<(), Stopped> {
    let (database, passwords) = (source.database.clone(), source.passwords.clone());
    let mut facts = report::facts(database, passwords, None, true).await?;
    let before = reports::html(&Numbers::of(&facts));
    facts.run = Some(report::done(&places.run, source.bulk.slots)?);
    let after = reports::html(&Numbers::of(&facts));
    for (file, page) in [(places.run.join(words::BEFORE), before), (places.out.clone(), after)] {
        report::write(&file, &page).map_err(|error| {
            eprintln!("{}: {error}; make room, and rehearse again", file.display());
            Stopped::Known(Ending::Fault)
        })?;
    }
    Ok(())
}

fn explain(error: &ImportError, places: &Places) -> Ending {
    match error {
        ImportError::Database(error) => database::explain(error),
        ImportError::Run(error) => status::failed(error),
        ImportError::Interrupted => {
            eprintln!(
                "narrowgate-migrate: stopped; nothing left this machine. {} holds ids and counts, if it was begun: remove it",
                places.run.display()
            );
            Ending::Interrupted
        }
        ImportError::Refused(_) | ImportError::Broken => {
            eprintln!(
                "the stand-in and the import disagree: {error}; this is a fault of the program, not of your data"
            );
            Ending::Fault
        }
    }
}
