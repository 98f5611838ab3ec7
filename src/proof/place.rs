//! How files lie on this machine.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

const STICKY: u32 = 0o1000;

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).map_or(0, |found| found.permissions().mode())
}

/// What accounts other than the file's own and its group's may do, if they can get to it.
#[must_use]
pub fn rights_of_others(path: &Path) -> u32 {
    let Ok(absolute) = std::path::absolute(path) else { return 0 };
    let enterable = absolute.ancestors().skip(1).all(|folder| mode(folder) & 0o001 != 0);
    if enterable { mode(path) & 0o007 } else { 0 }
}

/// The folder in which any account can put something beside the file, or something else in the place of what
/// leads to it.
pub(super) fn open_folder(path: &Path) -> Option<PathBuf> {
    let absolute = std::path::absolute(path).ok()?;
    let folder = absolute.parent()?;
    let replaceable = |at: &Path| {
        let rights = rights_of_others(at);
        rights & 0o002 != 0 && (at == folder || mode(at) & STICKY == 0)
    };
    folder.ancestors().find(|at| replaceable(at)).map(Path::to_path_buf)
}
