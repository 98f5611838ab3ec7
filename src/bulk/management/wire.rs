//! HTTP to the tenant: what a request looks like, and what is known of it afterwards.

use std::time::Duration;

use bytes::Bytes;
use reqwest::multipart::{Form, Part};
use reqwest::redirect::Policy as Redirects;
use reqwest::{Body, Client, ClientBuilder, RequestBuilder};
use tokio::time::timeout;

use super::budget::Budget;
use super::jobs::ImportFile;
use super::outcome::{Answer, Outcome, Refusal};
use crate::bulk::CONNECT_TIMEOUT;
use crate::cause::innermost;
use crate::config::Tenant;
use crate::https;

/// The largest answer that is read, in bytes: the errors of a whole import file fit.
const MAX_ANSWER_BYTES: usize = 16 * 1024 * 1024;
/// For a whole request and its answer; uploads are half a megabyte.
const DEADLINE: Duration = Duration::from_mins(1);

/// An HTTP client that keeps so many connections for later.
pub(super) fn client(tenant: &Tenant, idle: usize) -> Result<Client, Refusal> {
    let builder = polite(idle).https_only(true);
    https::client(builder, tenant.ca_certificate.as_deref()).map_err(Refusal::Unreachable)
}

/// The same to a stand-in on loopback: neither TLS nor, whatever the environment says, a proxy.
pub(super) fn loopback_client(idle: usize) -> Result<Client, Refusal> {
    let unusable = |error| Refusal::Unreachable(innermost(&error));
    polite(idle).no_proxy().build().map_err(unusable)
}

/// What every client has: one attempt, and no redirects.
fn polite(idle: usize) -> ClientBuilder {
    Client::builder()
        .redirect(Redirects::none())
        .retry(reqwest::retry::never())
        .connect_timeout(CONNECT_TIMEOUT)
        .pool_max_idle_per_host(idle)
        .pool_idle_timeout(Duration::from_secs(15))
        .user_agent(concat!("narrowgate-migrate/", env!("CARGO_PKG_VERSION")))
}

/// The parts in the order that the documentation shows. The file's name says nothing of anybody.
pub(super) fn form(file: &ImportFile, connection_id: &str) -> Result<Form, Refusal> {
    let length = file.body.len() as u64;
    let users = Part::stream_with_length(Body::from(Bytes::clone(&file.body)), length)
        .file_name("users.json")
        .mime_str("application/json")
        .map_err(|error| Refusal::Unreachable(innermost(&error)))?;
    Ok(Form::new()
        .text("connection_id", connection_id.to_owned())
        .text("upsert", "false")
        .text("external_id", file.external_id.clone())
        .text("send_completion_email", "false")
        .part("users", users))
}

/// Sends a request and reads its whole answer.
pub(super) async fn transmit(request: RequestBuilder, budget: &Budget) -> Outcome {
    let sending = async {
        let mut response = match request.send().await {
            Ok(response) => response,
            Err(error) if error.is_connect() => return Outcome::NotSent(innermost(&error)),
            Err(error) => return Outcome::InDoubt(innermost(&error)),
        };
        let wait = budget.learn(response.headers());
        let status = response.status().as_u16();
        let mut body = Vec::new();
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) if body.len() + chunk.len() > MAX_ANSWER_BYTES => {
                    return Outcome::InDoubt("the answer is too large".to_owned());
                }
                Ok(Some(chunk)) => body.extend_from_slice(&chunk),
                Ok(None) => break,
                Err(error) => return Outcome::InDoubt(innermost(&error)),
            }
        }
        let answer = Answer { status, body, wait };
        if status == 429 && !answer.says("active import users jobs") {
            budget.refused(wait.unwrap_or(Duration::from_secs(1)));
        }
        Outcome::Answered(answer)
    };
    let late = |_| Outcome::InDoubt("no answer in time".to_owned());
    timeout(DEADLINE, sending).await.unwrap_or_else(late)
}
