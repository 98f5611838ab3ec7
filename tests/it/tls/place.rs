//! Where the database is: every form of the URL, against real servers, and nothing in clear text to
//! whoever is not this machine.

use std::io::{Read, Write};
use std::net::{IpAddr, TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use url::Url;

use crate::support::sample::World;
use crate::support::{Engine, Gate, Issuer, Legacy};

const TLS_REQUEST: &[u8] = &[0, 0, 0, 8, 4, 210, 22, 47];
/// A greeting that offers TLS (protocol 10).
const GREETING: &[u8] = b"\x4a\0\0\0\x0a8.0.30\0\x01\0\0\0abcdefgh\0\xff\xff\xff\x02\0\xff\xdf\x15\
    \0\0\0\0\0\0\0\0\0\0ijklmnopqrst\0mysql_native_password\0";

/// An address of this machine that is not loopback; none on a machine without a network.
fn own_address() -> Option<IpAddr> {
    let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
    socket.connect("192.0.2.1:9").ok()?;
    let address = socket.local_addr().ok()?.ip();
    (!address.is_loopback() && !address.is_unspecified()).then_some(address)
}

/// Everything that `check` says to a server at this address before it gives up, TLS or not.
fn heard(at: IpAddr, greeting: &'static [u8], url: impl Fn(u16) -> String) -> Vec<u8> {
    let listener = TcpListener::bind((at, 0)).expect("a port");
    let url = url(listener.local_addr().expect("an address").port());
    let server = thread::spawn(move || {
        let (mut client, _) = listener.accept().expect("a client");
        client.set_read_timeout(Some(Duration::from_millis(500))).expect("a timeout");
        client.write_all(greeting).expect("said");
        let mut heard = vec![];
        client.read_to_end(&mut heard).ok();
        heard
    });
    let (issuer, legacy) = (Issuer::start(), Legacy::sqlite());
    let (code, output) = Gate::builder(&issuer, &legacy).config("database.url", url).run("check");
    assert_eq!(code, Some(1), "{output}");
    server.join().expect("the fake server")
}

#[test]
fn clear_text_goes_to_this_machine_alone() {
    let Some(far) = own_address() else { return };
    for form in [
        format!("postgres://narrowgate_api:hush@localhost:PORT/d?hostaddr={far}"),
        format!("postgres://narrowgate_api:hush@127.0.0.1:PORT/d?hostaddr={far}"),
        format!("postgres://narrowgate_api:hush@/d?host={far}&port=PORT"),
        format!("postgres://narrowgate_api:hush@/d?hostaddr={far}&port=PORT"),
        format!("postgres://narrowgate_api:hush@127.0.0.1:9,{far}:PORT/d"),
    ] {
        let said = heard(far, b"", |port| form.replace("PORT", &port.to_string()));
        assert_eq!(said, TLS_REQUEST, "{form}: {:?}", String::from_utf8_lossy(&said));
    }
    let url = |port| format!("mysql://narrowgate_api:hush@{far}:{port}/d");
    let said = heard(far, GREETING, url);
    let text = String::from_utf8_lossy(&said);
    assert!(!said.is_empty() && !text.contains("narrowgate_api"), "{text:?}");
}

fn folder_of(engine: Engine) -> Option<PathBuf> {
    let authority = std::env::var("NARROWGATE_TEST_CA").ok().filter(|path| !path.is_empty())?;
    let name = if engine == Engine::Mysql { "mariadb" } else { "postgresql" };
    Some(Path::new(&authority).parent()?.join(name))
}

fn encoded(path: &Path) -> String {
    path.display().to_string().replace('/', "%2F")
}

/// What the service is told in each form, and that it finds ada there.
#[track_caller]
fn serves(legacy: Legacy, urls: &[String]) {
    let world = World::on(legacy);
    for url in urls {
        println!("{url}");
        let builder = Gate::builder(&world.issuer, &world.legacy);
        let gate = builder.config("database.url", url.as_str()).start();
        let body = serde_json::json!({ "identifier": "ada" });
        gate.ask("/get_user", &world.token, &body).expect(200, "");
    }
}

#[test]
fn postgresql_is_found_by_every_form_of_its_url() {
    let Some(legacy) = Legacy::postgresql() else { return };
    let url = Url::parse(legacy.url()).expect("a URL");
    let (port, database) = (url.port().expect("a port"), url.path());
    let who = "narrowgate_api:only-for-tests";
    let mut urls = vec![
        format!("postgresql://{who}@localhost:{port}{database}"),
        format!("postgres://{who}@127.0.0.1:9,127.0.0.1:{port}{database}"),
        format!(
            "postgres://{who}@127.0.0.1:9,127.0.0.1:{port}{database}?target_session_attrs=read-write"
        ),
        format!("postgres://{who}@db.example.com:{port}{database}?hostaddr=127.0.0.1"),
        format!("postgres://{who}@/?host=127.0.0.1&port={port}&dbname={}", &database[1..]),
        format!(
            "postgres://127.0.0.1:{port}{database}?user=narrowgate_api&password=only-for-tests"
        ),
        format!(
            "postgres://{who}@127.0.0.1:{port}{database}?options=-c%20work_mem%3D8MB%20-c%20geqo=off"
        ),
        format!("postgres://%6earrowgate_api:only%2Dfor%2Dtests@127.0.0.1:{port}{database}"),
    ];
    let folder = folder_of(Engine::Postgresql).expect("the servers' folder");
    if folder.join(format!(".s.PGSQL.{port}")).exists() {
        urls.push(format!(
            "postgres://{who}@/{}?host={}&port={port}",
            &database[1..],
            folder.display()
        ));
        urls.push(format!("postgres://{who}@{}:{port}{database}", encoded(&folder)));
    }
    serves(legacy, &urls);
}

#[test]
fn mariadb_is_found_by_every_form_of_its_url() {
    let Some(legacy) = Legacy::mysql() else { return };
    let url = Url::parse(legacy.url()).expect("a URL");
    let port = url.port().expect("a port");
    let who = "narrowgate_api:only-for-tests";
    let socket = folder_of(Engine::Mysql).expect("the servers' folder").join("mariadb.sock");
    serves(
        legacy,
        &[
            format!("mariadb://{who}@localhost:{port}/narrowgate"),
            format!("mysql://{who}@localhost/narrowgate?unix_socket={}", socket.display()),
            format!("mysql://{who}@/narrowgate?socket={}", socket.display()),
            format!("mysql://{who}@{}/narrowgate", encoded(&socket)),
        ],
    );
}

/// Told in words, before anything is sent anywhere, and without a piece of the password.
#[test]
fn urls_that_do_not_work_say_so() {
    let (issuer, legacy) = (Issuer::start(), Legacy::sqlite());
    for (url, words) in [
        ("postgres://u:hush#@127.0.0.1/d", "percent-encode"),
        ("postgres://u:hu@sh@127.0.0.1/d", "percent-encode"),
        ("postgres://u:hu/sh@127.0.0.1/d", "percent-encode"),
        ("postgres://u:hu?sh@127.0.0.1/d", "percent-encode"),
        ("mysql://u:hush%@127.0.0.1/d", "percent-encode"),
        ("postgres://u:hush@127.0.0.1/d?connect_timeout=3", "parameter"),
        ("mysql://u:hush@127.0.0.1/d?charset=utf8", "parameter"),
        ("mysql://u:hush@h1,h2/d", "several servers"),
        ("postgres://u:hush@/d", "names no host"),
        ("postgres://u:hush@localhost/d?host=192.0.2.1", "twice"),
        ("postgres://u:hush@/d?host=/run/postgresql&sslmode=verify-full", "Unix socket"),
    ] {
        let gate = Gate::builder(&issuer, &legacy).config("database.url", url);
        for command in ["serve", "check"] {
            let (code, output) = gate.run(command);
            assert_eq!(code, Some(2), "{url}: {output}");
            assert!(output.contains("database.url") && output.contains(words), "{url}: {output}");
            assert!(!output.contains("hu") || !output.contains("sh@"), "{output}");
            assert!(!output.contains("hush"), "{output}");
        }
    }
}
