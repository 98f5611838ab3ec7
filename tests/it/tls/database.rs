//! TLS to the database: verified or not at all. A password is never sent to whoever answers.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

use super::RELOAD;
use crate::support::certificates::{Authority, replace};
use crate::support::sample::World;
use crate::support::{Engine, Gate, GateBuilder, Issuer, Legacy, Proxy, wait_until};

/// The authority of the servers' certificates, which are for 127.0.0.1 and localhost.
fn ca() -> Option<String> {
    std::env::var("NARROWGATE_TEST_CA").ok().filter(|path| !path.is_empty())
}

fn servers(test: impl Fn(Legacy, &str)) {
    let Some(ca) = ca() else { return };
    for legacy in [Legacy::postgresql, Legacy::mysql].into_iter().filter_map(|make| make()) {
        println!("{:?}", legacy.engine);
        test(legacy, &ca);
    }
}

/// Up, but without its database, and it says that the certificate is why.
#[track_caller]
fn expect_distrust(legacy: Legacy, settings: impl Fn(GateBuilder) -> GateBuilder) {
    let world = World::with(legacy, &settings);
    assert_eq!(world.gate.manage("/ready").status, 503);
    world.get_user("ada").expect(503, "unavailable");
    let told = world.gate.entries().into_iter().find(|entry| entry["message"] == "database down");
    let cause = told.expect("the cause is logged")["cause"].to_string().to_lowercase();
    assert!(cause.contains("certificate"), "{cause}");
    let (code, output) = settings(Gate::builder(&world.issuer, &world.legacy)).run("check");
    assert_eq!(code, Some(1), "{output}");
    assert!(output.contains("NO  database"), "{output}");
    world.gate.assert_sound();
}

/// Whether the service's sessions are encrypted, as the server sees it.
fn is_encrypted(legacy: &Legacy) -> bool {
    let ssl = legacy.column(
        "SELECT s.ssl::text FROM pg_stat_ssl AS s JOIN pg_stat_activity AS a USING (pid) \
         WHERE a.application_name = 'narrowgate' AND a.datname = current_database()",
    );
    !ssl.is_empty() && ssl.iter().all(|ssl| ssl == "true")
}

/// MariaDB does not show it, but can demand it. Ends when dropped.
struct Demand<'a>(&'a Legacy);

impl<'a> Demand<'a> {
    fn new(legacy: &'a Legacy) -> Self {
        legacy.execute("ALTER USER 'narrowgate_api'@'%' REQUIRE SSL");
        Self(legacy)
    }
}

impl Drop for Demand<'_> {
    fn drop(&mut self) {
        self.0.execute("ALTER USER 'narrowgate_api'@'%' REQUIRE NONE");
    }
}

#[test]
fn the_configured_authority_is_trusted() {
    servers(|legacy, ca| {
        let demand = (legacy.engine == Engine::Mysql).then(|| Demand::new(&legacy));
        let issuer = Issuer::start();
        let builder = Gate::builder(&issuer, &legacy).config("management.bind", "127.0.0.1:0");
        let gate = builder.clone().config("database.ca_certificate", ca).start();
        wait_until("ready", RELOAD, || gate.manage("/ready").status == 200);
        let body = serde_json::json!({ "identifier": "ada" });
        let token = crate::support::Token::auth0().sign();
        gate.ask("/get_user", &token, &body).expect(200, "");
        if demand.is_none() {
            assert!(is_encrypted(&legacy), "PostgreSQL is spoken to in the clear");
        } else {
            let (code, output) = builder.run("check");
            assert_eq!(code, Some(1), "the demand demands nothing: {output}");
        }
        gate.assert_calm();
    });
}

#[test]
fn a_strangers_certificate_is_refused() {
    servers(|legacy, _| {
        let folder = TempDir::new().expect("a folder");
        let file = folder.path().join("ca.pem");
        replace(&file, &Authority::new("a stranger").pem);
        let path = file.to_string_lossy().into_owned();
        expect_distrust(legacy, |gate| gate.config("database.ca_certificate", path.clone()));
    });
}

/// The right authority, but the certificate is for another host.
#[test]
fn a_certificate_for_another_host_is_refused() {
    servers(|legacy, ca| {
        let (_proxy, url) = Proxy::on([127, 0, 0, 2].into(), legacy.url());
        expect_distrust(legacy, |gate| {
            gate.config("database.ca_certificate", ca).config("database.url", url.clone())
        });
    });
}

/// Without a file the system's authorities are asked, and none of them knows a test server.
#[test]
fn tls_without_an_authority_file_trusts_no_unknown() {
    servers(|legacy, _| {
        let url = format!("{}?sslmode=verify-full", legacy.url());
        expect_distrust(legacy, |gate| gate.config("database.url", url.clone()));
    });
}

#[test]
fn modes_that_may_fall_back_are_refused_as_configuration() {
    let (issuer, legacy) = (Issuer::start(), Legacy::sqlite());
    for (url, mode) in [
        ("postgres://u:hush@127.0.0.1/d", "sslmode=prefer"),
        ("postgres://u:hush@127.0.0.1/d", "sslmode=allow"),
        ("postgres://u:hush@127.0.0.1/d", "sslmode=verify-ca"),
        ("postgres://u:hush@db.example.com/d", "sslmode=disable"),
        ("mysql://u:hush@127.0.0.1/d", "ssl-mode=PREFERRED"),
        ("mysql://u:hush@db.example.com/d", "ssl-mode=DISABLED"),
    ] {
        let url = format!("{url}?{mode}");
        let gate = Gate::builder(&issuer, &legacy).config("database.url", &*url);
        for command in ["serve", "check"] {
            let (code, output) = gate.run(command);
            assert_eq!(code, Some(2), "{url}: {output}");
            assert!(output.contains("database.url") && !output.contains("hush"), "{output}");
        }
    }
}

/// The greeting of a MySQL server that has no TLS (protocol 10, CLIENT_SSL not among its flags).
const GREETING: &[u8] = b"\x4a\0\0\0\x0a8.0.30\0\x01\0\0\0abcdefgh\0\xff\xf7\xff\x02\0\xff\xdf\x15\
    \0\0\0\0\0\0\0\0\0\0ijklmnopqrst\0mysql_native_password\0";

/// The first bytes that the service says to a server without TLS, up to where it gives up.
fn told(scheme: &str, settings: impl FnOnce(GateBuilder) -> GateBuilder) -> Vec<u8> {
    let (greeting, refusal) =
        if scheme == "mysql" { (GREETING, &b""[..]) } else { (&b""[..], &b"N"[..]) };
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let url = format!("{scheme}://narrowgate_api:hush@{}/d", listener.local_addr().expect("it"));
    let server = thread::spawn(move || {
        let (mut client, _) = listener.accept().expect("a client");
        client.set_read_timeout(Some(Duration::from_secs(3))).expect("a timeout");
        client.write_all(greeting).expect("said");
        let mut heard = vec![0; 1024];
        let length = client.read(&mut heard).unwrap_or(0);
        heard.truncate(length);
        client.write_all(refusal).ok();
        client.read_to_end(&mut heard).ok();
        heard
    });
    let (issuer, legacy) = (Issuer::start(), Legacy::sqlite());
    let gate = Gate::builder(&issuer, &legacy).config("database.url", url);
    let (code, output) = settings(gate).run("check");
    assert_eq!(code, Some(1), "{output}");
    server.join().expect("the fake server")
}

/// Somebody in the middle says that there is no TLS here: then nothing is said that matters.
#[test]
fn a_server_without_tls_is_told_nothing() {
    const TLS_REQUEST: &[u8] = &[0, 0, 0, 8, 4, 210, 22, 47];
    let folder = TempDir::new().expect("a folder");
    let file = folder.path().join("ca.pem");
    replace(&file, &Authority::new("an authority").pem);
    for (scheme, expected) in [("postgres", TLS_REQUEST), ("mysql", b"")] {
        let path = file.to_string_lossy().into_owned();
        let heard = told(scheme, |gate| gate.config("database.ca_certificate", path));
        assert_eq!(heard, expected, "{scheme}: {:?}", String::from_utf8_lossy(&heard));
        // On loopback, where TLS is not asked for, the same server hears more.
        let heard = String::from_utf8_lossy(&told(scheme, |gate| gate)).into_owned();
        assert!(heard.contains("narrowgate_api"), "{scheme}: {heard:?}");
    }
}
