//! Everything that the service can be made to answer.

use std::thread;

use serde_json::{Value, json};

use crate::shadow;
use crate::support::sample::{CHEAP, PASSWORD, World};
use crate::support::twist::{Cell, Twist};
use crate::support::{Answer, Gate, Issuer, Legacy, Request, Token, wire};

pub(super) const PATHS: [&str; 3] = ["/login", "/get_user", "/mark_migrated"];
/// The path that is there for a time, where the configuration asks for it.
const SHADOW: &str = "/shadow";

fn token(path: &str) -> String {
    let token = Token::auth0();
    if path == SHADOW { token.scope("shadow:users").sign() } else { token.sign() }
}

/// An answer, and where it came from.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) path: &'static str,
    pub(super) answer: Answer,
}

impl Seen {
    pub(super) fn kind(&self) -> super::contract::Kind {
        (self.path.to_owned(), self.answer.status, self.answer.code())
    }
}

fn right_body(path: &str, who: &str, password: &str) -> Value {
    match path {
        "/login" => json!({ "identifier": who, "password": password }),
        "/get_user" => json!({ "identifier": who }),
        SHADOW => json!({ "identifier": who, "password": password, "accepted": true }),
        _ => json!({ "user_id": who, "identifier": "nobody" }),
    }
}

fn seen(path: &'static str, gate: &Gate, request: &Request) -> Seen {
    Seen { path, answer: gate.send(request) }
}

/// A well-made request of a machine that may do everything.
fn good(path: &'static str, who: &str, password: &str) -> Request {
    Request::post(path, right_body(path, who, password).to_string()).bearer(&token(path))
}

/// One gate with nothing the matter.
pub(super) fn play_briefly() -> Vec<Seen> {
    let world = World::on(Legacy::sqlite());
    let mut all = vec![];
    for path in PATHS {
        all.extend(
            refused_at_the_door(path).iter().map(|request| seen(path, &world.gate, request)),
        );
        let id = if path == "/mark_migrated" { ["1", "nobody"] } else { ["ada", "nobody"] };
        all.extend(id.map(|who| seen(path, &world.gate, &good(path, who, PASSWORD))));
        if path == "/mark_migrated" {
            for identifier in [json!("ada"), json!("grace"), json!(null)] {
                let body = json!({ "user_id": "1", "identifier": identifier }).to_string();
                let request = Request::post(path, body).bearer(&Token::auth0().sign());
                all.push(seen(path, &world.gate, &request));
            }
        } else {
            all.push(seen(path, &world.gate, &good(path, "twin@example.com", PASSWORD)));
        }
        let _twist = Twist::new(&world.legacy, "email_verified", Cell::Json("\"N\""));
        let broken = match path {
            "/mark_migrated" => Request::post(path, r#"{"user_id":"1","identifier":"ada"}"#)
                .bearer(&Token::auth0().sign()),
            _ => good(path, "ada", PASSWORD),
        };
        all.push(seen(path, &world.gate, &broken));
    }
    all.extend(too_slow(&world));
    all.push(seen("/login", &world.gate, &good("/login", "mallory", PASSWORD)));
    all.push(seen("/login", &world.gate, &good("/login", "grace", "wrong")));
    world.gate.assert_sound();
    all
}

/// A head that does not end.
fn too_slow(world: &World) -> Vec<Seen> {
    let patience = |gate: &Gate, path: &str| {
        wire::exchange(gate.address, format!("POST {path} HTTP/1.1\r\n").as_bytes())
    };
    let builder = Gate::builder(&world.issuer, &world.legacy);
    let gate = builder.config("server.header_timeout", "100ms").start();
    PATHS.map(|path| Seen { path, answer: patience(&gate, path).expect("an answer") }).into()
}

/// Whatever is wrong with the request itself.
fn refused_at_the_door(path: &'static str) -> Vec<Request> {
    let token = token(path);
    let body = right_body(path, "nobody", "p").to_string();
    let post = || Request::post(path, body.clone());
    let mut requests = vec![
        post(),
        post().header("Authorization", "Basic Og=="),
        post().bearer("a.b.c"),
        post().bearer(&Token::auth0().claim("aud", "https://other.test/").sign()),
        post().bearer(&token).bearer(&token),
        post().header("Authorization", "Bearer"),
        post().bearer(&Token::auth0().scope("").sign()),
        post().bearer(&Token::auth0().claim("sub", "auth0|x@clients").sign()),
        Request::post(path, "{").bearer(&token),
        Request::post(path, "{}").bearer(&token),
        Request::post(path, " ".repeat(9000)).bearer(&token),
        Request::new("POST", path).header("Content-Type", "text/plain").body("x").bearer(&token),
        post().header("X-Padding", "x".repeat(17_000)),
    ];
    for method in ["GET", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"] {
        requests.push(Request::new(method, path));
        requests.push(Request::new(method, path).bearer(&token));
    }
    requests
}

/// All of it: also gates without keys, without a database, with limits, and with too much to do.
pub(super) fn play() -> Vec<Seen> {
    let mut all = play_briefly();
    let (issuer, legacy) = (Issuer::start_down(), Legacy::sqlite());
    let without_keys = Gate::builder(&issuer, &legacy).start();
    all.extend(PATHS.map(|path| seen(path, &without_keys, &good(path, "nobody", "p"))));
    let issuer = Issuer::start();
    let nowhere = "postgres://narrowgate_api:x@127.0.0.1:9/app";
    let without_database = Gate::builder(&issuer, &legacy).config("database.url", nowhere).start();
    all.extend(PATHS.map(|path| seen(path, &without_database, &good(path, "nobody", "p"))));
    all.extend(limited(&issuer, &legacy));
    all.extend(overloaded(&issuer, &legacy));
    all.extend(shadow(&issuer, &legacy));
    all
}

/// All that the path for the legacy application answers.
fn shadow(issuer: &Issuer, legacy: &Legacy) -> Vec<Seen> {
    let builder =
        |issuer: &Issuer| Gate::builder(issuer, legacy).config("shadow.until", shadow::day(1));
    let told = good(SHADOW, "ada", PASSWORD);
    let gate = builder(issuer).start();
    let mut all: Vec<_> =
        refused_at_the_door(SHADOW).iter().map(|request| seen(SHADOW, &gate, request)).collect();
    all.push(seen(SHADOW, &gate, &told));
    all.push(seen(SHADOW, &builder(&Issuer::start_down()).start(), &told));
    let limited = builder(issuer).config("limits.requests_per_client", 1).start();
    all.extend((0..3).map(|_| seen(SHADOW, &limited, &told)));
    let hurried = builder(issuer).config("server.header_timeout", "100ms").start();
    let answer = wire::exchange(hurried.address, b"POST /shadow HTTP/1.1\r\n");
    all.push(Seen { path: SHADOW, answer: answer.expect("an answer") });
    all
}

fn limited(issuer: &Issuer, legacy: &Legacy) -> Vec<Seen> {
    legacy.add_user(1000, Some("cheap"), None, Some(CHEAP));
    let gate = Gate::builder(issuer, legacy).config("limits.attempts_per_user", 1).start();
    let mut all: Vec<_> =
        (0..2).map(|_| seen("/login", &gate, &good("/login", "cheap", "wrong"))).collect();
    let gate = Gate::builder(issuer, legacy).config("limits.requests_per_client", 1).start();
    for path in PATHS {
        // Within one second at most one is let through.
        all.extend((0..3).map(|_| seen(path, &gate, &good(path, "nobody", "p"))));
    }
    all
}

fn overloaded(issuer: &Issuer, legacy: &Legacy) -> Vec<Seen> {
    let builder = Gate::builder(issuer, legacy).config("passwords.max_concurrent", 1);
    let gate = builder.config("passwords.max_wait", "1ms").start();
    let request = good("/login", "ada", "wrong");
    let (gate, request) = (&gate, &request);
    thread::scope(|scope| {
        let logins: Vec<_> =
            (0..8).map(|_| scope.spawn(move || seen("/login", gate, request))).collect();
        logins.into_iter().map(|login| login.join().expect("an answer")).collect()
    })
}

pub(super) fn each_scope_opens_its_path_alone(scopes: &[(&str, &str)]) {
    let world = World::with(Legacy::sqlite(), |gate| gate.config("shadow.until", shadow::day(1)));
    for (path, scope) in scopes {
        let ask = |scope: &str| {
            let token = Token::auth0().scope(scope).sign();
            world.gate.ask(path, &token, &right_body(path, "nobody", "p"))
        };
        assert!(ask(scope).header("www-authenticate").is_none(), "{path} {scope}");
        let others: Vec<_> =
            scopes.iter().map(|(_, other)| *other).filter(|other| other != scope).collect();
        let answer = ask(&others.join(" "));
        answer.expect(403, "insufficient_scope");
        let challenge =
            format!("Bearer realm=\"narrowgate\", error=\"insufficient_scope\", scope=\"{scope}\"");
        assert_eq!(answer.header("www-authenticate"), Some(challenge.as_str()));
    }
}

/// Bodies in ASCII (the schemas count characters, the service bytes), and whether the service took them.
pub(super) fn requests() -> Vec<(&'static str, Value, bool)> {
    let world = World::with(Legacy::sqlite(), |gate| gate.config("shadow.until", shadow::day(1)));
    world.legacy.add_user(1000, Some("cheap"), None, Some(CHEAP));
    world.login("cheap", "wrong").expect(403, "invalid_credentials");
    let mut found = vec![];
    for path in PATHS.into_iter().chain([SHADOW]) {
        let right = right_body(path, "nobody", "p");
        let mut bodies =
            vec![right.clone(), json!({}), json!([]), json!(null), json!("x"), json!([right])];
        for name in right.as_object().expect("an object").keys() {
            let values =
                [json!(null), json!(1), json!(true), json!([]), json!({}), json!(""), json!("x")];
            let long = [255, 256, 320, 321, 512, 513].map(|length| json!("x".repeat(length)));
            for value in values.into_iter().chain(long) {
                let mut body = right.clone();
                body[name] = value;
                bodies.push(body);
            }
            let mut without = right.clone();
            without.as_object_mut().expect("an object").remove(name);
            bodies.push(without);
        }
        for name in ["extra", "identifier", "user_id", "password"] {
            let mut body = right.clone();
            body[name] = json!("x");
            bodies.push(body);
        }
        for body in bodies {
            let request = Request::post(path, body.to_string()).bearer(&token(path));
            let answer = world.gate.send(&request);
            found.push((path, body, answer.code() != "invalid_request"));
        }
    }
    world.gate.assert_calm();
    found
}
