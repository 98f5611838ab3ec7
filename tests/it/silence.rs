//! Nothing that is secret or personal is printed or answered, whatever goes wrong: canaries are planted everywhere, and
//! everything that the program says is searched for them.

mod database;
mod key_set;

use std::path::Path;

use serde_json::json;

use crate::support::program::Program;
use crate::support::sample::World;
use crate::support::{AUDIENCE, Answer, CLIENT, ISSUER, Issuer, Legacy, Request, Token};

const PASSWORD: &str = "canary-password-5e1f";
const USERNAME: &str = "canary-username-77ab";
const EMAIL: &str = "canary-email-90cd@example.com";
const PEPPER: &str = "canary-pepper-31b2";
const KEY: &str = "canary-identifier-key-c0de";
/// `pbkdf2_sha256` of password and pepper, with one round.
const HASH: &str = "pbkdf2_sha256$1$canary-salt-42$bkZDLoMjSRu4mznSBAQiBE8UesZH9RRvTE+crJvphBg=";
/// A hash that cannot be verified.
const BROKEN: &str = "$canary-scheme-1d$canary-salt-2e$canary-digest-3f";

/// What must not be seen anywhere: not as it is, and not a long part of it.
fn canaries() -> Vec<String> {
    let mut texts: Vec<String> = [PASSWORD, USERNAME, EMAIL, PEPPER, KEY].map(String::from).into();
    texts.extend(HASH.split('$').skip(2).map(String::from));
    texts.extend(["canary", "Canary", "CANARY", "only-for-tests"].map(String::from));
    texts
}

/// Searches the log and the metrics, and what was answered to refused requests.
#[track_caller]
fn search(what: &str, said: &str, canaries: &[String]) {
    for canary in canaries {
        if let Some(at) = said.find(canary.as_str()) {
            let start = said[..at].rfind('\n').map_or(0, |start| start + 1);
            let line: String =
                said[start..].lines().next().unwrap_or_default().chars().take(500).collect();
            panic!("{what} holds {canary:?}: {line}");
        }
    }
}

/// A gate and a store full of canaries, at the most talkative level.
fn world(legacy: Legacy) -> World {
    legacy.remove_own_users();
    legacy.add_user(1000, Some(USERNAME), Some(EMAIL), Some(HASH));
    legacy.add_user(1001, Some("canary-broken"), None, Some(BROKEN));
    World::with(legacy, |builder| {
        builder
            .config("log.level", "trace")
            .config("log.identifier_key", KEY)
            .config("passwords.pepper", PEPPER)
            .env("RUST_LOG", "trace")
            .env("SSLKEYLOGFILE", "canary.log")
    })
}

/// Requests of all kinds with canaries in every place, good ones first.
fn requests(token: &str) -> Vec<Request> {
    let post = |path: &str, body: String| Request::post(path, body).bearer(token);
    let login = |who: &str, password: &str| {
        post("/login", json!({ "identifier": who, "password": password }).to_string())
    };
    let mut all = vec![
        login(USERNAME, PASSWORD),
        login(EMAIL, PASSWORD),
        login(EMAIL, "canary-wrong"),
        login("canary-unknown@example.com", PASSWORD),
        login("canary-broken", PASSWORD),
        post("/get_user", json!({ "identifier": EMAIL }).to_string()),
        post("/get_user", json!({ "identifier": "canary-nobody" }).to_string()),
        post("/mark_migrated", json!({ "user_id": "canary-nobody" }).to_string()),
        post("/mark_migrated", json!({ "user_id": "canary|nobody" }).to_string()),
    ];
    let values = [
        "\"canary",
        "\"canary\"",
        "[\"canary\"]",
        "{\"canary\":\"canary\"}",
        "\"canary\\ud800\"",
        "\"canary\\0\"",
        "canary",
        "\"canary\u{200b}\"",
        "\" canary\"",
        "1canary",
    ];
    for path in ["/login", "/get_user", "/mark_migrated"] {
        for value in values {
            for name in ["identifier", "password", "user_id", "canary"] {
                all.push(post(path, format!("{{\"{name}\":{value}}}")));
                all.push(post(
                    path,
                    format!(
                        "{{\"identifier\":\"canary\",\"password\":\"canary\",\"{name}\":{value}}}"
                    ),
                ));
            }
            all.push(post(path, value.to_owned()));
        }
        all.push(post(path, format!("{{\"identifier\":\"{}\"}}", "canary".repeat(100))));
        all.push(post(path, format!("{{\"identifier\":\"{}\"}}", "canary".repeat(3000))));
        all.push(
            Request::new("POST", path)
                .header("Content-Type", "canary/canary")
                .body("canary")
                .bearer(token),
        );
        all.push(post(path, "{}".into()).header("Content-Encoding", "canary"));
        all.extend(at_the_door(path, token));
    }
    all
}

/// Canaries in the target, the headers and the token.
fn at_the_door(path: &str, token: &str) -> Vec<Request> {
    let post = |target: &str| Request::post(target, "{\"identifier\":\"canary\"}");
    let signed = |name: &str| Token::auth0().claim(name, "canary-claim").sign();
    let mut all = vec![
        post(path),
        post(path).header("Authorization", "Basic canary"),
        post(path).header("Authorization", "Bearer canary"),
        post(path).header("Authorization", "Bearer canary.canary.canary"),
        post(path).header("Authorization", "canary"),
        post(&format!("{path}?access_token=canary")),
        post(&format!("{path}?access_token=canary")).bearer(token),
        post(&format!("{path}/canary")).bearer(token),
        post("/canary?canary=canary").bearer(token),
        post(path).bearer(&Token::auth0().header("kid", "canary-kid").sign()),
        post(path).bearer(&Token::auth0().header("alg", "canary").sign()),
        post(path).bearer(&Token::auth0().claim_text("exp", "\"canary\"").sign()),
        post(path).bearer(
            &Token::auth0()
                .claim("azp", "canary-client")
                .claim("sub", "canary-client@clients")
                .sign(),
        ),
        Request::new("CANARY", path),
    ];
    all.extend(
        ["iss", "aud", "sub", "scope", "gty", "azp", "act", "cnf"]
            .map(|name| post(path).bearer(&signed(name))),
    );
    for header in [
        "User-Agent",
        "Cookie",
        "X-Request-Id",
        "X-Forwarded-For",
        "Referer",
        "Origin",
        "Traceparent",
        "Forwarded",
        "X-Canary",
    ] {
        all.push(post(path).bearer(token).header(header, "canary-header"));
    }
    all.push(post(path).bearer(token).header("X-Large", "canary".repeat(3000)));
    all
}

/// Sends all of it and searches what comes back. A profile holds the user's own names, and nothing else.
fn ask_everything(send: impl Fn(&Request) -> Answer, token: &str, canaries: &[String]) {
    for request in requests(token) {
        let answer = send(&request);
        let mut said = answer.text();
        if answer.status == 200 {
            said = said.replace(USERNAME, "").replace(EMAIL, "");
        }
        search("an answer", &format!("{said}\n{:?}", answer.headers), canaries);
    }
}

#[test]
fn nothing_is_told_whatever_is_asked() {
    Legacy::each(|legacy| {
        let mut world = world(legacy);
        let token = world.token.clone();
        let mut canaries = canaries();
        // A token's parts are worth as much as the whole.
        canaries.extend(token.split('.').skip(1).map(String::from));
        ask_everything(|request| world.gate.send(request), &token, &canaries);
        let metrics = world.gate.manage("/metrics").text();
        assert!(metrics.contains("narrowgate_requests_total"), "the metrics are there");
        search("the metrics page", &metrics, &canaries);
        world.gate.assert_sound();
        world.gate.sigterm();
        world.gate.wait_exit(std::time::Duration::from_secs(15));
        let log = world.gate.log().join("\n");
        assert!(
            log.contains("\"message\":\"decision\"") && log.contains("client123"),
            "the log is there"
        );
        search("the log", &log, &canaries);
        world.legacy.remove_own_users();
    });
}

/// The lines for people say no more than those for machines.
#[test]
fn the_text_log_is_as_silent() {
    let (issuer, legacy) = (Issuer::start(), Legacy::sqlite());
    legacy.add_user(1000, Some(USERNAME), Some(EMAIL), Some(HASH));
    let folder = tempfile::TempDir::new().expect("a temporary directory");
    write(folder.path(), &issuer, legacy.url());
    let program = Program::start(folder.path(), &["serve"], &[("RUST_LOG", "trace")]);
    let line = program.wait_for("listening");
    let address = line.split("address=").nth(1).expect("an address").split(' ').next();
    let address = address.expect("an address").parse().expect("an address");
    let token = Token::auth0().sign();
    let send = |request: &Request| request.send(address).expect("an answer");
    ask_everything(send, &token, &canaries());
    program.signal("TERM");
    let (code, log) = program.end();
    assert_eq!(code, Some(0));
    assert!(log.contains("decision") && log.contains("client123"), "the log is there");
    assert!(!log.lines().any(|line| line.starts_with('{')), "it is text");
    search("the log", &log, &canaries());
}

fn write(folder: &Path, issuer: &Issuer, url: &str) {
    let uri = issuer.jwks_uri();
    let text = format!(
        "[server]\nbind = \"127.0.0.1:0\"\n[auth]\nissuer = \"{ISSUER}\"\naudience = \"{AUDIENCE}\"\njwks_uri = \"{uri}\"\n\
         clients = [\"{CLIENT}\"]\n[database]\nurl = \"{url}\"\n[passwords]\npepper = \"{PEPPER}\"\nmin_response = \"1ms\"\n\
         [limits]\nattempts_per_user = 0\n[log]\nformat = \"text\"\nlevel = \"trace\"\nidentifier_key = \"{KEY}\"\n"
    );
    std::fs::write(folder.join("narrowgate.toml"), text).expect("written");
}
