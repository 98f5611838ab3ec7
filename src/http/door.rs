//! The walk of every request, in order: gate, scope, rate, body, endpoint, profile.

use std::panic::AssertUnwindSafe;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use serde::de::DeserializeOwned;
use tokio::task::JoinHandle;

use super::body;
use super::decision::Decision;
use super::limits::Tally;
use super::problem::Problem;
use crate::auth::{Gate, MachineToken, Scope, bearer_token};
use crate::profile::Profile;
use crate::wire::{Ended, Exchange};

/// One of the three things that a caller can ask for.
pub(super) trait Endpoint: 'static {
    /// Its path.
    const PATH: &'static str;
    /// The scope that it takes.
    const SCOPE: Scope;
    /// Whether it may have changed something: then it goes on without its caller.
    const WRITES: bool = false;
    /// The members of its body.
    type Body: DeserializeOwned;

    /// Answers, now that caller and body are known to be good.
    async fn answer(&self, body: Self::Body, decision: &Decision) -> Result<Profile, Problem>;
}

/// What stands before every endpoint.
pub(super) struct Door {
    pub(super) gate: Arc<Gate>,
    pub(super) clients: Tally<String>,
    pub(super) database_down: AtomicBool,
    pub(super) request_timeout: Duration,
    pub(super) body_timeout: Duration,
}

/// What comes of a request.
pub(super) type Outcome = Result<Profile, Problem>;

impl Door {
    /// Serves one endpoint within the request's deadline; a panic costs one request, not the
    /// service.
    pub(super) async fn serve<E: Endpoint>(
        &self,
        endpoint: &Rc<E>,
        exchange: &mut Exchange<'_>,
        decision: &Rc<Decision>,
    ) -> Outcome {
        exchange.set_deadline(Instant::now() + self.request_timeout);
        let body = self.admit(E::SCOPE, exchange, decision).await?;
        if self.database_down.load(Ordering::Relaxed) {
            return Err(Problem::DatabaseUnavailable(
                "the database did not answer the last probe".to_owned(),
                "check the database and the way to it".to_owned(),
            ));
        }
        if E::WRITES {
            return finish(endpoint, body, exchange, decision).await;
        }
        let work = AssertUnwindSafe(endpoint.answer(body, decision)).catch_unwind();
        exchange.while_wanted(work).await?.unwrap_or(Err(PANIC))
    }

    /// Everything that comes before an endpoint: token, scope, rate, body.
    pub(super) async fn admit<B: DeserializeOwned>(
        &self,
        scope: Scope,
        exchange: &mut Exchange<'_>,
        decision: &Decision,
    ) -> Result<B, Problem> {
        let rejected = |rejection| Problem::Rejected(rejection, scope);
        let token = bearer_token(exchange.fields("authorization"), exchange.query());
        let token = token.map_err(rejected)?.to_owned();
        let machine = exchange.while_wanted(self.gate.admit(&token)).await?.map_err(rejected)?;
        decision.made_by(Arc::clone(&machine));
        if !machine.grants(scope) {
            return Err(Problem::InsufficientScope(scope));
        }
        self.spend(&machine)?;
        body::read(exchange, self.body_timeout).await
    }

    fn spend(&self, machine: &MachineToken) -> Result<(), Problem> {
        if self.clients.is_on() {
            let client = machine.client_id().to_owned();
            self.clients.reserve([client]).map_err(Problem::TooManyAttempts)?.spend();
        }
        Ok(())
    }
}

const PANIC: Problem = Problem::InternalError("panic");

/// Does what may change something: to its end, and told in the log, whatever becomes of the caller
/// and of the deadline.
async fn finish<E: Endpoint>(
    endpoint: &Rc<E>,
    body: E::Body,
    exchange: &mut Exchange<'_>,
    decision: &Rc<Decision>,
) -> Outcome {
    let (endpoint, known) = (Rc::clone(endpoint), Rc::clone(decision));
    let work = async move { endpoint.answer(body, &known).await };
    let mut work = exchange.spawn(AssertUnwindSafe(work).catch_unwind());
    match exchange.until_due(&mut work).await {
        Ok(Ok(outcome)) => outcome.unwrap_or(Err(PANIC)),
        Ok(Err(_)) => Err(PANIC),
        Err(ended) => {
            decision.told_later();
            drop(exchange.spawn(tell(work, Rc::clone(decision))));
            Err(ended.into())
        }
    }
}

/// Tells what came of work whose caller has had an answer.
async fn tell(work: JoinHandle<std::thread::Result<Outcome>>, decision: Rc<Decision>) {
    let came_of_it = match work.await {
        Ok(Ok(Ok(_))) => "done",
        Ok(Ok(Err(Problem::UserNotFound))) => "nothing to do",
        _ => "not known",
    };
    let problem = Problem::Unavailable(format!("{LATE}; what was asked for: {came_of_it}"));
    decision.tell(Err(&problem));
}

const LATE: &str = "the request's deadline passed";

impl From<Ended> for Problem {
    fn from(ended: Ended) -> Self {
        match ended {
            Ended::Gone => Self::CallerGone,
            Ended::Late => Self::Unavailable(LATE.to_owned()),
        }
    }
}
