//! What is handed in: files of users, and orders of exports.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::connection::CONNECTION_ID;
use super::desk::{Desk, PATIENCE};
use super::export::Export;
use super::form::Form;
use super::jobs::{File, lock, render, work};
use super::problem::{invalid, page, problem};
use crate::wire::{Answer, BodyFault, Exchange};

/// The largest request that is taken, in bytes.
const MAX_REQUEST: usize = 512_000;
const NO_FORM: &str = "Payload validation error: 'Invalid multipart payload format'.";

impl Desk {
    /// `POST /api/v2/jobs/users-imports`
    pub(super) async fn import(&self, exchange: &mut Exchange<'_>) -> Answer {
        let kind = exchange.fields("content-type").next().unwrap_or_default().to_vec();
        let body = match exchange.body(MAX_REQUEST, PATIENCE).await {
            Ok(body) => body,
            Err(BodyFault::TooLarge) => {
                let message = "Payload content length greater than maximum allowed: 512000.";
                return problem(413, "payload_too_large", message);
            }
            Err(_) => return invalid("The request broke off."),
        };
        let Some(form) = Form::read(&kind, &body) else { return invalid(NO_FORM) };
        let Some(users) = form.file("users") else {
            return invalid("Must provide 'users' file as multipart part.");
        };
        if let Err(message) = accepted(&form) {
            return invalid(message);
        }
        let external_id = form.text("external_id").map(str::to_owned);
        let file = File { body, users };
        match file.users().map(|users| users.len()) {
            _ if file.users.is_empty() => return invalid("Users file must not be empty."),
            None => return invalid("Users file is no JSON array."),
            Some(0) => return invalid("Users file must not be empty."),
            Some(_) => {}
        }
        let Some(job) = lock(&self.0.tenant).begin(external_id) else {
            let message = "There are 2 active import users jobs, please wait until some of them are finished and try again";
            return problem(429, "too_many_requests", message);
        };
        let id = id_of(&job);
        let tenant = Arc::clone(&self.0.tenant);
        tokio::task::spawn_blocking(move || work(&tenant, &id, &file));
        page(202, &job)
    }

    /// `POST /api/v2/jobs/users-exports`
    pub(super) async fn export(&self, exchange: &mut Exchange<'_>) -> Answer {
        let body = exchange.body(64 * 1024, PATIENCE).await.ok();
        let body: Option<Map<String, Value>> =
            body.and_then(|body| serde_json::from_slice(&body).ok());
        let Some(body) = body else { return invalid("Payload validation error: no JSON object.") };
        if body.get("connection_id").is_some_and(|it| it != CONNECTION_ID) {
            return problem(400, "inexistent_connection", "The connection does not exist.");
        }
        match Export::read(&body) {
            Ok(export) => {
                let job = lock(&self.0.tenant).export(export);
                let id = id_of(&job);
                let tenant = Arc::clone(&self.0.tenant);
                tokio::task::spawn_blocking(move || render(&tenant, &id));
                page(200, &job)
            }
            Err(message) => invalid(message),
        }
    }
}

fn id_of(job: &Value) -> String {
    job.get("id").and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// The fields of an import beside the file.
fn accepted(form: &Form<'_>) -> Result<(), &'static str> {
    let Some(id) = form.text("connection_id") else {
        return Err("Must provide 'connection_id' as multipart part.");
    };
    let pattern = id.strip_prefix("con_").is_some_and(|rest| {
        rest.len() == 16 && rest.bytes().all(|byte| byte.is_ascii_alphanumeric())
    });
    if !pattern {
        return Err(
            "Payload validation error: 'String does not match pattern ^con_[A-Za-z0-9]{16}$' on property connection_id.",
        );
    }
    if id != CONNECTION_ID {
        return Err("The connection does not exist.");
    }
    // Whatever is not this text counts as not given.
    if form.text("upsert") == Some("true") {
        return Err("The stand-in of a rehearsal inserts and never updates.");
    }
    Ok(())
}
