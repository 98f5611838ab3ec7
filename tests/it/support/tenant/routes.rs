//! Which request is answered how.

use std::sync::Mutex;

use serde_json::{Value, json};

use super::faults::Fault;
use super::http::{Reply, Request};
use super::import::{begin, problem};
use super::{CONNECTION_ID, SECRET, State, exports, judge};

const TOKEN: &str = "management-token-canary-77aa";

/// What goes wrong with a delivery.
pub fn fault(request: &Request, state: &Mutex<State>) -> Option<Fault> {
    let mut state = state.lock().unwrap();
    if request.path != "/api/v2/jobs/users-imports" || state.page.is_some() {
        return None;
    }
    state.moment("before the upload");
    let fault = state.faults.draw();
    if fault == Some(Fault::ResetUpload) {
        state.requests.push(("POST".into(), request.path.clone(), 0));
    }
    fault
}

pub fn answer(request: &Request, state: &Mutex<State>) -> Reply {
    let mut state = state.lock().unwrap();
    if let Some((status, page)) = state.page.clone() {
        return Reply::Answer(status, "Content-Type: text/html\r\n".into(), page.into_bytes());
    }
    let pattern = pattern(&request.path);
    let reply = route(request, &mut state, &pattern);
    let status = if let Reply::Answer(status, ..) = &reply { *status } else { 0 };
    state.requests.push((request.method.clone(), pattern, status));
    state.moment("before the answer");
    reply
}

/// The path as the description has it.
fn pattern(path: &str) -> String {
    let parts: Vec<&str> = path.split('/').collect();
    match parts.as_slice() {
        ["", "api", "v2", "jobs", "users-imports" | "users-exports"] => path.to_owned(),
        ["", "exports", _] => "/exports/{name}".to_owned(),
        ["", "api", "v2", "jobs", _, "errors"] => "/api/v2/jobs/{id}/errors".to_owned(),
        ["", "api", "v2", "jobs", _] => "/api/v2/jobs/{id}".to_owned(),
        ["", "api", "v2", "users", ..] => "/api/v2/users/{id}".to_owned(),
        _ => path.to_owned(),
    }
}

fn route(request: &Request, state: &mut State, pattern: &str) -> Reply {
    let of_import = pattern.starts_with("/api/v2/jobs") || pattern.starts_with("/api/v2/users");
    let of_import = of_import && pattern != "/api/v2/jobs/users-exports";
    if of_import && !judge::is_described(&request.method, pattern) {
        state.violations.push(format!("{} {pattern} is not described", request.method));
    }
    if pattern == "/oauth/token" {
        return token(request, state);
    }
    if pattern == "/exports/{name}" {
        return exports::download(state, request);
    }
    if request.header("authorization") != Some(&format!("Bearer {TOKEN}")) {
        return problem(401, "invalid_token", "Invalid token");
    }
    if state.expire_tokens > 0 && pattern == "/api/v2/jobs/users-imports" {
        state.expire_tokens -= 1;
        return problem(401, "invalid_token", "Expired token");
    }
    if let Some((status, code, message)) = state.refuse_questions {
        return problem(status, code, message);
    }
    if pattern == "/api/v2/jobs/users-imports" {
        if !state.scopes.contains("create:users") {
            return problem(
                403,
                "insufficient_scope",
                "Insufficient scope, expected any of: create:users",
            );
        }
        return begin(state, request);
    }
    match state.faults.question() {
        Some(0) => return Reply::Answer(502, String::new(), b"<html>bad gateway</html>".to_vec()),
        Some(1) => return problem(429, "too_many_requests", "Global limit has been reached"),
        Some(2) => return Reply::HangUp,
        Some(_) => return problem(500, "internal_error", "Internal error"),
        None => {}
    }
    state.settle();
    match pattern {
        "/api/v2/connections" => {
            let named = request.query("name") == state.connection["name"].as_str();
            Reply::json(200, &if named { json!([state.connection]) } else { json!([]) })
        }
        path if path == format!("/api/v2/connections/{CONNECTION_ID}") => {
            Reply::json(200, &state.connection)
        }
        path if path == format!("/api/v2/connections/{CONNECTION_ID}/clients") => {
            Reply::json(200, &json!({ "clients": state.clients }))
        }
        "/api/v2/jobs/users-exports" => exports::begin(state, request),
        "/api/v2/jobs/{id}" => job(request, state),
        "/api/v2/jobs/{id}/errors" => errors(request, state),
        "/api/v2/users/{id}" => {
            let id = request.path.trim_start_matches("/api/v2/users/");
            match state.users.get(id) {
                Some(_) => Reply::json(200, &shown(request, state, id)),
                None if state.no_ids.contains(id) => {
                    problem(400, "invalid_uri", "Path validation error on property id")
                }
                None => problem(404, "inexistent_user", "The user does not exist."),
            }
        }
        "/api/v2/users-by-email" => {
            let email = request.query("email");
            if !email.is_some_and(judge::is_address) {
                let words = "Query validation error on property email";
                return problem(400, "invalid_query_string", words);
            }
            let found = state.users.iter().filter(|(_, user)| user.email.as_deref() == email);
            let ids: Vec<String> = found.map(|(id, _)| id.clone()).collect();
            Reply::json(200, &ids.iter().map(|id| shown(request, state, id)).collect::<Value>())
        }
        _ => problem(404, "not_found", "Not Found"),
    }
}

fn token(request: &Request, state: &mut State) -> Reply {
    if let Some((status, page)) = state.token_pages.pop_front().flatten() {
        return Reply::Answer(status, "Content-Type: text/html\r\n".into(), page.into_bytes());
    }
    let asked: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    let host = request.header("host").unwrap_or_default();
    let right = asked["grant_type"] == "client_credentials"
        && asked["client_id"] == "migration"
        && asked["client_secret"] == SECRET
        && asked["audience"] == format!("https://{host}/api/v2/");
    if state.token_status != 200 || !right {
        let status = if right { state.token_status } else { 401 };
        return Reply::json(
            status,
            &json!({ "error": "access_denied", "error_description": "Unauthorized" }),
        );
    }
    Reply::json(
        200,
        &json!({ "access_token": TOKEN, "token_type": "Bearer", "expires_in": 86400, "scope": state.scopes }),
    )
}

fn job(request: &Request, state: &mut State) -> Reply {
    let id = request.path.trim_start_matches("/api/v2/jobs/");
    let host = request.header("host").unwrap_or_default();
    if let Some(reply) = exports::job(state, id, host) {
        return reply;
    }
    let Some(job) = state.jobs.get(id) else {
        return problem(404, "inexistent_job", "The job does not exist");
    };
    match &job.end {
        Some(_) if job.fault == Some(Fault::Forget) => {
            problem(404, "inexistent_job", "The job does not exist")
        }
        Some((answer, _)) => Reply::json(200, answer),
        None => {
            let mut answer = json!({
                "id": id, "type": "users_import", "status": "pending", "connection_id": CONNECTION_ID,
            });
            for (name, value) in state.job_members.as_object().expect("an object") {
                answer[name] = value.clone();
            }
            Reply::json(200, &answer)
        }
    }
}

fn errors(request: &Request, state: &State) -> Reply {
    let id = request.path.trim_start_matches("/api/v2/jobs/").trim_end_matches("/errors");
    let Some(job) = state.jobs.get(id) else {
        return problem(404, "inexistent_job", "The job does not exist");
    };
    match (&job.end, job.fault) {
        (Some((answer, _)), Some(Fault::FailHalfWay)) => Reply::json(200, answer),
        (Some((_, errors)), _) if !errors.is_empty() => Reply::json(200, &json!(errors)),
        _ => Reply::Answer(204, String::new(), vec![]),
    }
}

/// The members that were asked for, as `fields` and `include_fields` say.
fn shown(request: &Request, state: &State, id: &str) -> Value {
    let profile = state.profile(id);
    let Some(fields) = request.query("fields") else { return profile };
    let fields: Vec<&str> = fields.split(',').collect();
    let members = profile.as_object().expect("an object").iter();
    let asked = members.filter(|(name, _)| fields.contains(&name.as_str()));
    Value::Object(asked.map(|(name, value)| (name.clone(), value.clone())).collect())
}
