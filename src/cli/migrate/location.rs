//! Where every command of `narrowgate-migrate` finds its configuration.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::cli::Ending;
use crate::config::{self, Fault, Migration, Sources, Tenant};

/// The configuration.
#[derive(Args)]
pub(super) struct Location {
    /// The configuration [default: narrowgate-migrate.toml, where it is there]; environment
    /// variables NARROWGATE_MIGRATE__SECTION__KEY go over it
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The gate's configuration, of which [passwords] is read, in place of the file's `gate`
    #[arg(long, value_name = "FILE")]
    gate: Option<PathBuf>,
    /// A file with the bulk role's database URL, alone, in place of the file's [database]; or set
    /// NARROWGATE_MIGRATE_DATABASE_URL
    #[arg(long, value_name = "FILE")]
    database_url_file: Option<PathBuf>,
    /// The authority of that database's certificate, in place of the built-in ones
    #[arg(long, value_name = "FILE")]
    ca_certificate: Option<PathBuf>,
}

impl Location {
    /// The files that it names, and the one that is taken where it names none.
    pub(super) fn files(&self) -> impl Iterator<Item = &Path> {
        let named = [&self.gate, &self.database_url_file, &self.ca_certificate];
        named.into_iter().flatten().map(PathBuf::as_path).chain([self.config_file()])
    }

    /// The configuration, which may not be there where none is named.
    pub(super) fn config_file(&self) -> &Path {
        self.config.as_deref().unwrap_or(Path::new(config::DEFAULT_MIGRATION_FILE))
    }

    /// Loads it, or lists everything that is wrong with it.
    pub(super) fn load(&self) -> Result<Migration, Ending> {
        let loaded = config::load_migration(&self.sources()).map_err(|faults| list(&faults))?;
        warn(&loaded);
        Ok(loaded)
    }

    /// The same with the tenant.
    pub(super) fn load_with_tenant(&self) -> Result<(Migration, Tenant), Ending> {
        let loaded = config::load_migration_with_tenant(&self.sources());
        let (migration, tenant) = loaded.map_err(|faults| list(&faults))?;
        warn(&migration);
        Ok((migration, tenant))
    }

    fn sources(&self) -> Sources<'_> {
        Sources {
            config: self.config.as_deref(),
            gate: self.gate.as_deref(),
            database_url_file: self.database_url_file.as_deref(),
            ca_certificate: self.ca_certificate.clone(),
        }
    }
}

fn warn(migration: &Migration) {
    for caution in &migration.cautions {
        eprintln!("caution: {caution}");
    }
}

fn list(faults: &[Fault]) -> Ending {
    for fault in faults {
        eprintln!("{fault}");
    }
    Ending::Usage
}
