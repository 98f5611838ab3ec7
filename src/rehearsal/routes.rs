//! Which request is answered how.

use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};
use subtle::ConstantTimeEq;
use url::form_urlencoded;

use super::connection::{CONNECTION_ID, CONNECTION_NAME, connection};
use super::credentials::SCOPES;
use super::desk::{Desk, PATIENCE};
use super::jobs::lock;
use super::problem::{absent, insufficient, invalid, page, problem};
use super::rate::Rate;
use super::store::Profile;
use crate::wire::{Answer, Exchange, Fault, Handler};

/// How long the link of an export is good.
const LINK_LIFE: Duration = Duration::from_mins(1);

impl Handler for Desk {
    async fn answer(&self, exchange: &mut Exchange<'_>) -> Answer {
        exchange.set_deadline(Instant::now() + 2 * PATIENCE);
        let steps: Vec<String> = exchange.path().split('/').skip(1).map(decoded).collect();
        let steps: Vec<&str> = steps.iter().map(String::as_str).collect();
        match steps.as_slice() {
            ["oauth", "token"] if exchange.is("POST") => return self.token(exchange).await,
            ["exports", link] if exchange.is("GET") => return self.download(link).await,
            ["api", "v2", ..] => {}
            _ => return absent("not_found", "Not Found"),
        }
        if !self.is_known(exchange) {
            return problem(401, "invalid_token", "Invalid token.");
        }
        let left = self.0.rate.lock().map(|mut rate| rate.take(Instant::now()));
        let Ok(left) = left else { return problem(500, "internal_error", "Internal error.") };
        let mut answer = if left.passes {
            self.route(exchange, steps.get(2..).unwrap_or_default()).await
        } else {
            problem(429, "too_many_requests", "Global limit has been reached")
        };
        answer.field("x-ratelimit-limit", Rate::LIMIT);
        answer.field("x-ratelimit-remaining", left.remaining);
        answer.field("x-ratelimit-reset", left.reset);
        answer
    }

    fn refuse(&self, _: Fault) -> Answer {
        invalid("Not a request.")
    }
}

impl Desk {
    async fn route(&self, exchange: &mut Exchange<'_>, steps: &[&str]) -> Answer {
        let reads = exchange.is("GET");
        match steps {
            ["jobs", "users-imports"] if exchange.is("POST") => self.import(exchange).await,
            ["jobs", "users-exports"] if exchange.is("POST") => self.export(exchange).await,
            ["jobs", id] if reads => self.job(id),
            ["jobs", id, "errors"] if reads => self.errors(id),
            ["connections"] if reads => found_connection(exchange.query()),
            ["connections", id] if reads && *id == CONNECTION_ID => page(200, &connection()),
            ["connections", id, "clients"] if reads && *id == CONNECTION_ID => {
                page(200, &json!({ "clients": [{ "client_id": "application" }] }))
            }
            ["connections", ..] if reads => {
                absent("inexistent_connection", "The connection does not exist")
            }
            ["users", id] if reads => {
                let user = lock(&self.0.tenant).store.find("user_id", id);
                user.map_or_else(
                    || absent("inexistent_user", "The user does not exist."),
                    |user| page(200, &Value::Object(narrowed(user, exchange.query()))),
                )
            }
            ["users-by-email"] if reads => {
                let Some(email) = parameter(exchange.query(), "email") else {
                    return problem(
                        400,
                        "invalid_query_string",
                        "Missing required property: email",
                    );
                };
                // Case-sensitive: addresses are kept in lower case.
                let user = lock(&self.0.tenant).store.find("email", &email);
                let users = user.map(|user| Value::Object(narrowed(user, exchange.query())));
                page(200, &users.into_iter().collect())
            }
            ["users", ..] if exchange.is("DELETE") => insufficient("delete:users"),
            ["users", ..] if exchange.is("PATCH") => insufficient("update:users"),
            _ => absent("not_found", "Not Found"),
        }
    }

    async fn token(&self, exchange: &mut Exchange<'_>) -> Answer {
        let credentials = &self.0.credentials;
        let asked = exchange.body(4096, PATIENCE).await.ok();
        let asked: Option<Map<String, Value>> =
            asked.and_then(|body| serde_json::from_slice(&body).ok());
        let says = |name: &str, due: &str| {
            let text = asked.as_ref().and_then(|it| it.get(name)?.as_str()).unwrap_or_default();
            bool::from(text.as_bytes().ct_eq(due.as_bytes()))
        };
        if !says("grant_type", "client_credentials") || !says("audience", &credentials.audience) {
            let value = json!({ "error": "access_denied", "error_description": "Unknown grant or audience" });
            return page(403, &value);
        }
        if !says("client_id", &credentials.client_id) || !says("client_secret", &credentials.secret)
        {
            let value = json!({ "error": "access_denied", "error_description": "Unauthorized" });
            return page(401, &value);
        }
        let token = credentials.token.as_str();
        let value = json!({
            "access_token": token, "token_type": "Bearer", "expires_in": 86_400, "scope": SCOPES,
        });
        page(200, &value)
    }

    fn is_known(&self, exchange: &Exchange<'_>) -> bool {
        let mut fields = exchange.fields("authorization");
        let due = format!("Bearer {}", *self.0.credentials.token);
        matches!((fields.next(), fields.next()), (Some(it), None) if bool::from(it.ct_eq(due.as_bytes())))
    }

    fn job(&self, id: &str) -> Answer {
        let link = |job: &str| self.link(job);
        lock(&self.0.tenant).job(id).map_or_else(
            || absent("inexistent_job", "Job not found."),
            |job| page(200, &job.shown(link)),
        )
    }

    fn errors(&self, id: &str) -> Answer {
        match lock(&self.0.tenant).job(id).map(|job| job.errors().to_vec()) {
            None => absent("inexistent_job", "The job does not exist"),
            Some(errors) if errors.is_empty() => Answer::new(204, "application/json", vec![]),
            Some(errors) => page(200, &Value::Array(errors)),
        }
    }

    /// A fresh link to an export.
    fn link(&self, job: &str) -> String {
        let secret = uuid::Uuid::new_v4().simple().to_string();
        let link = format!("{}/exports/{secret}", self.0.credentials.origin);
        if let Ok(mut links) = self.0.links.lock() {
            links.retain(|(.., made)| made.elapsed() < LINK_LIFE);
            links.push((secret, job.to_owned(), Instant::now()));
        }
        link
    }

    async fn download(&self, link: &str) -> Answer {
        let job = self.0.links.lock().ok().and_then(|links| {
            let fresh =
                |it: &&(String, String, Instant)| it.0 == link && it.2.elapsed() < LINK_LIFE;
            links.iter().find(fresh).map(|it| it.1.clone())
        });
        let found = job.and_then(|job| {
            let mut tenant = lock(&self.0.tenant);
            Some((tenant.fetch(&job)?, tenant.store.blocks()))
        });
        let file = match found {
            None => return problem(403, "access_denied", "Request has expired"),
            Some(((_, Some(file)), _)) => Ok(file),
            Some(((export, None), blocks)) => {
                tokio::task::spawn_blocking(move || export.render(&blocks)).await
            }
        };
        file.map_or_else(
            |_| problem(500, "internal_error", "Internal error."),
            |file| Answer::new(200, "application/gzip", file),
        )
    }
}

fn found_connection(query: &str) -> Answer {
    let fits = |name: &str, due: &str| parameter(query, name).is_none_or(|it| it == due);
    let found = fits("name", CONNECTION_NAME) && fits("strategy", "auth0");
    page(200, &if found { json!([connection()]) } else { json!([]) })
}

fn parameter(query: &str, name: &str) -> Option<String> {
    let mut all = form_urlencoded::parse(query.as_bytes());
    all.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

/// A user with the members that `fields` and `include_fields` leave.
fn narrowed(mut user: Profile, query: &str) -> Profile {
    let Some(fields) = parameter(query, "fields") else { return user };
    let included = parameter(query, "include_fields").is_none_or(|it| it != "false");
    user.retain(|name, _| fields.split(',').any(|field| field.trim() == name) == included);
    user
}

/// One step of a path, percent-decoded (RFC 3986, section 2.1).
fn decoded(step: &str) -> String {
    // What a form has a meaning for has none in a path.
    let step = step.replace('+', "%2B").replace('&', "%26").replace('=', "%3D");
    form_urlencoded::parse(step.as_bytes()).map(|(text, _)| text.into_owned()).collect()
}
