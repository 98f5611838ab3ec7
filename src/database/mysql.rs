//! Connections to MySQL and MariaDB, in pure Rust.

use diesel::ConnectionError;
use diesel_async::AsyncMysqlConnection;
use diesel_async::pooled_connection::{ManagerConfig, RecyclingMethod};
use futures_util::FutureExt;
use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Error as DriverError, Opts, OptsBuilder, SslOpts};

use super::{Error, innermost, refused};
use crate::config::{Database as Settings, Secret, Transport};

/// Values that do not fit are errors, never silently cut or replaced. Each question sees what is there
/// now, whatever the server's default. Faults are told apart by the server's words.
const SESSION: &str = "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION', \
    autocommit = 1, lc_messages = 'en_US'";

pub(super) fn manager(
    url: &Secret,
    transport: &Transport,
    settings: &Settings,
) -> Result<ManagerConfig<AsyncMysqlConnection>, Error> {
    let options = Opts::from_url(url.reveal()).map_err(|_| {
        Error::Refused(
            "database.url is no MySQL URL: write mysql://USER:PASSWORD@HOST:3306/narrowgate"
                .to_owned(),
        )
    })?;
    let mut builder = OptsBuilder::from_opts(options)
        .stmt_cache_size(0) // diesel-async keeps the prepared statements
        .prefer_socket(false)
        .tcp_keepalive(Some(5_000_u32))
        .client_found_rows(true);
    if let Transport::Tls(authority) = transport {
        // A private authority replaces the built-in ones: nobody else may vouch for the database.
        let tls = authority.as_ref().map_or_else(SslOpts::default, |path| {
            SslOpts::default()
                .with_root_certs(vec![path.clone().into()])
                .with_disable_built_in_roots(true)
        });
        builder = builder.ssl_opts(tls);
    } else {
        builder = builder.ssl_opts(None);
    }
    let options: Opts = builder.into();
    let milliseconds = settings.statement_timeout.as_millis();
    let mut config = ManagerConfig::default();
    // The driver does not notice a lost connection, so each is tried before it is used.
    config.recycling_method = RecyclingMethod::Verified;
    config.custom_setup = Box::new(move |_| {
        let options = options.clone();
        async move {
            let connection =
                connect(options, milliseconds).await.map_err(|error| describe(&error))?;
            AsyncMysqlConnection::try_from(connection).await
        }
        .boxed()
    });
    Ok(config)
}

async fn connect(options: Opts, milliseconds: u128) -> Result<Conn, DriverError> {
    let mut connection = Conn::new(options).await?;
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
fn describe(error: &DriverError) -> ConnectionError {
    match error {
        DriverError::Server(answer) if is_refusal(answer.code) => refused(answer.message.clone()),
        DriverError::Server(answer) => ConnectionError::BadConnection(answer.message.clone()),
        // To an account that is not there MySQL offers any method, to keep that a secret.
        DriverError::Driver(mysql_async::DriverError::UnknownAuthPlugin { name }) => {
            refused(format!(
                "it offers {name}, which this program does not know: is the account there? Let it be of caching_sha2_password"
            ))
        }
        _ => ConnectionError::BadConnection(innermost(error)),
    }
}

/// Access denied (1044, 1045, 1698), account locked (3118, in MariaDB 4151), no such database
/// (1049), TLS demanded by the account (3159).
fn is_refusal(code: u16) -> bool {
    matches!(code, 1044 | 1045 | 1049 | 1698 | 3118 | 3159 | 4151)
}
