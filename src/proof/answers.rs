//! Whether the questions find the one they are asked for and nobody else, and tell no more than the
//! contract has them tell.

use std::time::Instant;

use serde_json::{Map, Value};

use super::lookup::{self, PATIENCE};
use super::{Finding, Proof};
use crate::contract::COLUMNS;
use crate::database::catalog::{Catalog, Routine, Routines};
use crate::database::{Database, Error, Found, LoginQuestion};
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
            let answers = answers(catalog, routine, Some(known.as_str())).await;
            proof.findings.extend(answers.iter().filter_map(|answer| excess(routine.0, answer)));
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
        // What the database refuses to look up finds nobody.
        let answers = answers(catalog, routine, wildcard).await;
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

/// The answers that a routine gives about an identifier, with a wrong digest and with none.
async fn answers(catalog: &Catalog, routine: Routine, identifier: Option<&str>) -> Vec<String> {
    let (name, arguments) = routine;
    let mut given = vec![];
    for digest in [Some(DIGEST), None] {
        let asked: Vec<_> = [identifier].into_iter().chain([digest]).take(arguments).collect();
        given.extend(catalog.ask(name, &asked).await);
        if arguments == 1 {
            break;
        }
    }
    given
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
        if catalog.marks(text).await.unwrap_or_default() {
            findings.push(Finding::new(
                "wildcard_marks_users",
                format!(
                    "narrowgate.mark_migrated({}) marks users whom that does not name",
                    shown(text)
                ),
                "compare with = in the routine, never with LIKE or a pattern, and let NULL mark nobody",
            ));
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

/// One who is known to be there must be found, alone, by both questions.
pub(super) async fn known(
    (database, catalog): (&Database, &Catalog),
    known: &Identifier,
    findings: &mut Vec<Finding>,
) {
    let (question, users, _) = database.clone().questions();
    let profile = users.find(known).await;
    if let Ok(Found::One(user)) = &profile
        && catalog.is_repeated(user.user_id().as_str()).await.unwrap_or_default()
    {
        findings.push(Finding::new(
            "user_id_not_unique",
            "the id of the user of --probe is that of several rows: no mark of such a user can ever be written",
            "give each user one row in the view; what a user has several of goes into a lookup with a table of its own",
        ));
    }
    let profile = profile.map(|found| number(&found));
    let login = match question {
        LoginQuestion::Outside(candidates) => {
            Some(("login_candidate", candidates.find(known).await.map(|found| number(&found))))
        }
        // Whether anybody is there is what its answer must not tell.
        LoginQuestion::Inside(_) => None,
    };
    for (routine, found) in login.into_iter().chain([("get_user", profile)]) {
        findings.extend(missed(routine, found));
    }
}

fn missed(routine: &str, found: Result<&'static str, Error>) -> Option<Finding> {
    let found = match found {
        Ok("one user") => return None,
        Ok(number) => number.to_owned(),
        Err(error) => error.to_string(),
    };
    Some(Finding::new(
        "probe_not_found",
        format!("narrowgate.{routine}, asked for the user of --probe: {found}"),
        "name a user that is there once and not yet marked as migrated; if so, look at the mapping",
    ))
}

fn number<T>(found: &Found<T>) -> &'static str {
    match found {
        Found::Nobody => "nobody",
        Found::One(_) => "one user",
        Found::Several => "more than one user",
    }
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
