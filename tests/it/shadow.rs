//! Shadow mode: the legacy application tells of its logins, and the gate keeps what it finds to itself.

mod bounds;

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::program::Program;
use crate::support::sample::{CHEAP, PASSWORD, World};
use crate::support::{Answer, Engine, Gate, Issuer, Legacy, Migration, Request, Token, wait_until};

const PATIENCE: Duration = Duration::from_secs(30);

/// The day that is so many days from now, in UTC.
pub fn day(days: i64) -> String {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("after 1970");
    let seconds = now.as_secs().cast_signed() + days * 86_400;
    let then = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds.cast_unsigned());
    humantime::format_rfc3339_seconds(then).to_string()[..10].to_owned()
}

fn token() -> String {
    Token::auth0().scope("shadow:users").sign()
}

fn world(legacy: Legacy) -> World {
    World::with(legacy, |gate| gate.config("shadow.until", day(1)))
}

fn body(identifier: &str, password: &str, accepted: bool) -> Value {
    json!({ "identifier": identifier, "password": password, "accepted": accepted })
}

#[track_caller]
fn tell(world: &World, identifier: &str, password: &str, accepted: bool) {
    let answer = world.gate.ask("/shadow", &token(), &body(identifier, password, accepted));
    expect_nothing(&answer);
}

/// Nothing but 204, and no byte more.
#[track_caller]
fn expect_nothing(answer: &Answer) {
    answer.expect(204, "");
    assert!(answer.body.is_empty() && answer.header("content-length").is_none());
    let known = ["date", "cache-control", "x-content-type-options", "x-request-id", "connection"];
    let more: Vec<_> =
        answer.headers.iter().filter(|(name, _)| !known.contains(&name.as_str())).collect();
    assert!(more.is_empty(), "{more:?}");
}

#[track_caller]
fn compared(world: &World, times: u64) {
    wait_until("all have been compared", PATIENCE, || {
        world.counter("narrowgate_shadow_logins_total") == times
    });
}

/// The table, as an operator gets it.
fn table(world: &World) -> (Option<i32>, String) {
    let folder = TempDir::new().expect("a folder");
    let page = format!("http://{}/metrics", world.gate.management.expect("a listener"));
    Program::migrate(folder.path(), &["shadow", &page], &[]).end()
}

/// A line of the table, in columns.
#[track_caller]
fn row(table: &str, scheme: &str) -> Vec<String> {
    let is_it = |line: &&str| line.split_whitespace().next() == Some(scheme);
    let line = table.lines().find(is_it).unwrap_or_else(|| panic!("no {scheme}: {table}"));
    line.split_whitespace().skip(1).map(str::to_owned).collect()
}

#[test]
fn the_table_tells_where_both_agree_and_where_not() {
    Legacy::each(|legacy| {
        legacy.remove_own_users();
        legacy.add_user(1000, Some("cheap"), None, Some(CHEAP));
        let world = world(legacy);
        assert_eq!(table(&world).0, Some(11), "nothing was compared yet");
        tell(&world, "cheap", PASSWORD, true);
        tell(&world, "cheap", "wrong", false);
        tell(&world, "ada", PASSWORD, true);
        compared(&world, 3);
        let (code, told) = table(&world);
        assert_eq!(code, Some(0), "{told}");
        assert_eq!(row(&told, "django_pbkdf2_sha256"), ["1", "1", "0", "0"]);
        assert_eq!(row(&told, "bcrypt"), ["1", "0", "0", "0"]);
        // Users who would be refused, each for another reason.
        for (name, password) in [
            ("cheap", "wrong"),
            ("nobody", PASSWORD),
            ("mallory", PASSWORD),
            ("twin@example.com", PASSWORD),
        ] {
            tell(&world, name, password, true);
        }
        compared(&world, 7);
        let (code, told) = table(&world);
        assert_eq!(code, Some(11), "{told}");
        for reason in ["wrong_password", "unknown_user", "user_blocked", "ambiguous_user"] {
            assert!(told.contains(&format!("refused by the gate: {reason}")), "{told}");
        }
        // The gate says right where the application said wrong: of a blocked user, too.
        tell(&world, "mallory", PASSWORD, false);
        tell(&world, "ada", PASSWORD, false);
        compared(&world, 9);
        let (code, told) = table(&world);
        assert_eq!(code, Some(10), "{told}");
        assert!(told.contains("NO  bcrypt: 2 password(s)"), "{told}");
        let faults = || world.gate.entries().into_iter().find(|e| e["message"] == "false accept");
        wait_until("it is logged", PATIENCE, || faults().is_some());
        assert_eq!(faults().expect("a line")["scheme"], "bcrypt");
        assert_eq!(world.legacy.marks(), Vec::<String>::new(), "nobody is marked");
        for own in ["narrowgate_verified_hashes_total", "narrowgate_unverifiable_hashes_total"] {
            assert_eq!(world.counter(own), 0, "{own} is of real logins");
        }
        world.gate.assert_calm();
    });
}

#[test]
fn what_is_agreed_is_evidence_and_a_false_accept_takes_it_away() {
    let world = world(Legacy::sqlite());
    tell(&world, "ada", PASSWORD, true);
    compared(&world, 1);
    let page = format!("http://{}/metrics", world.gate.management.expect("a listener"));
    let held = || {
        let migration = Migration::of(2);
        migration.import(&["--schemes", "proven", "--evidence", &page]);
        migration.held().len()
    };
    assert_eq!(held(), 0);
    tell(&world, "ada", PASSWORD, false);
    compared(&world, 2);
    assert_eq!(held(), 2);
}

#[test]
fn without_the_section_or_after_the_day_it_is_not_there() {
    let (issuer, legacy) = (Issuer::start(), Legacy::sqlite());
    for gate in [
        Gate::start(&issuer, &legacy),
        Gate::builder(&issuer, &legacy).config("shadow.until", day(-1)).start(),
    ] {
        let told = body("ada", PASSWORD, true);
        gate.ask("/shadow", &token(), &told).expect(404, "no_such_endpoint");
        gate.send(&Request::post("/shadow", "{}")).expect(404, "no_such_endpoint");
        gate.send(&Request::new("GET", "/shadow")).expect(404, "no_such_endpoint");
        gate.assert_calm();
    }
    let over = Gate::builder(&issuer, &legacy).config("shadow.until", day(-1)).start();
    wait_until("it says so", PATIENCE, || over.log().join("").contains("remove [shadow]"));
    // On its last day it is there.
    let last = Gate::builder(&issuer, &legacy).config("shadow.until", day(0)).start();
    last.send(&Request::post("/shadow", "{}")).expect(401, "missing_token");
}

#[test]
fn it_does_not_start_without_an_end() {
    let (issuer, legacy) = (Issuer::start(), Legacy::sqlite());
    let folder = TempDir::new().expect("a folder");
    let without = Gate::builder(&issuer, &legacy).toml() + "\n[shadow]\n";
    std::fs::write(folder.path().join("narrowgate.toml"), without).expect("written");
    let (code, told) = Program::run(folder.path(), &["serve"], &[]);
    assert_eq!(code, Some(2), "{told}");
    assert!(told.contains("shadow.until: is missing"), "{told}");
    for (value, fault) in [
        (json!("soon"), "is not a date"),
        (json!(30), "is not a date"),
        (json!(day(100)), "too far"),
    ] {
        let (code, told) =
            Gate::builder(&issuer, &legacy).config("shadow.until", value).run("serve");
        assert_eq!(code, Some(2), "{told}");
        assert!(told.contains("shadow.until: ") && told.contains(fault), "{told}");
    }
}

#[test]
fn its_scope_opens_it_alone() {
    let world = world(Legacy::sqlite());
    let told = body("ada", PASSWORD, true);
    let answer = world.gate.ask("/shadow", &world.token, &told);
    answer.expect(403, "insufficient_scope");
    assert!(answer.header("www-authenticate").is_some_and(|it| it.contains("shadow:users")));
    let login = json!({ "identifier": "ada", "password": PASSWORD });
    world.gate.ask("/login", &token(), &login).expect(403, "insufficient_scope");
    let question = json!({ "identifier": "ada" });
    world.gate.ask("/get_user", &token(), &question).expect(403, "insufficient_scope");
    let user = json!({ "user_id": "1" });
    world.gate.ask("/mark_migrated", &token(), &user).expect(403, "insufficient_scope");
    assert_eq!(world.counter("narrowgate_shadow_logins_total"), 0);
}

/// Where the database compares, it is asked as for a login.
#[test]
fn with_the_hash_inside_it_is_the_same() {
    for engine in [Engine::Postgresql, Engine::Mysql] {
        let Some(legacy) = Legacy::inside(engine) else { return };
        let world = World::with(legacy, |gate| {
            gate.config("shadow.until", day(1)).config("database.password_check", "inside")
        });
        tell(&world, "ada", PASSWORD, true);
        tell(&world, "ada", "wrong", false);
        tell(&world, "nobody", PASSWORD, false);
        compared(&world, 3);
        let (code, told) = table(&world);
        assert_eq!(code, Some(0), "{told}");
        assert_eq!(row(&told, "bcrypt"), ["1", "1", "0", "0"]);
        assert_eq!(row(&told, "none"), ["0", "1", "0", "0"]);
        assert_eq!(world.legacy.marks(), Vec::<String>::new());
    }
}
