//! That the list of presets is whole, and each of them prints.

use std::process::Command;

use super::{contract, root};

/// Each preset prints its scripts for all the engines it is for, and says so of the others.
#[test]
fn every_preset_is_complete() {
    let listed = Command::new(env!("CARGO_BIN_EXE_narrowgate-migrate"))
        .args(["contract", "--list-presets"])
        .output()
        .expect("the program runs");
    let listed = String::from_utf8(listed.stdout).expect("UTF-8");
    let mut files: Vec<_> = std::fs::read_dir(root().join("deploy/contract/presets"))
        .expect("presets")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    files.sort_by_key(|file| file.file_stem().map(ToOwned::to_owned));
    let names: Vec<_> =
        files.iter().map(|file| file.file_stem().expect("a name").to_string_lossy()).collect();
    let told: Vec<_> =
        listed.lines().map(|line| line.split_whitespace().next().expect("a name")).collect();
    assert_eq!(told, names, "{listed}");
    for (name, file) in names.iter().zip(&files) {
        let text = std::fs::read_to_string(file).expect("a preset");
        let set: &[String] =
            if text.contains("\"change-me\"") { &["realm=shop".to_owned()] } else { &[] };
        for engine in ["postgresql", "mysql", "mariadb", "sqlite"] {
            for more in [&[][..], &["--drop"]] {
                let printed = contract(name, engine, set, more);
                let engines =
                    text.lines().find(|line| line.starts_with("engine =")).expect("engine");
                let meant = engines.contains(&format!("\"{engine}\""));
                let faults = String::from_utf8_lossy(&printed.stderr);
                assert_eq!(printed.status.success(), meant, "{name} {engine} {more:?}: {faults}");
                assert_eq!(printed.stdout.is_empty(), !meant, "{name} {engine}");
            }
        }
    }
}

/// A macro of a mapping prints what it stands for, as if it were written out each time.
#[test]
fn a_macro_is_what_it_stands_for() {
    let preset = root().join("deploy/contract/presets/wordpress.toml");
    let text = std::fs::read_to_string(preset).expect("a preset");
    let (_, value) = text.split_once("as_typed = \"\"\"").expect("the macro");
    let (value, _) = value.split_once("\"\"\"").expect("its end");
    let mut written = String::new();
    let mut parts = text.split("\"{as_typed:");
    written += parts.next().unwrap_or_default();
    for part in parts {
        let (expression, rest) = part.split_once("}\"").expect("an expression");
        written += &format!("\"\"\"{}\"\"\"{rest}", value.replace("{}", expression));
    }
    let folder = tempfile::TempDir::new().expect("a folder");
    let file = folder.path().join("wordpress.toml");
    std::fs::write(&file, written).expect("written");
    let print = |arguments: &[&str]| {
        let mut program = Command::new(env!("CARGO_BIN_EXE_narrowgate-migrate"));
        let output = program.args(["contract", "--engine", "mysql"]).args(arguments).output();
        let text = String::from_utf8(output.expect("the program runs").stdout).expect("UTF-8");
        let (_, rest) = text.split_once('\n').expect("a script after its first line");
        assert_eq!(rest.matches("'&#039;'").count(), 4, "{rest}");
        rest.to_owned()
    };
    assert_eq!(print(&["--preset", "wordpress"]), print(&["--mapping", &file.to_string_lossy()]));
}
