//! What the listener speaks: TLS 1.2 and 1.3, HTTP/1.1 inside, and nothing else.

use std::io::{Read, Write};
use std::thread;
use std::time::Duration;

use rustls::ProtocolVersion;
use rustls::version::{TLS12, TLS13};

use super::Secure;
use crate::support::certificates::{Authority, TlsClient};
use crate::support::wire::connect;
use crate::support::{Request, wait_until};

#[test]
fn tls_1_2_and_1_3_are_spoken() {
    let it = Secure::start();
    for (version, name) in [(&TLS12, ProtocolVersion::TLSv1_2), (&TLS13, ProtocolVersion::TLSv1_3)]
    {
        let client = TlsClient::with(&[&it.authority], &[version], None, &[]);
        let (answer, connection) =
            client.ask(it.world.gate.address, &it.question()).expect("an answer");
        answer.expect(200, "");
        assert_eq!(connection.version(), Some(name));
        assert_eq!(connection.certificate(), it.served.der);
    }
    it.world.gate.assert_calm();
}

/// The kit's client does check certificates; without this, nothing here would mean much.
#[test]
fn a_client_that_trusts_somebody_else_does_not_connect() {
    let it = Secure::start();
    let stranger = TlsClient::new(&[&Authority::new("a stranger")]);
    stranger.connect(it.world.gate.address).expect_err("trusted without reason");
}

/// A ClientHello of this version, with cipher suites of all ages (RFC 5246 section 7.4.1.2).
fn client_hello(version: u8) -> Vec<u8> {
    let suites = [[0xc0, 0x2b], [0xc0, 0x2f], [0xc0, 0x09], [0xc0, 0x13], [0x00, 0x2f], [0, 0xff]];
    let extensions = [
        &[0, 10, 0, 6, 0, 4, 0, 29, 0, 23][..], // groups: X25519, P-256
        &[0, 11, 0, 2, 1, 0],                   // points: uncompressed
        &[0, 13, 0, 8, 0, 6, 4, 3, 4, 1, 8, 4], // signatures: ECDSA and RSA with SHA-256
    ]
    .concat();
    let length = |bytes: &[u8]| u16::try_from(bytes.len()).expect("short").to_be_bytes();
    let body = [
        &[3, version][..],
        &[7; 32], // random
        &[0],     // no session
        &length(suites.as_flattened()),
        suites.as_flattened(),
        &[1, 0], // no compression
        &length(&extensions),
        &extensions,
    ]
    .concat();
    let message = [&[1, 0][..], &length(&body), &body].concat();
    [&[22, 3, 1][..], &length(&message), &message].concat()
}

/// The first bytes of what the listener says to these; none if it closes.
fn first_words(it: &Secure, bytes: &[u8]) -> Vec<u8> {
    let mut stream = connect(it.world.gate.address).expect("a connection");
    stream.write_all(bytes).expect("taken");
    let mut heard = vec![0; 16];
    let length = stream.read(&mut heard).unwrap_or(0); // a reset is a refusal as well
    heard.truncate(length);
    heard
}

#[test]
fn older_versions_are_refused() {
    const HANDSHAKE: u8 = 22;
    const ALERT: u8 = 21;
    const PROTOCOL_VERSION: u8 = 70;
    let it = Secure::start();
    let good = first_words(&it, &client_hello(3));
    assert_eq!(good.first(), Some(&HANDSHAKE), "TLS 1.2 in the same words: {good:?}");
    for (version, name) in [(2, "TLS 1.1"), (1, "TLS 1.0"), (0, "SSL 3")] {
        let heard = first_words(&it, &client_hello(version));
        assert_eq!(heard.first(), Some(&ALERT), "{name}: {heard:?}");
        assert_eq!(heard.get(6), Some(&PROTOCOL_VERSION), "{name}: {heard:?}");
    }
    it.world.gate.assert_calm();
}

/// Not even to be sent elsewhere: whoever asks in the clear has already told the token.
#[test]
fn plain_http_is_not_answered() {
    let it = Secure::start();
    for request in [it.question(), Request::new("GET", "/").bytes()] {
        let heard = first_words(&it, &request);
        assert!(!heard.starts_with(b"HTTP"), "{}", String::from_utf8_lossy(&heard));
    }
    it.world.gate.assert_calm();
}

#[test]
fn http_2_is_not_offered() {
    const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
    let it = Secure::start();
    let to = it.world.gate.address;
    let with = |protocols| TlsClient::with(&[&it.authority], rustls::ALL_VERSIONS, None, protocols);
    let (answer, both) = with(&[b"h2", b"http/1.1"]).ask(to, &it.question()).expect("an answer");
    answer.expect(200, "");
    assert_ne!(both.protocol().as_deref(), Some(&b"h2"[..]));
    // Refused in the handshake, or left without a protocol; and then not spoken either.
    if let Ok(mut only) = with(&[b"h2"]).connect(to) {
        assert_eq!(only.protocol(), None);
        let heard = only.hear(PREFACE).unwrap_or_default();
        assert!(heard.is_empty() || heard.starts_with(b"HTTP/1.1 4"), "{heard:?}");
    }
}

/// A handshake that never comes about costs a connection for some seconds, no more.
#[test]
fn a_handshake_that_stops_is_ended() {
    let it = Secure::start();
    let hello = client_hello(3);
    thread::scope(|scope| {
        for start in [&b""[..], &hello[..20], &hello] {
            let mut stream = connect(it.world.gate.address).expect("a connection");
            stream.write_all(start).expect("taken");
            stream.set_read_timeout(Some(Duration::from_secs(12))).expect("a timeout");
            scope.spawn(move || {
                let end = stream.read_to_end(&mut vec![]);
                assert!(end.is_ok(), "open after {} bytes of a hello: {end:?}", start.len());
            });
        }
    });
    it.world.gate.assert_calm();
}

/// Each is counted by its kind; the log says so now and then, not each time.
#[test]
fn failed_handshakes_are_counted_and_told_at_a_bounded_rate() {
    let it = Secure::start();
    for _ in 0..20 {
        first_words(&it, &Request::new("GET", "/").bytes());
        first_words(&it, &client_hello(1));
    }
    let failed = || it.world.counter("narrowgate_tls_handshakes_failed_total");
    wait_until("all are counted", Duration::from_secs(10), || failed() >= 40);
    assert!(it.world.counter("narrowgate_tls_handshakes_failed_total{reason=\"not_tls\"}") >= 20);
    let entries = it.world.gate.entries();
    let told = entries.iter().filter(|entry| entry["message"] == "TLS handshakes failed").count();
    assert!((1..=3).contains(&told), "{told} lines");
    it.world.gate.assert_calm();
}
