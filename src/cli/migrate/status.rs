//! `narrowgate-migrate status`

use std::path::PathBuf;

use clap::Args;

use super::{Format, database, run_text};
use crate::bulk::Trouble;
use crate::bulk::run::{self, Books, RunError};
use crate::cli::Ending;

/// Which run.
#[derive(Args)]
pub(super) struct Arguments {
    /// The run directory
    #[arg(long, value_name = "DIR")]
    run: PathBuf,
    /// How to print it
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

pub(super) fn run(arguments: &Arguments) -> Ending {
    match run::read(&arguments.run) {
        Ok((binding, books)) => {
            let text = match arguments.format {
                Format::Text => run_text::text(&binding, &books),
                Format::Json => format!("{:#}\n", run_text::json(&binding, &books)),
            };
            print!("{text}");
            ending(&books)
        }
        Err(error) => failed(&error),
    }
}

/// How a run ends, as its books have it.
pub(super) fn ending(books: &Books) -> Ending {
    let missing = books.totals.quarantined + books.totals.held > 0 || books.has_gaps;
    if books.is_done() && !missing { Ending::Done } else { Ending::Blockers }
}

/// What ended a run of any kind.
pub(super) fn trouble(trouble: &Trouble) -> Ending {
    match trouble {
        Trouble::Refused(refusal) => {
            eprintln!("{refusal}");
            Ending::Refused
        }
        Trouble::Database(error) => database::explain(error),
        Trouble::Run(error) => failed(error),
    }
}

pub(super) fn failed(error: &RunError) -> Ending {
    eprintln!("{error}");
    match error {
        RunError::Unusable(_) => Ending::Usage,
        RunError::Broken(_) | RunError::Unwritten(_) => Ending::Fault,
    }
}
