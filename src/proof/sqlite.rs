//! On SQLite there is no server, and so nothing to prove but how the file lies.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::{Finding, Proof, remains};
use crate::config::{Database as Settings, DatabaseTarget};

pub(super) fn prove(settings: &Settings) -> Proof {
    let DatabaseTarget::Sqlite(path) = &settings.target else {
        return Proof { findings: vec![], proven: vec![], remains: vec![] };
    };
    let others = rights_of_others(path);
    let mut proof = Proof { remains: remains::sqlite(), ..Proof::default() };
    proof.proven.push(
        "nothing: SQLite has no roles, and whoever has the file has every row of it".to_owned(),
    );
    let shown = path.display();
    if others & 0o002 != 0 {
        proof.findings.push(Finding::new(
            "database_file_open",
            format!("every account of this machine can write {shown}"),
            format!("chmod 0640 {shown}; and its folder 0750"),
        ));
    } else if others & 0o004 != 0 {
        let words = format!("read the file from any account of this machine: chmod 0640 {shown}");
        proof.remains.push(words);
    }
    proof
}

/// What accounts other than the file's own and its group's may do, if they can get to it.
fn rights_of_others(path: &Path) -> u32 {
    let mode = |path: &Path| std::fs::metadata(path).map_or(0, |found| found.permissions().mode());
    let Ok(absolute) = std::path::absolute(path) else { return 0 };
    let enterable = absolute.ancestors().skip(1).all(|folder| mode(folder) & 0o001 != 0);
    if enterable { mode(path) & 0o007 } else { 0 }
}
