//! Ending a connection whose body was not read.
//!
//! actix closes such a connection after a pause, unless the body's reader is gone and the body is
//! chunked: then it waits for the last chunk, which a hostile caller never sends. So the reader is
//! kept alive until the answer is written.

use std::error::Error;
use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceResponse};
use actix_web::web::Bytes;

struct Holding {
    body: BoxBody,
    _unread: Box<Payload>,
}

/// Sends the answer while holding the body that it leaves unread.
pub(super) fn hold(response: ServiceResponse, unread: Payload) -> ServiceResponse {
    response.map_body(|_, body| BoxBody::new(Holding { body, _unread: Box::new(unread) }))
}

impl MessageBody for Holding {
    type Error = Box<dyn Error>;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.get_mut().body).poll_next(context)
    }
}
