//! The program as its operator meets it: help, exit codes, configuration, `check`, `demo`.

mod check;
mod configuration;
mod demo;
mod example;
mod faults;
mod gauges;
mod health;
mod paths;
mod sources;

use tempfile::TempDir;

use crate::support::program::Program;
use crate::support::{AUDIENCE, Gate, GateBuilder, ISSUER, Issuer, Legacy};

fn folder() -> TempDir {
    TempDir::new().expect("a temporary directory")
}

/// A configuration that names nobody: good for everything that is found wrong before anybody is asked.
fn complete() -> GateBuilder {
    GateBuilder::default()
        .config("auth.issuer", ISSUER)
        .config("auth.audience", AUDIENCE)
        .config("auth.jwks_uri", "http://127.0.0.1:9/jwks.json")
        .config("database.url", "sqlite:///nonexistent/legacy.db")
}

/// What the help should name, command by command.
#[test]
fn help_tells_of_every_command_and_option() {
    let folder = folder();
    let help = |arguments: &[&str]| Program::run(folder.path(), arguments, &[]);
    let common = ["Usage: narrowgate", "--help", "--version"];
    for (arguments, words) in [
        (&["--help"][..], &["serve", "check", "demo", "/login, /get_user and /mark_migrated"][..]),
        (&["help"], &["serve", "check", "demo"]),
        (
            &["serve", "--help"],
            &["--config <FILE>", "[default: narrowgate.toml]", "NARROWGATE__SECTION__KEY"],
        ),
        (
            &["check", "--help"],
            &["--config <FILE>", "[default: narrowgate.toml]", "NARROWGATE__SECTION__KEY"],
        ),
        (&["help", "check"], &["--config <FILE>"]),
        (&["demo", "--help"], &["loopback"]),
    ] {
        let (code, text) = help(arguments);
        assert_eq!(code, Some(0), "{arguments:?}: {text}");
        for word in common.iter().chain(words) {
            assert!(text.contains(word), "{arguments:?} does not say {word}:\n{text}");
        }
    }
    let (code, text) = help(&["--version"]);
    assert_eq!((code, text.trim()), (Some(0), concat!("narrowgate ", env!("CARGO_PKG_VERSION"))));
}

#[test]
fn a_wrong_command_line_is_a_usage_fault() {
    let folder = folder();
    for arguments in [
        &[][..],
        &["nonsense"],
        &["Serve"],
        &["serve", "--nonsense"],
        &["serve", "extra"],
        &["serve", "--config"],
        &["serve", "--config", "a", "--config", "b"],
        &["demo", "--config", "x"],
        &["--config", "x"],
        &["export"],
        &["import"],
    ] {
        let (code, text) = Program::run(folder.path(), arguments, &[]);
        assert_eq!(code, Some(2), "{arguments:?}: {text}");
        let helps = text.contains("Usage: narrowgate") || text.contains("try '--help'");
        assert!(helps, "{arguments:?}: {text}");
    }
}

/// Whoever can read that it listens can end it properly.
#[test]
fn a_signal_right_after_the_start_is_heard() {
    let (issuer, legacy) = (Issuer::start(), Legacy::sqlite());
    for _ in 0..10 {
        let mut gate = Gate::start(&issuer, &legacy);
        gate.sigterm();
        let status = gate.wait_exit(std::time::Duration::from_secs(15));
        assert_eq!(status.code(), Some(0), "{status}: {}", gate.log().join("\n"));
    }
}

/// The exit codes that a service manager acts on: 2 mend the configuration, 1 somebody refuses, 3 try again elsewhere, 0 done.
#[test]
fn serve_ends_with_the_code_of_its_cause() {
    let (issuer, legacy) = (Issuer::start(), Legacy::sqlite());
    let (code, text) = complete().without("auth.audience").run("serve");
    assert_eq!(code, Some(2), "{text}");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("its address").to_string();
    for key in ["server.bind", "management.bind"] {
        let (code, text) =
            Gate::builder(&issuer, &legacy).config(key, address.as_str()).run("serve");
        assert_eq!(code, Some(3), "{text}");
        assert!(
            text.contains(key) && text.contains(&address) && text.contains("choose another"),
            "{text}"
        );
    }
    // No file is no weather either: SQLite would wait for ever.
    let builder =
        Gate::builder(&issuer, &legacy).config("database.url", "sqlite:///nonexistent/legacy.db");
    let (code, text) = builder.run("serve");
    assert_eq!(code, Some(1), "{text}");
    let mut gate = Gate::start(&issuer, &legacy);
    gate.sigterm();
    assert_eq!(gate.wait_exit(std::time::Duration::from_secs(15)).code(), Some(0));
    gate.assert_calm();
}
