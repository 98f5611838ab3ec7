//! Where a rehearsal puts what comes of it.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Where things go.
pub(super) struct Places {
    pub(super) run: PathBuf,
    pub(super) out: PathBuf,
}

/// Nothing is written over: a rehearsal begins anew each time, because the stand-in forgets.
pub(super) fn places(run: Option<&Path>, out: Option<&Path>) -> Result<Places, String> {
    let now = humantime::format_rfc3339_seconds(SystemTime::now()).to_string();
    let now = now.replace(['-', ':', 'Z'], "").replace('T', "-");
    let run = run.map_or_else(|| format!("rehearsal-{now}").into(), Path::to_path_buf);
    let is_used = match std::fs::read_dir(&run) {
        Ok(mut entries) => entries.next().is_some(),
        Err(error) => error.kind() != std::io::ErrorKind::NotFound,
    };
    if is_used {
        return Err(format!(
            "--run {}: it is there already; a rehearsal begins anew each time: name a directory that is new or empty",
            run.display()
        ));
    }
    let page = out.map_or_else(|| run.join("report.html"), Path::to_path_buf);
    if page.symlink_metadata().is_ok() {
        let shown = page.display();
        return Err(format!("--out {shown}: it is there already; name a new file"));
    }
    for (option, place) in [("--run", Some(&*run)), ("--out", out)] {
        let Some(place) = place else { continue };
        let folder = place.parent().filter(|folder| !folder.as_os_str().is_empty());
        if folder.is_some_and(|folder| !folder.is_dir()) {
            let shown = place.display();
            return Err(format!(
                "{option} {shown}: its folder is not there; make it, or name another"
            ));
        }
    }
    Ok(Places { run, out: page })
}
