//! The mappings that are built in, on stores that the software itself made: `narrowgate-migrate` prints the contract, it is
//! applied, and everybody in the store logs in through the gate.
//!
//! What installs in seconds is run here and now; of the rest there is a recording of what its own tools made, or, where the
//! software cannot be had, its documented schema. docs/presets.md says which is which.

mod addresses;
mod complete;
mod indexes;
mod mediawiki;

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::{Value, json};
use url::Url;

use crate::support::legacy::without_delimiters;
use crate::support::sample::{PASSWORD, World};
use crate::support::servers::LEGACY;
use crate::support::{Answer, Engine, Legacy};

use Engine::{Mysql, Postgresql, Sqlite};

/// A preset on a store.
struct Case {
    preset: &'static str,
    /// The recording: `tests/fixtures/presets/STORE-ENGINE.sql`.
    store: &'static str,
    /// Who is in the store, and what the gate should say: `tests/fixtures/presets/PEOPLE.json`.
    people: &'static str,
    /// Where `scripts/presets/fill` makes the store, if it can be installed.
    live: &'static [Engine],
    engines: &'static [Engine],
}

impl Case {
    fn of(name: &'static str, engines: &'static [Engine]) -> Self {
        Self { preset: name, store: name, people: name, live: &[], engines }
    }

    fn run(self) {
        let people = fixture(&format!("{}.json", self.people));
        let people: Value = serde_json::from_str(&people).expect("JSON");
        for engine in self.engines {
            println!("{} on {engine:?}", self.people);
            let mut set: Vec<_> = texts(&people["set"]).map(str::to_owned).collect();
            if *engine == Mysql {
                set.push(format!("schema={LEGACY}"));
            }
            let Some(legacy) = self.legacy(*engine, &people, &set) else { continue };
            let world = World::with(legacy, |builder| {
                let settings = people["config"].as_object().expect("settings");
                settings
                    .iter()
                    .fold(builder, |builder, (key, value)| builder.config(key, value.clone()))
            });
            indexes::expect(&world, self.preset, &set, &people);
            check(&world, &people);
        }
    }

    fn legacy(&self, engine: Engine, people: &Value, set: &[String]) -> Option<Legacy> {
        let printed = contract(self.preset, engine.flavour(), set, &[]);
        let faults = String::from_utf8_lossy(&printed.stderr);
        assert!(printed.status.success() && faults.is_empty(), "{}: {faults}", self.preset);
        let script = without_delimiters(&String::from_utf8(printed.stdout).expect("UTF-8"));
        let prefix = if engine == Mysql { format!("USE {LEGACY};\n") } else { String::new() };
        let crowd = indexes::crowd(engine, people).join(";\n");
        let crowd = format!("{prefix}{crowd}");
        if self.live.contains(&engine) && made(self.store, None) {
            let fill = |url: &Url| assert!(made(self.store, Some(url)), "{} at work", self.store);
            return Legacy::filled(engine, &fill, &[crowd, script]);
        }
        let store = fixture(&format!("{}-{}.sql", self.store, engine.name()));
        Legacy::filled(engine, &|_| (), &[format!("{prefix}{store}"), crowd, script])
    }
}

impl Engine {
    /// What `--engine` calls it: the server of the tests is MariaDB.
    fn flavour(self) -> &'static str {
        if self == Mysql { "mariadb" } else { self.name() }
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// From the folder of recordings, or from another that holds the dump of a whole installation.
pub fn fixture(name: &str) -> String {
    let other = std::env::var_os("NARROWGATE_TEST_STORES").map(PathBuf::from);
    let file = other.unwrap_or_else(|| root().join("tests/fixtures/presets")).join(name);
    std::fs::read_to_string(&file).unwrap_or_else(|e| panic!("{}: {e}", file.display()))
}

fn texts(value: &Value) -> impl Iterator<Item = &str> {
    value.as_array().expect("a list").iter().map(|value| value.as_str().expect("a text"))
}

pub fn contract(preset: &str, engine: &str, set: &[String], more: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_narrowgate-migrate"));
    command.args(["contract", "--preset", preset, "--engine", engine]).args(more);
    command.args(set.iter().flat_map(|set| ["--set", set]));
    command.output().expect("the program runs")
}

/// Lets the software make its store; without a URL, only installs it. False, and a line that says so, where that cannot be
/// done here.
fn made(store: &str, url: Option<&Url>) -> bool {
    let mut command = Command::new(root().join("scripts/presets/fill"));
    command.arg(store).args(url.map(Url::as_str));
    let output = command.output().expect("the script runs");
    let said = String::from_utf8_lossy(&output.stderr);
    if output.status.success() {
        return true;
    }
    assert_eq!(output.status.code(), Some(3), "{said}");
    // Straight to the stream: the test harness hides what passing tests print.
    let last = said.lines().last().unwrap_or_default();
    drop(writeln!(std::io::stderr(), "left out: {store} live, its recording is used ({last})"));
    false
}

/// Everybody by every name, then everybody marked.
fn check(world: &World, people: &Value) {
    let users = people["users"].as_array().expect("users");
    let mut ids = vec![];
    for user in users {
        let password = user["password"].as_str().unwrap_or(PASSWORD);
        for name in texts(&user["names"]) {
            let answer = world.login(name, password);
            if let Some(refused) = user["refused"].as_str() {
                let status = if refused == "ambiguous_user" { 409 } else { 403 };
                answer.expect(status, refused);
            } else {
                expect_profile(&answer, user, name);
            }
            let known = world.get_user(name);
            if user["profile"].is_null() {
                known.expect(409, "ambiguous_user");
            } else {
                ids.push((expect_profile(&known, user, name), user));
            }
        }
    }
    let first = texts(&users[0]["names"]).next().expect("a name");
    world.login(first, "wrong").expect(403, "invalid_credentials");
    for name in texts(&people["nobody"]) {
        world.login(name, PASSWORD).expect(403, "invalid_credentials");
        world.get_user(name).expect(404, "user_not_found");
    }
    for (id, user) in ids {
        let name = texts(&user["names"]).next().expect("a name");
        expect_profile(&world.mark_named(&id, name), user, &id);
        world.get_user(name).expect(404, "user_not_found");
    }
    world.gate.assert_calm();
}

/// The answer is this user's profile; gives the id, which the store itself may have drawn by lot.
#[track_caller]
fn expect_profile(answer: &Answer, user: &Value, asked: &str) -> String {
    answer.expect(200, "");
    let profile = answer.json();
    let id = profile["user_id"].as_str().expect("an id").to_owned();
    let mut expected = user["profile"].clone();
    if expected["user_id"].is_null() {
        expected["user_id"] = json!(id);
    }
    assert_eq!(profile, expected, "{asked}");
    id
}

#[test]
fn django() {
    let engines = &[Sqlite, Postgresql, Mysql];
    Case { live: engines, ..Case::of("django", engines) }.run();
}

#[test]
fn flask_security() {
    let engines = &[Sqlite, Postgresql, Mysql];
    Case { live: engines, ..Case::of("flask-security", engines) }.run();
}

#[test]
fn better_auth() {
    let engines = &[Sqlite, Postgresql, Mysql];
    Case { live: &[Postgresql, Mysql], ..Case::of("better-auth", engines) }.run();
}

#[test]
fn wordpress() {
    Case::of("wordpress", &[Mysql]).run();
}

#[test]
fn mediawiki() {
    Case::of("mediawiki", &[Mysql]).run();
}

#[test]
fn laravel() {
    Case::of("laravel", &[Sqlite, Postgresql, Mysql]).run();
}

#[test]
fn devise() {
    Case::of("devise", &[Postgresql, Mysql]).run();
    let engines = &[Postgresql, Mysql];
    Case { store: "devise", ..Case::of("devise-confirmable", engines) }.run();
}

#[test]
fn aspnet_identity() {
    Case::of("aspnet-identity", &[Postgresql, Mysql]).run();
}

#[test]
fn aspnet_membership() {
    Case::of("aspnet-membership", &[Postgresql]).run();
}

#[test]
fn keycloak() {
    Case::of("keycloak", &[Postgresql, Mysql]).run();
}

#[test]
fn drupal() {
    Case::of("drupal7", &[Postgresql, Mysql]).run();
    Case::of("drupal", &[Postgresql, Mysql]).run();
}

#[test]
fn phpbb() {
    Case::of("phpbb", &[Mysql]).run();
}

#[test]
fn joomla() {
    Case::of("joomla", &[Mysql]).run();
}
