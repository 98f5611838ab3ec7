//! Named rows and pages of the legacy database, each on a connection of its own, tried again while
//! the database cannot be reached.

use std::collections::HashSet;
use std::time::Duration;

use tokio::time::sleep;

use super::CONNECT_TIMEOUT;
use crate::config::DatabaseTarget;
use crate::database::{Directory, DirectoryError, UserRow};

/// How often a database that cannot be reached is tried: about five minutes.
const TRIES: u32 = 12;
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// What is read at once.
pub(super) enum Wanted {
    /// Users behind an id, so many.
    Page(Option<String>, usize),
    /// The users of these ids.
    Ids(Vec<String>),
}

/// Reads users who have no mark.
pub(super) async fn read(
    target: &DatabaseTarget,
    wanted: &Wanted,
) -> Result<Vec<UserRow>, DirectoryError> {
    patiently(|| once(target, wanted), |_| ()).await
}

/// The users of these ids who have no mark, and then the ids among them that have one: a mark that
/// is set in between is not overlooked.
pub(super) async fn both(
    target: &DatabaseTarget,
    ids: &[String],
) -> Result<(Vec<UserRow>, HashSet<String>), DirectoryError> {
    patiently(|| both_once(target, ids), |_| ()).await
}

/// How many users have no id at all.
pub(super) async fn without_id(target: &DatabaseTarget) -> Result<u64, DirectoryError> {
    patiently(|| without_id_once(target), |_| ()).await
}

/// How many users have no mark. The first time that the database cannot be reached is told of.
///
/// # Errors
/// The database refuses, or cannot be reached for about five minutes.
pub async fn count(
    target: &DatabaseTarget,
    away: impl Fn(&DirectoryError),
) -> Result<u64, DirectoryError> {
    patiently(|| count_once(target), away).await
}

async fn without_id_once(target: &DatabaseTarget) -> Result<u64, DirectoryError> {
    Directory::open(target.clone(), CONNECT_TIMEOUT).await?.without_id().await
}

async fn count_once(target: &DatabaseTarget) -> Result<u64, DirectoryError> {
    Directory::open(target.clone(), CONNECT_TIMEOUT).await?.count().await
}

async fn once(target: &DatabaseTarget, wanted: &Wanted) -> Result<Vec<UserRow>, DirectoryError> {
    let mut directory = Directory::open(target.clone(), CONNECT_TIMEOUT).await?;
    match wanted {
        Wanted::Page(after, limit) => directory.page(after.as_deref(), *limit).await,
        Wanted::Ids(ids) => directory.by_ids(ids).await,
    }
}

async fn both_once(
    target: &DatabaseTarget,
    ids: &[String],
) -> Result<(Vec<UserRow>, HashSet<String>), DirectoryError> {
    let mut directory = Directory::open(target.clone(), CONNECT_TIMEOUT).await?;
    let rows = directory.by_ids(ids).await?;
    Ok((rows, directory.marked(ids).await?))
}

/// Asks until there is an answer, another fault, or no patience left; the first time that the database
/// cannot be reached is told of.
async fn patiently<T, F: Future<Output = Result<T, DirectoryError>>>(
    ask: impl Fn() -> F,
    away: impl Fn(&DirectoryError),
) -> Result<T, DirectoryError> {
    let mut tries = 0;
    loop {
        let error = match ask().await {
            Err(error @ DirectoryError::Unreachable(_)) => error,
            answer => return answer,
        };
        if tries == 0 {
            away(&error);
        }
        tries += 1;
        if tries >= TRIES {
            return Err(error);
        }
        sleep(Duration::from_secs(1 << (tries - 1).min(5)).min(LONGEST_PAUSE)).await;
    }
}
