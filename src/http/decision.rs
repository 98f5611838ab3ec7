//! One decision, one log line: what was asked, by which machine, about whom, and what came of it.

use std::cell::{Cell, OnceCell};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::Payload;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpMessage, HttpRequest};
use tracing::Span;
use tracing_actix_web::{RequestId, RootSpanBuilder};

use super::problem::Problem;
use super::unread;
use crate::auth::MachineToken;
use crate::telemetry::Pseudonym;

/// The most header bytes that are looked at: a token, and room for what proxies add.
const MAX_HEADER_BYTES: usize = 16 * 1024;

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

/// What the walk learns of a request, for its log line.
#[derive(Default)]
pub(super) struct Decision {
    machine: OnceCell<Arc<MachineToken>>,
    about: OnceCell<Pseudonym>,
    unread: Cell<Option<Payload>>,
}

impl Decision {
    /// The record of this request.
    pub(super) fn of(request: &HttpRequest) -> Rc<Self> {
        request.extensions().get::<Rc<Self>>().map(Rc::clone).unwrap_or_default()
    }

    /// Notes the machine that asks.
    pub(super) fn made_by(&self, machine: Arc<MachineToken>) {
        let _ = self.machine.set(machine);
    }

    /// Notes whom the question is about.
    pub(super) fn about(&self, subject: Pseudonym) {
        let _ = self.about.set(subject);
    }

    /// Takes over a body that may not have been read to its end.
    pub(super) fn leave_unread(&self, body: Payload) {
        self.unread.set(Some(body));
    }
}

/// Our root span: the request's id and nothing that a caller sent.
pub(super) struct RootSpan;

impl RootSpanBuilder for RootSpan {
    fn on_request_start(request: &ServiceRequest) -> Span {
        let request_id = request.extensions().get::<RequestId>().map(ToString::to_string);
        tracing::debug_span!("request", request_id)
    }

    fn on_request_end<B: MessageBody>(_span: Span, _outcome: &Result<ServiceResponse<B>, Error>) {}
}

/// Wraps every answer: headers, problem body, log line, metrics.
pub(super) async fn conclude(
    mut request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse, Error> {
    let started = Instant::now();
    let decision = Rc::new(Decision::default());
    let request_id =
        request.extensions().get::<RequestId>().map(ToString::to_string).unwrap_or_default();
    let draining = request.app_data::<Data<Draining>>().is_some_and(|it| it.has_begun());
    request.extensions_mut().insert(Rc::clone(&decision));
    let response = if header_bytes(request.headers()) > MAX_HEADER_BYTES {
        decision.leave_unread(request.take_payload());
        request.error_response(Problem::HeadersTooLarge)
    } else {
        next.call(request).await?
    };
    let endpoint = known_path(response.request().path());
    let problem = response.response().error().and_then(|error| error.as_error::<Problem>());
    let close = draining || problem.is_some_and(Problem::ends_connection);
    let (mut response, code) = dress(response, &request_id, endpoint, &decision, started);
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Ok(id) = HeaderValue::from_str(&request_id) {
        headers.insert(HeaderName::from_static("x-request-id"), id);
    }
    if close {
        response
            .response_mut()
            .head_mut()
            .set_connection_type(actix_web::http::ConnectionType::Close);
    }
    if close && let Some(body) = decision.unread.take() {
        response = unread::hold(response, body);
    }
    metrics::counter!("narrowgate_requests_total", "endpoint" => endpoint, "code" => code)
        .increment(1);
    metrics::histogram!("narrowgate_request_seconds", "endpoint" => endpoint)
        .record(started.elapsed());
    Ok(response)
}

/// Gives a problem its body and logs the decision; returns the outcome's code.
fn dress(
    response: ServiceResponse,
    request_id: &str,
    endpoint: &'static str,
    decision: &Decision,
    started: Instant,
) -> (ServiceResponse, &'static str) {
    let problem = response.response().error().and_then(|error| error.as_error::<Problem>());
    let (status, code) = (response.status().as_u16(), problem.map_or("ok", Problem::code));
    let reason = problem.and_then(Problem::reason);
    if let Some(remedy) = problem.and_then(Problem::remedy) {
        tracing::error!(request_id, endpoint, code, cause = reason.as_deref(), remedy, "fault");
    }
    tracing::info!(
        request_id,
        client_id = decision.machine.get().map(|machine| machine.client_id()),
        endpoint,
        status,
        code,
        reason,
        identifier = decision.about.get().map(tracing::field::display),
        elapsed_ms = started.elapsed().as_secs_f64() * 1000.0,
        "decision"
    );
    let dressed = problem.map(|problem| problem.response(request_id));
    (
        match dressed {
            Some(dressed) => response.into_response(dressed),
            None => response,
        },
        code,
    )
}

/// The path if it is one of ours: what else callers try stays out of logs and metrics.
fn known_path(path: &str) -> &'static str {
    super::PATHS.into_iter().find(|known| *known == path).unwrap_or("other")
}

fn header_bytes(headers: &HeaderMap) -> usize {
    headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum()
}
