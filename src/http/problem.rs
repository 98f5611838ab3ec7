//! Every refusal and fault as a caller sees it (RFC 9457), and the only place that knows a status.

use std::fmt;
use std::time::Duration;

use actix_web::body::BoxBody;
use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, HttpResponseBuilder, ResponseError};
use serde::Serialize;

use crate::auth::{Rejection, Scope};
use crate::database;
use crate::password::VerifyError;
use crate::profile::InvalidUserRecord;

/// An answer that is no profile. The texts inside are for the log; callers get fixed ones.
#[derive(Debug)]
pub enum Problem {
    /// The gate did not let the caller in; the scope is the endpoint's.
    Rejected(Rejection, Scope),
    /// An authentic token without the endpoint's scope.
    InsufficientScope(Scope),
    /// The body, its fields or the way it was sent break the rules.
    InvalidRequest(&'static str),
    /// Not this user's password, or no such user: one answer for all.
    InvalidCredentials(&'static str),
    /// The right password of a user who is locked out.
    UserBlocked,
    /// Nobody, or somebody who has already migrated.
    UserNotFound,
    /// More than one user; the gate does not choose.
    AmbiguousUser,
    /// Try again after this long.
    TooManyAttempts(Duration),
    /// Not one of the three paths.
    NoSuchEndpoint,
    /// Not POST.
    MethodNotAllowed,
    /// A body over the limit.
    PayloadTooLarge,
    /// A body that is not JSON.
    UnsupportedMediaType,
    /// More header bytes than a token and a few fields need.
    HeadersTooLarge,
    /// More work than can be done in time.
    Overloaded,
    /// Something we need is not there now; the text says what.
    Unavailable(String),
    /// A row that must not be emitted.
    InvalidUserRecord(InvalidUserRecord),
    /// A fault of our own.
    InternalError(&'static str),
}

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

const MISSING_TOKEN: Fixed = (401, "missing_token", "A bearer token is required");
const INVALID_REQUEST: Fixed = (400, "invalid_request", "The request is malformed");
const INVALID_TOKEN: Fixed = (401, "invalid_token", "The access token is not valid");
const INSUFFICIENT_SCOPE: Fixed =
    (403, "insufficient_scope", "The access token does not allow this");
const UNAVAILABLE: Fixed = (503, "unavailable", "The service cannot answer now");
const INVALID_CREDENTIALS: Fixed = (403, "invalid_credentials", "Wrong identifier or password");
const USER_BLOCKED: Fixed = (403, "user_blocked", "The user is blocked");
const USER_NOT_FOUND: Fixed = (404, "user_not_found", "There is no such user");
const AMBIGUOUS_USER: Fixed = (409, "ambiguous_user", "More than one user has this identifier");
const TOO_MANY_ATTEMPTS: Fixed = (429, "too_many_attempts", "Too many attempts");
const NO_SUCH_ENDPOINT: Fixed = (404, "no_such_endpoint", "There is no such endpoint");
const METHOD_NOT_ALLOWED: Fixed = (405, "method_not_allowed", "Only POST is allowed");
const PAYLOAD_TOO_LARGE: Fixed = (413, "payload_too_large", "The body is too large");
const UNSUPPORTED_MEDIA_TYPE: Fixed = (415, "unsupported_media_type", "The body must be JSON");
const HEADERS_TOO_LARGE: Fixed = (431, "headers_too_large", "The header fields are too large");
const OVERLOADED: Fixed = (503, "overloaded", "The service is overloaded");
const INVALID_USER_RECORD: Fixed = (500, "invalid_user_record", "The user's record is not valid");
const INTERNAL_ERROR: Fixed = (500, "internal_error", "Internal error");

impl Problem {
    fn fixed(&self) -> Fixed {
        match self {
            Self::Rejected(Rejection::Missing, _) => MISSING_TOKEN,
            Self::Rejected(Rejection::Malformed(_), _) | Self::InvalidRequest(_) => INVALID_REQUEST,
            Self::Rejected(Rejection::Invalid(_), _) => INVALID_TOKEN,
            Self::Rejected(Rejection::KeysUnavailable, _) | Self::Unavailable(_) => UNAVAILABLE,
            Self::Rejected(Rejection::WrongParty(_), _) | Self::InsufficientScope(_) => {
                INSUFFICIENT_SCOPE
            }
            Self::InvalidCredentials(_) => INVALID_CREDENTIALS,
            Self::UserBlocked => USER_BLOCKED,
            Self::UserNotFound => USER_NOT_FOUND,
            Self::AmbiguousUser => AMBIGUOUS_USER,
            Self::TooManyAttempts(_) => TOO_MANY_ATTEMPTS,
            Self::NoSuchEndpoint => NO_SUCH_ENDPOINT,
            Self::MethodNotAllowed => METHOD_NOT_ALLOWED,
            Self::PayloadTooLarge => PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType => UNSUPPORTED_MEDIA_TYPE,
            Self::HeadersTooLarge => HEADERS_TOO_LARGE,
            Self::Overloaded => OVERLOADED,
            Self::InvalidUserRecord(_) => INVALID_USER_RECORD,
            Self::InternalError(_) => INTERNAL_ERROR,
        }
    }

    /// What callers branch on.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.fixed().1
    }

    /// Why, for the log; it holds nothing of any user.
    #[must_use]
    pub fn reason(&self) -> Option<String> {
        match self {
            Self::Rejected(rejection, _) => Some(rejection.to_string()),
            Self::InvalidRequest(reason)
            | Self::InvalidCredentials(reason)
            | Self::InternalError(reason) => Some((*reason).to_owned()),
            Self::Unavailable(cause) => Some(cause.clone()),
            Self::InvalidUserRecord(record) => Some(record.to_string()),
            _ => None,
        }
    }

    /// Whether this is ours to mend, and how; refusals are information for the caller.
    #[must_use]
    pub fn remedy(&self) -> Option<&'static str> {
        match self {
            Self::Rejected(Rejection::KeysUnavailable, _) => {
                Some("check auth.jwks_uri and the way to it; logins wait for the key set")
            }
            Self::Unavailable(_) => {
                Some("check the database and the way to it; run `narrowgate check`")
            }
            Self::InvalidUserRecord(_) => Some("mend the row or the view legacy_user"),
            Self::InternalError(_) => Some("report it with this line"),
            _ => None,
        }
    }

    /// Whether the connection ends with this answer: what came before a valid token, and what left
    /// a body unread. Only callers that the gate knows may keep a connection, and drip into it.
    #[must_use]
    pub fn ends_connection(&self) -> bool {
        matches!(
            self,
            Self::Rejected(..)
                | Self::InsufficientScope(_)
                | Self::InvalidRequest(_)
                | Self::NoSuchEndpoint
                | Self::MethodNotAllowed
                | Self::PayloadTooLarge
                | Self::UnsupportedMediaType
                | Self::HeadersTooLarge
        )
    }

    /// The whole answer.
    #[must_use]
    pub fn response(&self, request_id: &str) -> HttpResponse {
        let (status, code, title) = self.fixed();
        let document = Document {
            r#type: format!("urn:narrowgate:problem:{code}"),
            title,
            status,
            code,
            request_id,
        };
        let body = serde_json::to_vec(&document).unwrap_or_default();
        let mut response = HttpResponse::build(self.status_code());
        self.add_headers(&mut response);
        response.content_type("application/problem+json").body(body)
    }

    fn add_headers(&self, response: &mut HttpResponseBuilder) {
        let challenge = |error: &str| format!("Bearer realm=\"narrowgate\"{error}");
        match self {
            Self::Rejected(Rejection::Missing, _) => {
                response.insert_header((header::WWW_AUTHENTICATE, challenge("")))
            }
            Self::Rejected(Rejection::Malformed(_), _) => response.insert_header((
                header::WWW_AUTHENTICATE,
                challenge(", error=\"invalid_request\""),
            )),
            Self::Rejected(Rejection::Invalid(_), _) => response
                .insert_header((header::WWW_AUTHENTICATE, challenge(", error=\"invalid_token\""))),
            Self::Rejected(Rejection::WrongParty(_), scope) | Self::InsufficientScope(scope) => {
                let error = format!(", error=\"insufficient_scope\", scope=\"{}\"", scope.as_str());
                response.insert_header((header::WWW_AUTHENTICATE, challenge(&error)))
            }
            Self::MethodNotAllowed => response.insert_header((header::ALLOW, "POST")),
            Self::TooManyAttempts(wait) => {
                response.insert_header((header::RETRY_AFTER, wait.as_secs().max(1)))
            }
            Self::Overloaded
            | Self::Unavailable(_)
            | Self::Rejected(Rejection::KeysUnavailable, _) => {
                response.insert_header((header::RETRY_AFTER, 2))
            }
            _ => response,
        };
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.code())
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.fixed().0).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// Only the status: the door adds the body, which needs the request's id.
    fn error_response(&self) -> HttpResponse<BoxBody> {
        HttpResponse::new(self.status_code())
    }
}

impl From<database::Error> for Problem {
    fn from(error: database::Error) -> Self {
        match error {
            database::Error::InvalidRecord(record) => Self::InvalidUserRecord(record),
            // Whatever else the database says, it has not said that there is no such user.
            other => Self::Unavailable(other.to_string()),
        }
    }
}

impl From<VerifyError> for Problem {
    fn from(error: VerifyError) -> Self {
        match error {
            VerifyError::Overloaded => Self::Overloaded,
            VerifyError::Broken => Self::InternalError("a hashing thread failed"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The one documented answer that nothing from outside can provoke.
    #[actix_web::test]
    async fn an_internal_error_says_nothing_of_its_cause() {
        let response = Problem::InternalError("a hashing thread failed").response("an-id");
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let body = actix_web::body::to_bytes(response.into_body()).await.expect("a body");
        let expected = br#"{"type":"urn:narrowgate:problem:internal_error","title":"Internal error","status":500,"code":"internal_error","request_id":"an-id"}"#;
        assert_eq!(&body[..], &expected[..]);
    }
}
