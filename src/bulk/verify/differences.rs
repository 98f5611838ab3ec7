//! `differences.ndjson`: whole, or as the verification before left it.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::{Kind, VerifyError, full};

const FILE: &str = "differences.ndjson";

/// One line: an id and a kind, and nothing else of anybody.
#[derive(Serialize)]
struct Difference<'a> {
    /// None where the row has none.
    user_id: Option<&'a str>,
    kind: Kind,
}

/// The file, while it is written.
pub(super) struct Differences(Draft);

impl Differences {
    pub(super) fn begin(folder: &Path) -> Result<Self, VerifyError> {
        Draft::begin(folder, FILE).map(Self).map_err(|error| full(&error))
    }

    pub(super) fn add(&mut self, user_id: Option<&str>, kind: Kind) -> Result<(), VerifyError> {
        let line = serde_json::to_string(&Difference { user_id, kind }).unwrap_or_default();
        writeln!(self.0.file, "{line}").map_err(|error| full(&error))
    }

    pub(super) fn end(self) -> Result<(), VerifyError> {
        self.0.end().map_err(|error| full(&error)).map(drop)
    }
}

/// A file that takes its name when it is whole and on disk.
pub(super) struct Draft {
    pub(super) file: BufWriter<File>,
    folder: PathBuf,
    name: &'static str,
}

impl Draft {
    pub(super) fn begin(folder: &Path, name: &'static str) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.create(true).truncate(true).write(true).mode(0o600);
        let file = BufWriter::new(options.open(folder.join(format!("{name}.new")))?);
        Ok(Self { file, folder: folder.to_path_buf(), name })
    }

    pub(super) fn end(self) -> io::Result<PathBuf> {
        let file = self.file.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.sync_all()?;
        let path = self.folder.join(self.name);
        std::fs::rename(self.folder.join(format!("{}.new", self.name)), &path)?;
        File::open(&self.folder)?.sync_all()?;
        Ok(path)
    }
}
