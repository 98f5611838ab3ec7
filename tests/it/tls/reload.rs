//! Certificates that change while the service runs: nobody is turned away, and a bad file changes
//! nothing.

use std::io::Write;
use std::time::{Duration, Instant};

use super::{RELOAD, Secure};
use crate::support::certificates::{Authority, Certificate, TlsClient};
use crate::support::{signal, wait_until};

impl Secure {
    /// The certificate that is served right now. The listener must be there, always.
    #[track_caller]
    fn serves(&self, client: &TlsClient, certificate: &Certificate) -> bool {
        let (answer, connection) =
            client.ask(self.world.gate.address, &self.question()).expect("an answer");
        answer.expect(200, "");
        connection.certificate() == certificate.der
    }

    #[track_caller]
    fn await_served(&self, client: &TlsClient, certificate: &Certificate) {
        wait_until("the other certificate", RELOAD, || self.serves(client, certificate));
    }

    fn errors(&self) -> usize {
        self.world.gate.entries().iter().filter(|entry| entry["level"] == "ERROR").count()
    }

    /// Spoils the files; the service sees them, refuses them and says so.
    #[track_caller]
    fn spoil(&self, change: &dyn Fn()) {
        let before = self.errors();
        change();
        signal(self.world.gate.pid(), "HUP");
        wait_until("an alarm", RELOAD, || self.errors() > before);
    }
}

/// Each from a new authority, so that there is no doubt about which is served.
#[test]
fn a_replaced_certificate_is_taken_over_without_a_pause() {
    let it = Secure::start();
    let next = Authority::new("the next authority");
    let fresh = next.issue();
    let client = TlsClient::new(&[&it.authority, &next]);
    let mut kept = client.connect(it.world.gate.address).expect("a connection");
    kept.ask(&it.question()).expect("an answer").expect(200, "");
    assert!(it.serves(&client, &it.served));
    it.files.replace(&fresh);
    it.await_served(&client, &fresh);
    kept.ask(&it.question()).expect("on the old connection").expect(200, "");
    let old = TlsClient::new(&[&it.authority]);
    old.connect(it.world.gate.address).expect_err("the old certificate is still about");
    it.world.gate.assert_calm();
}

/// A half-written pair, nonsense, nothing at all, and then a good pair.
#[test]
fn a_broken_replacement_keeps_the_old_one() {
    let it = Secure::start();
    let fresh = it.authority.issue();
    let client = TlsClient::new(&[&it.authority]);
    let folder = it.files.folder.path();
    let broken: [&dyn Fn(); 4] = [
        &|| it.files.write("tls.crt", &fresh.chain), // and still the old key
        &|| it.files.write("tls.crt", "no certificate"),
        &|| it.files.write("tls.crt", ""),
        &|| std::fs::remove_file(folder.join("tls.key")).expect("removed"),
    ];
    for change in broken {
        it.spoil(change);
        assert!(it.serves(&client, &it.served));
    }
    it.files.replace(&fresh);
    it.await_served(&client, &fresh);
    it.world.gate.assert_sound();
}

/// Each round begins right after a change was taken over. Without the signal a look at the files
/// would be due only seconds later, and three rounds would take far longer.
#[test]
fn sighup_reloads_at_once() {
    let it = Secure::start();
    let client = TlsClient::new(&[&it.authority]);
    let mut took = Duration::ZERO;
    for round in 0..4 {
        let fresh = it.authority.issue();
        it.files.replace(&fresh);
        let start = Instant::now();
        signal(it.world.gate.pid(), "HUP");
        it.await_served(&client, &fresh);
        if round > 0 {
            took += start.elapsed();
        }
    }
    assert!(took < Duration::from_secs(3), "three reloads took {took:?}");
    signal(it.world.gate.pid(), "HUP"); // with nothing to reload
    assert_eq!(it.world.gate.manage("/ready").status, 200);
    it.world.gate.assert_calm();
}

/// Whatever keeps the times of the files as they were, for example `cp -p` or an image: the signal is enough.
#[test]
fn sighup_reloads_whatever_the_times_are() {
    let it = Secure::start();
    let client = TlsClient::new(&[&it.authority]);
    let taken = || {
        let entries = it.world.gate.entries();
        entries.iter().filter(|entry| entry["message"] == "certificate files taken over").count()
    };
    for round in 1..3 {
        signal(it.world.gate.pid(), "HUP");
        wait_until("the files are read", RELOAD, || taken() >= round);
    }
    assert!(it.serves(&client, &it.served));
    let fresh = it.authority.issue();
    for (name, text) in [("tls.key", &fresh.key), ("tls.crt", &fresh.chain)] {
        let path = it.files.path(name);
        let times = std::fs::metadata(&path).expect("a file").modified().expect("a time");
        let file = std::fs::File::options().write(true).truncate(true).open(&path);
        let mut file = file.expect("opened");
        file.write_all(text.as_bytes()).expect("written");
        file.set_modified(times).expect("set back");
    }
    signal(it.world.gate.pid(), "HUP");
    it.await_served(&client, &fresh);
}
