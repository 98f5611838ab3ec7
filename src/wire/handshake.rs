//! TLS handshakes that come to nothing: each is counted, and one in a while is logged.

use std::io;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use rustls::{CertificateError, Error, InvalidMessage};

/// At most one line in this time: whoever knocks must not fill the log.
const BETWEEN: Duration = Duration::from_secs(10);

/// What has failed since the last line.
#[derive(Default)]
pub(super) struct Handshakes(Mutex<(Option<Instant>, u64)>);

impl Handshakes {
    /// Notes one that failed; none in time is an `error` of its own.
    pub(super) fn failed(&self, error: Option<&io::Error>) {
        let inner = error.and_then(io::Error::get_ref).and_then(|error| error.downcast_ref());
        let reason = match (error, inner) {
            (None, _) => "timeout",
            (Some(_), Some(inner)) => reason(inner),
            (Some(_), None) => "closed",
        };
        metrics::counter!("narrowgate_tls_handshakes_failed_total", "reason" => reason)
            .increment(1);
        let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        noted.1 += 1;
        if noted.0.is_some_and(|last| last.elapsed() < BETWEEN) {
            return;
        }
        let failures = std::mem::take(&mut noted.1);
        noted.0 = Some(Instant::now());
        drop(noted);
        let cause = error.map(ToString::to_string);
        let remedy = "look at who connects, and at its authorities, versions and certificate";
        tracing::warn!(reason, cause, failures, remedy, "TLS handshakes failed");
    }
}

/// One of few words, for a metric.
fn reason(error: &Error) -> &'static str {
    match error {
        Error::InvalidMessage(InvalidMessage::InvalidContentType) => "not_tls",
        Error::AlertReceived(_) => "refused_by_client",
        Error::NoCertificatesPresented => "no_client_certificate",
        Error::InvalidCertificate(
            CertificateError::Expired | CertificateError::ExpiredContext { .. },
        ) => "expired_client_certificate",
        Error::InvalidCertificate(_) => "client_certificate",
        Error::PeerIncompatible(_) => "no_common_version",
        _ => "other",
    }
}
