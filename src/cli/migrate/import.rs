//! `narrowgate-migrate import`

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;

use super::bar::{Bar, Form};
use super::evidence::Choice;
use super::location::Location;
use super::stopped::Stopped;
use super::{Format, plan, run_text, status};
use crate::bulk::import::{Import, ImportError, Picked, count};
use crate::bulk::management::{Connection, Management};
use crate::bulk::run::{self, Binding, Ledger};
use crate::bulk::{Builder, Hashing, Rules, Stop};
use crate::cli::{Ending, until_stopped};
use crate::config::Migration;
use crate::numbers::grouped;

/// What to send, and where the run is kept.
#[derive(Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    location: Location,
    /// The run directory; it is made where there is none, and a run that it holds goes on
    #[arg(long, value_name = "DIR")]
    pub(super) run: PathBuf,
    /// Send. Without it, everything is checked and counted, and nothing is sent
    #[arg(long)]
    execute: bool,
    #[command(flatten)]
    pub(super) choice: Choice,
    /// Send this many users of each scheme that nothing has proven, and stop
    #[arg(long, value_name = "N", requires = "execute", value_parser = clap::value_parser!(u64).range(1..=10_000))]
    canary: Option<u64>,
    /// Ids of users who go first among these, one a line: your own accounts, whose passwords you know
    #[arg(long, value_name = "FILE", requires = "canary")]
    canary_ids: Option<PathBuf>,
    /// Print who would be held back, a JSON object a line, and nothing else
    #[arg(long, conflicts_with = "execute")]
    pub(super) list_held: bool,
    /// How to tell progress; without --execute all but none are as auto
    #[arg(long, value_enum, default_value = "auto")]
    pub(super) progress: Form,
    /// How to print what came of it
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

/// All that is known before the first user is read.
pub(super) struct Ready {
    pub(super) migration: Migration,
    pub(super) management: Management,
    pub(super) connection: Connection,
    binding: Binding,
    pub(super) proven: BTreeSet<String>,
}

pub(super) async fn run(arguments: Arguments) -> Ending {
    let stopping = Stop::default();
    let work = Box::pin(work(&arguments, stopping.clone()));
    let on_first = || {
        if arguments.execute {
            eprintln!(
                "narrowgate-migrate: stopping; what is in hand is written down (once more: at once)"
            );
        } else {
            eprintln!("narrowgate-migrate: stopped; nothing was sent");
        }
        arguments.execute
    };
    until_stopped(work, &stopping, on_first).await
}

async fn work(arguments: &Arguments, stop: Stop) -> Ending {
    let done = async {
        let ready = prepare(arguments).await?;
        if arguments.execute {
            Box::pin(execute(arguments, ready, stop)).await
        } else {
            Ok(plan::show(arguments, ready).await?)
        }
    };
    done.await.unwrap_or_else(|stopped| match stopped {
        Stopped::Known(ending) => ending,
        Stopped::Error(error) => explain(&error, arguments),
    })
}

/// Asks the tenant everything that can be asked before a user leaves.
async fn prepare(arguments: &Arguments) -> Result<Ready, Stopped<ImportError>> {
    let (migration, tenant) = arguments.location.load_with_tenant().map_err(Stopped::Known)?;
    let begun = run::bound(&arguments.run)?;
    let proven = arguments.choice.proven(begun.as_ref()).await.map_err(Stopped::Known)?;
    let management = Management::new(tenant, migration.bulk.requests_per_second)?;
    let connection = management.connection().await?;
    let binding = Binding::new(
        &management.tenant().domain,
        (&connection.id, &connection.name),
        &migration.database.place(),
        &arguments.choice.binding(&proven),
    );
    Ok(Ready { migration, management, connection, binding, proven })
}

async fn execute(
    arguments: &Arguments,
    ready: Ready,
    stop: Stop,
) -> Result<Ending, Stopped<ImportError>> {
    let Ready { migration, management, connection, binding, proven } = ready;
    for caution in &connection.cautions {
        eprintln!("caution: {caution}");
    }
    let first = first(arguments.canary_ids.as_deref()).map_err(Stopped::Known)?;
    let ledger = Ledger::open(&arguments.run, &binding)?;
    if arguments.canary.is_some() && ledger.books(|books| books.last.is_some()) {
        eprintln!("--canary: this run has begun to send everybody; name a new --run directory");
        return Err(Stopped::Known(Ending::Usage));
    }
    let total = remaining(&migration, &ledger).await?;
    let rules = Rules { usernames: connection.usernames };
    let builder = Builder::new(migration.passwords, rules, Hashing::Real)
        .only(arguments.choice.allowed(&proven));
    let (database, bulk) = (migration.database, migration.bulk);
    let import = Arc::new(Import { management, connection, database, builder, bulk, ledger, stop });
    let mut picked = None;
    let working = async {
        match arguments.canary {
            Some(number) => {
                picked = Some(Arc::clone(&import).canary(number, &proven, &first).await?);
                Ok(())
            }
            None => Arc::clone(&import).run().await,
        }
    };
    let outcome = told(working, &import, Bar::new(arguments.progress, total)).await;
    tell(arguments, &import, picked.as_ref(), &first);
    outcome?;
    Ok(import.ledger.books(status::ending))
}

/// How many users there will be in all, for the bar.
async fn remaining(migration: &Migration, ledger: &Ledger) -> Result<Option<u64>, ImportError> {
    if ledger.books(|books| books.exhausted) {
        return Ok(Some(ledger.books(|books| books.totals.planned)));
    }
    let unmarked = count(&migration.database, |error| {
        eprintln!("{error}; it is tried for about five minutes");
    })
    .await?;
    // Those who were sent before have no mark yet, but for the few who logged in.
    Ok(Some(unmarked.max(ledger.books(|books| books.totals.planned))))
}

/// Tells progress while the work is done.
pub(super) async fn told(
    working: impl Future<Output = Result<(), ImportError>>,
    import: &Import,
    mut bar: Bar,
) -> Result<(), ImportError> {
    tokio::pin!(working);
    let mut rhythm = tokio::time::interval(bar.rhythm());
    let outcome = loop {
        tokio::select! {
            outcome = &mut working => break outcome,
            _ = rhythm.tick() => bar.show(&import.ledger.books(|books| books.totals)),
        }
    };
    bar.end(&import.ledger.books(|books| books.totals));
    outcome
}

/// The ids that a file names, one a line.
fn first(file: Option<&Path>) -> Result<Vec<String>, Ending> {
    let Some(file) = file else { return Ok(vec![]) };
    let text = std::fs::read_to_string(file).map_err(|error| {
        let file = file.display();
        eprintln!("--canary-ids {file}: {error}; name a file with one id a line");
        Ending::Usage
    })?;
    Ok(text.lines().map(|line| line.trim().to_owned()).collect())
}

fn tell(arguments: &Arguments, import: &Import, picked: Option<&Picked>, first: &[String]) {
    let (binding, ledger) = (import.ledger.binding(), &import.ledger);
    match arguments.format {
        Format::Text => print!("{}", ledger.books(|books| run_text::text(binding, books))),
        Format::Json => println!("{:#}", ledger.books(|books| run_text::json(binding, books))),
    }
    let Some(picked) = picked else { return };
    for (scheme, users) in picked {
        eprintln!("canary: {} users of {scheme}", grouped(*users));
    }
    let sent = ledger.books(|books| books.picked.clone());
    let missed = |(id, _): &(&String, u32)| !id.is_empty() && !sent.contains(*id);
    for (_, line) in first.iter().zip(1..).filter(missed) {
        eprintln!(
            "canary: line {line} of --canary-ids is not among them: nobody has this id, or they have a mark, are held back, or are of a scheme that has enough or is proven"
        );
    }
    eprintln!(
        "canary: log in as one of each (journal.ndjson names them), then run the same command without --canary"
    );
}

fn explain(error: &ImportError, arguments: &Arguments) -> Ending {
    let run = arguments.run.display();
    match error {
        ImportError::Trouble(trouble) => status::trouble(trouble),
        ImportError::Interrupted => {
            eprintln!(
                "{error}; to go on: the same command; to look: narrowgate-migrate status --run {run}"
            );
            Ending::Interrupted
        }
        ImportError::Broken => {
            eprintln!("{error}; to go on: the same command");
            Ending::Fault
        }
    }
}
