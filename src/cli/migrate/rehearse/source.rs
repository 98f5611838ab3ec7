//! Whom a rehearsal is made with.

use std::sync::Arc;

use super::Stopped;
use crate::cli::migrate::location::Location;
use crate::cli::{Ending, no_temporary};
use crate::config::{self, Bulk, DatabaseTarget};
use crate::numbers::grouped;
use crate::password;
use crate::rehearsal::Sample;

/// What is rehearsed with.
pub(super) struct Source {
    pub(super) database: DatabaseTarget,
    pub(super) passwords: password::Settings,
    pub(super) bulk: Bulk,
    /// Removes the file when it is dropped.
    pub(super) sample: Option<Sample>,
}

/// One's own users, or made-up ones.
pub(super) async fn source(location: &Location, sample: Option<u32>) -> Result<Source, Stopped> {
    let Some(users) = sample else {
        let loaded = location.load().inspect_err(|_| {
            eprintln!("or try it with made-up users: narrowgate-migrate rehearse --sample 10000");
        });
        let migration = loaded.map_err(Stopped::Known)?;
        let (database, passwords, bulk) = (migration.database, migration.passwords, migration.bulk);
        return Ok(Source { database, passwords, bulk, sample: None });
    };
    let passwords = config::default_passwords().map_err(|faults| {
        for fault in faults {
            eprintln!("{fault}");
        }
        Stopped::Known(Ending::Usage)
    })?;
    eprintln!("making {} users up", grouped(users.into()));
    // Ended when somebody asks to stop: then this is dropped.
    let wanted = Arc::new(());
    let still = Arc::downgrade(&wanted);
    let making =
        tokio::task::spawn_blocking(move || Sample::create(users, || still.strong_count() > 0));
    let sample = making.await.unwrap_or_else(|error| Err(error.into())).map_err(|error| {
        eprintln!("no users can be made up: {}", no_temporary(&error));
        Stopped::Known(Ending::Fault)
    })?;
    let database = DatabaseTarget::Sqlite(sample.file());
    Ok(Source { database, passwords, bulk: Bulk::default(), sample: Some(sample) })
}
