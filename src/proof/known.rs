//! Whether one who is there is found, alone, and can be marked.

use super::{Finding, lookup};
use crate::database::catalog::Catalog;
use crate::database::{Database, Error, Found, LoginQuestion};
use crate::identifier::Identifier;

/// One who is known to be there must be found, alone, by both questions.
pub(super) async fn judge(
    (database, catalog): (&Database, &Catalog),
    known: &Identifier,
    findings: &mut Vec<Finding>,
) {
    let (question, users, _) = database.clone().questions();
    let profile = users.find(known).await;
    if let Ok(Found::One(user)) = &profile {
        findings.extend(repeated(catalog, user.user_id().as_str()).await);
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

async fn repeated(catalog: &Catalog, user_id: &str) -> Option<Finding> {
    match catalog.is_repeated(user_id).await {
        Ok(true) => Some(Finding::new(
            "user_id_not_unique",
            "the id of the user of --probe is that of several rows: no mark of such a user can ever be written",
            "give each user one row in the view; what a user has several of goes into a lookup with a table of its own",
        )),
        Err(error) if !error.refuses_statement() => {
            Some(lookup::unanswered("mark_migrated(the id of the user of --probe)", &error))
        }
        _ => None,
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
