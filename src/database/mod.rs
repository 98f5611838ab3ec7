//! The legacy database, through the three routines of the contract and nothing else.

pub mod catalog;
mod describe;
mod directory;
mod inside;
mod marks;
mod mysql;
mod pipeline;
mod postgresql;
mod routines;
mod sqlite;
mod tls;

use std::sync::Arc;
use std::time::Duration;

use deadpool::Runtime;
use deadpool::managed::{PoolError as DeadpoolError, TimeoutType};
use diesel::QueryResult;
use diesel::result::{ConnectionError, DatabaseErrorKind, Error as DieselError};
use diesel_async::pooled_connection::deadpool::{Object, Pool, PoolError};
use diesel_async::pooled_connection::{
    AsyncDieselConnectionManager, ManagerConfig, PoolError as ManagerError,
};
use diesel_async::sync_connection_wrapper::SyncConnectionWrapper;
use diesel_async::{AsyncConnection, AsyncMysqlConnection, AsyncPgConnection};

pub use describe::Describer;
pub use directory::{
    Cell, Directory, DirectoryError, Names, Order, PasswordRow, PasswordRows, Rows, UserColumn,
    UserRow,
};
pub use inside::{Compared, HowHashed, PasswordCheck};
pub use marks::MarkMigrated;
use pipeline::Pipeline;
use postgresql::Address;
pub use routines::{Candidate, Found, GetUser, LoginCandidate, LoginQuestion, StoredPassword};
pub use tls::crypto_provider;

use crate::config::{Database as Settings, DatabaseTarget, PasswordComparison};
use crate::profile::InvalidUserRecord;

/// How much longer than the server we wait before a statement is given up: the server should
/// cancel it first, so that nothing is left running there.
const GRACE: Duration = Duration::from_millis(250);

type Sqlite = SyncConnectionWrapper<diesel::SqliteConnection>;

/// Why the database gave no answer. The texts hold nothing of any user.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nobody there, or the connection broke.
    #[error("cannot reach the database: {0}")]
    Unreachable(String),
    /// It did not come in time.
    #[error("{0} in time")]
    Overdue(&'static str),
    /// The database is there and says no: credentials, rights or routines are wrong.
    #[error("the database refuses: {0}")]
    Refused(String),
    /// A routine failed or was cancelled.
    #[error("a routine failed or was cancelled; `narrowgate check` shows why")]
    Statement(ServerWords),
    /// The answer breaks the contract.
    #[error(transparent)]
    InvalidRecord(#[from] InvalidUserRecord),
}

impl Error {
    /// What came from a server that was reached.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Unreachable(words) | Self::Refused(words) => words.clone(),
            other => other.to_string(),
        }
    }
}

/// What the server said of a failed statement. It may quote a user's value, so it cannot be
/// printed; only the probe, which asks about nobody, repeats it.
pub struct ServerWords(String);

impl std::fmt::Debug for ServerWords {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("…")
    }
}

/// A set of connections of one engine. The routines' types are the only way to ask it something.
#[derive(Clone)]
pub struct Database {
    engine: Engine,
    statement_timeout: Duration,
    password_check: PasswordComparison,
}

#[derive(Clone)]
enum Engine {
    /// The pool is for marks, each in a transaction of its own; reading does not wait behind them.
    Postgresql(Arc<Pipeline>, Pool<AsyncPgConnection>),
    Mysql(Pool<AsyncMysqlConnection>),
    /// The second pool is the writer's, one connection that only marks go through.
    Sqlite(Pool<Sqlite>, Pool<Sqlite>),
}

impl Database {
    /// Prepares a pool of at most `connections`; none is made before it is needed.
    ///
    /// # Errors
    /// A transport that cannot be set up, such as an unreadable authority file.
    pub fn open(settings: &Settings, connections: usize) -> Result<Self, Error> {
        let engine = match &settings.target {
            DatabaseTarget::Postgresql(server, transport) => {
                let address = Address::new(server, transport, settings)?;
                let reading = connections.div_ceil(2);
                Engine::Postgresql(
                    Arc::new(Pipeline::new(address.clone(), reading, settings)),
                    pool(settings, connections - reading, address.manager())?,
                )
            }
            DatabaseTarget::Mysql(server, transport) => Engine::Mysql(pool(
                settings,
                connections,
                mysql::manager(server, transport, settings)?,
            )?),
            DatabaseTarget::Sqlite(path) => Engine::Sqlite(
                pool(settings, connections, sqlite::reader(path, settings))?,
                pool(settings, 1, sqlite::writer(path, settings))?,
            ),
        };
        Ok(Self {
            engine,
            statement_timeout: settings.statement_timeout,
            password_check: settings.password_check,
        })
    }
}

fn pool<C>(
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
async fn run<C, T>(
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

fn connection_error(error: ConnectionError) -> Error {
    match error {
        ConnectionError::BadConnection(cause) => Error::Unreachable(cause),
        ConnectionError::InvalidConnectionUrl(cause) => Error::Refused(cause),
        _ => Error::Unreachable("a connection could not be prepared".to_owned()),
    }
}

/// A connection that waiting will not mend: wrong credentials or no such database.
fn refused(cause: String) -> ConnectionError {
    ConnectionError::InvalidConnectionUrl(cause)
}

fn innermost(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

/// Says what kind of error it was. The server's own message may quote a value: it is not repeated.
fn statement_error(error: &DieselError) -> Error {
    match error {
        DieselError::DatabaseError(
            DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand,
            _,
        ) => Error::Unreachable("the connection was closed".to_owned()),
        DieselError::DatabaseError(DatabaseErrorKind::ReadOnlyTransaction, _) => {
            Error::Unreachable("it is read-only, perhaps a standby".to_owned())
        }
        DieselError::DatabaseError(_, information) => {
            Error::Statement(ServerWords(information.message().to_owned()))
        }
        DieselError::RollbackTransaction => {
            Error::InvalidRecord(InvalidUserRecord("the row to mark breaks the contract"))
        }
        DieselError::DeserializationError(_) => {
            Error::InvalidRecord(InvalidUserRecord("the answer is not text"))
        }
        _ => Error::Unreachable("the statement could not be sent".to_owned()),
    }
}
