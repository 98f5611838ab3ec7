//! `narrowgate-migrate export`

use std::cell::Cell;
use std::path::PathBuf;

use clap::Args;

use super::evidence::Choice;
use super::location::Location;
use super::progress::Progress;
use super::{database, status};
use crate::bulk::{Builder, ExportError, Hashing, Rules, export};
use crate::cli::{Ending, asked_to_stop};
use crate::numbers::grouped;

/// Where the files go.
#[derive(Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    location: Location,
    /// A folder that is new or empty
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    #[command(flatten)]
    choice: Choice,
    /// The lengths of usernames that the connection takes, such as 1-15 [default: 1-128]
    #[arg(long, value_name = "MIN-MAX", value_parser = super::preflight::lengths)]
    usernames: Option<(usize, usize)>,
    /// Say nothing while it runs
    #[arg(long)]
    quiet: bool,
}

pub(super) async fn run(arguments: Arguments) -> Ending {
    let (stop, begun) = (asked_to_stop(), Cell::new(false));
    let out = arguments.out.display();
    let ending = tokio::select! {
        ending = write(&arguments, &begun) => ending,
        () = stop => {
            eprintln!("narrowgate-migrate: stopped");
            Ending::Interrupted
        }
    };
    if begun.get() {
        eprintln!("{out} is not whole and holds password hashes: remove it and begin again");
    }
    ending
}

/// `begun` is true while the folder holds something that is not whole.
async fn write(arguments: &Arguments, begun: &Cell<bool>) -> Ending {
    let migration = match arguments.location.load() {
        Ok(migration) => migration,
        Err(ending) => return ending,
    };
    let proven = match arguments.choice.proven(None).await {
        Ok(proven) => proven,
        Err(ending) => return ending,
    };
    let out = arguments.out.display();
    eprintln!(
        "caution: the files of {out} hold profiles and password hashes; hand them over encrypted, and remove them"
    );
    let rules = Rules { usernames: arguments.usernames };
    let builder = Builder::new(migration.passwords, rules, Hashing::Real)
        .only(arguments.choice.allowed(&proven));
    let mut progress = Progress::new(arguments.quiet);
    let (source, bulk) = (&migration.database, &migration.bulk);
    let mut read = 0;
    let written = export(source, &builder, bulk, &arguments.out, |users| {
        begun.set(true);
        read = users;
        progress.show(users);
    });
    let written = written.await;
    progress.end(read);
    match written {
        Ok(manifest) => {
            begun.set(false);
            println!(
                "{} users in {} files, {} held back (held.ndjson), in {out}",
                grouped(manifest.users),
                grouped(manifest.files.len() as u64),
                grouped(manifest.held)
            );
            match (manifest.users, manifest.held) {
                (_, 1..) => Ending::Blockers,
                (0, 0) => database::nobody(),
                _ => Ending::Done,
            }
        }
        Err(ExportError::Database(error)) => database::explain(&error),
        Err(ExportError::Folder(error)) => status::failed(&error),
    }
}
