//! The metrics page: what each metric means, and the steps of its histograms.

use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};

/// In seconds: from a profile by its identifier to a login that waited for its hash.
const STEPS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0];

enum Kind {
    Counter,
    Gauge,
    Histogram,
}
use Kind::{Counter, Gauge, Histogram};

/// Every metric of the service.
const METRICS: &[(Kind, &str, &str)] = &[
    (Gauge, "narrowgate_build_info", "1; the version is a label"),
    (Counter, "narrowgate_requests_total", "Decisions by endpoint and code; \"ok\" is a profile"),
    (Histogram, "narrowgate_request_seconds", "From a request's head to its answer"),
    (Gauge, "narrowgate_database_up", "1 while the database answers"),
    (Gauge, "narrowgate_database_probe_seconds", "How long the last look at the database took"),
    (Gauge, "narrowgate_key_set_age_seconds", "Since the issuer's keys were fetched"),
    (Counter, "narrowgate_key_set_fetches_total", "Fetches of the issuer's keys by outcome"),
    (
        Gauge,
        "narrowgate_tls_certificate_expiry_timestamp_seconds",
        "Until when the listener's certificate is valid, in seconds since 1970",
    ),
    (Gauge, "narrowgate_connections", "Open connections of both listeners"),
    (
        Counter,
        "narrowgate_connections_refused_total",
        "Connections closed at once, because their address has its share of all",
    ),
    (
        Gauge,
        "narrowgate_database_connections",
        "Connections to a database server: those there are, and how many more there may be",
    ),
    (Gauge, "narrowgate_hashes_waiting", "Logins that wait for a thread to hash on"),
    (Counter, "narrowgate_tls_handshakes_failed_total", "TLS handshakes that failed"),
    (Counter, "narrowgate_hashes_total", "Password hashes computed, by scheme"),
    (Counter, "narrowgate_weak_hashes_total", "Of these, by schemes that cost next to nothing"),
    (Counter, "narrowgate_verified_hashes_total", "Right passwords, by scheme"),
    (Counter, "narrowgate_hashes_abandoned_total", "Hashes that nobody waited for any more"),
    (
        Counter,
        "narrowgate_unverifiable_hashes_total",
        "Logins refused because the stored hash cannot be verified, by reason and scheme",
    ),
    (
        Counter,
        "narrowgate_cut_passwords_total",
        "Logins whose password bcrypt cut after its 72nd byte",
    ),
    (
        Counter,
        "narrowgate_shadow_logins_total",
        "Logins of the legacy application: what it said, and what the gate found",
    ),
    (Counter, "narrowgate_shadow_dropped_total", "Such logins that were not verified, by reason"),
    (Gauge, "narrowgate_audit_seq", "The last line of the log's chain: its number"),
    (Gauge, "narrowgate_audit_head", "The same: its digest's first bytes, as a number"),
    (Counter, "narrowgate_panics_total", "Faults of the program that were caught"),
    (Counter, "narrowgate_log_lines_lost_total", "Lines that nobody read in time"),
];

/// Installs the metrics recorder.
///
/// # Errors
/// There is one already.
pub fn start_metrics() -> Result<PrometheusHandle, BuildError> {
    let steps = Matcher::Full("narrowgate_request_seconds".to_owned());
    let handle =
        PrometheusBuilder::new().set_buckets_for_metric(steps, &STEPS)?.install_recorder()?;
    for (kind, name, meaning) in METRICS {
        match kind {
            Counter => metrics::describe_counter!(*name, *meaning),
            Gauge => metrics::describe_gauge!(*name, *meaning),
            Histogram => metrics::describe_histogram!(*name, *meaning),
        }
    }
    metrics::gauge!("narrowgate_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1);
    Ok(handle)
}

#[cfg(test)]
mod tests {
    use super::METRICS;

    /// Looks through the source as it is.
    #[test]
    fn every_metric_is_described() {
        let mut folders =
            vec![std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))];
        let mut missing = vec![];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let text = std::fs::read_to_string(&path).unwrap_or_default();
                for after in ["counter!(", "gauge!(", "histogram!("]
                    .iter()
                    .flat_map(|it| text.split(it).skip(1))
                {
                    let name = after
                        .trim_start()
                        .strip_prefix('"')
                        .and_then(|name| name.split('"').next());
                    let Some(name) = name.filter(|name| name.starts_with("narrowgate_")) else {
                        continue;
                    };
                    if !METRICS.iter().any(|(_, known, _)| *known == name) {
                        missing.push(name.to_owned());
                    }
                }
            }
        }
        assert!(missing.is_empty(), "not described: {missing:?}");
    }
}
