//! How each problem is answered (RFC 9457): the only place that knows a status code.

use actix_web::body::BoxBody;
use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, HttpResponseBuilder, ResponseError};
use serde::Serialize;

use super::Problem;
use crate::auth::Rejection;

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
    pub(super) fn fixed(&self) -> Fixed {
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

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.fixed().0).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// Only the status: the door adds the body, which needs the request's id.
    fn error_response(&self) -> HttpResponse<BoxBody> {
        HttpResponse::new(self.status_code())
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
