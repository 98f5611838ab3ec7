//! What `narrowgate check` says of the way to the database: the server's own word on whether it is
//! encrypted, against what this end speaks.

use serde_json::Value;
use tempfile::TempDir;

use super::{findings, text};
use crate::support::certificates::{Authority, replace};
use crate::support::{Gate, Issuer, Legacy, offload};

const CODE: &str = "transport_ends_early";

fn check(legacy: &Legacy, url: &str, authority: &str) -> Value {
    let gate = Gate::builder(&Issuer::start(), legacy)
        .config("database.url", url)
        .config("database.ca_certificate", authority);
    let (_, told) = gate.run("check --format json");
    serde_json::from_str(&told).unwrap_or_else(|e| panic!("{e}: {told}"))
}

fn says(report: &Value, words: &str) -> bool {
    let proven = report["proven"].as_array().expect("a list");
    proven.iter().any(|line| line.as_str().is_some_and(|line| line.starts_with(words)))
}

/// Something in between ends TLS: the gate sees a good certificate, the server an open connection.
#[test]
fn tls_that_ends_before_the_server_is_found() {
    let Some(legacy) = Legacy::postgresql() else { return };
    let authority = Authority::new("a pooler's authority");
    let url = offload::before(legacy.url(), &authority.issue());
    let folder = TempDir::new().expect("a folder");
    let file = folder.path().join("ca.pem");
    replace(&file, &authority.pem);
    let report = check(&legacy, &url, &file.to_string_lossy());
    let found = findings(&report).iter().find(|finding| finding["code"] == CODE);
    let found = found.unwrap_or_else(|| panic!("not in {report:#}"));
    assert_eq!(text(found, "level"), "caution");
    assert!(!says(&report, "transport:"), "{report:#}");
}

/// To the server itself the same settings are in order, on either engine.
#[test]
fn tls_to_the_server_itself_is_proven() {
    let Some(ca) = std::env::var("NARROWGATE_TEST_CA").ok().filter(|path| !path.is_empty()) else {
        return;
    };
    for legacy in [Legacy::postgresql, Legacy::mysql].into_iter().filter_map(|make| make()) {
        let report = check(&legacy, legacy.url(), &ca);
        assert!(findings(&report).iter().all(|finding| finding["code"] != CODE), "{report:#}");
        assert!(says(&report, "transport: TLSv1."), "{report:#}");
    }
}
