//! `narrowgate-migrate preflight`

use std::io;

use clap::Args;
use tokio::sync::oneshot;

use super::location::Location;
use super::progress::Progress;
use super::{CONNECT_TIMEOUT, Format, database};
use crate::bulk::Rules;
use crate::cli::{Ending, asked_to_stop};
use crate::config::{DatabaseTarget, Migration};
use crate::database::{Directory, DirectoryError};
use crate::level::Level;
use crate::preflight::{Audit, Census, Report, Skipped};

/// What to look at, and where.
#[derive(Args)]
pub(super) struct Arguments {
    /// Count the password hashes by kind, and look at nothing else
    #[arg(long)]
    hashes: bool,
    /// Tell at most this many users for each finding, by their legacy ids
    #[arg(long, value_name = "N", default_value_t = 10, conflicts_with = "hashes",
        value_parser = clap::value_parser!(u32).range(0..=1000))]
    ids: u32,
    /// The lengths of usernames that the connection takes, such as 1-15 [default: 1-128]
    #[arg(long, value_name = "MIN-MAX", conflicts_with = "hashes", value_parser = lengths)]
    usernames: Option<(usize, usize)>,
    #[command(flatten)]
    location: Location,
    /// How to print what was found
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// Say nothing while it runs
    #[arg(long)]
    quiet: bool,
}

pub(super) fn lengths(text: &str) -> Result<(usize, usize), &'static str> {
    let lengths =
        text.split_once('-').and_then(|(min, max)| Some((min.parse().ok()?, max.parse().ok()?)));
    lengths.filter(|(min, max)| (1..=*max).contains(min)).ok_or("write two lengths, such as 1-15")
}

/// Why there is no report.
enum Failure {
    Database(DirectoryError),
    Disk(io::Error),
}

impl From<DirectoryError> for Failure {
    fn from(error: DirectoryError) -> Self {
        Self::Database(error)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Disk(error)
    }
}

pub(super) async fn run(arguments: Arguments) -> Ending {
    let stop = asked_to_stop();
    tokio::select! {
        ending = look(&arguments) => ending,
        () = stop => {
            eprintln!("narrowgate-migrate: stopped; nothing was counted to its end");
            Ending::Interrupted
        }
    }
}

async fn look(arguments: &Arguments) -> Ending {
    let migration = match arguments.location.load() {
        Ok(migration) => migration,
        Err(ending) => return ending,
    };
    let counted = async {
        if !arguments.hashes {
            return audit(arguments, migration).await;
        }
        let directory = Directory::open(migration.database, CONNECT_TIMEOUT).await?;
        Ok(count(directory, Census::new(migration.passwords), arguments.quiet).await?)
    };
    match counted.await {
        Ok(report) => tell(&report, arguments.format),
        Err(Failure::Database(error)) => database::explain(&error),
        Err(Failure::Disk(error)) => {
            let folder = std::env::temp_dir();
            eprintln!(
                "a temporary file in {}: {error}; set TMPDIR to a directory that can be written and has 200 bytes of room for each user",
                folder.display()
            );
            Ending::Fault
        }
    }
}

async fn audit(arguments: &Arguments, migration: Migration) -> Result<Report, Failure> {
    let is_a_file = matches!(migration.database, DatabaseTarget::Sqlite(_));
    let (mut directory, hidden) =
        Directory::open_partly(migration.database, CONNECT_TIMEOUT).await?;
    let mut progress = Progress::new(arguments.quiet);
    if progress.is_a_bar() {
        progress.expect(directory.count().await?);
    }
    let mut rows = directory.users_without(&hidden);
    let rules = Rules { usernames: arguments.usernames };
    let (bytes, ids) = (migration.bulk.max_file_bytes, arguments.ids as usize);
    let audit = Audit::new(migration.passwords, rules, bytes, hidden, ids)?;
    let mut audit = audit.folding_ascii_alone(is_a_file);
    while let Some(batch) = rows.next().await? {
        for row in &batch {
            audit.count(row)?;
        }
        progress.show(audit.users());
    }
    progress.end(audit.users());
    // In a thread of its own, which Ctrl-C need not wait for.
    let (sender, receiver) = oneshot::channel();
    std::thread::spawn(move || sender.send(audit.report()));
    Ok(receiver.await.map_err(io::Error::other)??)
}

pub(super) async fn count(
    mut directory: Directory,
    mut census: Census,
    quiet: bool,
) -> Result<Report, DirectoryError> {
    let mut progress = Progress::new(quiet);
    if progress.is_a_bar() {
        progress.expect(directory.count().await?);
    }
    let mut rows = directory.passwords();
    while let Some(batch) = rows.next().await? {
        for row in &batch {
            census.count(row);
        }
        progress.show(census.users());
    }
    progress.end(census.users());
    Ok(census.report())
}

fn tell(report: &Report, format: Format) -> Ending {
    let text = match format {
        Format::Text => super::preflight_text::text(report),
        Format::Json => super::preflight_json::json(report),
    };
    // Whoever reads this may have closed the pipe: that is no fault of the census.
    print!("{text}");
    match report.findings.first().map(|finding| finding.level) {
        Some(Level::Blocker) => Ending::Blockers,
        Some(Level::Caution) => Ending::Cautions,
        None if report.skipped.iter().any(Skipped::is_a_caution) => Ending::Cautions,
        None => Ending::Done,
    }
}
