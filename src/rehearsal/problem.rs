//! What the stand-in answers with.

use serde_json::{Value, json};

use crate::wire::Answer;

/// An answer with a JSON value.
pub(super) fn page(status: u16, value: &Value) -> Answer {
    Answer::new(status, "application/json; charset=utf-8", value.to_string().into_bytes())
}

/// An error as the Management API writes it.
pub(super) fn problem(status: u16, code: &str, message: &str) -> Answer {
    let error = match status {
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        413 => "Payload Too Large",
        429 => "Too Many Requests",
        _ => "Error",
    };
    let value =
        json!({ "statusCode": status, "error": error, "message": message, "errorCode": code });
    page(status, &value)
}

/// A request whose content is refused.
pub(super) fn invalid(message: &str) -> Answer {
    problem(400, "invalid_body", message)
}

/// A token that lacks a scope.
pub(super) fn insufficient(scope: &str) -> Answer {
    let message = format!("Insufficient scope, expected any of: {scope}");
    problem(403, "insufficient_scope", &message)
}

/// Something that is not there.
pub(super) fn absent(code: &str, message: &str) -> Answer {
    problem(404, code, message)
}
