//! One connection for bulk work, which can write nothing.

use std::time::Duration;

use diesel::prelude::*;
use diesel_async::{AsyncMysqlConnection, SimpleAsyncConnection};
use tokio_postgres::Client;

use super::errors::{DirectoryError, aloud, from_set_up};
use crate::config::{Database as Settings, DatabaseTarget};
use crate::database::postgresql::{Address, connect_error};
use crate::database::{connection_error, mysql, sqlite, statement_error};

pub(in crate::database) enum Connection {
    Postgresql(Box<Client>),
    Mysql(Box<AsyncMysqlConnection>),
    Sqlite(Box<SqliteConnection>),
}

/// One connection, made within this time, whose statements may take as long as they take.
pub(in crate::database) async fn connect(
    target: DatabaseTarget,
    within: Duration,
) -> Result<Connection, DirectoryError> {
    let settings = Settings::of_role(target, 1, within, Duration::ZERO);
    let late = |_| DirectoryError::Unreachable("no connection could be made in time".into());
    tokio::time::timeout(within, Box::pin(connection(&settings))).await.map_err(late)?
}

async fn connection(settings: &Settings) -> Result<Connection, DirectoryError> {
    let failed = |error| aloud(connection_error(error));
    Ok(match &settings.target {
        DatabaseTarget::Postgresql(server, transport) => {
            let address =
                Address::new(server, transport, settings).map_err(|error| from_set_up(&error))?;
            let on = address.client().await;
            Connection::Postgresql(Box::new(on.map_err(|error| aloud(connect_error(&error)))?))
        }
        DatabaseTarget::Mysql(server, transport) => {
            let manager =
                mysql::manager(server, transport, settings).map_err(|error| from_set_up(&error))?;
            let mut on = (manager.custom_setup)("").await.map_err(failed)?;
            on.batch_execute("SET SESSION TRANSACTION READ ONLY")
                .await
                .map_err(|error| aloud(statement_error(&error)))?;
            Connection::Mysql(Box::new(on))
        }
        DatabaseTarget::Sqlite(path) => {
            Connection::Sqlite(Box::new(sqlite::attach_read_only(path).map_err(failed)?))
        }
    })
}
