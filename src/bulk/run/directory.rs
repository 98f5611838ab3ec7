//! The run directory: whose it is, what it is bound to, and that one process alone writes into it.

use std::fmt::Write as _;
use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::binding::{Binding, FORMAT};
use super::books::Books;
use super::event::Event;
use super::{RunError, journal, lists};
use crate::bulk::draft::Draft;

pub(super) const BINDING: &str = "run.toml";
pub(super) const LOCK: &str = "lock";

/// A run directory that this process holds alone.
pub(super) struct Held {
    pub(super) path: PathBuf,
    pub(super) binding: Binding,
    /// Held for as long as it is open.
    pub(super) lock: File,
}

fn unusable(path: &Path, cause: &str) -> RunError {
    let path = path.display();
    RunError::Unusable(format!("--run {path}: {cause}; name a directory of its own for this run"))
}

fn failed(path: &Path) -> impl Fn(std::io::Error) -> RunError {
    let path = path.to_path_buf();
    move |error| {
        if is_full(&error) {
            let path = path.display();
            RunError::Unwritten(format!("--run {path}: {error}; make room"))
        } else {
            unusable(&path, &error.to_string())
        }
    }
}

/// What to do where a run directory cannot be used, and not for want of room.
pub const MEND: &str =
    "see that it is where it was, and that this account and nobody else writes to it";

/// Whether the disk is full, or nothing more may be written to it.
#[must_use]
pub fn is_full(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{QuotaExceeded, StorageFull};
    matches!(error.kind(), StorageFull | QuotaExceeded)
}

/// Opens the directory for writing, or makes it.
pub(super) fn hold(path: &Path, wanted: &Binding) -> Result<Held, RunError> {
    match DirBuilder::new().mode(0o700).create(path) {
        Ok(()) => {}
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => guard(path)?,
        Err(error) => return Err(failed(path)(error)),
    }
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).write(true).mode(0o600);
    let lock = options.open(path.join(LOCK)).map_err(failed(path))?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            return Err(RunError::Unusable(format!(
                "--run {}: another process is at work on it; `status --run` shows how far it is",
                path.display()
            )));
        }
        Err(TryLockError::Error(error)) => return Err(failed(path)(error)),
    }
    let file = path.join(BINDING);
    let has_journal = path.join(journal::FILE).exists();
    if !has_journal && (path.join(lists::HELD).exists() || path.join(lists::QUARANTINE).exists()) {
        return Err(unusable(path, "it has lists of users and no journal"));
    }
    if !file.exists() {
        if has_journal {
            return Err(unusable(path, "it has a journal and no run.toml"));
        }
        write(path, wanted).map_err(failed(path))?;
    }
    let binding = binding(path)?;
    match binding.difference(wanted) {
        Some(difference) => Err(unusable(path, &difference)),
        None => Ok(Held { path: path.to_path_buf(), binding, lock }),
    }
}

/// Refuses a directory that somebody else could read or write, or that holds something else.
fn guard(path: &Path) -> Result<(), RunError> {
    let metadata = std::fs::metadata(path).map_err(failed(path))?;
    if !metadata.is_dir() {
        return Err(unusable(path, "it is no directory"));
    }
    if metadata.uid() != rustix::process::geteuid().as_raw() {
        // Not even root goes on with it: what root writes there its owner could not open.
        let (path, uid) = (path.display(), metadata.uid());
        return Err(RunError::Unusable(format!(
            "--run {path}: it belongs to another account (uid {uid}); run the command as that account"
        )));
    }
    let mut entries = std::fs::read_dir(path).map_err(failed(path))?;
    if entries.next().is_none() {
        let ours = std::fs::Permissions::from_mode(0o700);
        return std::fs::set_permissions(path, ours).map_err(failed(path));
    }
    let ours = |file: &str| path.join(file).exists();
    if !ours(BINDING) && !ours(LOCK) {
        return Err(unusable(path, "it holds something else than a run"));
    }
    if metadata.mode() & 0o077 != 0 {
        return Err(unusable(path, "others can look into it; chmod 0700 it if it is yours"));
    }
    Ok(())
}

/// Whole or not at all.
fn write(path: &Path, binding: &Binding) -> std::io::Result<()> {
    let mut text = format!("format = {}\n", binding.format);
    for (key, value) in binding.texts() {
        // A JSON string is one of TOML, too.
        let _ = writeln!(text, "{key} = {}", serde_json::to_string(value)?);
    }
    let mut draft = Draft::begin(path, BINDING)?;
    draft.file.write_all(text.as_bytes())?;
    draft.end().map(drop)
}

fn binding(path: &Path) -> Result<Binding, RunError> {
    let shown = path.display();
    let text = std::fs::read_to_string(path.join(BINDING)).map_err(|error| {
        let remedy = "name the directory of a run, as the account that it belongs to";
        RunError::Unusable(format!("--run {shown}: run.toml: {error}; {remedy}"))
    })?;
    let binding: Binding = toml::from_str(&text)
        .map_err(|_| unusable(path, "run.toml is not one of this program's"))?;
    if binding.format != FORMAT {
        return Err(unusable(path, "it was made by another version of this program"));
    }
    Ok(binding)
}

/// What a directory is bound to; none where it is no run's yet.
///
/// # Errors
/// A directory of something else, or of another version.
pub fn bound(path: &Path) -> Result<Option<Binding>, RunError> {
    if path.join(BINDING).exists() { binding(path).map(Some) } else { Ok(None) }
}

/// The books of a run as its journal has them now, also while another process writes it.
///
/// # Errors
/// No run directory, or a damaged journal.
pub fn read(path: &Path) -> Result<(Binding, Books), RunError> {
    let mut books = Books::default();
    let binding = replay(path, |event, at| books.apply(event, at))?;
    Ok((binding, books))
}

/// Reads the events of a run, one after the other.
pub(super) fn replay(
    path: &Path,
    apply: impl FnMut(Event, SystemTime) -> Result<(), String>,
) -> Result<Binding, RunError> {
    let binding = binding(path)?;
    let journal = path.join(journal::FILE);
    if journal.exists() {
        journal::replay(&journal, apply)?;
    }
    Ok(binding)
}

/// A file of the run directory cannot be written.
pub(super) fn broken(error: &std::io::Error) -> RunError {
    let remedy = if is_full(error) { "make room" } else { MEND };
    RunError::Unwritten(format!(
        "the run directory cannot be written: {error}; nobody more was sent or marked; {remedy}"
    ))
}
