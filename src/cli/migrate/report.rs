//! `narrowgate-migrate report`

use std::fs::{OpenOptions, Permissions};
use std::io::Write;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::database::explain;
use super::facts::{Runs, facts};
use super::location::Location;
use super::status;
use crate::bulk::run;
use crate::cli::{Ending, asked_to_stop};
use crate::config::{DatabaseTarget, Migration};
use crate::report::{self, Numbers};

/// What to tell, and where.
#[derive(Args)]
pub(super) struct Arguments {
    /// The file to write; `-` is the standard output
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// How to write it
    #[arg(long, value_enum, default_value = "html")]
    format: Format,
    /// The directory of a bulk run, whose users count as moved. May be given several times
    #[arg(long, value_name = "DIR")]
    run: Vec<PathBuf>,
    #[command(flatten)]
    location: Location,
    /// Say nothing while it runs
    #[arg(long)]
    quiet: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// One page that needs nothing from outside
    Html,
    /// For a ticket or a wiki
    Markdown,
    /// For programs
    Json,
}

pub(super) async fn run(arguments: Arguments) -> Ending {
    let stop = asked_to_stop();
    tokio::select! {
        ending = make(&arguments) => ending,
        () = stop => {
            eprintln!("narrowgate-migrate: stopped; no report was written");
            Ending::Interrupted
        }
    }
}

async fn make(arguments: &Arguments) -> Ending {
    let migration = match arguments.location.load() {
        Ok(migration) => migration,
        Err(ending) => return ending,
    };
    let runs = match Runs::read(&arguments.run, &migration.database, migration.bulk.slots) {
        Ok(runs) => runs,
        Err(error) => return status::failed(&error),
    };
    let Migration { database, passwords, files, .. } = migration;
    if let Some(cause) = precious(&database, &files, arguments) {
        eprintln!("--out {}: {cause}; name a file of its own", arguments.out.display());
        return Ending::Usage;
    }
    match facts(&database, &passwords, runs, arguments.quiet).await {
        Ok(facts) => tell(&Numbers::of(&facts), arguments),
        Err(error) => explain(&error),
    }
}

fn tell(numbers: &Numbers, arguments: &Arguments) -> Ending {
    let text = match arguments.format {
        Format::Html => report::html(numbers),
        Format::Markdown => report::markdown(numbers),
        Format::Json => report::json(numbers),
    };
    match write(&arguments.out, &text) {
        Ok(()) => Ending::Done,
        Err(error) if run::is_full(&error) => {
            eprintln!("--out {}: {error}; make room", arguments.out.display());
            Ending::Fault
        }
        Err(error) => {
            eprintln!(
                "--out {}: {error}; name a file that can be written",
                arguments.out.display()
            );
            Ending::Usage
        }
    }
}

/// Whole or not at all: a report that was half written could be taken for the migration's end.
pub(super) fn write(file: &Path, text: &str) -> std::io::Result<()> {
    if file == Path::new("-") {
        print!("{text}");
        return Ok(());
    }
    // A link stays one, and what it leads to is replaced.
    let file = &std::fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
    // A device or a pipe is written to, and never replaced.
    if std::fs::metadata(file).is_ok_and(|it| !it.is_file() && !it.is_dir()) {
        return OpenOptions::new().write(true).open(file)?.write_all(text.as_bytes());
    }
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    let mut new = tempfile::Builder::new();
    let new = new.prefix(".report-").permissions(Permissions::from_mode(0o640));
    // Of a name that nobody else has: two reports at once are two files, and the later stays.
    let mut new = new.tempfile_in(folder.unwrap_or(Path::new(".")))?;
    new.write_all(text.as_bytes())?;
    new.as_file().sync_all()?;
    new.persist(file)?;
    Ok(())
}

/// Why this file is not to be replaced by a report: it is one that the report is made from.
fn precious(
    database: &DatabaseTarget,
    files: &[PathBuf],
    arguments: &Arguments,
) -> Option<&'static str> {
    let identity = |path: &Path| std::fs::metadata(path).map(|it| (it.dev(), it.ino())).ok();
    let out = identity(&arguments.out)?;
    let same = |one: &Path| identity(one) == Some(out);
    let of_run = |run: &PathBuf| run::FILES.iter().any(|file| same(&run.join(file)));
    match database {
        DatabaseTarget::Sqlite(_) if database.files().iter().any(|file| same(file)) => {
            Some("this is the legacy database")
        }
        _ if arguments.run.iter().any(of_run) => Some("this belongs to the run"),
        _ if arguments.location.files().chain(files.iter().map(PathBuf::as_path)).any(same) => {
            Some("this is the configuration, or a file that it names")
        }
        _ => None,
    }
}
