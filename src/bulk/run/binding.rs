//! What a run is bound to.

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::bulk::digest::hex_sha256;

pub(super) const FORMAT: u32 = 1;

/// What a run is bound to. It never sends to anything else.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Binding {
    /// The format of the directory.
    pub format: u32,
    /// A name for the run, for the tenant's log.
    pub run: String,
    /// The tenant's domain.
    pub tenant: String,
    /// The connection's id, and its name.
    pub connection: String,
    /// Its name.
    pub connection_name: String,
    /// The legacy database, without credentials.
    pub database: String,
    /// `all`, `all but` some, or the schemes that logins have proven, with commas.
    pub schemes: String,
    /// SHA-256 over all of that, as hexadecimal digits.
    pub settings: String,
}

/// The `schemes` of a run that sends all of them.
pub const ALL_SCHEMES: &str = "all";

/// The tenant of runs that never left the machine.
pub const REHEARSAL: &str = "rehearsal";

impl Binding {
    /// A new run between these.
    #[must_use]
    pub fn new(
        tenant: &str,
        (connection, connection_name): (&str, &str),
        database: &str,
        schemes: &str,
    ) -> Self {
        let settings = hex_sha256([tenant, connection, database, schemes].join("\n").as_bytes());
        Self {
            format: FORMAT,
            run: uuid::Uuid::new_v4().simple().to_string().chars().take(8).collect(),
            tenant: tenant.to_owned(),
            connection: connection.to_owned(),
            connection_name: connection_name.to_owned(),
            database: database.to_owned(),
            schemes: schemes.to_owned(),
            settings,
        }
    }

    /// Whether the run was a rehearsal: then nobody has moved by it.
    #[must_use]
    pub fn is_rehearsal(&self) -> bool {
        self.tenant == REHEARSAL
    }

    /// The schemes that logins had proven, where the run sends no others.
    #[must_use]
    pub fn proven(&self) -> Option<BTreeSet<String>> {
        let names = self.schemes.split(',').filter(|name| !name.is_empty());
        (!self.schemes.starts_with(ALL_SCHEMES)).then(|| names.map(str::to_owned).collect())
    }

    pub(super) fn texts(&self) -> [(&'static str, &str); 7] {
        [
            ("run", &self.run),
            ("tenant", &self.tenant),
            ("connection", &self.connection),
            ("connection_name", &self.connection_name),
            ("database", &self.database),
            ("schemes", &self.schemes),
            ("settings", &self.settings),
        ]
    }

    /// What differs, in words; none where the two are of the same run.
    pub(super) fn difference(&self, now: &Self) -> Option<String> {
        let pairs = [
            ("tenant", &self.tenant, &now.tenant),
            ("connection", &self.connection, &now.connection),
            ("database", &self.database, &now.database),
            ("--schemes or --without", &self.schemes, &now.schemes),
            ("settings", &self.settings, &now.settings),
        ];
        let (name, then, now) = pairs.into_iter().find(|(_, then, now)| then != now)?;
        Some(format!("it belongs to a run with another {name} ({then}, now {now})"))
    }
}
