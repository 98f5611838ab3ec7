//! A file that takes its name when it is whole and on the disk.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// The file, under another name while it is written.
pub(super) struct Draft {
    pub(super) file: BufWriter<File>,
    folder: PathBuf,
    new: PathBuf,
    path: PathBuf,
}

impl Draft {
    pub(super) fn begin(folder: &Path, name: &str) -> io::Result<Self> {
        let new = folder.join(format!("{name}.new"));
        let mut options = OpenOptions::new();
        options.create(true).truncate(true).write(true).mode(0o600);
        let file = BufWriter::new(options.open(&new)?);
        Ok(Self { file, folder: folder.to_path_buf(), new, path: folder.join(name) })
    }

    /// Gives it its name. What the folder says of it may still be lost where the power fails.
    pub(super) fn take_name(self) -> io::Result<PathBuf> {
        let file = self.file.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.sync_all()?;
        std::fs::rename(self.new, &self.path)?;
        Ok(self.path)
    }

    /// Gives it its name for good, and with it all files of the folder that have theirs.
    pub(super) fn end(self) -> io::Result<PathBuf> {
        let folder = self.folder.clone();
        let path = self.take_name()?;
        File::open(folder)?.sync_all()?;
        Ok(path)
    }
}
