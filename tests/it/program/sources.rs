//! Where the configuration comes from: a file, a pipe, the environment alone.

use std::process::Command;

use tempfile::TempDir;

use crate::support::program::Program;
use crate::support::sample::World;
use crate::support::{AUDIENCE, Gate, ISSUER, Issuer, Legacy};

#[test]
fn the_environment_is_enough() {
    let (issuer, legacy, folder) =
        (Issuer::start(), Legacy::sqlite(), TempDir::new().expect("a folder"));
    let uri = issuer.jwks_uri();
    let environment = [
        ("NARROWGATE__AUTH__ISSUER", ISSUER),
        ("NARROWGATE__AUTH__AUDIENCE", AUDIENCE),
        ("NARROWGATE__AUTH__JWKS_URI", uri.as_str()),
        ("NARROWGATE__DATABASE__URL", legacy.url()),
        ("NARROWGATE__DATABASE__POOL_SIZE", "3"),
        ("NARROWGATE__SERVER__BIND", "127.0.0.1:0"),
        ("NARROWGATE__LOG__LEVEL", "INFO"),
    ];
    let (_, output) = Program::run(folder.path(), &["check"], &environment);
    assert!(output.contains("ok  configuration: the environment"), "{output}");
    assert!(output.contains("ok  database"), "{output}");
    let gate = Program::start(folder.path(), &["serve"], &environment);
    gate.wait_for("\"message\":\"listening\"");
    gate.signal("TERM");
    assert_eq!(gate.end().0, Some(0));
    // A mistake of the environment is told as one of a file is.
    let wrong = [&environment[..], &[("NARROWGATE__SERVER__BINT", "x")]].concat();
    let (code, output) = Program::run(folder.path(), &["serve"], &wrong);
    assert_eq!(code, Some(2), "{output}");
    assert!(
        output.contains("the environment: one thing") && output.contains("server.bint"),
        "{output}"
    );
    // A file that was named has to be there.
    let arguments = ["check", "--config", "nowhere.toml"];
    let (code, output) = Program::run(folder.path(), &arguments, &environment);
    assert_eq!(code, Some(2), "{output}");
    assert!(output.contains("nowhere.toml"), "{output}");
    // Without file and environment the remedy is a file.
    let (code, output) = Program::run(folder.path(), &["check"], &[]);
    assert_eq!(code, Some(2), "{output}");
    assert!(output.contains("narrowgate.toml") && output.contains("--config"), "{output}");
}

/// Each can be read once only.
#[test]
fn pipes_will_do() {
    let (issuer, legacy, folder) =
        (Issuer::start(), Legacy::sqlite(), TempDir::new().expect("a folder"));
    let toml = Gate::builder(&issuer, &legacy).without("database.url").toml();
    std::fs::write(folder.path().join("all.toml"), Gate::builder(&issuer, &legacy).toml())
        .expect("written");
    std::fs::write(folder.path().join("some.toml"), toml).expect("written");
    std::fs::write(folder.path().join("url"), legacy.url()).expect("written");
    let gate = env!("CARGO_BIN_EXE_narrowgate");
    for script in [
        format!("cat all.toml | {gate} check --config /dev/stdin"),
        format!("{gate} check --config <(cat all.toml)"),
        format!("NARROWGATE__DATABASE__URL_FILE=<(cat url) {gate} check --config <(cat some.toml)"),
        format!(
            "cat url | NARROWGATE__DATABASE__URL_FILE=/dev/stdin {gate} check --config some.toml"
        ),
        format!(
            "mkfifo pipe; cat url >pipe & NARROWGATE__DATABASE__URL_FILE=pipe {gate} check --config some.toml"
        ),
    ] {
        let run = Command::new("bash").arg("-c").arg(&script).current_dir(folder.path()).output();
        let run = run.expect("bash runs");
        let output = String::from_utf8_lossy(&run.stdout).into_owned();
        let faults = String::from_utf8_lossy(&run.stderr).into_owned();
        assert!(
            output.contains("ok  configuration") && output.contains("ok  database"),
            "{script}: {output}{faults}"
        );
    }
}

#[test]
fn levels_are_read_in_capitals_too() {
    for level in ["INFO", "Debug"] {
        let world = World::with(Legacy::sqlite(), |gate| gate.config("log.level", level));
        world.get_user("ada").expect(200, "");
    }
    let gate = Gate::builder(&Issuer::start(), &Legacy::sqlite()).config("log.level", "LOUD");
    let (code, output) = gate.run("serve");
    assert_eq!(code, Some(2), "{output}");
    assert!(output.contains("log.level"), "{output}");
}
