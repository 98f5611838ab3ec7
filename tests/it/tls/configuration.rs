//! TLS that cannot be had as configured ends the start with code 2, and every fault names its key.

use super::{Files, Secure};
use crate::support::certificates::Authority;
use crate::support::{Gate, GateBuilder, Issuer, Legacy};

fn builder() -> (Issuer, Legacy, GateBuilder) {
    let (issuer, legacy) = (Issuer::start(), Legacy::sqlite());
    let gate = Gate::builder(&issuer, &legacy);
    (issuer, legacy, gate)
}

#[track_caller]
fn expect_fault(gate: &GateBuilder, command: &str, key: &str) {
    let (code, output) = gate.run(command);
    assert_eq!(code, Some(2), "{output}");
    assert!(output.contains(key), "{key} is not named: {output}");
    assert!(!output.contains("PRIVATE KEY"), "{output}");
}

#[test]
fn files_that_do_not_serve_are_named() {
    let (_issuer, _legacy, gate) = builder();
    let authority = Authority::new("an authority");
    let (own, other) = (authority.issue(), authority.issue());
    let files = Files::new(&own);
    let gate = files.configure(gate);
    let certificate = "server.tls_certificate";
    let key = "server.tls_private_key";
    for (file, text, named) in [
        ("tls.key", other.key.as_str(), key), // the key of another certificate
        ("tls.key", own.chain.as_str(), key),
        ("tls.key", "", key),
        ("tls.crt", "no certificate", certificate),
        ("tls.crt", "", certificate),
        ("tls.crt", own.key.as_str(), certificate),
    ] {
        files.write(file, text);
        expect_fault(&gate, "serve", named);
        files.replace(&own);
    }
    for (name, named) in [("tls.key", key), ("tls.crt", certificate)] {
        std::fs::remove_file(files.path(name)).expect("removed");
        expect_fault(&gate, "serve", named);
        expect_fault(&gate, "check", named);
        files.replace(&own);
    }
    expect_fault(&gate.clone().without(key), "serve", key);
    expect_fault(&gate.clone().without(certificate), "serve", certificate);
    files.write("clients.crt", "no certificate");
    let path = files.path("clients.crt").to_string_lossy().into_owned();
    expect_fault(&gate.config("server.client_ca", path), "serve", "server.client_ca");
}

/// Callers refuse it, and everything here looks well.
#[test]
fn a_certificate_that_is_over_is_told() {
    let (_issuer, _legacy, gate) = builder();
    let authority = Authority::new("an authority");
    let files = Files::new(&authority.issue());
    let gate = files.configure(gate);
    assert!(!gate.run("check").1.contains("is valid until"));
    files.replace(&authority.issue_until(2021));
    let (_, told) = gate.run("check");
    assert!(told.contains("is valid until 2021-01-01T00:00:00Z"), "{told}");
    let running = gate.start();
    assert!(running.log().iter().any(|line| line.contains("is valid until 2021")));
}

/// Clients cannot be asked for certificates where there is no TLS.
#[test]
fn client_ca_needs_a_certificate() {
    let (_issuer, _legacy, gate) = builder();
    let files = Files::new(&Authority::new("an authority").issue());
    let path = files.path("tls.crt").to_string_lossy().into_owned();
    expect_fault(&gate.config("server.client_ca", path), "serve", "server.tls_certificate");
}

#[test]
fn plain_http_off_loopback_has_to_be_said_in_so_many_words() {
    for bind in ["0.0.0.0:0", "[::]:0"] {
        let (_issuer, _legacy, gate) = builder();
        let gate = gate.config("server.bind", bind);
        for command in ["serve", "check"] {
            expect_fault(&gate, command, "server.bind");
            expect_fault(&gate, command, "server.behind_tls_proxy");
            let no = gate.clone().config("server.behind_tls_proxy", false);
            expect_fault(&no, command, "server.behind_tls_proxy");
        }
        // Not every machine speaks IPv6.
        if std::net::TcpListener::bind(bind).is_ok() {
            drop(gate.config("server.behind_tls_proxy", true).start());
        }
    }
}

#[test]
fn tls_and_a_tls_proxy_are_one_too_many() {
    let (_issuer, _legacy, gate) = builder();
    let files = Files::new(&Authority::new("an authority").issue());
    let gate = files.configure(gate).config("server.behind_tls_proxy", true);
    expect_fault(&gate, "serve", "server.behind_tls_proxy");
}

/// The log tells operators which of the two it is.
#[test]
fn the_start_says_that_it_is_tls() {
    let it = Secure::start();
    let listening = it.world.gate.entries().into_iter().find(|e| e["message"] == "listening");
    assert_eq!(listening.expect("an entry")["tls"], true);
}
