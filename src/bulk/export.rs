//! Import files for sites that must hand files over: the bytes that an import would send.

use std::fs::{DirBuilder, File, OpenOptions, Permissions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::Serialize;

use super::digest::hex_sha256;
use super::draft::Draft;
use super::run::{HeldUser, RunError, is_full};
use super::{Builder, CONNECT_TIMEOUT, Packer, Put};
use crate::config::{Bulk, DatabaseTarget};
use crate::database::{Directory, DirectoryError, Order};

/// Why there are no files.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The legacy database refuses or fails.
    #[error(transparent)]
    Database(#[from] DirectoryError),
    /// The folder cannot be used.
    #[error(transparent)]
    Folder(#[from] RunError),
}

/// What `manifest.json` says.
#[derive(Serialize)]
pub struct Manifest {
    /// The format of the folder.
    pub format: u32,
    /// When it was made, in UTC.
    pub created: String,
    /// Users in the files.
    pub users: u64,
    /// Users in `held.ndjson`.
    pub held: u64,
    /// The files.
    pub files: Vec<Entry>,
}

/// One file.
#[derive(Serialize)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// Its users.
    pub users: u64,
    /// Its bytes.
    pub bytes: u64,
    /// Its SHA-256, as hexadecimal digits.
    pub sha256: String,
}

/// Comes last: a folder without it is not whole.
const MANIFEST: &str = "manifest.json";
/// Comes first.
const HELD: &str = "held.ndjson";

struct Folder {
    path: PathBuf,
    held: std::io::BufWriter<File>,
    manifest: Manifest,
}

/// Writes the files into a folder that is new or empty. The manifest comes last: a folder without
/// one is not whole. `progress` hears of users that were read, and first of none, when the folder is there.
///
/// # Errors
/// The folder holds something, cannot be written, or the database refuses or fails.
pub async fn export(
    database: &DatabaseTarget,
    builder: &Builder,
    bulk: &Bulk,
    path: &Path,
    mut progress: impl FnMut(u64),
) -> Result<Manifest, ExportError> {
    let directory = Directory::open(database.clone(), CONNECT_TIMEOUT).await?;
    let mut folder = Folder::make(path)?;
    progress(0);
    let mut rows = directory.users(Order::ById);
    let (mut packer, mut users) = (Packer::new(bulk), 0);
    let mut last = None;
    while let Some(batch) = rows.next().await? {
        for row in &batch {
            users += 1;
            let user_id = row.user_id().map(str::to_owned);
            let build = || builder.build_behind(last.as_deref(), row);
            let made = tokio::task::block_in_place(build);
            // Hashing takes long: in between it is heard who asks to stop.
            tokio::task::yield_now().await;
            let put = match made.map(|record| packer.put(record)) {
                Ok(Put::Full(record)) => {
                    folder.write(&mut packer)?;
                    Ok(packer.put(*record))
                }
                put => put,
            };
            if let Ok(Put::Held(reason)) | Err(reason) = put {
                let user_id = user_id.clone();
                folder.hold(&HeldUser { user_id, reason: reason.code() })?;
            }
            last = user_id;
        }
        progress(users);
    }
    folder.write(&mut packer)?;
    Ok(folder.end()?)
}

impl Folder {
    fn make(path: &Path) -> Result<Self, RunError> {
        let shown = path.display();
        let unusable = |cause: &dyn std::fmt::Display| {
            RunError::Unusable(format!(
                "--out {shown}: {cause}; name a folder that is new or empty"
            ))
        };
        match DirBuilder::new().mode(0o700).create(path) {
            Ok(()) => {}
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                if let Some(cause) = occupied(path).map_err(|error| unusable(&error))? {
                    return Err(unusable(&cause));
                }
            }
            Err(error) if is_full(&error) => {
                return Err(RunError::Broken(format!("--out {shown}: {error}; make room")));
            }
            Err(error) => return Err(unusable(&error)),
        }
        let created = humantime::format_rfc3339_seconds(SystemTime::now()).to_string();
        let manifest = Manifest { format: 1, created, users: 0, held: 0, files: vec![] };
        let held =
            OpenOptions::new().write(true).create_new(true).mode(0o600).open(path.join(HELD));
        let held = std::io::BufWriter::new(held.map_err(|error| unusable(&error))?);
        Ok(Self { path: path.to_path_buf(), held, manifest })
    }

    fn write(&mut self, packer: &mut Packer) -> Result<(), RunError> {
        let Some(full) = packer.take() else { return Ok(()) };
        let name = format!("users-{:05}.json", self.manifest.files.len() + 1);
        let written = self.whole(&name, &full.body);
        written.map_err(|error| self.failed(&error))?;
        let (users, bytes) = (full.ids.len() as u64, full.body.len() as u64);
        let sha256 = hex_sha256(&full.body);
        self.manifest.users += users;
        self.manifest.files.push(Entry { name, users, bytes, sha256 });
        Ok(())
    }

    fn hold(&mut self, user: &HeldUser) -> Result<(), RunError> {
        self.manifest.held += 1;
        let line = serde_json::to_string(user).unwrap_or_default();
        writeln!(self.held, "{line}").map_err(|error| self.failed(&error))
    }

    fn end(mut self) -> Result<Manifest, RunError> {
        let text = serde_json::to_string_pretty(&self.manifest).unwrap_or_default() + "\n";
        let written = self.held.flush().and_then(|()| {
            self.held.get_ref().sync_all()?;
            self.whole(MANIFEST, text.as_bytes())?;
            File::open(&self.path)?.sync_all()
        });
        written.map_err(|error| self.failed(&error))?;
        Ok(self.manifest)
    }

    /// Writes a file that has its name only when all of it is on the disk.
    fn whole(&self, name: &str, body: &[u8]) -> std::io::Result<()> {
        let mut draft = Draft::begin(&self.path, name)?;
        draft.file.write_all(body)?;
        draft.take_name().map(drop)
    }

    fn failed(&self, error: &std::io::Error) -> RunError {
        let path = self.path.display();
        RunError::Broken(format!("{path}: {error}; make room, remove the folder and begin again"))
    }
}

/// Why a folder that is there cannot be taken. One that can is made the account's own.
fn occupied(path: &Path) -> std::io::Result<Option<&'static str>> {
    if std::fs::metadata(path)?.uid() != rustix::process::geteuid().as_raw() {
        return Ok(Some("it belongs to somebody else"));
    }
    let holds = |name| path.join(name).exists();
    if holds(MANIFEST) {
        return Ok(Some("it is not empty: it holds a whole export, with password hashes"));
    }
    if holds(HELD) {
        return Ok(Some(
            "it is not empty: it holds an export that broke off, with password hashes; remove it",
        ));
    }
    if std::fs::read_dir(path)?.next().is_some() {
        return Ok(Some("it is not empty"));
    }
    std::fs::set_permissions(path, Permissions::from_mode(0o700))?;
    Ok(None)
}
