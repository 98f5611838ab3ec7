//! How each problem is answered (RFC 9457): the only place that knows a status code.

use serde::Serialize;

use super::Problem;
use crate::auth::Rejection;
use crate::wire::Answer;

#[derive(Serialize)]
struct Document<'a> {
    r#type: String,
    title: &'static str,
    status: u16,
    code: &'static str,
    request_id: &'a str,
}

/// Status, code and title of an answer.
type Fixed = (u16, &'static str, &'static str);

impl Problem {
    pub(super) fn fixed(&self) -> Fixed {
        match self {
            Self::Rejected(Rejection::Missing, _) => {
                (401, "missing_token", "A bearer token is required")
            }
            Self::Rejected(Rejection::Malformed(_), _) | Self::InvalidRequest(_) => {
                (400, "invalid_request", "The request is malformed")
            }
            Self::Rejected(Rejection::Invalid(_), _) => {
                (401, "invalid_token", "The access token is not valid")
            }
            Self::Rejected(Rejection::KeysUnavailable, _)
            | Self::Unavailable(_)
            | Self::DatabaseUnavailable(..) => {
                (503, "unavailable", "The service cannot answer now")
            }
            Self::Rejected(Rejection::WrongParty(_), _) | Self::InsufficientScope(_) => {
                (403, "insufficient_scope", "The access token does not allow this")
            }
            Self::InvalidCredentials(_) => {
                (403, "invalid_credentials", "Wrong identifier or password")
            }
            Self::UserBlocked => (403, "user_blocked", "The user is blocked"),
            Self::UserNotFound => (404, "user_not_found", "There is no such user"),
            Self::AmbiguousUser => {
                (409, "ambiguous_user", "More than one user has this identifier")
            }
            Self::TooManyAttempts(_) => (429, "too_many_attempts", "Too many attempts"),
            Self::NoSuchEndpoint => (404, "no_such_endpoint", "There is no such endpoint"),
            Self::MethodNotAllowed => (405, "method_not_allowed", "Only POST is allowed"),
            Self::PayloadTooLarge => (413, "payload_too_large", "The body is too large"),
            Self::UnsupportedMediaType => (415, "unsupported_media_type", "The body must be JSON"),
            Self::HeadersTooLarge => (431, "headers_too_large", "The header fields are too large"),
            Self::RequestTimeout => (408, "request_timeout", "The request did not arrive in time"),
            // The status that proxies write down for it; it is never sent.
            Self::CallerGone => (499, "caller_gone", "The caller closed the connection"),
            Self::Overloaded => (503, "overloaded", "The service is overloaded"),
            Self::InvalidUserRecord(_) => {
                (500, "invalid_user_record", "The user's record is not valid")
            }
            Self::InternalError(_) => (500, "internal_error", "Internal error"),
        }
    }

    /// The status.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.fixed().0
    }

    /// The whole answer, but for the fields that every answer has.
    #[must_use]
    pub fn answer(&self, request_id: &str) -> Answer {
        let (status, code, title) = self.fixed();
        let document = Document {
            r#type: format!("urn:narrowgate:problem:{code}"),
            title,
            status,
            code,
            request_id,
        };
        let body = serde_json::to_vec(&document).unwrap_or_default();
        let mut answer = Answer::new(status, "application/problem+json", body);
        self.add_fields(&mut answer);
        answer.closes = self.ends_connection();
        answer
    }

    fn add_fields(&self, answer: &mut Answer) {
        let mut challenge = |error: &str| {
            answer.field("WWW-Authenticate", format_args!("Bearer realm=\"narrowgate\"{error}"));
        };
        match self {
            Self::Rejected(Rejection::Missing, _) => challenge(""),
            Self::Rejected(Rejection::Malformed(_), _) => challenge(", error=\"invalid_request\""),
            Self::Rejected(Rejection::Invalid(_), _) => challenge(", error=\"invalid_token\""),
            Self::Rejected(Rejection::WrongParty(_), scope) | Self::InsufficientScope(scope) => {
                let scope = scope.as_str();
                challenge(&format!(", error=\"insufficient_scope\", scope=\"{scope}\""));
            }
            Self::MethodNotAllowed => answer.field("Allow", "POST"),
            Self::TooManyAttempts(wait) => answer.field("Retry-After", wait.as_secs().max(1)),
            Self::Overloaded
            | Self::Unavailable(_)
            | Self::DatabaseUnavailable(..)
            | Self::Rejected(Rejection::KeysUnavailable, _) => answer.field("Retry-After", 2),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The one documented answer that nothing from outside can provoke.
    #[test]
    fn an_internal_error_says_nothing_of_its_cause() {
        let mut written = vec![];
        let problem = Problem::InternalError("a hashing thread failed");
        problem.answer("an-id").write(&mut written, false, true);
        let written = String::from_utf8(written).expect("text");
        let body = r#"{"type":"urn:narrowgate:problem:internal_error","title":"Internal error","status":500,"code":"internal_error","request_id":"an-id"}"#;
        assert!(written.starts_with("HTTP/1.1 500 ") && written.ends_with(body), "{written}");
        assert!(!written.contains("hashing"), "{written}");
    }
}
