//! Import jobs, as the documentation has them: insert only, two at once, users one by one.

use std::collections::BTreeSet;
use std::time::Instant;

use serde_json::{Value, json};

use super::faults::Fault;
use super::http::{Reply, Request};
use super::judge;
use super::{CONNECTION, CONNECTION_ID, State, User};

pub struct Job {
    pub id: String,
    pub external_id: String,
    pub users: Vec<Value>,
    pub fault: Option<Fault>,
    pub begun: Instant,
    /// Its answer when it is at its end, and the errors of its users.
    pub end: Option<(Value, Vec<Value>)>,
}

/// A problem of the Management API.
pub fn problem(status: u16, code: &str, message: &str) -> Reply {
    let value =
        json!({ "statusCode": status, "error": "Error", "message": message, "errorCode": code });
    Reply::json(status, &value)
}

/// `POST /api/v2/jobs/users-imports`
pub fn begin(state: &mut State, request: &Request) -> Reply {
    if request.body.len() > 512_000 {
        return problem(
            413,
            "payload_too_large",
            "Payload content length greater than maximum allowed: 512000",
        );
    }
    let parts = match judge::multipart(request) {
        Ok(parts) => parts,
        Err(wrong) => {
            state.violations.push(wrong);
            return problem(
                400,
                "invalid_body",
                "Payload validation error: 'Invalid multipart payload format'",
            );
        }
    };
    if let Err(wrong) = judge::import(&parts) {
        state.violations.push(wrong);
    }
    let text = |name: &str| {
        let part = parts.iter().find(|(key, _)| key == name);
        part.map(|(_, body)| String::from_utf8_lossy(body).into_owned()).unwrap_or_default()
    };
    if text("connection_id") != CONNECTION_ID {
        return problem(400, "inexistent_connection", "The connection does not exist");
    }
    if let Some((status, code, message)) = state.refuse {
        return problem(status, code, message);
    }
    let fault = request.fault;
    match fault {
        Some(Fault::Unavailable) => {
            return Reply::Answer(503, String::new(), b"<html>later</html>".to_vec());
        }
        Some(Fault::Page) => {
            return Reply::Answer(200, String::new(), b"<html>proxy</html>".to_vec());
        }
        Some(Fault::Redirect) => {
            return Reply::Answer(302, "Location: https://127.0.0.1:9/\r\n".to_owned(), vec![]);
        }
        Some(Fault::TooLarge) => {
            return problem(
                413,
                "payload_too_large",
                "Payload content length greater than maximum allowed: 512000",
            );
        }
        Some(Fault::TooMany) => {
            return problem(429, "too_many_requests", "Global limit has been reached");
        }
        _ => {}
    }
    state.settle();
    let active = state.jobs.values().filter(|job| job.end.is_none()).count();
    if active >= 2 {
        return problem(
            429,
            "too_many_requests",
            "There are 2 active import users jobs, please wait until some of them are finished and try again",
        );
    }
    let users: Vec<Value> = serde_json::from_str(&text("users")).unwrap_or_default();
    state.moment("before accepting");
    let id = format!("job_{:016}", state.accepted.len() + 1);
    let answer = json!({
        "id": id, "type": "users_import", "status": "pending", "connection_id": CONNECTION_ID,
        "connection": CONNECTION, "created_at": "2026-11-29T01:00:00.000Z", "external_id": text("external_id"),
    });
    let job = Job {
        id: id.clone(),
        external_id: text("external_id"),
        users,
        fault,
        begun: Instant::now(),
        end: None,
    };
    state.jobs.insert(id.clone(), job);
    state.accepted.push(id);
    state.most_active = state.most_active.max(active + 1);
    state.moment("after accepting");
    match fault {
        Some(Fault::DropAnswer) => Reply::HangUp,
        Some(Fault::ErrorAfterAccepting) => {
            Reply::Answer(502, String::new(), b"<html>bad gateway</html>".to_vec())
        }
        _ => Reply::json(202, &answer),
    }
}

impl State {
    /// Does what jobs have done by now.
    pub fn settle(&mut self) {
        let due: Vec<String> = self
            .jobs
            .values()
            .filter(|job| job.end.is_none() && job.begun.elapsed() >= self.job_time)
            .map(|job| job.id.clone())
            .collect();
        for id in due {
            let (users, fault, external_id) = {
                let job = &self.jobs[&id];
                (job.users.clone(), job.fault, job.external_id.clone())
            };
            let reach = match fault {
                Some(Fault::FailHalfWay) => users.len() / 2,
                Some(Fault::FailSilently) => 0,
                _ => users.len(),
            };
            let mut errors = vec![];
            let (mut inserted, mut seen) = (0, BTreeSet::new());
            for user in &users[..reach] {
                match self.insert(user, &mut seen) {
                    Ok(()) => inserted += 1,
                    Err(error) => errors.push(error),
                }
            }
            let failed = errors.len();
            let mut answer = json!({
                "id": id, "type": "users_import", "connection_id": CONNECTION_ID,
                "created_at": "2026-11-29T01:00:00.000Z", "external_id": external_id,
            });
            match fault {
                Some(Fault::FailHalfWay) => {
                    answer["status"] = json!("failed");
                    answer["status_details"] = json!("Job timed out");
                }
                Some(Fault::FailSilently) => answer["status"] = json!("failed"),
                _ => {
                    answer["status"] = json!("completed");
                    answer["percentage_done"] = json!(100);
                    answer["summary"] = json!({
                        "failed": failed, "updated": 0, "inserted": inserted, "total": users.len(),
                    });
                }
            }
            if fault == Some(Fault::CutErrors) {
                errors.truncate(1);
            }
            if let Some(job) = self.jobs.get_mut(&id) {
                job.end = Some((answer, errors));
            }
        }
    }

    fn insert(&mut self, user: &Value, seen: &mut BTreeSet<String>) -> Result<(), Value> {
        let text = |name: &str| user[name].as_str().map(str::to_lowercase);
        let fail = |code: &str, path: &str| {
            let mut echo = user.clone();
            for secret in ["password_hash", "custom_password_hash"] {
                if !echo[secret].is_null() {
                    echo[secret] = json!("*****");
                }
            }
            json!({ "user": echo, "errors": [{ "code": code, "message": "Error in this user", "path": path }] })
        };
        if let Some((code, path)) = judge::user(user) {
            return Err(fail(code, path));
        }
        let full_id = format!("auth0|{}", user["user_id"].as_str().unwrap_or_default());
        if self.no_ids.contains(&full_id) {
            return Err(fail("PATTERN", "user_id"));
        }
        if self.users.len() >= self.quota {
            return Err(fail("QUOTA_EXCEEDED", "user"));
        }
        let id = full_id;
        for name in ["email", "username", "user_id"] {
            if text(name).is_some_and(|value| !seen.insert(format!("{name}={value}"))) {
                return Err(fail("DUPLICATED_USER", name));
            }
        }
        let email = text("email");
        let taken = self.users.contains_key(&id)
            || self.ghosts.contains(&id)
            || email.as_ref().is_some_and(|email| {
                self.ghosts.contains(email)
                    || self
                        .users
                        .values()
                        .any(|it| it.connection == CONNECTION && it.email.as_ref() == Some(email))
            });
        if taken {
            return Err(fail("DUPLICATED_USER", "email"));
        }
        for name in ["username", "phone_number"] {
            let mut others = self.users.values().filter(|it| it.connection == CONNECTION);
            if !user[name].is_null() && others.any(|it| it.record[name] == user[name]) {
                return Err(fail("DUPLICATED_USER", name));
            }
        }
        *self.created.entry(id.clone()).or_default() += 1;
        let user = User { email, connection: CONNECTION.to_owned(), record: user.clone() };
        self.users.insert(id, user);
        Ok(())
    }
}
