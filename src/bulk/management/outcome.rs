//! What is known of a request, and why the tenant will not go on.

use std::time::Duration;

use serde::de::DeserializeOwned;

use crate::json;

/// What is known of one request.
pub enum Outcome {
    /// No byte of it left: nobody there, or no TLS.
    NotSent(String),
    /// The whole answer is there.
    Answered(Answer),
    /// It left, and no usable answer came: it may have taken effect.
    InDoubt(String),
}

/// An answer of the tenant, or of whatever stands before it.
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body, whole.
    pub body: Vec<u8>,
    /// How long to wait, where the answer says so.
    pub wait: Option<Duration>,
}

/// The members of an error of the Management API that decide something.
#[derive(serde::Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct Problem {
    status_code: Option<u16>,
    error: Option<String>,
    message: Option<String>,
    error_code: Option<String>,
}

impl Answer {
    /// The body as one JSON object.
    #[must_use]
    pub fn object<T: DeserializeOwned>(&self) -> Option<T> {
        json::object(&self.body).ok()
    }

    /// Whether the Management API itself says this status, and not a proxy with a page of its own.
    #[must_use]
    pub fn is_problem(&self) -> bool {
        let problem: Option<Problem> = self.object();
        problem.is_some_and(|it| {
            it.status_code == Some(self.status)
                || it.error_code.is_some()
                || (it.error.is_some() && it.message.is_some())
        })
    }

    /// Whether it is an error of OAuth 2.0 (RFC 6749, section 5.2).
    pub(super) fn is_oauth_error(&self) -> bool {
        let problem: Option<Problem> = self.object();
        problem.is_some_and(|it| it.error.is_some())
    }

    /// Whether it is an answer of the Management API that means something.
    pub(super) fn is_problem_or_success(&self) -> bool {
        match self.status {
            204 => true,
            200..=299 => serde_json::from_slice::<serde::de::IgnoredAny>(&self.body).is_ok(),
            _ => self.is_problem(),
        }
    }

    /// Whether the error's message holds this text. Messages are matched and never repeated: they
    /// may quote a user.
    #[must_use]
    pub fn says(&self, text: &str) -> bool {
        let problem: Problem = self.object().unwrap_or_default();
        problem.message.is_some_and(|message| message.contains(text))
    }

    /// Whether a 403 is for a missing scope, and not for a quota, a feature of the plan or a tenant that
    /// is suspended.
    #[must_use]
    pub fn is_about_scope(&self) -> bool {
        self.code().as_deref() == Some("insufficient_scope") || self.says("cope")
    }

    /// The error's code, if it is a plain word.
    #[must_use]
    pub fn code(&self) -> Option<String> {
        let problem: Problem = self.object()?;
        problem.error_code.filter(|code| is_word(code))
    }
}

/// Whether a text of the tenant is a plain word that can be printed.
pub(super) fn is_word(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '[' | ']');
    !text.is_empty() && text.len() <= 100 && text.chars().all(plain)
}

/// The scope that a path needs.
pub(super) fn scope_of(path: &str) -> String {
    let scope = match path {
        path if path.starts_with("/api/v2/connections") => "read:connections",
        path if path.contains("/users-exports") => "read:users",
        path if path.starts_with("/api/v2/jobs") => "create:users",
        _ => "read:users",
    };
    scope.to_owned()
}

/// Why nothing more can be asked of the tenant. Each says its remedy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Nobody there, for as long as was waited.
    #[error(
        "cannot reach the tenant: {0}; check tenant.domain, tenant.ca_certificate and the way to it, then go on"
    )]
    Unreachable(String),
    /// Something else answers.
    #[error(
        "what answers at tenant.domain is not the Management API: {0}; look for a proxy in between"
    )]
    NotAuth0(String),
    /// Every request is one too many, for as long as was waited.
    #[error(
        "the tenant has no request left for us (429): somebody else uses its budget up; find out who, or lower bulk.requests_per_second, then go on"
    )]
    Busy,
    /// No token for this client.
    #[error(
        "the tenant gives the client no token (status {0}); check tenant.client_id and tenant.client_secret, and authorize the client for the Auth0 Management API"
    )]
    Credentials(u16),
    /// A fresh token is not accepted.
    #[error(
        "the tenant refuses its own token (401); tenant.domain must be the tenant's own name, not a custom domain"
    )]
    Token,
    /// The token lacks a scope.
    #[error(
        "the client lacks the scope {0}; grant it in Applications > APIs > Auth0 Management API"
    )]
    Scope(String),
    /// The connection cannot be imported into.
    #[error("{0}")]
    Connection(&'static str),
    /// Nobody of a file is taken, and all for one reason.
    #[error(
        "a whole file was refused for one reason ({0}): a quota, a rule of the connection or a column of the mapping; mend it, then the same command sends the file again"
    )]
    WholeFile(String),
    /// The request is not what the tenant takes.
    #[error(
        "the tenant refuses the request (status {status}, {code}); it is saved where the run stands"
    )]
    Request {
        /// The HTTP status.
        status: u16,
        /// The code of the error.
        code: String,
    },
}
