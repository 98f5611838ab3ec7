//! `narrowgate-migrate report`

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use clap::{Args, ValueEnum};
use serde_json::Value;

use super::database::explain;
use super::location::Location;
use super::preflight::count;
use super::{CONNECT_TIMEOUT, status};
use crate::bulk::run::{self, RunError};
use crate::cli::{Ending, asked_to_stop};
use crate::config::{DatabaseTarget, Migration, Needs};
use crate::database::{Directory, DirectoryError};
use crate::password;
use crate::preflight::Census;
use crate::report::{self, Day, Facts, Numbers, Run};

/// What to tell, and where.
#[derive(Args)]
pub(super) struct Arguments {
    /// The file to write; `-` is the standard output
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// How to write it
    #[arg(long, value_enum, default_value = "html")]
    format: Format,
    /// The directory of a bulk run, whose users count as moved
    #[arg(long, value_name = "DIR")]
    run: Option<PathBuf>,
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
    let slots = migration.bulk.slots;
    let run = match arguments.run.as_deref().map(|run| done(run, slots)).transpose() {
        Ok(run) => run,
        Err(error) => return status::failed(&error),
    };
    let Migration { database, passwords, .. } = migration;
    match facts(database, passwords, run, arguments.quiet).await {
        Ok(facts) => tell(&Numbers::of(&facts), arguments),
        Err(error) => explain(&error),
    }
}

/// What a bulk run did, as its books and lists say.
pub(super) fn done(directory: &Path, slots: usize) -> Result<Run, RunError> {
    let (binding, books) = run::read(directory)?;
    let is_rehearsal = binding.is_rehearsal();
    let days = books.inserted_by_day.iter();
    let per_hour = |seconds: f64| 3600.0 / seconds * f64::from(u32::try_from(slots).unwrap_or(1));
    Ok(Run {
        inserted: days.map(|(day, users)| (Day(*day), *users)).collect(),
        present: books.totals.present,
        marked: books.marked_by_day.iter().map(|(day, marks)| (Day(*day), *marks)).collect(),
        held: counted(&directory.join("held.ndjson"), "reason"),
        quarantined: counted(&directory.join("quarantine.ndjson"), "code"),
        // A stand-in's speed says nothing of a tenant's.
        users_per_hour: books.seconds_a_user().filter(|_| !is_rehearsal).map(per_hour),
        is_rehearsal,
    })
}

/// How many lines have which word in this member.
pub(super) fn counted(file: &Path, member: &str) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    let Ok(file) = File::open(file) else { return counts };
    for line in BufReader::new(file).lines().map_while(Result::ok) {
        let line: Option<Value> = serde_json::from_str(&line).ok();
        if let Some(word) = line.as_ref().and_then(|line| line.get(member)?.as_str()) {
            *counts.entry(word.to_owned()).or_default() += 1;
        }
    }
    counts
}

/// What the marks, the hashes and a run say.
pub(super) async fn facts(
    database: DatabaseTarget,
    passwords: password::Settings,
    run: Option<Run>,
    quiet: bool,
) -> Result<Facts, DirectoryError> {
    let mut directory = Directory::open(database, CONNECT_TIMEOUT).await?;
    let marks = directory.marks_by_day().await?;
    let marks: BTreeMap<Day, u64> =
        marks.into_iter().map(|(day, marks)| (Day(day), marks)).collect();
    let waiting = count(directory, Census::new(passwords), quiet).await?;
    let users = marks.values().sum::<u64>() + waiting.users;
    Ok(Facts { today: Day::of(SystemTime::now()), users, marks, waiting, run })
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
        return std::io::stdout().lock().write_all(text.as_bytes());
    }
    // A device or a pipe is written to, and never replaced.
    if std::fs::metadata(file).is_ok_and(|it| !it.is_file() && !it.is_dir()) {
        return OpenOptions::new().write(true).open(file)?.write_all(text.as_bytes());
    }
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let new = file.with_file_name(name);
    let mut options = OpenOptions::new();
    options.create(true).truncate(true).write(true).mode(0o640);
    let mut out = options.open(&new)?;
    let written = out.write_all(text.as_bytes()).and_then(|()| out.sync_all());
    written.and_then(|()| std::fs::rename(&new, file)).inspect_err(|_| {
        let _ = std::fs::remove_file(&new);
    })
}
