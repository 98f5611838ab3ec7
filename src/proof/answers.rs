//! Whether the questions find the one they are asked for and nobody else, and tell no more than the
//! contract has them tell.

use std::time::Instant;

use serde_json::{Map, Value};

use super::lookup::{self, PATIENCE};
use super::{Finding, Proof};
use crate::columns::COLUMNS;
use crate::database::Error;
use crate::database::catalog::{Catalog, Routine, Routines};
use crate::identifier::{Identifier, Kind};

/// What a search would take for "anything".
const WILDCARDS: [&str; 6] = ["%", "_", "*", "", "%@%", "____%"];

/// No user's digest.
const DIGEST: &str = "narrowgate-probe";

/// A digest is hidden by as many letters of one kind; shorter ones are no digests.
const FILLERS: usize = 11;

const PARAMETERS: [&str; 6] = ["ambiguous", "hash", "salt", "scheme", "username", "email"];

/// Asks about everybody, and about one whom the caller knows, and judges the answers.
pub(super) async fn judge(
    catalog: &Catalog,
    routines: Routines,
    known: Option<&Identifier>,
    proof: &mut Proof,
) {
    let started = Instant::now();
    for &routine in routines {
        if routine.0 == "mark_migrated" {
            marks(catalog, started, &mut proof.findings).await;
            continue;
        }
        if let Some(known) = known {
            match answers(catalog, routine, Some(known.as_str())).await {
                Ok(answers) => proof
                    .findings
                    .extend(answers.iter().filter_map(|answer| excess(routine.0, answer))),
                Err(error) => {
                    let call = format!("{}(the identifier of --probe)", routine.0);
                    proof.findings.push(lookup::unanswered(&call, &error));
                    continue;
                }
            }
        }
        wildcards(catalog, routine, started, &mut proof.findings).await;
    }
}

/// Nobody may be found who is not named.
async fn wildcards(
    catalog: &Catalog,
    routine: Routine,
    started: Instant,
    findings: &mut Vec<Finding>,
) {
    let long = "%".repeat(10_240);
    let texts = WILDCARDS.into_iter().chain([long.as_str()]).map(Some);
    for wildcard in [None].into_iter().chain(texts) {
        if started.elapsed() > PATIENCE / 2 {
            findings.push(lookup::unmeasured(routine.0));
            return;
        }
        let answers = match answers(catalog, routine, wildcard).await {
            Ok(answers) => answers,
            // It would take as long for the others.
            Err(error) => {
                let call = format!("{}({})", routine.0, shown(wildcard));
                findings.push(lookup::unanswered(&call, &error));
                return;
            }
        };
        let users: usize = answers.iter().map(|answer| strangers(answer, wildcard)).sum();
        if users > 0 {
            findings.push(Finding::new(
                "wildcard_finds_users",
                format!(
                    "narrowgate.{}({}) finds {users} users whom that does not name",
                    routine.0,
                    shown(wildcard)
                ),
                "compare with = in the routine, never with LIKE or a pattern, and let NULL find nobody",
            ));
        }
    }
}

/// The answers that a routine gives about an identifier, with a wrong digest and with none. What the
/// database refuses to look up finds nobody.
async fn answers(
    catalog: &Catalog,
    routine: Routine,
    identifier: Option<&str>,
) -> Result<Vec<String>, Error> {
    let (name, arguments) = routine;
    let mut given = vec![];
    for digest in [Some(DIGEST), None] {
        let asked: Vec<_> = [identifier].into_iter().chain([digest]).take(arguments).collect();
        match catalog.ask(name, &asked).await {
            Ok(answer) => given.push(answer),
            Err(error) if error.refuses_statement() => {}
            Err(error) => return Err(error),
        }
        if arguments == 1 {
            break;
        }
    }
    Ok(given)
}

fn shown(argument: Option<&str>) -> String {
    let quoted = |text: &str| format!("'{}'", text.chars().take(8).collect::<String>());
    argument.map_or("NULL".to_owned(), quoted)
}

fn strangers(answer: &str, asked: Option<&str>) -> usize {
    let users: Vec<Value> = serde_json::from_str(answer).unwrap_or_default();
    let named = |user: &&Value| {
        let names = ["email", "username", "phone_number"].map(|name| user.get(name));
        let is_it = |name: &Value| {
            name.as_str().zip(asked).is_some_and(|(name, asked)| name.eq_ignore_ascii_case(asked))
        };
        names.into_iter().flatten().any(is_it)
    };
    users.iter().filter(|user| !named(user)).count()
}

/// Nobody may be marked who is not named; where that can be asked, nothing can be written.
async fn marks(catalog: &Catalog, started: Instant, findings: &mut Vec<Finding>) {
    for text in WILDCARDS.into_iter().chain(Kind::ALL.map(Kind::nobody)).map(Some).chain([None]) {
        if started.elapsed() > PATIENCE / 2 {
            findings.push(lookup::unmeasured("mark_migrated"));
            return;
        }
        match catalog.marks(text).await {
            Ok(true) => findings.push(Finding::new(
                "wildcard_marks_users",
                format!(
                    "narrowgate.mark_migrated({}) marks users whom that does not name",
                    shown(text)
                ),
                "compare with = in the routine, never with LIKE or a pattern, and let NULL mark nobody",
            )),
            Err(error) if !error.refuses_statement() => {
                let call = format!("mark_migrated({})", shown(text));
                findings.push(lookup::unanswered(&call, &error));
                return;
            }
            _ => {}
        }
    }
}

/// What is wrong with an answer about a user who is there; the words hold nothing of it.
fn excess(routine: &str, answer: &str) -> Option<Finding> {
    let print = "let it answer as in what narrowgate-migrate contract prints";
    let users: Vec<Map<String, Value>> = match serde_json::from_str(answer).ok()? {
        Value::Array(users) => users.into_iter().filter_map(object).collect(),
        user => object(user).into_iter().collect(),
    };
    if routine == "password_matches" {
        let found = "narrowgate.password_matches gives the user of --probe for a wrong digest";
        return (!users.is_empty()).then(|| Finding::new("digest_not_compared", found, print));
    }
    let column = |member: &str| {
        ["matched", "found_as"].contains(&member) || COLUMNS.iter().any(|(name, _)| *name == member)
    };
    let named = |member: &str| match routine {
        "password_parameters" => PARAMETERS.contains(&member),
        "login_candidate" => column(member),
        _ => column(member) && !member.starts_with("password_"),
    };
    let members = users.iter().flat_map(Map::keys);
    if let Some(member) = members.into_iter().find(|member| !named(member)) {
        let found =
            format!("narrowgate.{routine} answers with {member}, which the contract does not name");
        return Some(Finding::new("answer_tells_more", found, print));
    }
    let hash = users.iter().find_map(|user| user.get("hash")?.as_str()).unwrap_or_default();
    let found = "narrowgate.password_parameters gives the digest of the user of --probe away";
    (!is_hidden(hash)).then(|| Finding::new("digest_shown", found, print))
}

fn object(value: Value) -> Option<Map<String, Value>> {
    if let Value::Object(members) = value { Some(members) } else { None }
}

/// Of a hash nothing is shown but a mark of its scheme or of a locked account, or fillers stand in
/// the digest's place.
fn is_hidden(hash: &str) -> bool {
    let text = hash.trim_end();
    let letters: Vec<char> = text.chars().collect();
    let alike = |run: &[char]| run.len() >= FILLERS;
    matches!(text, "" | "*" | "!") || text.ends_with('?') || letters.chunk_by(char::eq).any(alike)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_that_is_hidden_is_told_from_one_that_is_not() {
        let salt = "$2b$10$abcdefghijklmnopqrstuv";
        let dots = ".".repeat(31);
        for hidden in
            ["", "?", "{SSHA}? ", "*", "!", &format!("{salt}{dots}"), &format!("{salt}{dots} ")]
        {
            assert!(is_hidden(hidden), "{hidden}");
        }
        for shown in [&format!("{salt}ABCDEFGHIJKLMNOPQRSTUVWXYZabcde"), "0ddba11e", "password"] {
            assert!(!is_hidden(shown), "{shown}");
        }
    }
}
