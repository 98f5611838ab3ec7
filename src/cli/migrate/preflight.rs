//! `narrowgate-migrate preflight`

use std::io::Write;

use clap::Args;

use super::location::Location;
use super::progress::Progress;
use super::{CONNECT_TIMEOUT, Format, database};
use crate::cli::{Ending, asked_to_stop};
use crate::config::Needs;
use crate::database::{Directory, DirectoryError};
use crate::level::Level;
use crate::preflight::{Census, Report};

/// What to look at, and where.
#[derive(Args)]
pub(super) struct Arguments {
    /// Count the password hashes by kind: what the gate verifies, and what Auth0 can import
    #[arg(long, required = true)]
    hashes: bool,
    #[command(flatten)]
    location: Location,
    /// How to print what was found
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// Say nothing while it runs
    #[arg(long)]
    quiet: bool,
}

pub(super) async fn run(arguments: Arguments) -> Ending {
    let stop = asked_to_stop();
    tokio::select! {
        ending = hashes(&arguments) => ending,
        () = stop => {
            eprintln!("narrowgate-migrate: stopped; nothing was counted to its end");
            Ending::Interrupted
        }
    }
}

async fn hashes(arguments: &Arguments) -> Ending {
    let migration = match arguments.location.load(Needs::Database) {
        Ok(migration) => migration,
        Err(ending) => return ending,
    };
    let counted = async {
        let directory = Directory::open(migration.database, CONNECT_TIMEOUT).await?;
        count(directory, Census::new(migration.passwords), arguments.quiet).await
    };
    match counted.await {
        Ok(report) => tell(&report, arguments.format),
        Err(error) => database::explain(&error),
    }
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
        Format::Text => super::census_text::text(report),
        Format::Json => super::census_json::json(report),
    };
    // Whoever reads this may have closed the pipe: that is no fault of the census.
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
    match report.findings.first().map(|finding| finding.level) {
        Some(Level::Blocker) => Ending::Blockers,
        Some(Level::Caution) => Ending::Cautions,
        None => Ending::Done,
    }
}
