//! Connections to SQLite: there is no server, so what keeps `/login` from writing is how the file
//! is opened.

use std::path::Path;

use diesel::connection::SimpleConnection;
use diesel::sql_types::Text;
use diesel::{
    ConnectionError, OptionalExtension, QueryResult, QueryableByName, RunQueryDsl, SqliteConnection,
};
use diesel_async::AsyncConnection;
use diesel_async::pooled_connection::{ManagerConfig, RecyclingMethod};
use diesel_async::sync_connection_wrapper::SyncConnectionWrapper;
use futures_util::FutureExt;
use url::Url;

use super::refused;
use crate::config::Database as Settings;

type Connection = SyncConnectionWrapper<SqliteConnection>;

/// What SQLite says of a value over the limit that it was built with (`.cargo/config.toml`), which it then does not read. Its
/// setting for one connection is out of reach without `unsafe`.
pub(super) const TOO_BIG: &str = "string or blob too big";

/// What SQLite says of values that cannot be what the view makes of them.
pub(super) const OF_ROWS: [&str; 5] = [
    "malformed JSON",
    "JSON path error",
    "bad JSON path",
    "JSON cannot hold BLOB values",
    "integer overflow",
];

/// How the file writes its texts, if it is another way than the answers are read in.
const ENCODING: &str = "SELECT encoding AS encoding FROM pragma_encoding WHERE encoding <> 'UTF-8'";

/// What SQLite sorts stays in memory: its temporary files would hold hashes and profiles.
const IN_MEMORY: &str = "PRAGMA temp_store = MEMORY;";

/// Read-only twice over: the file is opened so, and every writing statement is refused.
pub(super) fn reader(path: &Path, settings: &Settings) -> ManagerConfig<Connection> {
    manager(path, "ro", refused, "PRAGMA query_only = ON; PRAGMA trusted_schema = OFF;", settings)
}

/// The one connection that marks go through; a mark is on the disk before it is acknowledged.
pub(super) fn writer(path: &Path, settings: &Settings) -> ManagerConfig<Connection> {
    let may_pass = ConnectionError::BadConnection;
    manager(
        path,
        "rw",
        may_pass,
        "PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF;",
        settings,
    )
}

fn manager(
    path: &Path,
    mode: &'static str,
    failed: fn(String) -> ConnectionError,
    pragmas: &'static str,
    settings: &Settings,
) -> ManagerConfig<Connection> {
    let location = std::path::absolute(path).ok().and_then(|path| Url::from_file_path(path).ok());
    let wait = settings.statement_timeout.as_millis().min(1000);
    let mut config = ManagerConfig::default();
    config.recycling_method = RecyclingMethod::Fast;
    config.custom_setup = Box::new(move |_| {
        let location = location.clone();
        async move {
            let mut location =
                location.ok_or_else(|| refused("database.url names no file".to_owned()))?;
            location.set_query(Some(&format!("mode={mode}")));
            let opening = async move { Connection::establish(location.as_str()).await };
            let opened = tokio::spawn(opening).await.map_err(|error| failed(error.to_string()))?;
            let mut connection =
                opened.map_err(|error| failed(format!("the file of database.url: {error}")))?;
            let settings = format!("PRAGMA busy_timeout = {wait}; {IN_MEMORY} {pragmas}");
            let told = run_detached(&mut connection, move |on| {
                on.batch_execute(&settings)?;
                other_encoding(on)
            });
            match told.await {
                Ok(None) => Ok(connection),
                Ok(Some(words)) => Err(refused(format!("the file of database.url: {words}"))),
                Err(error) => Err(failed(format!("the file of database.url: {error}"))),
            }
        }
        .boxed()
    });
    config
}

#[derive(QueryableByName)]
struct Encoding {
    #[diesel(sql_type = Text)]
    encoding: String,
}

/// What is to be said of a file whose texts are not in UTF-8: its answers would not be read, and its users be nobody.
fn other_encoding(on: &mut SqliteConnection) -> QueryResult<Option<String>> {
    let found: Option<Encoding> = diesel::sql_query(ENCODING).get_result(on).optional()?;
    Ok(found.map(|Encoding { encoding }| {
        format!(
            "its encoding is {encoding}, and UTF-8 alone is read; make a file of UTF-8 of it: sqlite3 OLD .dump | sqlite3 NEW"
        )
    }))
}

/// Opens the file so that nothing can be written, under the name that the contract's objects have
/// on the other engines.
pub(super) fn attach_read_only(path: &Path) -> Result<SqliteConnection, ConnectionError> {
    let opened = |error: ConnectionError| unread(path, &error.to_string());
    let location = std::path::absolute(path).ok().and_then(|path| Url::from_file_path(path).ok());
    let mut location = location.ok_or_else(|| refused("the URL names no file".to_owned()))?;
    location.set_query(Some("mode=ro"));
    let mut connection = diesel::Connection::establish(location.as_str()).map_err(opened)?;
    let limits = "PRAGMA query_only = ON; PRAGMA trusted_schema = OFF; PRAGMA busy_timeout = 5000";
    SqliteConnection::batch_execute(&mut connection, &format!("{IN_MEMORY} {limits}"))
        .and_then(|()| {
            let attach = diesel::sql_query("ATTACH DATABASE ? AS narrowgate");
            attach.bind::<Text, _>(location.as_str()).execute(&mut connection)
        })
        .and_then(|_| other_encoding(&mut connection))
        .map_err(|error| unread(path, &error.to_string()))?
        .map_or(Ok(()), |words| Err(refused(format!("the file {}: {words}", path.display()))))?;
    Ok(connection)
}

/// Why a file cannot be read, where what SQLite says of it would mislead.
fn unread(path: &Path, error: &str) -> ConnectionError {
    const AGAIN: &str = "then run the same command again";
    let file = path.display();
    let mut journal = path.as_os_str().to_owned();
    journal.push("-journal");
    // Such an opener may only read: it can neither roll back nor make the files of a WAL.
    let is_about_writing = error.contains("readonly database");
    if error.contains("is locked") {
        ConnectionError::BadConnection(format!("the file {file} is busy: {error}"))
    } else if is_about_writing && Path::new(&journal).exists() {
        refused(format!(
            "the file {file} holds a transaction of a process that was killed (its journal is beside it), and only who may write can roll it back: open it once so, for example by sqlite3 {file} 'PRAGMA user_version', {AGAIN}"
        ))
    } else if is_about_writing || (error.contains("unable to open") && path.is_file()) {
        refused(format!(
            "the file {file}: {error}: if it is in WAL mode, this account has to be able to write its -wal and -shm beside it, or the application has to have it open: see to one of the two, {AGAIN}"
        ))
    } else {
        refused(format!("the file {file}: {error}"))
    }
}

/// Runs one piece of work on the connection's thread. Like opening, it is a task of its own: the
/// wrapper must not be abandoned half-way, since it would wait, and not every thread may wait.
pub(super) async fn run_detached<R: Send + 'static>(
    on: &mut Connection,
    work: impl FnOnce(&mut SqliteConnection) -> QueryResult<R> + Send + 'static,
) -> QueryResult<R> {
    let task = tokio::spawn(on.spawn_blocking(work));
    task.await.unwrap_or(Err(diesel::result::Error::NotFound))
}
