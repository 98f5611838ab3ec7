//! The legacy database of the demonstration: the sample schema and contract that are shipped for
//! SQLite, in a file that is removed at the end.

use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::{fs, io};

use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};

/// Every sample user's password.
pub const SAMPLE_PASSWORD: &str = "correct horse battery staple";

const SCRIPTS: [&str; 3] = [
    include_str!("../../deploy/contract/sample-sqlite-legacy.sql"),
    include_str!("../../deploy/contract/sample-sqlite.sql"),
    // One user who has migrated already.
    "INSERT INTO migrated_user (user_id) VALUES ('12');",
];

/// A legacy database in a directory of its own, removed with it.
pub struct Legacy {
    directory: PathBuf,
}

impl Legacy {
    /// Creates the file and fills it.
    ///
    /// # Errors
    /// The directory for temporary files cannot be written to.
    pub fn create() -> io::Result<Self> {
        let directory =
            std::env::temp_dir().join(format!("narrowgate-demo-{}", std::process::id()));
        // Tokens and hashes lie here, though nobody's.
        fs::DirBuilder::new().mode(0o700).create(&directory)?;
        let legacy = Self { directory };
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
        self.directory.join("legacy.db")
    }

    /// Puts a file beside it.
    ///
    /// # Errors
    /// The directory cannot be written to.
    pub fn keep(&self, name: &str, text: &str) -> io::Result<()> {
        fs::write(self.directory.join(name), text)
    }

    /// Where it lies.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }
}

impl Drop for Legacy {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.directory);
    }
}
