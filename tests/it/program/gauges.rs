//! What the page of metrics says of the present: connections, logins that wait, the certificate's last day.

use std::thread;
use std::time::Duration;

use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use tempfile::TempDir;

use crate::support::sample::World;
use crate::support::wire::connect;
use crate::support::{Gate, Issuer, Legacy, signal, wait_until};

const PATIENCE: Duration = Duration::from_secs(10);
const EXPIRY: &str = "narrowgate_tls_certificate_expiry_timestamp_seconds";

/// The value of a series, as written.
fn gauge(gate: &Gate, series: &str) -> Option<String> {
    let page = gate.manage("/metrics").text();
    let line = page
        .lines()
        .find(|line| line.strip_prefix(series).is_some_and(|rest| rest.starts_with(' ')))?;
    line.rsplit(' ').next().map(str::to_owned)
}

fn is(gate: &Gate, series: &str, value: &str) -> bool {
    gauge(gate, series).as_deref() == Some(value)
}

#[test]
fn connections_are_counted_while_they_are_open() {
    let world = World::on(Legacy::sqlite());
    // One is the scrape's own.
    wait_until("nobody is there", PATIENCE, || is(&world.gate, "narrowgate_connections", "1"));
    let open: Vec<_> = (0..5).map(|_| connect(world.gate.address).expect("a connection")).collect();
    wait_until("five are open", PATIENCE, || is(&world.gate, "narrowgate_connections", "6"));
    drop(open);
    wait_until("they are closed", PATIENCE, || is(&world.gate, "narrowgate_connections", "1"));
}

#[test]
fn connections_to_the_database_are_those_of_the_budget() {
    for legacy in [Legacy::postgresql(), Legacy::mysql()].into_iter().flatten() {
        let world = World::with(legacy, |gate| gate.config("database.pool_size", 4));
        world.get_user("ada").expect(200, "");
        let state = |state: &str| {
            let series = format!("narrowgate_database_connections{{state=\"{state}\"}}");
            gauge(&world.gate, &series).and_then(|value| value.parse::<u32>().ok()).unwrap_or(99)
        };
        let (open, free) = (state("open"), state("free"));
        assert!((1..=5).contains(&open) && free <= 5, "{open} and {free}");
        wait_until("all are accounted for", PATIENCE, || state("open") + state("free") == 5);
    }
}

#[test]
fn logins_that_wait_for_a_hash_are_counted() {
    let legacy = Legacy::sqlite();
    legacy.add_dear_user();
    let world = World::with(legacy, |gate| gate.config("passwords.max_concurrent", 1));
    assert!(is(&world.gate, "narrowgate_hashes_waiting", "0"));
    let number = world.dear_logins_in(Duration::from_secs(2));
    thread::scope(|scope| {
        for _ in 0..number {
            scope.spawn(|| world.login_dear());
        }
        wait_until("some wait", PATIENCE, || {
            gauge(&world.gate, "narrowgate_hashes_waiting").is_some_and(|value| value != "0")
        });
    });
    wait_until("none waits", PATIENCE, || is(&world.gate, "narrowgate_hashes_waiting", "0"));
}

/// A pair of files whose last day is the first of this year.
fn certificate(folder: &TempDir, year: i32) {
    let key = KeyPair::generate().expect("a key");
    let mut params = CertificateParams::new(vec!["localhost".into()]).expect("a name");
    params.not_after = date_time_ymd(year, 1, 1);
    let certificate = params.self_signed(&key).expect("a certificate");
    let write = |name, text| std::fs::write(folder.path().join(name), text).expect("written");
    write("tls.key", key.serialize_pem());
    write("tls.crt", certificate.pem());
}

#[test]
fn the_certificate_says_until_when() {
    let folder = TempDir::new().expect("a folder");
    certificate(&folder, 2027);
    let path = |name: &str| folder.path().join(name).to_str().expect("a path").to_owned();
    let (issuer, legacy) = (Issuer::start(), Legacy::sqlite());
    let gate = Gate::builder(&issuer, &legacy)
        .config("management.bind", "127.0.0.1:0")
        .config("server.tls_certificate", path("tls.crt"))
        .config("server.tls_private_key", path("tls.key"))
        .start();
    assert!(is(&gate, EXPIRY, "1798761600"), "2027-01-01, not {:?}", gauge(&gate, EXPIRY));
    certificate(&folder, 2028);
    signal(gate.pid(), "HUP");
    wait_until("the next one", PATIENCE, || is(&gate, EXPIRY, "1830297600"));
    assert_eq!(gauge(&World::on(Legacy::sqlite()).gate, EXPIRY), None, "without TLS there is none");
}
