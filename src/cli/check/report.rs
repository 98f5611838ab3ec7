//! The result of the check, for people and for programs.

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
        if self.count(Level::Blocker) > 0 {
            Ending::Blockers
        } else if self.key_set.is_err() || self.database.is_err() {
            Ending::Refused
        } else if self.count(Level::Caution) > 0 {
            Ending::Cautions
        } else {
            Ending::Done
        }
    }

    fn count(&self, level: Level) -> usize {
        self.proof.findings.iter().filter(|finding| finding.level == level).count()
    }

    pub(super) fn text(&self) -> String {
        let mut out = format!("ok  configuration: {} is complete\n", self.file);
        let mut line = |mark: &str, words: &str| {
            let _ = writeln!(out, "{mark}  {words}");
        };
        for caution in &self.cautions {
            line("--", caution);
        }
        match &self.key_set {
            Ok(words) => line("ok", &format!("key set: {words}")),
            Err(words) => line("NO", &format!("key set: {words}")),
        }
        match &self.database {
            Ok(()) => line("ok", &format!("database: {ANSWERED}")),
            Err(words) => line("NO", &format!("database: {words}")),
        }
        for words in &self.proof.proven {
            line("ok", words);
        }
        for findings in self.proof.findings.chunk_by(|one, other| one.code == other.code) {
            out.push_str(&kind(findings));
        }
        if !self.proof.remains.is_empty() {
            out.push_str("\nWhat a thief of this credential could still do:\n");
        }
        for words in &self.proof.remains {
            let _ = writeln!(out, "  - {words}");
        }
        let (blockers, cautions) = (self.count(Level::Blocker), self.count(Level::Caution));
        let _ = writeln!(out, "\n{blockers} blocker(s), {cautions} caution(s)");
        out
    }

    pub(super) fn json(&self) -> Value {
        let told = |result: &Result<String, String>| match result {
            Ok(words) => json!({ "ok": true, "found": words }),
            Err(words) => json!({ "ok": false, "found": words }),
        };
        let findings = self.proof.findings.iter().map(|finding| {
            json!({
                "code": finding.code,
                "level": finding.level.word(),
                "found": finding.found,
                "remedy": finding.remedy,
            })
        });
        json!({
            "configuration": { "ok": true, "found": self.file, "cautions": self.cautions },
            "key_set": told(&self.key_set),
            "database": told(&self.database.clone().map(|()| ANSWERED.to_owned())),
            "proven": self.proof.proven,
            "findings": findings.collect::<Value>(),
            "blockers": self.count(Level::Blocker),
            "cautions": self.count(Level::Caution),
            "still_possible": self.proof.remains,
        })
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
        "still_possible": [],
    })
}

/// All findings of one code: what was found, and under it what to do.
fn kind(findings: &[Finding]) -> String {
    let mut out = String::new();
    for finding in findings.iter().take(SHOWN) {
        let Finding { level, code, found, remedy } = finding;
        let (found, remedy) = (printable(found), printable(remedy));
        let _ = writeln!(out, "{}  {code}: {found}\n      {remedy}", level.mark());
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
        let found =
            Finding::new("excess_table_privilege", "on \"a\nok  all\u{1b}[2J\"", "REVOKE …");
        let told = kind(&[found]);
        assert_eq!(told.lines().count(), 2, "{told}");
        assert!(told.contains("a\\nok  all\\u{1b}[2J") && told.contains("REVOKE …"), "{told}");
    }
}
