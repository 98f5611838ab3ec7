//! `POST /login`: the profile of the user whose password this is.

use std::sync::Arc;
use std::time::Instant;

use serde::Deserialize;

use super::decision::Decision;
use super::door::Endpoint;
use super::limits::Tally;
use super::problem::Problem;
use crate::auth::Scope;
use crate::database::{
    Candidate, Compared, Found, HowHashed, LoginCandidate, LoginQuestion, PasswordCheck,
    StoredPassword,
};
use crate::identifier::Identifier;
use crate::password::{Account, Columns, Derived, Password, Place, Underived, Verdict, Verifier};
use crate::profile::Profile;
use crate::telemetry::{Pseudonym, Pseudonyms};

/// Holds the question, the verifier and the count of failures: nothing that could write.
pub(super) struct Login {
    pub(super) question: LoginQuestion,
    pub(super) verifier: Arc<Verifier>,
    pub(super) failures: Arc<Tally<Pseudonym>>,
    pub(super) pseudonyms: Pseudonyms,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Credentials {
    identifier: Identifier,
    password: Password,
}

impl Endpoint for Login {
    const PATH: &'static str = "/login";
    const SCOPE: Scope = Scope::LoginUsers;
    type Body = Credentials;

    async fn answer(&self, body: Credentials, decision: &Decision) -> Result<Profile, Problem> {
        let started = Instant::now();
        let subject = self.pseudonyms.of(body.identifier.as_str());
        decision.about(subject);
        if let Some(wait) = self.failures.wait(&subject) {
            return Err(Problem::TooManyAttempts(wait));
        }
        let place = self.verifier.admit()?;
        let (verdict, candidate) = match &self.question {
            LoginQuestion::Outside(candidates) => outside(candidates, place, &body).await?,
            LoginQuestion::Inside(check) => inside(check, place, &body).await?,
        };
        match (verdict, candidate) {
            (Verdict::Match, Some(user)) if user.blocked => Err(Problem::UserBlocked),
            (Verdict::Match, Some(user)) => Ok(user.profile),
            (Verdict::Match, None) => Err(Problem::InternalError("a decoy matched")),
            (Verdict::NoMatch { reason, usual_end }, _) => {
                self.failures.count(subject);
                self.verifier.hold_back(started, usual_end).await;
                Err(Problem::InvalidCredentials(reason))
            }
        }
    }
}

type Outcome = Result<(Verdict, Option<Candidate>), Problem>;

/// The stored hash comes from the database, and is compared here.
async fn outside(candidates: &LoginCandidate, place: Place, body: &Credentials) -> Outcome {
    let candidate = match candidates.find(&body.identifier).await? {
        Found::Nobody => None,
        Found::One(candidate) => Some(candidate),
        Found::Several => return Err(Problem::AmbiguousUser),
    };
    let verdict = place.verify(&body.password, account(candidate.as_ref())).await?;
    Ok((verdict, candidate))
}

/// The digest goes to the database, and is compared there. Unknown users have parameters, too, so
/// every login takes the same steps.
async fn inside(check: &PasswordCheck, place: Place, body: &Credentials) -> Outcome {
    let HowHashed::So(stored, names) = check.how_hashed(&body.identifier).await? else {
        return Err(Problem::AmbiguousUser);
    };
    let (username, email) = (names.username.as_deref(), names.email.as_deref());
    let account = Account { columns: columns(&stored), username, email };
    let account = if stored.hash.is_empty() { Err("no_password") } else { Ok(account) };
    let Derived { digest, usual_end } = place.derive(&body.password, account).await?;
    let sent = digest.as_ref().map_or(NO_DIGEST, |digest| digest.as_str());
    let asked = Instant::now();
    let reason = match check.matching(&body.identifier, sent).await? {
        Compared::Same(user) => return Ok((Verdict::Match, Some(*user))),
        Compared::Several => return Err(Problem::AmbiguousUser),
        Compared::Nobody => "unknown_user",
        Compared::Other => digest.err().map_or("wrong_password", Underived::counted),
    };
    Ok((Verdict::NoMatch { reason, usual_end: usual_end + asked.elapsed() }, None))
}

/// What is compared when there is no digest: too short to be one.
const NO_DIGEST: &str = "no digest";

/// What to compare with, or why there is nothing.
fn account(candidate: Option<&Candidate>) -> Result<Account<'_>, &'static str> {
    let user = candidate.ok_or("unknown_user")?;
    let stored =
        user.password.as_ref().filter(|stored| !stored.hash.is_empty()).ok_or("no_password")?;
    let (username, email) = (user.profile.username(), user.profile.email());
    Ok(Account { columns: columns(stored), username, email })
}

fn columns(stored: &StoredPassword) -> Columns<'_> {
    Columns {
        hash: &stored.hash,
        salt: stored.salt.as_ref().map(|salt| salt.as_str()),
        scheme: stored.scheme.as_deref(),
    }
}
