//! The result of a check, for people and for programs.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::cli::Ending;
use crate::level::Level;
use crate::proof::{Finding, Proof};

/// Of one kind of finding this many are printed for people; JSON has all.
const SHOWN: usize = 10;

const ANSWERED: &str = "the contract's routines answer";

pub(super) struct Report {
    pub(super) file: String,
    /// Remarks on the configuration: `serve` logs them and starts.
    pub(super) cautions: Vec<String>,
    pub(super) key_set: Result<String, String>,
    pub(super) database: Result<(), String>,
    pub(super) proof: Proof,
}

impl Report {
    pub(super) fn ending(&self) -> Ending {
        let refused = self.key_set.is_err() || self.database.is_err();
        ending(refused, std::slice::from_ref(&self.proof))
    }

    pub(super) fn text(&self) -> String {
        let mut out = format!("ok  configuration: {} is complete\n", self.file);
        for caution in &self.cautions {
            let _ = writeln!(out, "--  {caution}");
        }
        out += &told("key set", self.key_set.as_deref());
        out += &told("database", self.database.as_ref().map(|()| ANSWERED));
        out += &text(&self.proof);
        out += &totals(std::slice::from_ref(&self.proof));
        if self.ending() == Ending::Refused {
            out += "what is marked NO did not answer, or refuses: nothing is proven of it\n";
        }
        out
    }

    pub(super) fn json(&self) -> Value {
        let mut object = json!({
            "configuration": { "ok": true, "found": self.file, "cautions": self.cautions },
            "key_set": outcome(self.key_set.as_deref()),
            "database": outcome(self.database.as_ref().map(|()| ANSWERED)),
        });
        add(&mut object, &proof(&self.proof));
        add(&mut object, &counts(std::slice::from_ref(&self.proof)));
        object
    }
}

/// How a command ends that found this.
pub(in crate::cli) fn ending(refused: bool, proofs: &[Proof]) -> Ending {
    if count(proofs, Level::Blocker) > 0 {
        Ending::Blockers
    } else if refused {
        Ending::Refused
    } else if count(proofs, Level::Caution) > 0 {
        Ending::Cautions
    } else {
        Ending::Done
    }
}

/// What is of this level and not accepted.
fn count(proofs: &[Proof], level: Level) -> usize {
    let findings = proofs.iter().flat_map(|proof| &proof.findings);
    findings.filter(|finding| finding.level == level && !finding.accepted).count()
}

fn accepted(proofs: &[Proof]) -> usize {
    let findings = proofs.iter().flat_map(|proof| &proof.findings);
    findings.filter(|finding| finding.accepted).count()
}

/// One line for a person: whether it is in order, and what was found.
pub(in crate::cli) fn told(what: &str, found: Result<&str, &String>) -> String {
    match found {
        Ok(words) => format!("ok  {what}: {words}\n"),
        Err(words) => format!("NO  {what}: {words}\n"),
    }
}

/// The same for a program.
pub(in crate::cli) fn outcome(found: Result<&str, &String>) -> Value {
    match found {
        Ok(words) => json!({ "ok": true, "found": words }),
        Err(words) => json!({ "ok": false, "found": words }),
    }
}

/// A proof for a person.
pub(in crate::cli) fn text(proof: &Proof) -> String {
    let mut out = String::new();
    for words in &proof.proven {
        let _ = writeln!(out, "ok  {words}");
    }
    for findings in proof.findings.chunk_by(|one, other| one.code == other.code) {
        out.push_str(&kind(findings));
    }
    for (title, list) in [
        ("What a thief of this credential could still do", &proof.remains),
        ("What was not looked at, and how somebody else sees it", &proof.unseen),
    ] {
        if !list.is_empty() {
            let _ = writeln!(out, "\n{title}:");
        }
        for words in list {
            let _ = writeln!(out, "  - {}", printable(words));
        }
    }
    out
}

pub(in crate::cli) fn totals(proofs: &[Proof]) -> String {
    let (blockers, cautions) = (count(proofs, Level::Blocker), count(proofs, Level::Caution));
    let accepted = match accepted(proofs) {
        0 => String::new(),
        number => format!(", {number} accepted"),
    };
    format!("\n{blockers} blocker(s), {cautions} caution(s){accepted}\n")
}

/// A proof for a program.
pub(in crate::cli) fn proof(proof: &Proof) -> Value {
    let finding = |finding: &Finding| {
        json!({
            "code": finding.code,
            "level": finding.level.word(),
            "found": finding.found,
            "remedy": finding.remedy,
            "difference": finding.difference,
            "accepted": finding.accepted,
        })
    };
    json!({
        "proven": proof.proven,
        "findings": proof.findings.iter().map(finding).collect::<Value>(),
        "still_possible": proof.remains,
        "not_seen": proof.unseen,
    })
}

pub(in crate::cli) fn counts(proofs: &[Proof]) -> Value {
    json!({
        "blockers": count(proofs, Level::Blocker),
        "cautions": count(proofs, Level::Caution),
        "accepted": accepted(proofs),
    })
}

/// Adds the members of another object.
pub(in crate::cli) fn add(object: &mut Value, other: &Value) {
    if let (Some(members), Some(others)) = (object.as_object_mut(), other.as_object()) {
        members.extend(others.clone());
    }
}

/// The same object where nothing could be asked yet.
pub(super) fn unconfigured(source: &str, faults: &[String]) -> Value {
    json!({
        "configuration": { "ok": false, "found": source, "faults": faults },
        "key_set": null,
        "database": null,
        "proven": [],
        "findings": [],
        "blockers": 0,
        "cautions": 0,
        "accepted": 0,
        "still_possible": [],
        "not_seen": [],
    })
}

/// All findings of one code: what was found, and under it what to do.
fn kind(findings: &[Finding]) -> String {
    let mut out = String::new();
    for finding in findings.iter().take(SHOWN) {
        let Finding { level, code, found, remedy, difference, accepted } = finding;
        let (found, remedy) = (printable(found), printable(remedy));
        let mark = if *accepted { "ac" } else { level.mark() };
        let accepted = if *accepted { " (accepted)" } else { "" };
        let _ = writeln!(out, "{mark}  {code}{accepted}: {found}\n      {remedy}");
        for line in difference {
            let _ = writeln!(out, "      | {}", printable(line));
        }
    }
    if let Some(more) = findings.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        let code = findings.first().map_or("", |finding| &finding.code);
        let _ = writeln!(out, "    {code}: {more} more; --format json has all");
    }
    out
}

/// Names of objects may hold anything; they must not write lines of the report.
fn printable(text: &str) -> String {
    let shown = |c: char| if c.is_control() { c.escape_default().to_string() } else { c.into() };
    text.chars().map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_write_no_lines() {
        let mut found =
            Finding::new("excess_table_privilege", "on \"a\nok  all\u{1b}[2J\"", "REVOKE …");
        found.difference.push("+\nok  all".to_owned());
        let told = kind(&[found]);
        assert_eq!(told.lines().count(), 3, "{told}");
        assert!(told.contains("a\\nok  all\\u{1b}[2J") && told.contains("REVOKE …"), "{told}");
    }
}
