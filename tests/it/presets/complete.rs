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
