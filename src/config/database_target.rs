//! `database.url`: which engine, where, as whom, and how the connection is protected. What is
//! connected to decides about TLS: every host, every address and every socket of the URL.

mod places;
mod transport;

use std::path::PathBuf;

pub use places::Places;
pub use transport::{DatabaseTls, Transport};

use super::Secret;
use super::database_url::{CONTROL, Parts, UrlFault};
use crate::schema::Schema;
use places::{TWO_PLACES, places, postgresql_places};
use transport::{pinned, protect};

/// The engine and its address.
#[derive(Clone)]
pub enum DatabaseTarget {
    /// PostgreSQL.
    Postgresql(DatabaseServer, Transport),
    /// MySQL or MariaDB.
    Mysql(DatabaseServer, Transport),
    /// A file of SQLite.
    Sqlite(PathBuf),
}

/// A server, who asks it, and for what. It has no `Debug`: it holds a password.
#[derive(Clone)]
pub struct DatabaseServer {
    /// Where it is.
    pub places: Places,
    /// The account.
    pub user: Option<String>,
    /// Its password.
    pub password: Option<Secret>,
    /// The database.
    pub database: Option<String>,
    /// Settings of the session as PostgreSQL's `options` takes them, for example `-c x=y`.
    pub options: Option<String>,
    /// The name that PostgreSQL shows for the session.
    pub application_name: Option<String>,
    /// Which of several PostgreSQL servers will do.
    pub session: TargetSession,
    /// The contract's schema there (MySQL: its database).
    pub contract: Schema,
}

/// Which of several servers will do (`target_session_attrs` of libpq).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TargetSession {
    /// The first that answers.
    Any,
    /// One that may write.
    ReadWrite,
    /// One that may not.
    ReadOnly,
}

const ENGINE: UrlFault = ("has an unknown scheme", "begin with postgres://, mysql:// or sqlite://");
impl DatabaseTarget {
    /// Picks the engine by the URL's scheme and settles place and transport. What the URL says of
    /// PEM files (`sslrootcert`, `sslcert`, `sslkey`) counts where `files` does not say it.
    ///
    /// # Errors
    /// An unknown scheme or parameter, no host, or a transport that would leave credentials
    /// unprotected. The texts repeat nothing of the URL.
    pub fn parse(url: &Secret, files: impl Into<DatabaseTls>) -> Result<Self, UrlFault> {
        let text = url.reveal();
        if text.contains(char::is_control) {
            return Err(CONTROL);
        }
        if let Some(path) = text.strip_prefix("sqlite://").filter(|path| !path.is_empty()) {
            if path.contains('?') {
                return Err((
                    "has a parameter, and SQLite takes none",
                    "write sqlite:///PATH alone",
                ));
            }
            return Ok(Self::Sqlite(PathBuf::from(path)));
        }
        let mut parts = Parts::read(text)?;
        let files = files.into();
        match parts.scheme.as_str() {
            "postgres" | "postgresql" => {
                let server = postgresql(&mut parts)?;
                let transport = protect(&mut parts, &server.places, files)?;
                parts.nothing_left("PostgreSQL's are host, hostaddr, port, user, password, dbname, options, application_name, target_session_attrs, sslmode, sslrootcert, sslcert and sslkey; time limits are keys of [database]")?;
                Ok(Self::Postgresql(pinned(server, &transport), transport))
            }
            "mysql" | "mariadb" => {
                let server = mysql(&mut parts)?;
                let transport = protect(&mut parts, &server.places, files)?;
                parts.nothing_left("MySQL's are socket (or unix_socket), ssl-mode, ssl-ca, ssl-cert and ssl-key; time limits are keys of [database]")?;
                Ok(Self::Mysql(pinned(server, &transport), transport))
            }
            _ => Err(ENGINE),
        }
    }
}

fn postgresql(parts: &mut Parts) -> Result<DatabaseServer, UrlFault> {
    let session = match parts.take(&["target_session_attrs"])?.as_deref() {
        None | Some("any") => TargetSession::Any,
        Some("read-write" | "primary") => TargetSession::ReadWrite,
        Some("read-only" | "standby") => TargetSession::ReadOnly,
        Some(_) => {
            return Err((
                "asks for a session that is not known here",
                "write target_session_attrs=any, read-write or read-only",
            ));
        }
    };
    let (user, password) = (parts.take(&["user"])?, parts.take(&["password"])?);
    let database = parts.take(&["dbname"])?;
    Ok(DatabaseServer {
        places: postgresql_places(parts)?,
        user: one(parts.user.take(), user)?,
        password: one(parts.password.take(), password.map(Secret::new))?,
        database: one(parts.database.take(), database)?,
        options: parts.take(&["options"])?,
        application_name: parts.take(&["application_name"])?,
        session,
        contract: Schema::default(),
    })
}

fn one<T>(before: Option<T>, parameter: Option<T>) -> Result<Option<T>, UrlFault> {
    match (before, parameter) {
        (Some(_), Some(_)) => Err(("says one thing twice, before the ? and behind it", "keep one")),
        (before, parameter) => Ok(before.or(parameter)),
    }
}

fn mysql(parts: &mut Parts) -> Result<DatabaseServer, UrlFault> {
    let socket = parts.take(&["socket", "unix_socket"])?;
    let mut named: Vec<(String, u16)> = std::mem::take(&mut parts.hosts)
        .into_iter()
        .map(|(name, port)| (name, port.unwrap_or(3306)))
        .collect();
    if let Some(socket) = socket {
        let others = named.iter().any(|(name, _)| !name.eq_ignore_ascii_case("localhost"));
        if others {
            return Err(TWO_PLACES);
        }
        if !socket.starts_with('/') {
            return Err((
                "has a socket that is no absolute path",
                "write ?socket=/run/mysqld/mysqld.sock",
            ));
        }
        named = vec![(socket, 3306)];
    }
    if named.len() > 1 {
        return Err((
            "names several servers, and MySQL's driver takes one",
            "name one, or a proxy before them",
        ));
    }
    Ok(DatabaseServer {
        places: places(named, &[])?,
        user: parts.user.take(),
        password: parts.password.take(),
        database: parts.database.take(),
        options: None,
        application_name: None,
        session: TargetSession::Any,
        contract: Schema::default(),
    })
}

#[cfg(test)]
mod tests;
