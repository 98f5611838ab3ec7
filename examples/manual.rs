//! Writes the manual pages and shell completions of both programs into a folder, from their command
//! lines themselves: `cargo run --example manual -- FOLDER`. Packages ship them; no program needs them.

use std::path::Path;
use std::{env, fs, io};

use clap_complete::{Shell, generate_to};

fn main() -> io::Result<()> {
    let folder = env::args_os().nth(1).ok_or_else(|| io::Error::other("name a folder"))?;
    let folder = Path::new(&folder);
    fs::create_dir_all(folder)?;
    for command in [narrowgate::cli::command(), narrowgate::cli::migrate::command()] {
        let name = command.get_name().to_owned();
        for shell in [Shell::Bash, Shell::Fish, Shell::Zsh] {
            generate_to(shell, &mut command.clone(), &name, folder)?;
        }
        clap_mangen::generate_to(command, folder)?;
    }
    Ok(())
}
