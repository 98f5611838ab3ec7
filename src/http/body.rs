//! The request's body: JSON, small, and all there before its deadline.

use std::time::Duration;

use serde::de::DeserializeOwned;

use super::problem::Problem;
use crate::json;
use crate::wire::{BodyFault, Exchange};

/// The largest body, in bytes.
pub const MAX_BODY_BYTES: usize = 8 * 1024;

/// Reads and parses the body. Only now does a caller's data count for anything.
pub(super) async fn read<B: DeserializeOwned>(
    exchange: &mut Exchange<'_>,
    deadline: Duration,
) -> Result<B, Problem> {
    if !is_json(exchange) {
        return Err(Problem::UnsupportedMediaType);
    }
    let bytes = exchange.body(MAX_BODY_BYTES, deadline).await?;
    json::object(&bytes).map_err(|_| {
        Problem::InvalidRequest("the body is not the JSON object that this endpoint takes")
    })
}

impl From<BodyFault> for Problem {
    fn from(fault: BodyFault) -> Self {
        match fault {
            BodyFault::TooLarge => Self::PayloadTooLarge,
            BodyFault::Late => Self::InvalidRequest("the body did not arrive in time"),
            BodyFault::BrokenOff => Self::InvalidRequest("the body broke off"),
            BodyFault::Malformed => Self::InvalidRequest("the body's chunks are malformed"),
        }
    }
}

/// `application/json`, in UTF-8 if it says so, and not compressed.
fn is_json(exchange: &Exchange<'_>) -> bool {
    let mut types = exchange.fields("content-type");
    let (Some(content_type), None) = (types.next(), types.next()) else { return false };
    let Ok(content_type) = std::str::from_utf8(content_type) else { return false };
    let mut parts = content_type.split(';').map(str::trim);
    let is = |text: &str, other: &str| text.eq_ignore_ascii_case(other);
    parts.next().is_some_and(|kind| is(kind, "application/json"))
        && parts.all(|parameter| {
            ["", "charset=utf-8", "charset=\"utf-8\""].iter().any(|known| is(parameter, known))
        })
        && exchange.fields("content-encoding").all(|encoding| encoding == b"identity")
}
