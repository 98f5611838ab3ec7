//! One decision, one log line: what was asked, by which machine, about whom, and what came of it.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use metrics::{Counter, Histogram};
use uuid::Uuid;
use uuid::fmt::Hyphenated;

use super::problem::Problem;
use super::trace::Trace;
use crate::auth::MachineToken;
use crate::telemetry::{DECISION, Pseudonym};
use crate::wire::Answer;

/// Set once the service is about to end: from then on, answers end their connections.
#[derive(Default)]
pub(super) struct Draining(AtomicBool);

impl Draining {
    pub(super) fn begin(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub(super) fn has_begun(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// What the walk learns of a request, for its log line. Each makes one line and one count, if need
/// be when it is dropped.
pub(super) struct Decision {
    started: Instant,
    request_id: [u8; Hyphenated::LENGTH],
    endpoint: &'static str,
    machine: OnceCell<Arc<MachineToken>>,
    about: OnceCell<Pseudonym>,
    trace: OnceCell<Trace>,
    correlation_id: OnceCell<String>,
    state: Cell<State>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    /// The caller is answered first: something is still under way.
    Later,
    Told,
}

impl Decision {
    /// Begins the record of a request for one of our paths, or for something else.
    pub(super) fn begin(endpoint: &'static str) -> Self {
        let mut request_id = [0; Hyphenated::LENGTH];
        Uuid::new_v4().hyphenated().encode_lower(&mut request_id);
        Self {
            started: Instant::now(),
            request_id,
            endpoint,
            machine: OnceCell::new(),
            about: OnceCell::new(),
            trace: OnceCell::new(),
            correlation_id: OnceCell::new(),
            state: Cell::new(State::Open),
        }
    }

    fn request_id(&self) -> &str {
        std::str::from_utf8(&self.request_id).unwrap_or_default()
    }

    /// Notes the machine that asks.
    pub(super) fn made_by(&self, machine: Arc<MachineToken>) {
        let _ = self.machine.set(machine);
    }

    /// Notes whom the question is about.
    pub(super) fn about(&self, subject: Pseudonym) {
        let _ = self.about.set(subject);
    }

    /// Notes the trace that the request is part of, and the application's own id of the login.
    pub(super) fn part_of(&self, trace: Option<Trace>, correlation_id: Option<String>) {
        if let Some(id) = correlation_id {
            let _ = self.correlation_id.set(id);
        }
        if let Some(trace) = trace {
            let _ = self.trace.set(trace);
        }
    }

    /// Leaves the line to who knows the end, after the answer.
    pub(super) fn told_later(&self) {
        self.state.set(State::Later);
    }

    /// Makes the answer, with what every answer has, and tells of it. A success is its body, or
    /// nothing.
    pub(super) fn conclude(&self, outcome: Result<Option<Vec<u8>>, &Problem>) -> Answer {
        if self.state.get() == State::Open {
            let success =
                |body: &Option<_>| if body.is_some() { (200, "ok") } else { (204, "taken") };
            self.tell(outcome.as_ref().map(success).map_err(|problem| *problem));
        }
        let mut answer = match outcome {
            Ok(Some(body)) => Answer::new(200, "application/json", body),
            Ok(None) => Answer::no_content(),
            Err(problem) => problem.answer(self.request_id()),
        };
        answer.field("Cache-Control", "no-store");
        answer.field("X-Content-Type-Options", "nosniff");
        answer.field("X-Request-Id", self.request_id());
        answer
    }

    /// Makes the line and the count, of a success by its status and code.
    pub(super) fn tell(&self, outcome: Result<(u16, &'static str), &Problem>) {
        self.state.set(State::Told);
        let problem = outcome.err();
        let (status, code) = outcome.unwrap_or_else(|problem| (problem.status(), problem.code()));
        let (endpoint, request_id) = (self.endpoint, self.request_id());
        let reason = problem.and_then(Problem::reason);
        if let Some(remedy) = problem.and_then(Problem::remedy) {
            tracing::error!(request_id, endpoint, code, cause = reason.as_deref(), remedy, "fault");
        }
        let elapsed = self.started.elapsed();
        tracing::info!(
            target: DECISION,
            request_id,
            client_id = self.machine.get().map(|machine| machine.client_id()),
            endpoint,
            status,
            code,
            reason,
            identifier = self.about.get().map(tracing::field::display),
            trace_id = self.trace.get().map(|trace| trace.trace_id.as_str()),
            span_id = self.trace.get().map(|trace| trace.span_id.as_str()),
            correlation_id = self.correlation_id.get().map(String::as_str),
            elapsed_ms = elapsed.as_secs_f64() * 1000.0,
            "decision"
        );
        count(endpoint, code, elapsed);
    }
}

/// Counts an answer. Each thread keeps the metrics that it has asked for: looking one up costs as much as
/// counting ten times.
fn count(endpoint: &'static str, code: &'static str, elapsed: Duration) {
    type Kept = HashMap<(&'static str, &'static str), (Counter, Histogram)>;
    thread_local! { static KEPT: RefCell<Kept> = RefCell::default(); }
    KEPT.with_borrow_mut(|kept| {
        let (answers, seconds) = kept.entry((endpoint, code)).or_insert_with(|| {
            (
                metrics::counter!("narrowgate_requests_total", "endpoint" => endpoint, "code" => code),
                metrics::histogram!("narrowgate_request_seconds", "endpoint" => endpoint),
            )
        });
        answers.increment(1);
        seconds.record(elapsed);
    });
}

/// What is dropped before it was told of was under way when the service ended.
impl Drop for Decision {
    fn drop(&mut self) {
        if self.state.get() != State::Told {
            self.tell(Err(&Problem::Unavailable("the service ended before the answer".to_owned())));
        }
    }
}
