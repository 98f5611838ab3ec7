//! Connections that Diesel speaks over, one statement at a time.

use std::time::Duration;

use deadpool::Runtime;
use deadpool::managed::{PoolError as DeadpoolError, TimeoutType};
use diesel::QueryResult;
use diesel_async::AsyncConnection;
use diesel_async::pooled_connection::deadpool::{Object, Pool, PoolError};
use diesel_async::pooled_connection::{
    AsyncDieselConnectionManager, ManagerConfig, PoolError as ManagerError,
};

use super::{Error, GRACE, connection_error, statement_error};
use crate::config::Database as Settings;

/// At most so many connections.
pub(super) fn pool<C>(
    settings: &Settings,
    connections: usize,
    config: ManagerConfig<C>,
) -> Result<Pool<C>, Error>
where
    C: AsyncConnection + 'static,
    AsyncDieselConnectionManager<C>: deadpool::managed::Manager<Type = C, Error = ManagerError>,
{
    // The set-up callback knows the address; the manager's own URL would only end up in its Debug.
    let manager = AsyncDieselConnectionManager::new_with_config("", config);
    deadpool::managed::Pool::builder(manager)
        .max_size(connections.max(1))
        .wait_timeout(Some(settings.acquire_timeout))
        .create_timeout(Some(settings.connect_timeout))
        .recycle_timeout(Some(settings.acquire_timeout))
        .runtime(Runtime::Tokio1)
        .build()
        .map_err(|error| Error::Refused(error.to_string()))
}

/// A connection on loan. Unless it is given back it is closed, so that an abandoned or failed
/// statement's answer can never be taken for another's.
struct Lease<M: deadpool::managed::Manager>(Option<deadpool::managed::Object<M>>);

impl<M: deadpool::managed::Manager> Drop for Lease<M> {
    fn drop(&mut self) {
        self.0.take().map(deadpool::managed::Object::take);
    }
}

/// Runs one statement within its deadline.
pub(super) async fn run<C, T>(
    pool: &Pool<C>,
    deadline: Duration,
    work: impl AsyncFnOnce(&mut C) -> QueryResult<T>,
) -> Result<T, Error>
where
    C: AsyncConnection + 'static,
    AsyncDieselConnectionManager<C>: deadpool::managed::Manager<Type = C, Error = ManagerError>,
{
    let connection: Object<C> = pool.get().await.map_err(acquire_error)?;
    let mut lease = Lease(Some(connection));
    let Some(connection) = lease.0.as_mut() else { return Err(Error::Overdue("no connection")) };
    let outcome = tokio::time::timeout(deadline + GRACE, work(connection)).await;
    let answer = outcome.map_err(|_| Error::Overdue("the statement was not answered"))?;
    let answer = answer.map_err(|error| statement_error(&error))?;
    drop(lease.0.take());
    Ok(answer)
}

fn acquire_error(error: PoolError) -> Error {
    match error {
        DeadpoolError::Timeout(TimeoutType::Wait) => Error::Overdue("no connection came free"),
        DeadpoolError::Timeout(_) => {
            Error::Unreachable("no connection could be made in time".to_owned())
        }
        DeadpoolError::Backend(ManagerError::ConnectionError(error)) => connection_error(error),
        _ => Error::Unreachable("a connection could not be prepared".to_owned()),
    }
}
