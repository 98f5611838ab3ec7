//! The contract as `narrowgate-migrate contract` prints it, applied to real databases.

mod applied;
mod described;
mod folding;
mod identifiers;
mod load;
mod mistakes;
mod neighbours;
mod own_tables;
mod page;
mod stored;
mod told;

use std::path::Path;
use std::process::{Command, Output};

use crate::support::Engine;

pub const EXAMPLE: &str =
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/contract/mapping.example.toml"));

/// The program's answer to `contract` with these arguments, run beside the example mapping.
pub fn run(arguments: &[&str]) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_narrowgate-migrate"));
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/contract");
    program.current_dir(folder).arg("contract").args(arguments).output().expect("the program runs")
}

/// The printed script for a mapping's text.
#[track_caller]
pub fn script(mapping: &str, engine: Engine, further: &[&str]) -> String {
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), mapping).expect("a written file");
    let arguments = ["--mapping", path(file.path()), "--engine", name(engine)];
    let output = run(&[&arguments[..], further].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    crate::support::legacy::without_delimiters(&text)
}

pub fn path(path: &Path) -> &str {
    path.to_str().expect("a name in UTF-8")
}

/// The server of the tests is MariaDB.
pub fn name(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => "sqlite",
        Engine::Postgresql => "postgresql",
        Engine::Mysql => "mariadb",
    }
}
