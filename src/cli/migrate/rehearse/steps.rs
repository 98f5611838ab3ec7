//! What a rehearsal does, one after the other.

use std::path::Path;
use std::sync::Arc;

use tokio::sync::watch;

use super::Stopped;
use super::places::Places;
use super::source::Source;
use super::words;
use crate::bulk::import::{Import, ImportError, Plan, plan};
use crate::bulk::management::{Connection, Management};
use crate::bulk::run::{ALL_SCHEMES, Binding, Ledger, REHEARSAL};
use crate::bulk::verify::{Findings, Marking, Stage, Verify, VerifyError};
use crate::bulk::{Builder, CONNECT_TIMEOUT, Hashing, Rules, Stop};
use crate::cli::Ending;
use crate::cli::migrate::bar::{Bar, Form};
use crate::cli::migrate::facts::{Runs, facts};
use crate::cli::migrate::progress::Progress;
use crate::cli::migrate::stages::Stages;
use crate::cli::migrate::{import, report, verify};
use crate::database::Directory;
use crate::rehearsal::StandIn;
use crate::report::{self as reports, Numbers};

/// Of the doubtful: the stand-in's export tells all of them as they are.
const LOOK_UPS: u64 = 2_000;

/// What would be sent.
pub(super) async fn planned(
    source: &Source,
    connection: &Connection,
    form: Form,
) -> Result<Plan, ImportError> {
    let rules = Rules { usernames: connection.usernames };
    let builder = Builder::new(source.passwords.clone(), rules, Hashing::Sized);
    let mut progress = Progress::new(form == Form::None);
    let planned =
        plan(&source.database, &builder, &source.bulk, |_| {}, |users| progress.show(users));
    let planned = planned.await?;
    progress.end(planned.users);
    Ok(planned)
}

/// The import itself, the one that sends to tenants.
pub(super) async fn imported(
    progress: Form,
    source: &Source,
    management: Management,
    connection: Connection,
    run: &Path,
) -> Result<Import, ImportError> {
    let database = source.database.clone();
    let names = (connection.id.as_str(), connection.name.as_str());
    let binding = Binding::new(REHEARSAL, names, &database.place(), ALL_SCHEMES);
    let ledger = Ledger::open(run, &binding)?;
    let total = Directory::open(database.clone(), CONNECT_TIMEOUT).await?.count().await?;
    let rules = Rules { usernames: connection.usernames };
    let builder = Builder::new(source.passwords.clone(), rules, Hashing::Real);
    let (bulk, stop) = (source.bulk, Stop::default());
    let import = Arc::new(Import { management, connection, database, builder, bulk, ledger, stop });
    let bar = Bar::new(progress, Some(total));
    import::told(Arc::clone(&import).run(), &import, bar).await?;
    Arc::into_inner(import).ok_or(ImportError::Broken)
}

/// Those who have logged in before are in the stand-in, as they are in the tenant.
pub(super) async fn arrived(source: &Source, stand_in: &StandIn) -> Result<(), ImportError> {
    let directory = Directory::open(source.database.clone(), CONNECT_TIMEOUT).await?;
    let mut marks = directory.marks();
    while let Some(batch) = marks.next().await? {
        let ids: Vec<String> = batch.into_iter().map(|mark| mark.0).collect();
        tokio::task::block_in_place(|| stand_in.arrive(&ids));
    }
    Ok(())
}

/// The verification itself; nobody is marked, because nobody has moved.
pub(super) async fn verified(import: Import, progress: Form) -> Result<Findings, VerifyError> {
    let Import { management, connection, database, ledger, stop, .. } = import;
    let ((stage, _), marking) = (watch::channel(Stage::default()), Marking::Nothing);
    let verify = Verify {
        management,
        connection,
        database,
        marking,
        ledger,
        look_ups: LOOK_UPS,
        stage,
        stop,
    };
    verify::told(&verify, Stages::new(progress)).await
}

/// The report of today, and the one of the day after the import.
pub(super) async fn reported(source: &Source, places: &Places) -> Result<(), Stopped> {
    let page = async |runs| {
        let facts = facts(&source.database, &source.passwords, runs, true).await?;
        Ok::<_, Stopped>(reports::html(&Numbers::of(&facts)))
    };
    let before = page(Runs::default()).await?;
    let after =
        page(Runs::read(std::slice::from_ref(&places.run), &source.database, source.bulk.slots)?)
            .await?;
    for (file, page) in [(places.run.join(words::BEFORE), before), (places.out.clone(), after)] {
        report::write(&file, &page).map_err(|error| {
            let (file, run) = (file.display(), places.run.display());
            eprintln!("{file}: {error}; make room, then remove {run} and rehearse again");
            Stopped::Known(Ending::Fault)
        })?;
    }
    Ok(())
}
