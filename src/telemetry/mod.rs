//! What the service says of itself: log lines, metrics and the keyed hash that stands for a user.

mod page;
mod panics;
mod stdout;

use std::fmt::{self, Write};
use std::io::{self, IsTerminal};
use std::time::{Duration, Instant, SystemTime};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::{DefaultFields, Writer};
use tracing_subscriber::fmt::{FmtContext, FormatEvent};
use tracing_subscriber::registry::LookupSpan;

use crate::audit::chain::Chain;
use crate::config::{Log, LogFormat, Secret};
use stdout::Stdout;

pub use page::start_metrics;
pub use panics::{go_on, tell_panics};
pub use stdout::Logging;

/// Lines about the log itself, which every level has.
const AUDIT: &str = "narrowgate::audit";
/// Lines about decisions, which every level has: the log is evidence only where none is left out.
pub const DECISION: &str = "narrowgate::decision";
/// Between two looks at the end of the log, and at most between two lines that tell it.
const LOOK: Duration = Duration::from_secs(2);
const HEAD: Duration = Duration::from_mins(1);
/// At most so many lines are between two that tell the end.
const HEAD_LINES: u64 = 1000;

/// Tells the end of the log's chain for ever, as metrics and now and then as a line: whoever keeps
/// those elsewhere has a witness.
pub async fn tell_heads(logging: &Logging) {
    let (mut told, mut line) = (Instant::now(), 0);
    loop {
        tokio::time::sleep(LOOK).await;
        let Some(head) = logging.head() else { continue };
        metrics::gauge!("narrowgate_audit_seq").set(exact(head.seq));
        metrics::gauge!("narrowgate_audit_head").set(exact(head.number));
        if told.elapsed() >= HEAD || head.seq >= line + HEAD_LINES {
            tracing::info!(target: AUDIT, audit = "head", "the log goes on");
            (told, line) = (Instant::now(), head.seq);
        }
    }
}

/// Ends the log's chain: nothing is logged after this.
pub fn log_end() {
    tracing::info!(target: AUDIT, audit = "end", "stopped");
}

/// A number below 2^53.
fn exact(number: u64) -> f64 {
    let part = |shift: u32| u32::try_from((number >> shift) & 0xffff_ffff).unwrap_or_default();
    f64::from(part(32)) * 4_294_967_296.0 + f64::from(part(0))
}

/// Begins logging to stdout and keeps panics from printing what they carry. Hold the result as
/// long as there may be something to log.
///
/// # Errors
/// There is no stdout.
pub fn start_logging(settings: &Log) -> io::Result<Logging> {
    // The crates beneath may log values; only our own lines follow the chosen level.
    let filter = EnvFilter::new(format!(
        "warn,narrowgate={},{AUDIT}=info,{DECISION}=info,diesel=off,mysql_async=off,tokio_postgres=off",
        settings.level
    ));
    let (gap, chain): (fn(u64) -> String, _) = match settings.format {
        LogFormat::Json => (gap_in_json, Some(Chain::default())),
        LogFormat::Text => (gap_in_text, None),
    };
    let (stdout, logging) = Stdout::open(gap, chain)?;
    let builder =
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(stdout).with_target(false);
    match settings.format {
        LogFormat::Json => builder.event_format(JsonLines).init(),
        LogFormat::Text => builder.with_ansi(io::stdout().is_terminal()).init(),
    }
    panics::log_panics();
    let stream = uuid::Uuid::new_v4();
    tracing::info!(target: AUDIT, audit = "start", %stream, version = env!("CARGO_PKG_VERSION"), "the log begins");
    Ok(logging)
}

const GAP: &str = "log lines are missing";
const SLOW_READER: &str = "whatever reads stdout stood still or was too slow; look after it";

/// The line that stands where lines are missing.
fn gap_in_json(missing: u64) -> String {
    let time = humantime::format_rfc3339_micros(SystemTime::now());
    format!(
        "{{\"timestamp\":\"{time}\",\"level\":\"ERROR\",\"message\":\"{GAP}\",\"missing\":{missing},\"remedy\":\"{SLOW_READER}\"}}\n"
    )
}

fn gap_in_text(missing: u64) -> String {
    let time = humantime::format_rfc3339_micros(SystemTime::now());
    format!("{time} ERROR {GAP} missing={missing} remedy=\"{SLOW_READER}\"\n")
}

/// One flat JSON object a line, built in one piece: a line is logged for every request, and the
/// general formatter would cost a sixth of what the request does.
struct JsonLines;

impl<S: Subscriber + for<'a> LookupSpan<'a>> FormatEvent<S, DefaultFields> for JsonLines {
    fn format_event(
        &self,
        _: &FmtContext<'_, S, DefaultFields>,
        mut out: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let time = humantime::format_rfc3339_micros(SystemTime::now());
        let level = event.metadata().level();
        let mut line = Line(String::with_capacity(512));
        write!(line.0, "{{\"timestamp\":\"{time}\",\"level\":\"{level}\"")?;
        event.record(&mut line);
        line.0.push_str("}\n");
        out.write_str(&line.0)
    }
}

/// A line in the making; every value of a caller goes through JSON's own escaping.
struct Line(String);

impl Line {
    fn member(&mut self, field: &Field, value: &str) {
        self.0.push_str(",\"");
        self.0.push_str(field.name());
        self.0.push_str("\":");
        self.0.push_str(value);
    }
}

impl Visit for Line {
    fn record_str(&mut self, field: &Field, value: &str) {
        let plain = |byte: u8| byte >= b' ' && byte != b'"' && byte != b'\\';
        if value.bytes().all(plain) {
            self.member(field, "\"");
            self.0.push_str(value);
            self.0.push('"');
        } else {
            let escaped = serde_json::to_string(value).unwrap_or_default();
            self.member(field, &escaped);
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.record_str(field, &format!("{value:?}"));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.member(field, &value.to_string());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.member(field, &value.to_string());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.member(field, if value { "true" } else { "false" });
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.member(field, &format!("{value:.3}"));
    }
}

/// Makes log lines about one user recognisable as such without naming the user.
#[derive(Clone)]
pub struct Pseudonyms(Hmac<Sha256>);

impl Pseudonyms {
    /// Uses the configured key, or one that nobody knows and that ends with the process.
    ///
    /// # Errors
    /// What failed: there is no key, and the system gives no random bytes for one.
    pub fn new(key: Option<&Secret>) -> Result<Self, String> {
        let mut random = [0_u8; 32];
        let key = if let Some(key) = key {
            key.reveal().as_bytes()
        } else {
            let filled = aws_lc_rs::rand::fill(&mut random);
            filled.map_err(|_| "the system gives no random bytes for a key".to_owned())?;
            random.as_slice()
        };
        Hmac::new_from_slice(key).map(Self).map_err(|error| error.to_string())
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

impl fmt::Display for Pseudonym {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:032x}", self.0)
    }
}
