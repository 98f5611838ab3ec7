//! What the service says of itself: log lines, metrics and the keyed hash that stands for a user.

use std::io::{self, IsTerminal};

use hmac::{Hmac, KeyInit, Mac};
use metrics_exporter_prometheus::{BuildError, PrometheusBuilder, PrometheusHandle};
use sha2::Sha256;
use tracing_subscriber::EnvFilter;

use crate::config::{Log, LogFormat, Secret};

/// Begins logging to stdout and keeps panics from printing what they carry.
pub fn start_logging(settings: &Log) {
    // The crates beneath may log values; only our own lines follow the chosen level.
    let filter = EnvFilter::new(format!(
        "warn,narrowgate={},diesel=off,mysql_async=off,tokio_postgres=off",
        settings.level
    ));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stdout)
        .with_target(false);
    match settings.format {
        LogFormat::Json => {
            builder
                .json()
                .flatten_event(true)
                .with_current_span(false)
                .with_span_list(false)
                .init();
        }
        LogFormat::Text => builder.with_ansi(io::stdout().is_terminal()).init(),
    }
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, remedy = "report it with this line; the service goes on", "panic");
    }));
}

/// Installs the metrics recorder.
///
/// # Errors
/// There is one already.
pub fn start_metrics() -> Result<PrometheusHandle, BuildError> {
    PrometheusBuilder::new().install_recorder()
}

/// Makes log lines about one user recognisable as such without naming the user.
#[derive(Clone)]
pub struct Pseudonyms(Hmac<Sha256>);

impl Pseudonyms {
    /// Uses the configured key, or one that nobody knows and that ends with the process.
    #[must_use]
    pub fn new(key: Option<&Secret>) -> Option<Self> {
        let mut random = [0_u8; 32];
        aws_lc_rs::rand::fill(&mut random).ok()?;
        let key = key.map_or(&random[..], |key| key.reveal().as_bytes());
        Hmac::new_from_slice(key).ok().map(Self)
    }

    /// The first 16 bytes of HMAC-SHA-256 over the text.
    #[must_use]
    pub fn of(&self, text: &str) -> Pseudonym {
        let mut mac = self.0.clone();
        mac.update(text.as_bytes());
        let digest = mac.finalize().into_bytes();
        Pseudonym(digest.iter().take(16).fold(0, |number, byte| (number << 8) | u128::from(*byte)))
    }
}

/// Stands for an identifier in logs and in limits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Pseudonym(u128);

impl std::fmt::Display for Pseudonym {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{:032x}", self.0)
    }
}
