//! `POST /login`: the profile of the user whose password this is.

use std::sync::Arc;
use std::time::Instant;

use serde::Deserialize;

use super::decision::Decision;
use super::door::Endpoint;
use super::limits::Tally;
use super::problem::Problem;
use crate::auth::Scope;
use crate::database::{Candidate, Found, LoginCandidate};
use crate::identifier::Identifier;
use crate::password::{Account, Columns, Password, Verdict, Verifier};
use crate::profile::Profile;
use crate::telemetry::{Pseudonym, Pseudonyms};

/// Holds the question, the verifier and the count of failures: nothing that could write.
pub(super) struct Login {
    pub(super) candidates: LoginCandidate,
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
        let candidate = match self.candidates.find(&body.identifier).await? {
            Found::Nobody => None,
            Found::One(candidate) => Some(candidate),
            Found::Several => return Err(Problem::AmbiguousUser),
        };
        match (place.verify(&body.password, account(candidate.as_ref())).await?, candidate) {
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

/// What to compare with, or why there is nothing.
fn account(candidate: Option<&Candidate>) -> Result<Account<'_>, &'static str> {
    let user = candidate.ok_or("unknown_user")?;
    let stored =
        user.password.as_ref().filter(|stored| !stored.hash.is_empty()).ok_or("no_password")?;
    let columns = Columns {
        hash: &stored.hash,
        salt: stored.salt.as_ref().map(|salt| salt.as_str()),
        scheme: stored.scheme.as_deref(),
    };
    Ok(Account { columns, username: user.profile.username(), email: user.profile.email() })
}
