//! The legacy database of the demonstration: the sample schema and contract that are shipped for
//! SQLite, in a file that is removed at the end.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::{fs, io};

use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};
use tempfile::{Builder, TempDir};

/// Every sample user's password.
pub const SAMPLE_PASSWORD: &str = "correct horse battery staple";

const SCRIPTS: [&str; 3] = [
    include_str!("../../deploy/contract/sample-sqlite-legacy.sql"),
    include_str!("../../deploy/contract/sample-sqlite.sql"),
    // One user who has migrated already.
    "INSERT INTO migrated_user (user_id) VALUES ('12');",
];

/// A legacy database in a directory of its own, removed with it.
pub struct Legacy(TempDir);

impl Legacy {
    /// Creates the file and fills it.
    ///
    /// # Errors
    /// The directory for temporary files cannot be written to.
    pub fn create() -> io::Result<Self> {
        // Tokens and hashes lie here, though nobody's.
        let private = Permissions::from_mode(0o700);
        let legacy =
            Self(Builder::new().prefix("narrowgate-demo-").permissions(private).tempdir()?);
        let file = legacy.file();
        let mut connection =
            SqliteConnection::establish(&file.to_string_lossy()).map_err(io::Error::other)?;
        for script in SCRIPTS {
            connection.batch_execute(script).map_err(io::Error::other)?;
        }
        Ok(legacy)
    }

    /// The database file.
    #[must_use]
    pub fn file(&self) -> PathBuf {
        self.directory().join("legacy.db")
    }

    /// Puts a file beside it.
    ///
    /// # Errors
    /// The directory cannot be written to.
    pub fn keep(&self, name: &str, text: &str) -> io::Result<()> {
        fs::write(self.directory().join(name), text)
    }

    /// Where it lies.
    #[must_use]
    pub fn directory(&self) -> &Path {
        self.0.path()
    }
}
