//! `narrowgate-migrate report`

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use clap::{Args, ValueEnum};

use super::location::Location;
use super::preflight::{count, explain};
use crate::cli::{Ending, asked_to_stop};
use crate::config::{Migration, Needs};
use crate::database::{Directory, DirectoryError};
use crate::preflight::Census;
use crate::report::{self, Day, Facts, Numbers};

/// Of the connection alone: what is read may take as long as it takes.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// What to tell, and where.
#[derive(Args)]
pub(super) struct Arguments {
    /// The file to write; `-` is the standard output
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// How to write it
    #[arg(long, value_enum, default_value = "html")]
    format: Format,
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
    let migration = match arguments.location.load(Needs::Database) {
        Ok(migration) => migration,
        Err(ending) => return ending,
    };
    match facts(migration, arguments.quiet).await {
        Ok(facts) => tell(&Numbers::of(&facts), arguments),
        Err(error) => explain(&error),
    }
}

async fn facts(migration: Migration, quiet: bool) -> Result<Facts, DirectoryError> {
    let mut directory = Directory::open(migration.database, CONNECT_TIMEOUT).await?;
    let marks = directory.marks_by_day().await?;
    let marks: std::collections::BTreeMap<Day, u64> =
        marks.into_iter().map(|(day, marks)| (Day(day), marks)).collect();
    let waiting = count(directory, Census::new(migration.passwords), quiet).await?;
    let users = marks.values().sum::<u64>() + waiting.users;
    Ok(Facts { today: Day::of(SystemTime::now()), users, marks, waiting, run: None })
}

fn tell(numbers: &Numbers, arguments: &Arguments) -> Ending {
    let text = match arguments.format {
        Format::Html => report::html(numbers),
        Format::Markdown => report::markdown(numbers),
        Format::Json => report::json(numbers),
    };
    match write(&arguments.out, &text) {
        Ok(()) => Ending::Done,
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
fn write(file: &Path, text: &str) -> std::io::Result<()> {
    if file == Path::new("-") {
        return std::io::stdout().lock().write_all(text.as_bytes());
    }
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let new = file.with_file_name(name);
    let mut options = OpenOptions::new();
    options.create(true).truncate(true).write(true).mode(0o640);
    options.open(&new)?.write_all(text.as_bytes())?;
    std::fs::rename(&new, file)
}
