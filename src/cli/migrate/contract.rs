//! `narrowgate-migrate contract`

use std::path::PathBuf;

use clap::Args;

use crate::cli::Ending;
use crate::contract::{Engine, Mapping, preset, presets, removal, script};

/// What to print, and for whom.
#[derive(Args)]
pub(super) struct Arguments {
    /// The mapping of your tables; deploy/contract/mapping.example.toml explains every key
    #[arg(long, value_name = "FILE", required_unless_present_any = ["preset", "list_presets"])]
    mapping: Option<PathBuf>,
    /// A mapping that is built in, for the schema of well-known software
    #[arg(long, value_name = "NAME", conflicts_with = "mapping")]
    preset: Option<String>,
    /// The engine to write for; needed where the mapping is for several
    #[arg(long, value_enum)]
    engine: Option<Engine>,
    /// Give one of the mapping's [parameters] another value
    #[arg(long = "set", value_name = "NAME=VALUE")]
    parameters: Vec<String>,
    /// Print the script that takes the contract back, and nothing else
    #[arg(long)]
    drop: bool,
    /// List the mappings that are built in, and end
    #[arg(long)]
    list_presets: bool,
}

pub(super) fn run(arguments: &Arguments) -> Ending {
    if arguments.list_presets {
        for (name, about) in presets() {
            println!("{name:<20} {about}");
        }
        return Ending::Done;
    }
    let (name, text) = match source(arguments) {
        Ok(source) => source,
        Err(fault) => {
            eprintln!("{fault}");
            return Ending::Usage;
        }
    };
    let mapping = Mapping::read(&text, &name, arguments.engine, &arguments.parameters);
    let printed =
        mapping.map(|mapping| if arguments.drop { removal(&mapping) } else { script(&mapping) });
    match printed {
        Ok(sql) => {
            print!("{sql}");
            Ending::Done
        }
        Err(faults) => {
            eprintln!("{name}: {} thing(s) to mend; nothing was printed", faults.len());
            for fault in faults {
                eprintln!("  {fault}");
            }
            Ending::Usage
        }
    }
}

/// The mapping's name and text.
fn source(arguments: &Arguments) -> Result<(String, String), String> {
    if let Some(name) = &arguments.preset {
        let text = preset(name).ok_or_else(|| {
            format!("there is no preset {name}; narrowgate-migrate contract --list-presets")
        })?;
        return Ok((format!("preset {name}"), text.to_owned()));
    }
    let path = arguments.mapping.as_deref().unwrap_or(std::path::Path::new(""));
    let name = path.display().to_string();
    match std::fs::read_to_string(path) {
        Ok(text) => Ok((name, text)),
        Err(error) => Err(format!("{name}: {error}; name the mapping with --mapping FILE")),
    }
}
