//! The one way to the tenant.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};
use tokio::sync::Mutex;
use tokio::time::sleep;

use super::budget::Budget;
use super::jobs::{ImportFile, unexpected};
use super::outcome::{Answer, Outcome, Refusal, scope_of};
use super::token::Token;
use super::wire::{client, form, loopback_client, transmit};
use crate::bulk::random::{backoff, rest};
use crate::config::Tenant;

/// Between two attempts at what may be asked again.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);

/// What is asked.
pub struct Question<'a> {
    /// GET, POST, DELETE.
    pub method: Method,
    /// Path and query below the domain, already percent-encoded.
    pub path: &'a str,
    /// What goes with it.
    pub payload: Payload<'a>,
}

/// What goes with a request. It is written anew for each attempt.
pub enum Payload<'a> {
    /// Nothing.
    None,
    /// A JSON value.
    Json(&'a Value),
    /// A file of users for a connection.
    Import(&'a ImportFile, &'a str),
}

/// How long a question that may be repeated is repeated.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Patience {
    /// A few seconds, while somebody watches.
    Short,
    /// Half an hour, in the night.
    Long,
}

/// May ask the tenant's Management API, as one machine client. Cheap to clone.
#[derive(Clone)]
pub struct Management(Arc<Inner>);

struct Inner {
    tenant: Tenant,
    /// `https://` and the domain.
    origin: String,
    http: Client,
    /// Keeps no connection: one that the other side is about to close would leave a delivery in
    /// doubt.
    fresh: Client,
    budget: Budget,
    token: Mutex<Option<Token>>,
}

impl Management {
    /// Prepares the way; nothing is asked yet.
    ///
    /// # Errors
    /// An authority file that cannot be used.
    pub fn new(tenant: Tenant, requests_per_second: f64) -> Result<Self, Refusal> {
        let (http, fresh) = (client(&tenant, 2)?, client(&tenant, 0)?);
        let origin = format!("https://{}", tenant.domain);
        Ok(Self::through(tenant, origin, http, fresh, requests_per_second))
    }

    /// For a rehearsal: the way to a stand-in on loopback, without TLS and past every proxy. No
    /// configuration leads here.
    ///
    /// # Errors
    /// An address that is not on loopback.
    pub fn on_loopback(
        tenant: Tenant,
        stand_in: SocketAddr,
        requests_per_second: f64,
    ) -> Result<Self, Refusal> {
        if !stand_in.ip().is_loopback() {
            return Err(Refusal::Unreachable("a stand-in is on loopback alone".to_owned()));
        }
        let (http, fresh) = (loopback_client(2)?, loopback_client(0)?);
        let origin = format!("http://{stand_in}");
        Ok(Self::through(tenant, origin, http, fresh, requests_per_second))
    }

    fn through(tenant: Tenant, origin: String, http: Client, fresh: Client, rate: f64) -> Self {
        let (budget, token) = (Budget::new(rate), Mutex::new(None));
        Self(Arc::new(Inner { tenant, origin, http, fresh, budget, token }))
    }

    /// The tenant that is asked.
    #[must_use]
    pub fn tenant(&self) -> &Tenant {
        &self.0.tenant
    }

    /// The bare client, for what is not the Management API.
    pub(super) fn http(&self) -> &Client {
        &self.0.http
    }

    /// Sends one request, once, within the budget, and tells what is known of it. A token that is
    /// refused is renewed, and the request sent again: a 401 has taken no effect.
    ///
    /// # Errors
    /// The tenant gives no token, or refuses a fresh one.
    pub async fn send(&self, question: &Question<'_>) -> Result<Outcome, Refusal> {
        let mut renewed = false;
        loop {
            let token = match self.bearer(renewed).await? {
                Ok(token) => token,
                Err(cause) => return Ok(Outcome::NotSent(cause)),
            };
            self.0.budget.take().await;
            let request = self.request(question)?.bearer_auth(&*token);
            match transmit(request, &self.0.budget).await {
                // Whoever else answers with such a status has a page for it.
                Outcome::Answered(answer) if answer.status == 401 && answer.is_problem() => {
                    if renewed {
                        return Err(Refusal::Token);
                    }
                    renewed = true;
                }
                outcome => return Ok(outcome),
            }
        }
    }

    /// Asks what may be asked again, until there is an answer that means something: it is none of
    /// ours to repeat when it is neither 429 nor 5xx.
    ///
    /// # Errors
    /// As [`Management::send`]; nobody there, or somebody else, for as long as patience lasts; a
    /// missing scope.
    pub async fn get(&self, path: &str, patience: Patience) -> Result<Answer, Refusal> {
        let question = Question { method: Method::GET, path, payload: Payload::None };
        self.ask(&question, patience).await
    }

    /// The same for any question that may be asked again.
    ///
    /// # Errors
    /// As [`Management::get`].
    pub async fn ask(
        &self,
        question: &Question<'_>,
        patience: Patience,
    ) -> Result<Answer, Refusal> {
        let tries = if patience == Patience::Short { 5 } else { 36 };
        let mut why = Refusal::Unreachable("nobody answers".to_owned());
        for attempt in 0..tries {
            let wait = match self.send(question).await? {
                Outcome::NotSent(cause) | Outcome::InDoubt(cause) => {
                    why = Refusal::Unreachable(cause);
                    None
                }
                Outcome::Answered(answer) => match answer.status {
                    429 => {
                        why = Refusal::Busy;
                        answer.wait
                    }
                    403 if answer.is_problem() && answer.is_about_scope() => {
                        return Err(Refusal::Scope(scope_of(question.path)));
                    }
                    403 if answer.is_problem() => return Err(unexpected(&answer)),
                    200..=299 | 400..=499 if answer.is_problem_or_success() => return Ok(answer),
                    status => {
                        why = Refusal::NotAuth0(format!("status {status}"));
                        None
                    }
                },
            };
            sleep(rest(wait, attempt, LONGEST_PAUSE)).await;
        }
        Err(why)
    }

    /// The scopes that the token has; none where the tenant does not say.
    ///
    /// # Errors
    /// No token.
    pub async fn scopes(&self) -> Result<Option<Vec<String>>, Refusal> {
        for attempt in 0..4 {
            if self.bearer(false).await?.is_ok() {
                let token = self.0.token.lock().await;
                return Ok(token.as_ref().and_then(|token| token.scopes.clone()));
            }
            sleep(backoff(attempt, LONGEST_PAUSE)).await;
        }
        match self.bearer(false).await? {
            Ok(_) => Ok(None),
            Err(cause) => Err(Refusal::Unreachable(cause)),
        }
    }

    /// A token, or why none could be asked for.
    async fn bearer(
        &self,
        renew: bool,
    ) -> Result<Result<zeroize::Zeroizing<String>, String>, Refusal> {
        let mut held = self.0.token.lock().await;
        if let Some(token) = held.as_ref().filter(|token| token.is_fresh() && !renew) {
            return Ok(Ok(token.value.clone()));
        }
        let Tenant { domain, client_id, client_secret, .. } = &self.0.tenant;
        let body = zeroize::Zeroizing::new(
            json!({
                "grant_type": "client_credentials",
                "client_id": client_id,
                "client_secret": client_secret.reveal(),
                "audience": format!("https://{domain}/api/v2/"),
            })
            .to_string(),
        );
        let request = self.0.http.post(format!("{}/oauth/token", self.0.origin));
        let request = request.header("content-type", "application/json").body(body.to_string());
        match transmit(request, &self.0.budget).await {
            Outcome::NotSent(cause) | Outcome::InDoubt(cause) => Ok(Err(cause)),
            Outcome::Answered(answer) if answer.status == 429 || answer.status >= 500 => {
                Ok(Err(format!("/oauth/token answers {}", answer.status)))
            }
            Outcome::Answered(answer) => match Token::read(&answer) {
                // The tenant has answered before: what stands in its place goes away again.
                Err(Refusal::NotAuth0(cause)) if held.is_some() => Ok(Err(cause)),
                token => Ok(Ok(held.insert(token?).value.clone())),
            },
        }
    }

    fn request(&self, question: &Question<'_>) -> Result<RequestBuilder, Refusal> {
        let url = format!("{}{}", self.0.origin, question.path);
        let importing = matches!(question.payload, Payload::Import(..));
        let http = if importing { &self.0.fresh } else { &self.0.http };
        let request = http.request(question.method.clone(), url);
        Ok(match question.payload {
            Payload::None => request,
            Payload::Json(value) => {
                request.header("content-type", "application/json").body(value.to_string())
            }
            Payload::Import(file, connection_id) => request.multipart(form(file, connection_id)?),
        })
    }
}
