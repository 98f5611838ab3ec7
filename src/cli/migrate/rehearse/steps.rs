//! What a rehearsal does, one after the other.

use std::path::Path;
use std::sync::Arc;

use tokio::sync::watch;

use super::places::Places;
use super::source::Source;
use super::stopped::Stopped;
use super::words;
use crate::bulk::import::{Import, ImportError, Plan, plan};
use crate::bulk::management::{Connection, Management};
use crate::bulk::run::{Binding, Ledger, REHEARSAL, Totals};
use crate::bulk::{Builder, CONNECT_TIMEOUT, Hashing, Rules};
use crate::cli::Ending;
use crate::cli::migrate::bar::{Bar, Form};
use crate::cli::migrate::{import, report};
use crate::database::Directory;
use crate::report::{self as reports, Numbers};

/// What would be sent.
pub(super) async fn planned(source: &Source, connection: &Connection) -> Result<Plan, ImportError> {
    let rules = Rules { usernames: connection.usernames };
    let builder = Builder::new(source.passwords.clone(), rules, Hashing::Sized);
    plan(&source.database, &builder, &source.bulk, |_| {}, |_| {}).await
}

/// The import itself, the one that sends to tenants.
pub(super) async fn imported(
    progress: Form,
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
    let bar = Bar::new(progress, Some(total));
    import::told(Arc::clone(&import).run(), &import, bar).await?;
    Ok(import.ledger.books(|books| books.totals))
}

/// The report of today, and the one of the day after the import.
pub(super) async fn reported(source: &Source, places: &Places) -> Result<(), Stopped> {
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
