//! The legacy database, through the three routines of the contract and nothing else.

mod budget;
pub mod catalog;
mod describe;
mod diesel_pool;
mod directory;
mod driver;
mod error;
mod inside;
mod marks;
mod mysql;
mod mysql_connections;
mod pipeline;
mod postgresql;
mod question;
mod questions;
mod reply;
mod routines;
mod session;
mod sqlite;
mod tls;

use std::sync::Arc;
use std::time::Duration;

use diesel::result::{ConnectionError, DatabaseErrorKind, Error as DieselError};
use diesel_async::pooled_connection::deadpool::Pool;
use diesel_async::sync_connection_wrapper::SyncConnectionWrapper;

pub use budget::Budget;
pub use describe::{Affinity, Describer, Way};
use diesel_pool::{pool, run};
pub use directory::{
    Cell, DatedMark, Directory, DirectoryError, Hidden, Marked, NamedPasswordRow, Names, Order,
    Page, PasswordRow, PasswordRows, Rows, UserColumn, UserRow,
};
pub use error::{Error, MEND_RECORD, ServerWords};
pub use inside::{Compared, HowHashed, PasswordCheck};
pub use marks::MarkMigrated;
use mysql_connections::Connections;
use pipeline::{APART, Pipeline, TOGETHER};
use postgresql::Address;
pub(crate) use question::LONGEST_ANSWER;
use question::{Arguments, Question};
pub use questions::LoginQuestion;
use reply::{Reply, statement};
pub use routines::{Candidate, Found, GetUser, LoginCandidate, StoredPassword};
use session::Failure;
pub use tls::crypto_provider;

use crate::config::{Database as Settings, DatabaseTarget, PasswordComparison};
use crate::profile::InvalidUserRecord;

/// How much longer than the server we wait before a statement is given up: the server should
/// cancel it first, so that nothing is left running there.
const GRACE: Duration = Duration::from_millis(250);

type Sqlite = SyncConnectionWrapper<diesel::SqliteConnection>;

/// A set of connections of one engine. The routines' types are the only way to ask it something.
#[derive(Clone)]
pub struct Database {
    engine: Engine,
    statement_timeout: Duration,
    password_check: PasswordComparison,
}

#[derive(Clone)]
enum Engine {
    /// The second is for marks, which wait for the disk; reading does not wait behind them.
    Postgresql(Arc<Pipeline>, Arc<Pipeline>),
    Mysql(Arc<Connections>),
    /// The second pool is the writer's, one connection that only marks go through.
    Sqlite(Pool<Sqlite>, Pool<Sqlite>),
}

impl Database {
    /// Into how many sets so many connections are best parted for so many workers.
    ///
    /// One worker's own spare its answers a change of threads. PostgreSQL's carry many questions each, and
    /// are one set: by how many ask, a question goes to its worker's own or to one that all use. A
    /// file is written by one connection: of two, SQLite lets one wait until it fails.
    #[must_use]
    pub fn sets(settings: &Settings, connections: usize, workers: usize) -> usize {
        match settings.target {
            DatabaseTarget::Postgresql(..) | DatabaseTarget::Sqlite(_) => 1,
            DatabaseTarget::Mysql(..) => (connections / 2).clamp(1, workers),
        }
    }

    /// Prepares to use `share` connections of the budget at most; none is made before it is needed.
    ///
    /// # Errors
    /// A transport that cannot be set up, such as an unreadable authority file.
    pub fn open(settings: &Settings, share: usize, budget: &Budget) -> Result<Self, Error> {
        let engine = match &settings.target {
            DatabaseTarget::Postgresql(server, transport) => {
                let address = Address::new(server, transport, settings)?;
                let part = |share| Pipeline::new(address.clone(), share, budget, settings);
                let reading = part((share.div_ceil(2), TOGETHER));
                let marking = match share / 2 {
                    0 => Arc::clone(&reading),
                    rest => part((rest, APART)),
                };
                Engine::Postgresql(reading, marking)
            }
            DatabaseTarget::Mysql(server, transport) => {
                let options = mysql::options(server, transport)?;
                Engine::Mysql(Connections::new(
                    (options, &server.contract),
                    share,
                    budget,
                    settings,
                ))
            }
            DatabaseTarget::Sqlite(path) => Engine::Sqlite(
                pool(settings, share, sqlite::reader(path, settings))?,
                pool(settings, 1, sqlite::writer(path, settings))?,
            ),
        };
        Ok(Self {
            engine,
            statement_timeout: settings.statement_timeout,
            password_check: settings.password_check,
        })
    }

    /// Asks a server. A file has no routines.
    async fn ask(&self, question: Question, arguments: Arguments<'_>) -> Result<Reply, Error> {
        match &self.engine {
            Engine::Postgresql(reading, marking) => {
                let pipeline = if question == Question::MarkMigrated { marking } else { reading };
                match pipeline.ask(question, arguments).await? {
                    Ok(answer) => Reply::told(answer),
                    Err(Failure::Asking(error)) if postgresql::cannot_hold(&error) => {
                        Ok(Reply::Unsayable)
                    }
                    Err(failure) => Err(failure.told()),
                }
            }
            Engine::Mysql(connections) => Reply::told(connections.ask(question, arguments).await?),
            Engine::Sqlite(..) => Err(Error::Refused("SQLite has no routines".to_owned())),
        }
    }
}

/// What nobody can guess.
fn unguessable() -> [u8; 8] {
    let mut bytes = [0; 8];
    // It fails only where the system has no random numbers, and then nothing of TLS works either.
    let _ = aws_lc_rs::rand::fill(&mut bytes);
    bytes
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
        // Only SQLite and those who look at whole tables come here; it has no states to tell by.
        DieselError::DatabaseError(_, information)
            if information.message().contains(sqlite::TOO_BIG) =>
        {
            statement("54000", information.message())
        }
        DieselError::DatabaseError(_, information)
            if sqlite::OF_ROWS.iter().any(|words| information.message().contains(words)) =>
        {
            statement("22000", information.message())
        }
        // Diesel gives no number: a connection that broke is told by the driver's words, a statement that
        // MySQL or MariaDB cancelled by the server's.
        DieselError::DatabaseError(_, information) if mysql::is_broken(information.message()) => {
            Error::Unreachable("the connection was closed".to_owned())
        }
        DieselError::DatabaseError(_, information)
            if information.message().starts_with(mysql::INTERRUPTED) =>
        {
            Error::Cancelled(ServerWords(information.message().to_owned()))
        }
        DieselError::DatabaseError(_, information) => {
            Error::Statement(ServerWords(information.message().to_owned()))
        }
        DieselError::DeserializationError(_) => {
            Error::InvalidRecord(InvalidUserRecord("the answer is not text"))
        }
        _ => Error::Unreachable("the statement could not be sent".to_owned()),
    }
}
