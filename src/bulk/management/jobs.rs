//! Import jobs.

use std::time::Duration;

use bytes::Bytes;
use reqwest::Method;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::client::{Management, Patience, Payload, Question};
use super::outcome::{Answer, Outcome, Refusal, is_word};
use super::users::bare;

/// A file of users, ready to be sent. It has no `Debug`: it holds hashes.
#[derive(Clone)]
pub struct ImportFile {
    /// A JSON array.
    pub body: Bytes,
    /// Ours, which the tenant's log shows; it holds nothing of any user.
    pub external_id: String,
}

/// What came of a delivery.
pub enum Delivery {
    /// The tenant has it, and works on it under this id.
    Accepted(String),
    /// It took no effect, and may be tried again.
    NotTaken(NotTaken),
    /// Nobody knows: the users must be looked up.
    InDoubt {
        /// Why.
        why: String,
        /// Whether somebody answered.
        answered: bool,
    },
}

/// Why a delivery took no effect.
pub enum NotTaken {
    /// It never left.
    Unreachable(String),
    /// Two import jobs run already, perhaps one that nobody here knows.
    SlotsBusy,
    /// Too many requests; wait this long.
    RateLimited(Duration),
    /// More bytes than the tenant takes.
    TooLarge,
}

/// How a job stands.
pub enum JobState {
    /// Under way; the seconds that are left, where the tenant says so.
    Running(Option<u64>),
    /// At its end, with or without errors of users.
    Completed(Summary),
    /// Broken off. What it did before stays done.
    Failed(Summary),
    /// Unknown: older than 24 hours, or never there.
    Gone,
}

/// The counts of a job, as far as the tenant gives them.
#[derive(Deserialize, Clone, Copy, Default, Debug, PartialEq, Eq)]
#[serde(default)]
pub struct Summary {
    /// Users with errors.
    pub failed: Option<u64>,
    /// Users that were there and were changed, which an insert never does.
    pub updated: Option<u64>,
    /// New users.
    pub inserted: Option<u64>,
    /// All of them.
    pub total: Option<u64>,
}

/// The errors of a job.
pub enum JobErrors {
    /// One entry for each user that has any.
    Users(Vec<UserError>),
    /// Of the job as a whole, or none: nothing is known of any user.
    Unknown,
}

/// What is wrong with one user. The message is left out: it may quote the user.
pub struct UserError {
    /// The id as it was sent; none where the entry does not say.
    pub user_id: Option<String>,
    /// The first error's code, such as `DUPLICATED_USER`.
    pub code: String,
    /// The first error's field.
    pub path: Option<String>,
}

/// What need not be there, and is of another form, is as if it were not there.
#[derive(Deserialize)]
struct Job {
    id: String,
    status: String,
    #[serde(default)]
    summary: Value,
    #[serde(default)]
    time_left_seconds: Value,
}

#[derive(Deserialize)]
struct Entry {
    #[serde(default)]
    user: Named,
    #[serde(default)]
    errors: Vec<Fault>,
}

#[derive(Deserialize, Default)]
struct Named {
    user_id: Option<String>,
}

#[derive(Deserialize)]
struct Fault {
    code: Option<String>,
    path: Option<String>,
}

/// Configuration faults that the import answers with: part of the message, and the remedy.
const FAULTS: [(&str, &str); 5] = [
    (
        "must be a database connection",
        "tenant.connection is no database connection: name one whose strategy is auth0",
    ),
    (
        "must be enabled",
        "the connection is enabled for no application: enable it for one in Authentication > Database",
    ),
    ("does not exist", "the connection does not exist any more: check tenant.connection"),
    (
        "without import mode",
        "the connection's import mode is off: switch on \"Import Users to Auth0\"",
    ),
    (
        "pattern ^con_",
        "the connection's id has another form than the import takes: check tenant.connection",
    ),
];

impl Management {
    /// Delivers a file, once. Users who are there already are left as they are.
    ///
    /// # Errors
    /// What no other file would escape: the run must stop.
    pub async fn deliver(
        &self,
        connection_id: &str,
        file: &ImportFile,
    ) -> Result<Delivery, Refusal> {
        let question = Question {
            method: Method::POST,
            path: "/api/v2/jobs/users-imports",
            payload: Payload::Import(file, connection_id),
        };
        match self.send(&question).await? {
            Outcome::NotSent(cause) => Ok(Delivery::NotTaken(NotTaken::Unreachable(cause))),
            Outcome::InDoubt(why) => Ok(Delivery::InDoubt { why, answered: false }),
            Outcome::Answered(answer) => delivered(&answer),
        }
    }

    /// A job of any kind; none where the tenant does not know it, or not any more.
    pub(super) async fn job_at<T: DeserializeOwned>(&self, id: &str) -> Result<Option<T>, Refusal> {
        let answer = self.get(&format!("/api/v2/jobs/{id}"), Patience::Long).await?;
        match answer.status {
            200 => answer.object().map(Some).ok_or_else(|| unexpected(&answer)),
            404 => Ok(None),
            _ => Err(unexpected(&answer)),
        }
    }

    /// How a job stands.
    ///
    /// # Errors
    /// As [`Management::get`].
    pub async fn job(&self, id: &str) -> Result<JobState, Refusal> {
        let Some(job) = self.job_at::<Job>(id).await? else { return Ok(JobState::Gone) };
        let summary = serde_json::from_value(job.summary).unwrap_or_default();
        Ok(match job.status.as_str() {
            "completed" => JobState::Completed(summary),
            "failed" => JobState::Failed(summary),
            // The documentation knows `pending`; whatever else it is, it is not at its end.
            _ => JobState::Running(job.time_left_seconds.as_u64()),
        })
    }

    /// The errors of a job at its end. The tenant forgets them after 24 hours.
    ///
    /// # Errors
    /// As [`Management::get`].
    pub async fn job_errors(&self, id: &str) -> Result<JobErrors, Refusal> {
        let answer = self.get(&format!("/api/v2/jobs/{id}/errors"), Patience::Long).await?;
        let entries: Option<Vec<Entry>> =
            (answer.status == 200).then(|| serde_json::from_slice(&answer.body).ok()).flatten();
        Ok(entries.map_or(JobErrors::Unknown, |entries| {
            JobErrors::Users(entries.into_iter().map(UserError::from).collect())
        }))
    }
}

impl From<Entry> for UserError {
    fn from(entry: Entry) -> Self {
        let first = entry.errors.into_iter().next();
        let (code, path) = first.map_or((None, None), |fault| (fault.code, fault.path));
        let user_id = entry.user.user_id.map(|id| bare(&id).to_owned());
        Self {
            user_id,
            code: code.filter(|code| is_word(code)).unwrap_or_else(|| "UNKNOWN".to_owned()),
            path: path.filter(|path| is_word(path)),
        }
    }
}

fn delivered(answer: &Answer) -> Result<Delivery, Refusal> {
    let unclear = |why| Delivery::InDoubt { why, answered: true };
    Ok(match answer.status {
        202 => match answer.object::<Job>() {
            Some(job) if is_word(&job.id) => Delivery::Accepted(job.id),
            _ => unclear("accepted, and no job id".to_owned()),
        },
        413 => Delivery::NotTaken(NotTaken::TooLarge),
        429 if answer.says("active import users jobs") => Delivery::NotTaken(NotTaken::SlotsBusy),
        429 => {
            let wait = answer.wait.unwrap_or(Duration::from_secs(1));
            Delivery::NotTaken(NotTaken::RateLimited(wait))
        }
        400 if answer.is_problem() => {
            let known = FAULTS.iter().find(|(text, _)| answer.says(text));
            return Err(
                known.map_or_else(|| unexpected(answer), |(_, remedy)| Refusal::Connection(remedy))
            );
        }
        403 if answer.is_problem() && answer.is_about_scope() => {
            return Err(Refusal::Scope("create:users".to_owned()));
        }
        // The API's own word: it took no effect, and another file would hear the same.
        401..=407 | 409..=412 | 414..=499 if answer.is_problem() => return Err(unexpected(answer)),
        _ => unclear(format!("status {}", answer.status)),
    })
}

pub(super) fn unexpected(answer: &Answer) -> Refusal {
    let code = answer.code().unwrap_or_else(|| "no code".to_owned());
    Refusal::Request { status: answer.status, code }
}
