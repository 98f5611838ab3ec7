//! `POST /shadow`: a login that the legacy application tells of. The gate verifies it as well and
//! keeps what it finds to itself: the answer is given before anybody is looked up.

use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use serde::Deserialize;
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

use super::decision::Decision;
use super::door::Door;
use super::limits::{Reservation, Tally};
use super::login::{Credentials, Login, admitted};
use super::problem::Problem;
use crate::auth::Scope;
use crate::identifier::Identifier;
use crate::password::{Password, Verdict};
use crate::telemetry::Pseudonym;
use crate::wire::Exchange;

/// Logins that wait for their turn at most; whatever else comes is dropped.
const WAITING: usize = 64;
/// The longest wait: a password is kept no longer than this before it is looked at.
const PATIENCE: Duration = Duration::from_secs(10);

/// What all workers share: one of these logins is verified at a time in the whole process, and users
/// have a budget here that is not that of real logins.
pub(super) struct Turns {
    waiting: Arc<Semaphore>,
    turn: Semaphore,
    failures: Tally<Pseudonym>,
}

impl Turns {
    pub(super) fn new(failures: Tally<Pseudonym>) -> Self {
        let (waiting, turn) = (Arc::new(Semaphore::new(WAITING)), Semaphore::new(1));
        Self { waiting, turn, failures }
    }
}

/// Holds what a login holds: nothing that could write.
pub(super) struct Shadow {
    pub(super) login: Rc<Login>,
    pub(super) turns: Arc<Turns>,
    pub(super) ends: SystemTime,
}

/// What was typed, and what the application said of it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Told {
    identifier: Identifier,
    password: Password,
    accepted: bool,
}

/// What the gate would have said.
struct Found {
    scheme: &'static str,
    /// Whether the password is right, whatever else keeps the user out.
    is_right: bool,
    /// `accepted`, or why not.
    gate: &'static str,
}

/// What the metrics call a password that is right.
const ACCEPTED: &str = "accepted";

impl Shadow {
    pub(super) const PATH: &'static str = "/shadow";
    const SCOPE: Scope = Scope::ShadowUsers;

    /// Whether its time is over.
    pub(super) fn is_over(&self) -> bool {
        SystemTime::now() >= self.ends
    }

    /// Takes a login of a caller who may send it. That is all that the caller is told: what comes of it,
    /// or whether it is dropped, shows in no answer.
    pub(super) async fn take(
        self: &Rc<Self>,
        door: &Door,
        exchange: &mut Exchange<'_>,
        decision: &Decision,
    ) -> Result<(), Problem> {
        exchange.set_deadline(Instant::now() + door.request_timeout);
        let Told { identifier, password, accepted } =
            door.admit(Self::SCOPE, exchange, decision).await?;
        decision.about(self.login.pseudonyms.of(identifier.as_str()));
        let Ok(place) = Arc::clone(&self.turns.waiting).try_acquire_owned() else {
            dropped("busy");
            return Ok(());
        };
        let shadow = Rc::clone(self);
        // Beside the connection, and not waited for when the service ends.
        tokio::task::spawn_local(async move {
            let body = Credentials { identifier, password };
            match shadow.in_turn(&body).await {
                Ok(found) => shadow.tell(&body.identifier, accepted, &found),
                Err(reason) => dropped(reason),
            }
            drop(place);
        });
        Ok(())
    }

    /// What the gate would have said, or why it was not asked. Each thread that hashes goes on for
    /// others at least half of the time.
    async fn in_turn(&self, body: &Credentials) -> Result<Found, &'static str> {
        let turn = timeout(PATIENCE, self.turns.turn.acquire()).await;
        let Ok(Ok(_turn)) = turn else { return Err("busy") };
        let started = Instant::now();
        let found = self.verdict(body).await;
        sleep(started.elapsed()).await;
        found
    }

    async fn verdict(&self, body: &Credentials) -> Result<Found, &'static str> {
        let place = self.login.verifier.admit_apart().ok_or("busy")?;
        let asked = match self.login.look_up(&body.identifier).await {
            // The gate would tell such users that they cannot come in.
            Err(problem @ (Problem::AmbiguousUser | Problem::InvalidUserRecord(_))) => {
                return Ok(Found { scheme: NO_HASH, is_right: false, gate: problem.code() });
            }
            other => other.map_err(|problem| problem.code())?,
        };
        let attempt = self.turns.failures.reserve(self.login.keys(&body.identifier, &asked));
        let attempt = attempt.map_err(|_| "too_many_attempts")?;
        let (verdict, user) =
            asked.compared(place, body).await.map_err(|problem| problem.code())?;
        Ok(match verdict {
            Verdict::Match { scheme, .. } => {
                let refused = user.and_then(|user| admitted(*user).err());
                let gate = refused.map_or(ACCEPTED, |problem| problem.code());
                Found { scheme, is_right: true, gate }
            }
            Verdict::NoMatch { why, .. } => {
                Reservation::spend(attempt);
                let scheme = why.scheme().unwrap_or(NO_HASH);
                Found { scheme, is_right: false, gate: why.reason() }
            }
        })
    }

    /// Counts what both said, and logs where they differ.
    fn tell(&self, identifier: &Identifier, accepted: bool, found: &Found) {
        let Found { scheme, is_right, gate } = *found;
        // The application spoke of the password alone: a block does not make a wrong password of a right one.
        let gate = if is_right && !accepted { ACCEPTED } else { gate };
        let application = if accepted { ACCEPTED } else { "refused" };
        metrics::counter!("narrowgate_shadow_logins_total", "scheme" => scheme, "application" => application, "gate" => gate)
            .increment(1);
        let identifier = self.login.pseudonyms.of(identifier.as_str());
        match (accepted, gate == ACCEPTED) {
            (false, true) => {
                let remedy =
                    "users of this scheme must not move before it is explained: see docs/shadow.md";
                tracing::error!(%identifier, scheme, application, gate, remedy, "false accept");
            }
            (true, false) => {
                tracing::warn!(%identifier, scheme, application, gate, "false refusal");
            }
            _ => {}
        }
    }
}

/// Where there is no hash to have a scheme.
const NO_HASH: &str = "none";

fn dropped(reason: &'static str) {
    metrics::counter!("narrowgate_shadow_dropped_total", "reason" => reason).increment(1);
}
