//! A contract that is there and is not the one that was asked for.

use super::Finding;

/// Routines that every contract has, and those of one that compares inside or outside.
const ROUTINES: [&str; 5] =
    ["get_user", "login_candidate", "mark_migrated", "password_matches", "password_parameters"];

/// Where routines are missing and those of another contract may be called, the configuration names the wrong one:
/// no remedy may take away what works.
pub(super) fn spare(findings: &mut [Finding]) {
    let is_missing = |finding: &Finding| finding.code == "missing_routine";
    let others: Vec<_> =
        findings.iter().filter(|one| one.code == EXCESS).filter_map(contract).collect();
    let Some(name) = others.first().filter(|_| findings.iter().any(is_missing)).cloned() else {
        return;
    };
    let remedy = format!(
        "first look whether database.contract and database.password_check are right: the contract {name:?} has routines that the role may call"
    );
    for finding in findings {
        let is_theirs = match finding.code.as_str() {
            EXCESS => contract(finding).is_some(),
            "excess_schema_privilege" => others.iter().any(|name| names(&finding.found, name)),
            _ => is_missing(finding),
        };
        if is_theirs {
            finding.remedy.clone_from(&remedy);
        }
    }
}

const EXCESS: &str = "excess_routine_privilege";

/// The words of a finding, without quotation marks.
fn words(found: &str) -> impl Iterator<Item = String> {
    let ends = |letter: char| letter == '(' || letter == ',' || letter.is_whitespace();
    found.split(ends).map(|word| word.replace(['`', '"'], ""))
}

fn names(found: &str, schema: &str) -> bool {
    words(found).any(|word| word.strip_suffix(".*").unwrap_or(&word) == schema)
}

/// Whose routine of a contract it is, if it is one.
fn contract(finding: &Finding) -> Option<String> {
    words(&finding.found).find_map(|word| {
        let (schema, routine) = word.rsplit_once('.')?;
        ROUTINES.contains(&routine).then(|| schema.to_owned())
    })
}
