//! Export jobs: every user of a connection as one file of JSON lines.
//!
//! Source: auth0.com/docs, "Bulk User Exports"; the Management API's description.

use std::time::Duration;

use bytes::Bytes;
use reqwest::{Method, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::timeout;

use super::client::{Management, Patience, Payload, Question};
use super::jobs::unexpected;
use super::outcome::{Refusal, is_word};
use super::users::members;
use crate::cause::innermost;

/// For the next bytes of a file to come.
const PATIENCE: Duration = Duration::from_mins(1);

/// How an export stands.
pub enum ExportState {
    /// Under way; percent, where the tenant says so.
    Running(Option<f64>),
    /// The file is at this address, for a minute. Whoever has it can read everybody.
    Ready(String),
    /// It failed, or came to its end without a file.
    Failed,
    /// The tenant does not know it, or not any more.
    Gone,
}

/// A file on its way.
pub struct Download(reqwest::Response);

#[derive(Deserialize)]
struct Export {
    id: String,
    status: String,
    location: Option<String>,
    #[serde(default)]
    percentage_done: Value,
}

impl Management {
    /// Asks for all users of a connection. Asked twice, it makes two files and changes nothing.
    ///
    /// # Errors
    /// As [`Management::get`].
    pub async fn begin_export(&self, connection_id: &str) -> Result<String, Refusal> {
        let fields: Vec<Value> = members().map(|name| json!({ "name": name })).collect();
        let wanted = json!({ "connection_id": connection_id, "format": "json", "fields": fields });
        let question = Question {
            method: Method::POST,
            path: "/api/v2/jobs/users-exports",
            payload: Payload::Json(&wanted),
        };
        let answer = self.ask(&question, Patience::Long).await?;
        let job = answer.object::<Export>().filter(|_| matches!(answer.status, 200..=202));
        match job {
            Some(job) if is_word(&job.id) => Ok(job.id),
            Some(_) => Err(Refusal::NotAuth0("an export job without an id".to_owned())),
            None if answer.says("does not exist") => Err(Refusal::Connection(
                "the connection does not exist any more: check tenant.connection",
            )),
            None => Err(unexpected(&answer)),
        }
    }

    /// How an export stands. Asked again, it gives a new address.
    ///
    /// # Errors
    /// As [`Management::get`].
    pub async fn export(&self, id: &str) -> Result<ExportState, Refusal> {
        let Some(job) = self.job_at::<Export>(id).await? else { return Ok(ExportState::Gone) };
        Ok(match (job.status.as_str(), job.location) {
            ("completed", Some(location)) => ExportState::Ready(location),
            ("completed", None) | ("failed", _) => ExportState::Failed,
            _ => ExportState::Running(job.percentage_done.as_f64()),
        })
    }

    /// Begins to fetch the file. The token stays here: the address alone opens it. None where it is
    /// too late for this address.
    ///
    /// # Errors
    /// What went wrong, in words without the address.
    pub async fn download(&self, location: &str) -> Result<Option<Download>, String> {
        let asking = timeout(PATIENCE, self.http().get(location).send());
        let response = asking.await.map_err(|_| "no answer in time".to_owned())?;
        let response = response.map_err(|error| innermost(&error))?;
        match response.status() {
            StatusCode::OK => Ok(Some(Download(response))),
            status if status.is_client_error() => Ok(None),
            status => Err(format!("status {}", status.as_u16())),
        }
    }
}

impl Download {
    /// The next bytes; none at the end.
    ///
    /// # Errors
    /// The file was cut short, in words without the address.
    pub async fn next(&mut self) -> Result<Option<Bytes>, String> {
        let chunk = timeout(PATIENCE, self.0.chunk()).await;
        let chunk = chunk.map_err(|_| "nothing came for a minute".to_owned())?;
        chunk.map_err(|error| innermost(&error))
    }
}
