//! The walk of every request, in order: gate, scope, rate, body, endpoint, profile.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use actix_web::http::header;
use actix_web::web::{self, Data};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::FutureExt;
use serde::de::DeserializeOwned;
use tokio::time::timeout;

use super::body;
use super::decision::Decision;
use super::limits::Tally;
use super::problem::Problem;
use crate::auth::{Gate, MachineToken, Scope, bearer_token};
use crate::profile::Profile;

/// One of the three things that a caller can ask for.
pub(super) trait Endpoint: 'static {
    /// Its path.
    const PATH: &'static str;
    /// The scope that it takes.
    const SCOPE: Scope;
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

/// Serves one endpoint within the request's deadline; a panic costs one request, not the service.
pub(super) async fn serve<E: Endpoint>(
    request: HttpRequest,
    mut payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let (door, endpoint) = (request.app_data::<Data<Door>>(), request.app_data::<Data<E>>());
    let (Some(door), Some(endpoint)) = (door, endpoint) else {
        return Err(Problem::InternalError("the endpoint was not set up"));
    };
    let decision = Decision::of(&request);
    let walk = door.walk(endpoint.get_ref(), &request, &mut payload, &decision);
    let answer = match timeout(door.request_timeout, AssertUnwindSafe(walk).catch_unwind()).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(_)) => Err(Problem::InternalError("panic")),
        Err(_) => Err(Problem::Unavailable("the request's deadline passed".to_owned())),
    };
    decision.leave_unread(payload.into_inner());
    let body = serde_json::to_vec(&answer?)
        .map_err(|_| Problem::InternalError("the profile cannot be written"))?;
    Ok(HttpResponse::Ok().content_type("application/json").body(body))
}

impl Door {
    async fn walk<E: Endpoint>(
        &self,
        endpoint: &E,
        request: &HttpRequest,
        payload: &mut web::Payload,
        decision: &Decision,
    ) -> Result<Profile, Problem> {
        let machine = self.admit(request, E::SCOPE).await?;
        decision.made_by(Arc::clone(&machine));
        if !machine.grants(E::SCOPE) {
            return Err(Problem::InsufficientScope(E::SCOPE));
        }
        self.spend(&machine)?;
        let body = body::read(request.headers(), payload, self.body_timeout).await?;
        if self.database_down.load(Ordering::Relaxed) {
            return Err(Problem::Unavailable(
                "the database did not answer the last probe".to_owned(),
            ));
        }
        endpoint.answer(body, decision).await
    }

    async fn admit(
        &self,
        request: &HttpRequest,
        scope: Scope,
    ) -> Result<Arc<MachineToken>, Problem> {
        let rejected = |rejection| Problem::Rejected(rejection, scope);
        let credentials =
            request.headers().get_all(header::AUTHORIZATION).map(header::HeaderValue::as_bytes);
        let token = bearer_token(credentials, request.query_string()).map_err(rejected)?;
        self.gate.admit(token).await.map_err(rejected)
    }

    fn spend(&self, machine: &MachineToken) -> Result<(), Problem> {
        if self.clients.is_on() {
            let client = machine.client_id().to_owned();
            self.clients.reserve([client]).map_err(Problem::TooManyAttempts)?.spend();
        }
        Ok(())
    }
}
