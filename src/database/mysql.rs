//! Connections to MySQL and MariaDB, in pure Rust.

use std::panic::AssertUnwindSafe;

use diesel::ConnectionError;
use diesel_async::AsyncMysqlConnection;
use diesel_async::pooled_connection::{ManagerConfig, RecyclingMethod};
use futures_util::FutureExt;
use mysql_async::prelude::Queryable;
use mysql_async::{
    ClientIdentity, Conn, Error as DriverError, IoError, Opts, OptsBuilder, SslOpts,
};

use super::question::{LONGEST_ANSWER, Question, TOO_LARGE};
use super::tls::{explain, private_key};
use super::{Error, ServerWords, refused};
use crate::config::{Database as Settings, DatabaseServer, DatabaseTls, Places, Secret, Transport};
use crate::profile::InvalidUserRecord;

/// Values that do not fit are errors, never silently cut or replaced. The mode is that of the contract's functions, so that
/// whoever reads the view sees what they see. Each question sees what is there
/// now, whatever the server's default. Faults are told apart by the server's words.
const SESSION: &str = "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION', \
    autocommit = 1, sql_select_limit = 18446744073709551615, lc_messages = 'en_US', time_zone = '+00:00', \
    character_set_client = 'utf8mb4', character_set_connection = 'utf8mb4', character_set_results = 'utf8mb4'";

/// For the pool of whoever asks through Diesel, which keeps prepared statements itself. Rows may be of
/// any size.
pub(super) fn manager(
    server: &DatabaseServer,
    transport: &Transport,
    settings: &Settings,
) -> Result<ManagerConfig<AsyncMysqlConnection>, Error> {
    let options = OptsBuilder::from_opts(options(server, transport)?);
    let options: Opts = options.stmt_cache_size(0).max_allowed_packet(None).into();
    let milliseconds = settings.statement_timeout.as_millis();
    let mut config = ManagerConfig::default();
    // The driver does not notice a lost connection, so each is tried before it is used.
    config.recycling_method = RecyclingMethod::Verified;
    config.custom_setup = Box::new(move |_| {
        let options = options.clone();
        async move {
            let connection = connect(options, milliseconds).await;
            let connection = connection.map_err(|error| match connect_error(&error) {
                Error::Refused(words) => refused(words),
                other => ConnectionError::BadConnection(other.words()),
            })?;
            AsyncMysqlConnection::try_from(connection).await
        }
        .boxed()
    });
    Ok(config)
}

/// What was read of the URL, and nothing that the driver would read of it in another way.
pub(super) fn options(server: &DatabaseServer, transport: &Transport) -> Result<Opts, Error> {
    let mut builder = OptsBuilder::default()
        .user(server.user.as_ref())
        .pass(server.password.as_ref().map(Secret::reveal))
        .db_name(server.database.as_ref())
        .stmt_cache_size(Question::NUMBER)
        // Neither end takes more: it is no answer to our questions.
        .max_allowed_packet(Some(2 * LONGEST_ANSWER))
        .prefer_socket(false)
        .tcp_keepalive(Some(5_000_u32))
        .client_found_rows(true);
    // The reader of the URL gives one place.
    match &server.places {
        Places::Sockets(sockets) => {
            builder = builder.socket(sockets.first().map(|(path, _)| path.to_string_lossy()));
        }
        Places::Hosts(hosts) => {
            for host in hosts {
                let settled = (!host.addresses.is_empty()).then(|| host.addresses.clone());
                builder =
                    builder.ip_or_hostname(&host.name).tcp_port(host.port).resolved_ips(settled);
            }
        }
    }
    let tls = match transport {
        Transport::Plain => None,
        Transport::Tls(files) => Some(tls_options(files)?),
    };
    Ok(builder.ssl_opts(tls).into())
}

/// A private authority replaces the built-in ones: nobody else may vouch for the database.
fn tls_options(files: &DatabaseTls) -> Result<SslOpts, Error> {
    let tls = SslOpts::default();
    let tls = match &files.authority {
        Some(path) => {
            tls.with_root_certs(vec![path.clone().into()]).with_disable_built_in_roots(true)
        }
        None => tls,
    };
    let Some((certificate, path)) = &files.client else { return Ok(tls) };
    let key = private_key(path)?.secret_der().to_vec();
    let identity = ClientIdentity::new(certificate.clone().into(), key.into());
    Ok(tls.with_client_identity(Some(identity)))
}

/// What a server says of a wrong password. The driver cuts a zero off the end of what MariaDB's ed25519 has it sign
/// (`AuthSwitchRequest::plugin_data` of mysql_common 0.35), so that one right login in 256 hears it, too, and asks again.
const ACCESS_DENIED: u16 = 1045;

/// A panic of the driver is a failed connection; its words may hold data, so they are not repeated.
pub(super) async fn connect(options: Opts, milliseconds: u128) -> Result<Conn, DriverError> {
    let connecting = AssertUnwindSafe(prepare(options, milliseconds)).catch_unwind();
    connecting.await.unwrap_or_else(|_| Err(DriverError::Other("the driver failed".into())))
}

async fn prepare(options: Opts, milliseconds: u128) -> Result<Conn, DriverError> {
    let mut connection = match Conn::new(options.clone()).await {
        Err(DriverError::Server(error)) if error.code == ACCESS_DENIED => {
            Conn::new(options).await?
        }
        outcome => outcome?,
    };
    connection.query_drop(SESSION).await?;
    // The two servers name the same limit differently and count it in different units.
    let version: Option<String> = connection.query_first("SELECT VERSION()").await?;
    let limit = if version.is_some_and(|version| version.contains("MariaDB")) {
        format!(
            "SET SESSION max_statement_time = {}.{:03}",
            milliseconds / 1000,
            milliseconds % 1000
        )
    } else {
        format!("SET SESSION max_execution_time = {milliseconds}")
    };
    connection.query_drop(limit).await?;
    Ok(connection)
}

/// No user's data has been sent yet, so the server's words can be repeated.
pub(super) fn connect_error(error: &DriverError) -> Error {
    match error {
        DriverError::Server(answer) if is_refusal(answer.code) => {
            Error::Refused(answer.message.clone())
        }
        DriverError::Server(answer) => Error::Unreachable(answer.message.clone()),
        // To an account that is not there MySQL offers any method, to keep that a secret.
        DriverError::Driver(mysql_async::DriverError::UnknownAuthPlugin { name }) => {
            Error::Refused(format!(
                "it offers {name}, which this program does not know: is the account there? Let it be of caching_sha2_password"
            ))
        }
        _ => Error::Unreachable(explain(error)),
    }
}

/// Why a statement failed. The server's own message may quote a value: it is not repeated.
pub(super) fn statement_error(error: &DriverError) -> Error {
    let too_large = Error::Row(InvalidUserRecord(TOO_LARGE), ServerWords(TOO_LARGE.to_owned()));
    match error {
        DriverError::Server(answer) if is_of_row(answer.code) => {
            super::statement("22000", &answer.message)
        }
        // Its own state is that of syntax.
        DriverError::Server(answer) if answer.code == TWO_ROWS => {
            super::statement("21000", &answer.message)
        }
        // MySQL has no state of its own for a time that is up (3024).
        DriverError::Server(answer) if answer.message.starts_with(INTERRUPTED) => {
            super::statement("70100", &answer.message)
        }
        DriverError::Server(answer) if answer.code == READ_ONLY => Error::Replica,
        DriverError::Server(answer) if is_of_server(answer.code) => {
            Error::Unreachable("it takes no statement now".to_owned())
        }
        DriverError::Server(answer) => super::statement(&answer.state, &answer.message),
        DriverError::Io(IoError::Io(cause)) if cause.to_string().contains("packet too large") => {
            too_large
        }
        _ => Error::Unreachable("the connection was closed".to_owned()),
    }
}

/// Faults of values that have no state of their own (`HY000`): text of another encoding (1300, 1366,
/// 1977, 3854), JSON (3140 to 3158, 4036 to 4044), a result over `max_allowed_packet` (1301).
fn is_of_row(code: u16) -> bool {
    matches!(code, 1300 | 1301 | 1366 | 1977 | 3854 | 3140..=3158 | 4036..=4044)
}

/// How the words of a cancelled statement begin: after its time (3024, in MariaDB 1969), or at somebody's wish (1317).
pub(super) const INTERRUPTED: &str = "Query execution was interrupted";

/// Whether these are the driver's words, which Diesel passes on as if they were the server's: the connection
/// is of no use any more.
pub(super) fn is_broken(words: &str) -> bool {
    ["Input/output error: ", "Driver error: ", "Other error: "]
        .iter()
        .any(|begin| words.starts_with(begin))
}

/// One row was asked for, and there are two.
const TWO_ROWS: u16 = 1172;

/// The server runs with `read_only`, and may not write.
pub(super) const READ_ONLY: u16 = 1290;

/// The server goes down (1053), has no connections or memory (1040, 1041), or may not write (1792, 1836).
fn is_of_server(code: u16) -> bool {
    matches!(code, 1040 | 1041 | 1053 | 1792 | 1836)
}

/// Access denied (1044, 1045, 1698), account locked (3118, in MariaDB 4151), no such database
/// (1049), TLS demanded by the account (3159).
fn is_refusal(code: u16) -> bool {
    matches!(code, 1044 | 1045 | 1049 | 1698 | 3118 | 3159 | 4151)
}
