//! The role that may set marks, and do nothing else.

use std::time::Duration;

use super::VerifyError;
use crate::bulk::CONNECT_TIMEOUT;
use crate::bulk::random::backoff;
use crate::config::{Database as Settings, DatabaseTarget};
use crate::database::{Budget, Database, Error, MarkMigrated};
use crate::profile::UserId;

const CONNECTIONS: usize = 4;
/// How often a mark is tried while the database cannot be reached: about five minutes.
const TRIES: u32 = 14;
const STATEMENT_TIMEOUT: Duration = Duration::from_secs(30);

/// What became of a mark.
pub(super) enum Mark {
    Set,
    Refused,
    Gone,
}

/// Connects as the role, and asks its routine about nobody.
pub(super) async fn role(target: &DatabaseTarget) -> Result<MarkMigrated, VerifyError> {
    let settings =
        Settings::of_role(target.clone(), CONNECTIONS, CONNECT_TIMEOUT, STATEMENT_TIMEOUT);
    let told = |error: Error| {
        VerifyError::Marker(format!(
            "{}; check marker.url, and that the contract was applied with --bulk",
            error.words()
        ))
    };
    let database = Database::open(&settings, CONNECTIONS, &Budget::new(settings.connections()));
    let database = database.map_err(told)?;
    database.probe_marks().await.map_err(told)?;
    Ok(database.questions().2)
}

/// Sets one mark. Setting it twice is setting it once.
pub(super) async fn set_one(marker: &MarkMigrated, user: &str) -> Result<Mark, VerifyError> {
    let Ok(id) = UserId::try_from(user.to_owned()) else { return Ok(Mark::Refused) };
    for attempt in 0..TRIES {
        match marker.mark(&id, None).await {
            Ok(Some(_)) => return Ok(Mark::Set),
            Ok(None) => return Ok(Mark::Gone),
            Err(Error::InvalidRecord(_) | Error::Row(..)) => return Ok(Mark::Refused),
            Err(error @ (Error::Refused(_) | Error::Replica)) => {
                return Err(VerifyError::Marker(error.words()));
            }
            Err(
                Error::Unreachable(_)
                | Error::Overdue(_)
                | Error::Statement(_)
                | Error::Cancelled(_),
            ) => {
                tokio::time::sleep(backoff(attempt, Duration::from_secs(30))).await;
            }
        }
    }
    Err(VerifyError::Marker(
        "the database was not reached, or its routine failed, for five minutes; run the same command again".to_owned(),
    ))
}
