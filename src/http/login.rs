//! `POST /login`: the profile of the user whose password this is.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::Deserialize;
use zeroize::Zeroizing;

use super::decision::Decision;
use super::door::Endpoint;
use super::limits::Tally;
use super::problem::Problem;
use crate::auth::Scope;
use crate::database::{
    Candidate, Compared, Found, HowHashed, LoginQuestion, Names, PasswordCheck, StoredPassword,
};
use crate::identifier::Identifier;
use crate::password::{Account, Columns, Derived, Mismatch, Password, Place, Verdict, Verifier};
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
    pub(super) identifier: Identifier,
    pub(super) password: Password,
}

impl Endpoint for Login {
    const PATH: &'static str = "/login";
    const SCOPE: Scope = Scope::LoginUsers;
    type Body = Credentials;

    async fn answer(&self, body: Credentials, decision: &Decision) -> Result<Profile, Problem> {
        let started = Instant::now();
        decision.about(self.pseudonyms.of(body.identifier.as_str()));
        let place = self.verifier.admit().await?;
        let asked = self.look_up(&body.identifier).await?;
        // Reserved before anything is hashed, so that many guesses at once get no more verdicts.
        let attempt = match self.failures.reserve(self.keys(&body.identifier, &asked)) {
            Ok(attempt) => attempt,
            Err(wait) => {
                drop(place);
                // Looking up took its time: it must not tell who was found.
                self.verifier.hold_back(started, Instant::now()).await;
                return Err(Problem::TooManyAttempts(wait));
            }
        };
        let (verdict, candidate) = asked.compared(place, &body).await?;
        verdict.count();
        let (refusal, usual_end) = match (verdict, candidate) {
            (Verdict::Match { usual_end, .. }, Some(user)) => match admitted(*user) {
                // Whoever asks through Auth0 must not see by the time, or by the attempts that are left, that it was right.
                Err(blocked @ Problem::UserBlocked) => (blocked, usual_end),
                told => return told,
            },
            (Verdict::Match { .. }, None) => return Err(Problem::InternalError("a decoy matched")),
            (Verdict::NoMatch { why, usual_end }, _) => {
                (Problem::InvalidCredentials(why.reason()), usual_end)
            }
        };
        // Before the wait: who hangs up meanwhile has had the verdict.
        attempt.spend();
        self.verifier.hold_back(started, usual_end).await;
        Err(refusal)
    }
}

/// The profile of a user who has given the right password.
pub(super) fn admitted(user: Candidate) -> Result<Profile, Problem> {
    match user.fault {
        Some(fault) => Err(Problem::InvalidUserRecord(fault)),
        None if user.profile.is_blocked() => Err(Problem::UserBlocked),
        None => Ok(user.profile),
    }
}

/// What the database told of the identifier.
pub(super) enum Asked<'a> {
    /// The user, with the stored hash.
    Outside(Option<Box<Candidate>>),
    /// How the user's password was hashed, and how long the database took to tell; of an unknown user,
    /// how it might have been.
    Inside(&'a PasswordCheck, StoredPassword, Names, Duration),
}

impl Asked<'_> {
    /// Whether the password is the user's, and who that is.
    pub(super) async fn compared(
        self,
        place: Place,
        body: &Credentials,
    ) -> Result<(Verdict, Option<Box<Candidate>>), Problem> {
        match self {
            Self::Outside(candidate) => {
                let account = account(candidate.as_deref());
                Ok((place.verify(&body.password, account).await?, candidate))
            }
            Self::Inside(check, stored, names, told_in) => {
                let clock = place.clock();
                let (derived, asked) =
                    (derived(place, body, &stored, &names).await?, Instant::now());
                let sent = derived.digest.as_ref().map_or(NO_DIGEST, |digest| digest.as_str());
                let compared = check.matching(&body.identifier, sent).await?;
                let compared_in = asked.elapsed();
                let longer = clock.short_of_usual(told_in + compared_in);
                verdict(derived, compared, compared_in + longer)
            }
        }
    }
}

impl Login {
    pub(super) async fn look_up(&self, identifier: &Identifier) -> Result<Asked<'_>, Problem> {
        match &self.question {
            LoginQuestion::Outside(candidates) => match candidates.find(identifier).await? {
                Found::Nobody => Ok(Asked::Outside(None)),
                Found::One(candidate) => Ok(Asked::Outside(Some(Box::new(candidate)))),
                Found::Several => Err(Problem::AmbiguousUser),
            },
            LoginQuestion::Inside(check) => {
                let asked = Instant::now();
                match check.how_hashed(identifier).await? {
                    HowHashed::So(stored, names) => {
                        Ok(Asked::Inside(check, stored, names, asked.elapsed()))
                    }
                    HowHashed::Several => Err(Problem::AmbiguousUser),
                }
            }
        }
    }

    /// What failures are counted by: the identifier in lower case, whether it leads to a user or
    /// not, and the user to whom all the user's names lead. Where the database does not tell the
    /// user's id before the password is right, the row that it tells of stands for it.
    pub(super) fn keys(&self, identifier: &Identifier, asked: &Asked<'_>) -> [Pseudonym; 2] {
        let typed = identifier.as_str().to_lowercase();
        let user = match asked {
            Asked::Outside(None) => Zeroizing::new(format!("nobody\0{typed}")),
            Asked::Outside(Some(candidate)) => {
                Zeroizing::new(format!("id\0{}", candidate.profile.user_id().as_str()))
            }
            Asked::Inside(_, stored, names, _) => {
                // Rows of users without a name may be alike.
                let is_named = names.username.is_some() || names.email.is_some();
                row_text(stored, names, if is_named { "" } else { &typed })
            }
        };
        [self.pseudonyms.of(&format!("identifier\0{typed}")), self.pseudonyms.of(&user)]
    }
}

/// All that is told of a row, which is the same whatever name of the user was asked for, and this.
fn row_text(stored: &StoredPassword, names: &Names, typed: &str) -> Zeroizing<String> {
    let salt = stored.salt.as_deref().map(String::as_str);
    let parts = [
        Some(stored.hash.as_str()),
        salt,
        stored.scheme.as_deref(),
        names.username.as_deref(),
        names.email.as_deref(),
        Some(typed),
    ];
    Zeroizing::new(parts.map(Option::unwrap_or_default).join("\0"))
}

/// The digest that goes to the database, and is compared there. Unknown users have parameters, too, so
/// every login takes the same steps.
async fn derived(
    place: Place,
    body: &Credentials,
    stored: &StoredPassword,
    names: &Names,
) -> Result<Derived, Problem> {
    let (username, email) = (names.username.as_deref(), names.email.as_deref());
    let account = Account { columns: columns(stored), username, email };
    let account = if stored.hash.is_empty() { Err("no_password") } else { Ok(account) };
    Ok(place.derive(&body.password, account).await?)
}

/// What the database said to it, so long after the digest was there.
fn verdict(
    derived: Derived,
    compared: Compared,
    later: Duration,
) -> Result<(Verdict, Option<Box<Candidate>>), Problem> {
    let Derived { digest, scheme, usual_end } = derived;
    let usual_end = usual_end + later;
    let why = match compared {
        Compared::Same(user) => return Ok((Verdict::Match { scheme, usual_end }, Some(user))),
        Compared::Several => return Err(Problem::AmbiguousUser),
        Compared::Nobody => Mismatch::Absent("unknown_user"),
        Compared::Other => digest.err().unwrap_or(Mismatch::Wrong(scheme)),
    };
    Ok((Verdict::NoMatch { why, usual_end }, None))
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
