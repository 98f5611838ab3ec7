//! Named rows and pages of the legacy database, each on a connection of its own, tried again while
//! the database cannot be reached.

use std::collections::HashSet;
use std::time::Duration;

use tokio::time::sleep;

use super::CONNECT_TIMEOUT;
use crate::config::DatabaseTarget;
use crate::database::{Directory, DirectoryError, Page, UserRow};

/// How often a database that cannot be reached is tried: about five minutes.
const TRIES: u32 = 12;
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// The next users behind an id who have no mark, at most so many.
pub(super) async fn page(
    target: &DatabaseTarget,
    after: Option<&str>,
    limit: usize,
) -> Result<Page, DirectoryError> {
    patiently(|| page_once(target, after, limit), |_| ()).await
}

/// The users of these ids who have no mark. Of each row no more stays than what `take` makes of it.
pub(super) async fn by_ids<T>(
    target: &DatabaseTarget,
    ids: &[String],
    take: impl Fn(UserRow) -> T,
) -> Result<Vec<T>, DirectoryError> {
    patiently(|| by_ids_once(target, ids, &take), |_| ()).await
}

/// The ids among these that have a mark.
pub(super) async fn marked(
    target: &DatabaseTarget,
    ids: &[String],
) -> Result<HashSet<String>, DirectoryError> {
    patiently(|| marked_once(target, ids), |_| ()).await
}

/// The users of these ids who have no mark, and then the ids among them that have one: a mark that
/// is set in between is not overlooked.
pub(super) async fn both<T>(
    target: &DatabaseTarget,
    ids: &[String],
    take: impl Fn(UserRow) -> T,
) -> Result<(Vec<T>, HashSet<String>), DirectoryError> {
    let rows = by_ids(target, ids, take).await?;
    Ok((rows, marked(target, ids).await?))
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

async fn page_once(
    target: &DatabaseTarget,
    after: Option<&str>,
    limit: usize,
) -> Result<Page, DirectoryError> {
    Directory::open(target.clone(), CONNECT_TIMEOUT).await?.page(after, limit).await
}

async fn by_ids_once<T>(
    target: &DatabaseTarget,
    ids: &[String],
    take: impl Fn(UserRow) -> T,
) -> Result<Vec<T>, DirectoryError> {
    let mut rows = Directory::open(target.clone(), CONNECT_TIMEOUT).await?.by_ids(ids);
    let mut taken = vec![];
    while let Some(batch) = rows.next().await? {
        taken.extend(batch.into_iter().map(&take));
    }
    Ok(taken)
}

async fn marked_once(
    target: &DatabaseTarget,
    ids: &[String],
) -> Result<HashSet<String>, DirectoryError> {
    Directory::open(target.clone(), CONNECT_TIMEOUT).await?.marked(ids).await
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
