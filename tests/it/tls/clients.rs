//! Mutual TLS: `server.client_ca` decides who may so much as speak.

use super::{RELOAD, Secure};
use crate::support::certificates::{Authority, Certificate, TlsClient};
use crate::support::{signal, wait_until};

/// A gate that demands a certificate of `clients`.
fn gate(clients: &Authority) -> Secure {
    Secure::with(|files, gate| {
        files.write("clients.crt", &clients.pem);
        gate.config("server.client_ca", files.path("clients.crt").to_string_lossy().into_owned())
    })
}

impl Secure {
    fn client(&self, own: Option<&Certificate>) -> TlsClient {
        TlsClient::with(&[&self.authority], rustls::ALL_VERSIONS, own, &[])
    }

    /// Whether this client gets an answer.
    #[track_caller]
    fn admits(&self, client: &TlsClient) -> bool {
        // With TLS 1.3 the refusal comes only after the client's part of the handshake.
        let answer = client.ask(self.world.gate.address, &self.question());
        answer.is_ok_and(|(answer, _)| answer.expect(200, "").status == 200)
    }
}

#[test]
fn only_clients_with_a_good_certificate_are_heard() {
    let clients = Authority::new("the clients' authority");
    let it = gate(&clients);
    let good = clients.issue();
    // The listener's own authority is not the clients', and the name is no help.
    let strangers = [Authority::new("the clients' authority").issue(), it.authority.issue()];
    for version in rustls::ALL_VERSIONS {
        let client =
            |own| TlsClient::with(&[&it.authority], std::slice::from_ref(version), own, &[]);
        assert!(it.admits(&client(Some(&good))), "{version:?}");
        assert!(!it.admits(&client(None)), "{version:?}: without a certificate");
        for stranger in &strangers {
            assert!(!it.admits(&client(Some(stranger))), "{version:?}: a stranger's certificate");
        }
    }
    assert!(it.admits(&it.client(Some(&good))));
    it.world.gate.assert_calm();
}

/// Whoever is no longer wanted is not let in again, with a remembered session either.
#[test]
fn a_replaced_authority_takes_effect() {
    let (old, new) = (Authority::new("the old one"), Authority::new("the new one"));
    let it = gate(&old);
    let (before, after) = (old.issue(), new.issue());
    for version in rustls::ALL_VERSIONS {
        it.files.write("clients.crt", &old.pem);
        signal(it.world.gate.pid(), "HUP");
        let version = std::slice::from_ref(version);
        let client = |own| TlsClient::with(&[&it.authority], version, Some(own), &[]);
        let (leaving, coming) = (client(&before).with_memory(), client(&after));
        wait_until("the old authority", RELOAD, || it.admits(&leaving));
        let mut kept = leaving.connect(it.world.gate.address).expect("a connection");
        kept.ask(&it.question()).expect("an answer").expect(200, "");
        signal(it.world.gate.pid(), "HUP");
        it.files.write("clients.crt", &format!("{}\n", old.pem));
        assert!(it.admits(&leaving), "the same authority in another file");
        kept.ask(&it.question()).expect("an answer").expect(200, "");
        assert!(it.admits(&leaving), "again, from memory");
        assert!(!it.admits(&coming));
        it.files.write("clients.crt", &new.pem);
        signal(it.world.gate.pid(), "HUP");
        wait_until("the new authority", RELOAD, || it.admits(&coming));
        assert!(!it.admits(&client(&before)), "{version:?}: by the old authority");
        assert!(kept.ask(&it.question()).is_err(), "{version:?}: on a connection of before");
        assert!(!it.admits(&leaving), "{version:?}: by a session of the old authority");
    }
    it.world.gate.assert_calm();
}

/// An authority file that breaks does not open the door, nor close it.
#[test]
fn a_broken_authority_file_changes_nothing() {
    let clients = Authority::new("the clients' authority");
    let it = gate(&clients);
    let good = clients.issue();
    for text in ["no certificate", ""] {
        it.files.write("clients.crt", text);
        signal(it.world.gate.pid(), "HUP");
        std::thread::sleep(std::time::Duration::from_millis(300));
        assert!(it.admits(&it.client(Some(&good))));
        assert!(!it.admits(&it.client(None)));
    }
    let alarm = |entry: &serde_json::Value| entry["level"] == "ERROR";
    wait_until("an alarm", RELOAD, || it.world.gate.entries().iter().any(alarm));
}
