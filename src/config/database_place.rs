//! Which database it is, in words without secrets.

use super::{DatabaseTarget, Places};

impl DatabaseTarget {
    /// Which database it is, without credentials and parameters: what a bulk run is bound to.
    #[must_use]
    pub fn place(&self) -> String {
        let (scheme, server) = match self {
            Self::Postgresql(server, _) => ("postgres", server),
            Self::Mysql(server, _) => ("mysql", server),
            Self::Sqlite(path) => {
                let path = std::path::absolute(path).unwrap_or_else(|_| path.clone());
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
        format!("{scheme}://{}/{database}", places.join(","))
    }
}
