//! Whether the questions find exactly the one they are asked for, and find it by an index.

use std::time::{Duration, Instant};

use serde::Deserialize;

use super::{Finding, Proof};
use crate::database::catalog::{Catalog, Reading, Routine, Routines};
use crate::database::{Database, Error, Found, LoginQuestion};
use crate::identifier::Identifier;

/// Identifiers that name nobody: an e-mail, a username and a phone number, in names that are
/// reserved for this (RFC 2606, ITU-T E.164 section 6.2.1).
const NOBODY: [&str; 3] = ["narrowgate-probe@nobody.invalid", "narrowgate-probe", "+999000000000"];

/// What a search would take for "anything".
const WILDCARDS: [&str; 6] = ["%", "_", "*", "", "%@%", "____%"];

/// The first call shows the plan that is made for it, the others the one that is kept.
const CALLS: u8 = 7;

/// Rows that a lookup which finds nobody may touch on its way, and one that finds a user: some
/// stores keep a hundred properties in rows of their own, each read for several columns.
const STRAY_ROWS: u64 = 8;
const ROWS_OF_A_USER: u64 = 512;

/// No more is asked of a database that has taken this long.
const PATIENCE: Duration = Duration::from_millis(2500);

/// Asks about nobody, about everybody, and about one whom the caller knows, and judges what comes.
pub(super) async fn judge(
    catalog: &Catalog,
    routines: Routines,
    known: Option<&Identifier>,
    proof: &mut Proof,
) {
    wildcards(catalog, routines, &mut proof.findings).await;
    let started = Instant::now();
    let before = proof.findings.len();
    let mut size = -1;
    for &routine in routines {
        let (name, _) = routine;
        for (identifier, stray) in identifiers(known) {
            // A mark of a user who is there would be one, if only for a moment.
            if name == "mark_migrated" && stray != STRAY_ROWS {
                continue;
            }
            if started.elapsed() > PATIENCE {
                proof.findings.push(Finding::new(
                    "lookup_not_measured",
                    format!("narrowgate.{name} was not measured: the lookups before it took {PATIENCE:?}"),
                    "mend what was found, then run the check again",
                ));
                return;
            }
            match measure(catalog, routine, identifier, stray).await {
                Ok(seen) => size = size.max(seen),
                Err(finding) => {
                    proof.findings.push(finding);
                    break;
                }
            }
        }
    }
    if proof.findings.len() == before {
        let rows = if size < 0 { String::new() } else { format!(", table of about {size} rows") };
        proof.proven.push(format!("lookups: each of the routines uses an index{rows}"));
    }
}

fn identifiers(known: Option<&Identifier>) -> impl Iterator<Item = (&str, u64)> {
    let nobody = NOBODY.iter().map(|identifier| (*identifier, STRAY_ROWS));
    nobody.chain(known.map(|known| (known.as_str(), ROWS_OF_A_USER)))
}

/// The size of the largest table whose index was used, or what is wrong with the lookup.
async fn measure(
    catalog: &Catalog,
    routine: Routine,
    identifier: &str,
    stray: u64,
) -> Result<i64, Finding> {
    let mut size = -1;
    // One call first: where it walks the table, once is enough.
    for calls in [1, CALLS - 1] {
        let readings = catalog.readings(routine, identifier, calls).await;
        for reading in readings.map_err(|error| unanswered(routine.0, error, stray))? {
            // A table of one row has no need of an index.
            let walked = reading.scanned && reading.rows > u64::from(calls);
            if walked || reading.rows > stray * u64::from(calls) {
                return Err(walk(routine.0, &reading, calls));
            }
            size = size.max(reading.size);
        }
    }
    Ok(size)
}

fn walk(routine: &str, reading: &Reading, calls: u8) -> Finding {
    let object = if reading.object.is_empty() { "a table" } else { &reading.object };
    let size = if reading.size < 0 { String::new() } else { format!(" of about {}", reading.size) };
    let rows = reading.rows / u64::from(calls);
    Finding::new(
        "lookup_without_index",
        format!(
            "narrowgate.{routine} reads {rows} rows{size} of {object} to find one user: at a million users each lookup walks them all"
        ),
        "create an index on the very expression that the routine compares; on MySQL and MariaDB give the routine's variables the character set and collation of the column",
    )
}

fn unanswered(routine: &str, error: Error, stray: u64) -> Finding {
    // Of the one who is known, the server's words might say more than anybody should read.
    let words = match error {
        Error::Refused(words) | Error::Unreachable(words) if stray == STRAY_ROWS => words,
        _ => "no answer about a user who is there".to_owned(),
    };
    if words.contains("collation") {
        let remedy = "copy character set and collation of the column to the routine's variables, where the contract says so";
        return Finding::new(
            "collation_mismatch",
            format!("narrowgate.{routine}: {words}"),
            remedy,
        );
    }
    Finding::new(
        "lookup_failed",
        format!("narrowgate.{routine}: {words}"),
        "call it as the runtime role and mend what the server says",
    )
}

/// Nobody may be found who is not named.
async fn wildcards(catalog: &Catalog, routines: Routines, findings: &mut Vec<Finding>) {
    let long = "%".repeat(10_240);
    for &routine in routines.iter().filter(|(name, _)| *name != "mark_migrated") {
        for wildcard in WILDCARDS.iter().copied().chain([long.as_str()]) {
            // What the database refuses to look up finds nobody.
            let answer = catalog.ask(routine, wildcard).await.unwrap_or_default();
            let users = strangers(&answer, wildcard);
            if users > 0 {
                let shown: String = wildcard.chars().take(8).collect();
                findings.push(Finding::new(
                    "wildcard_finds_users",
                    format!(
                        "narrowgate.{}('{shown}') finds {users} users whom that does not name",
                        routine.0
                    ),
                    "compare with = in the routine, never with LIKE or a pattern",
                ));
            }
        }
    }
}

#[derive(Deserialize)]
struct Names {
    email: Option<String>,
    username: Option<String>,
    phone_number: Option<String>,
}

fn strangers(answer: &str, asked: &str) -> usize {
    let users: Vec<Names> = serde_json::from_str(answer).unwrap_or_default();
    let named =
        |name: &Option<String>| name.as_deref().is_some_and(|n| n.eq_ignore_ascii_case(asked));
    users
        .iter()
        .filter(|user| ![&user.email, &user.username, &user.phone_number].into_iter().any(named))
        .count()
}

/// One who is known to be there must be found, alone, by both questions.
pub(super) async fn known(database: &Database, known: &Identifier, findings: &mut Vec<Finding>) {
    let (question, users, _) = database.clone().questions();
    let profile = users.find(known).await.map(|found| number(&found));
    let login = match question {
        LoginQuestion::Outside(candidates) => {
            Some(("login_candidate", candidates.find(known).await.map(|found| number(&found))))
        }
        // Whether anybody is there is what its answer must not tell.
        LoginQuestion::Inside(_) => None,
    };
    for (routine, found) in login.into_iter().chain([("get_user", profile)]) {
        let found = match found {
            Ok("one user") => continue,
            Ok(number) => number.to_owned(),
            Err(error) => error.to_string(),
        };
        findings.push(Finding::new(
            "probe_not_found",
            format!("narrowgate.{routine}, asked for the user of --probe: {found}"),
            "name a user that is there once and not yet marked as migrated; if so, look at the mapping",
        ));
    }
}

fn number<T>(found: &Found<T>) -> &'static str {
    match found {
        Found::Nobody => "nobody",
        Found::One(_) => "one user",
        Found::Several => "more than one user",
    }
}
