//! What a verification found, for people and for programs.

use std::fmt::{Display, Write};
use std::path::Path;

use serde_json::{Value, json};

use crate::bulk::run::Binding;
use crate::bulk::verify::{Findings, Kind, Marks};
use crate::numbers::grouped;

pub(super) fn text(findings: &Findings, (binding, run): (&Binding, &Path)) -> String {
    let run = run.display();
    let mut text = format!(
        "Run {}: {} of {} against {}\n\n",
        binding.run, binding.connection_name, binding.tenant, binding.database
    );
    let lines = [
        (findings.users, "users of the legacy system, with and without a mark"),
        (findings.there, "are in the connection under their id"),
        (findings.marked_before, "of these have a mark: they log in to Auth0 already"),
        (findings.confirmed, "of these have no mark, and differ in nothing: confirmed"),
        (findings.differing, "of these differ"),
    ];
    for (users, name) in lines {
        let _ = writeln!(text, "{:>13}  {name}", grouped(users));
    }
    if findings.repeated > 0 {
        let rows = grouped(findings.repeated);
        let _ = writeln!(
            text,
            "{rows:>13}  more rows have an id that another row has: users count once"
        );
    }
    differences(&mut text, findings, &run);
    let _ = writeln!(text, "\n{} users were looked up", grouped(findings.looked_up));
    if findings.not_looked_up > 0 {
        let number = grouped(findings.not_looked_up);
        let _ = writeln!(
            text,
            "{number} more were judged by the export alone: it may be older than they are; raise --look-ups"
        );
    }
    let _ = writeln!(text, "{}\n\n{}", of_marks(&findings.marks), sentence(findings));
    text
}

/// What differs, and what to do about it.
pub(super) fn differences(text: &mut String, findings: &Findings, run: &dyn Display) {
    if !findings.kinds.is_empty() {
        let _ = writeln!(text, "\nDifferences ({run}/differences.ndjson names them):");
    }
    for (kind, users) in &findings.kinds {
        let _ = writeln!(text, "{:>13}  {}: {}", grouped(*users), kind.code(), kind.remedy());
        if *kind == Kind::Missing && findings.held > 0 {
            let held = grouped(findings.held);
            let _ = writeln!(text, "{:>15}{held} of these were held back by the import", "");
        }
    }
}

fn of_marks(marks: &Marks) -> String {
    if let Some(script) = &marks.script {
        return format!(
            "Nobody was marked: have a DBA review and apply {}, then verify again",
            script.display()
        );
    }
    if *marks == Marks::default() {
        return "Nobody was marked: there is nobody without a mark who is confirmed".to_owned();
    }
    let mut text = format!("{} users were marked", grouped(marks.set));
    if marks.already > 0 {
        let _ = write!(text, "; {} have a mark by another hand by now", grouped(marks.already));
    }
    if marks.changed > 0 {
        let _ = write!(
            text,
            "; {} have changed in the legacy database since they were compared: verify again",
            grouped(marks.changed)
        );
    }
    if marks.refused > 0 {
        let _ = write!(
            text,
            "; {} were refused: their rows break the contract (preflight)",
            grouped(marks.refused)
        );
    }
    if marks.gone > 0 {
        let _ = write!(text, "; {} have left the legacy database", grouped(marks.gone));
    }
    text
}

/// What it comes to.
pub(super) fn sentence(findings: &Findings) -> String {
    let (there, users) = (grouped(findings.there), grouped(findings.users));
    match findings.differing {
        0 => format!("{there} of {users} are there"),
        1 => format!("{there} of {users} are there; 1 of them differs"),
        some => format!("{there} of {users} are there; {} of them differ", grouped(some)),
    }
}

pub(super) fn json(findings: &Findings, binding: &Binding) -> Value {
    let kinds = findings.kinds.iter().map(|(kind, users)| (kind.code().to_owned(), json!(users)));
    json!({
        "run": binding.run,
        "tenant": binding.tenant,
        "connection": binding.connection,
        "connection_name": binding.connection_name,
        "users": findings.users,
        "there": findings.there,
        "marked_before": findings.marked_before,
        "confirmed": findings.confirmed,
        "differing": findings.differing,
        "held": findings.held,
        "repeated_rows": findings.repeated,
        "differences": kinds.collect::<serde_json::Map<_, _>>(),
        "looked_up": findings.looked_up,
        "not_looked_up": findings.not_looked_up,
        "marked": findings.marks.set,
        "marks_refused": findings.marks.refused,
        "marks_gone": findings.marks.gone,
        "marks_changed": findings.marks.changed,
        "marks_already": findings.marks.already,
        "script": findings.marks.script.as_ref().map(|path| path.display().to_string()),
        "sentence": sentence(findings),
    })
}
