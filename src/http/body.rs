//! The request's body: JSON, small, and all there before its deadline.

use std::time::Duration;

use actix_web::http::header::{self, HeaderMap};
use actix_web::web;
use futures_util::StreamExt;
use serde::de::DeserializeOwned;
use tokio::time::timeout;
use zeroize::Zeroizing;

use super::problem::Problem;
use crate::json;

/// The largest body, in bytes.
pub const MAX_BODY_BYTES: usize = 8 * 1024;

/// Reads and parses the body. Only now does a caller's data count for anything.
pub(super) async fn read<B: DeserializeOwned>(
    headers: &HeaderMap,
    payload: &mut web::Payload,
    deadline: Duration,
) -> Result<B, Problem> {
    if !is_json(headers) {
        return Err(Problem::UnsupportedMediaType);
    }
    let announced = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length > MAX_BODY_BYTES) {
        return Err(Problem::PayloadTooLarge);
    }
    let bytes = timeout(deadline, collect(payload))
        .await
        .map_err(|_| Problem::InvalidRequest("the body did not arrive in time"))??;
    json::object(&bytes).map_err(|_| {
        Problem::InvalidRequest("the body is not the JSON object that this endpoint takes")
    })
}

async fn collect(payload: &mut web::Payload) -> Result<Zeroizing<Vec<u8>>, Problem> {
    // At full size from the start: growing would leave copies of a password behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_BODY_BYTES));
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| Problem::InvalidRequest("the body broke off"))?;
        if bytes.len() + chunk.len() > MAX_BODY_BYTES {
            return Err(Problem::PayloadTooLarge);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// `application/json`, in UTF-8 if it says so, and not compressed.
fn is_json(headers: &HeaderMap) -> bool {
    let mut types = headers.get_all(header::CONTENT_TYPE);
    let (Some(content_type), None) = (types.next(), types.next()) else { return false };
    let Ok(content_type) = content_type.to_str() else { return false };
    let mut parts = content_type.split(';').map(|part| part.trim().to_ascii_lowercase());
    parts.next().as_deref() == Some("application/json")
        && parts.all(|parameter| {
            matches!(parameter.as_str(), "" | "charset=utf-8" | "charset=\"utf-8\"")
        })
        && headers.get_all(header::CONTENT_ENCODING).all(|encoding| encoding == "identity")
}
