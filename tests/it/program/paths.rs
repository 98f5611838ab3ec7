//! Paths of the machine that built the programs are not in them.

use std::path::Path;

/// Where a dependency was compiled before the wrapper was there, its paths stay until it is compiled
/// again: only where everything is built anew does this say something.
#[test]
fn the_programs_hold_no_path_of_the_builders_machine() {
    if std::env::var_os("CI").is_none() {
        return;
    }
    let home = std::env::var("HOME").unwrap_or_default();
    let cargo = std::env::var("CARGO_HOME").unwrap_or(format!("{home}/.cargo"));
    let folders = [env!("CARGO_MANIFEST_DIR").to_owned(), format!("{cargo}/registry"), home];
    for program in [env!("CARGO_BIN_EXE_narrowgate"), env!("CARGO_BIN_EXE_narrowgate-migrate")] {
        let bytes = std::fs::read(Path::new(program)).expect("the program");
        for folder in folders.iter().filter(|folder| folder.len() > 1) {
            let ours = format!("{folder}/").into_bytes();
            let places = bytes.windows(ours.len()).enumerate().filter(|(_, part)| *part == ours);
            for (at, _) in places {
                let end = (at..bytes.len()).find(|i| !bytes[*i].is_ascii_graphic());
                let text = String::from_utf8_lossy(&bytes[at..end.unwrap_or(at)]).into_owned();
                // Unoptimised C says where it is from; a release does not.
                let is_c = [".c", ".h", ".cc", ".S", ".inc"].iter().any(|end| text.contains(end));
                assert!(is_c && cfg!(debug_assertions), "{program}: {text}");
            }
        }
    }
}
