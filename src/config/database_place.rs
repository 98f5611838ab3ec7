//! Which database it is, in words without secrets, and which of its contracts.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use super::{DatabaseServer, DatabaseTarget, Places, Transport};
use crate::schema::Schema;

impl DatabaseTarget {
    /// The server, where there is one.
    #[must_use]
    pub fn server(&self) -> Option<&DatabaseServer> {
        match self {
            Self::Postgresql(server, _) | Self::Mysql(server, _) => Some(server),
            Self::Sqlite(_) => None,
        }
    }

    pub(super) fn server_mut(&mut self) -> Option<&mut DatabaseServer> {
        match self {
            Self::Postgresql(server, _) | Self::Mysql(server, _) => Some(server),
            Self::Sqlite(_) => None,
        }
    }

    /// The name of the contract that is asked; a file has one, which has the usual name.
    #[must_use]
    pub fn contract(&self) -> Schema {
        self.server().map(|server| server.contract.clone()).unwrap_or_default()
    }

    /// The files that it is made of, or that the way to it needs: certificates and a key.
    #[must_use]
    pub fn files(&self) -> Vec<PathBuf> {
        match self {
            Self::Postgresql(_, Transport::Tls(tls)) | Self::Mysql(_, Transport::Tls(tls)) => {
                let own = tls.client.iter().flat_map(|(certificate, key)| [certificate, key]);
                tls.authority.iter().chain(own).cloned().collect()
            }
            Self::Postgresql(..) | Self::Mysql(..) => vec![],
            // SQLite keeps its logs beside the file itself, not beside a link to it.
            Self::Sqlite(path) => {
                let path = std::fs::canonicalize(path).unwrap_or_else(|_| path.clone());
                let beside =
                    |end| PathBuf::from([path.as_os_str(), end].into_iter().collect::<OsString>());
                ["", "-wal", "-shm", "-journal"].map(|end| beside(OsStr::new(end))).into()
            }
        }
    }

    /// Which database it is, without credentials and parameters: what a bulk run is bound to.
    #[must_use]
    pub fn place(&self) -> String {
        let (scheme, server) = match self {
            Self::Postgresql(server, _) => ("postgres", server),
            Self::Mysql(server, _) => ("mysql", server),
            Self::Sqlite(path) => {
                // One file has one name, by whatever link it is reached.
                let path = std::fs::canonicalize(path)
                    .or_else(|_| std::path::absolute(path))
                    .unwrap_or_else(|_| path.clone());
                return format!("sqlite://{}", path.display());
            }
        };
        let places: Vec<String> = match &server.places {
            Places::Sockets(sockets) => {
                sockets.iter().map(|(path, port)| format!("{}:{port}", path.display())).collect()
            }
            Places::Hosts(hosts) => {
                hosts.iter().map(|host| format!("{}:{}", host.name, host.port)).collect()
            }
        };
        let database = server.database.as_deref().unwrap_or_default();
        let contract = &server.contract;
        let contract =
            if contract.is_usual() { String::new() } else { format!("#{}", contract.as_str()) };
        format!("{scheme}://{}/{database}{contract}", places.join(","))
    }
}
