//! `narrowgate-migrate contract`

use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use crate::cli::{Ending, list};
use crate::config::{self, DatabaseTarget};
use crate::contract::{
    Engine, Fault, Mapping, Options, close_public, describe, preset, presets, removal, script,
};
use crate::database::Describer;
use crate::schema::Schema;

/// For the connection to be made.
const PATIENCE: Duration = Duration::from_secs(10);

/// What to print, and for whom.
#[derive(Args)]
#[allow(clippy::struct_excessive_bools, reason = "each is a switch")]
pub(super) struct Arguments {
    /// The mapping of your tables; deploy/contract/mapping.example.toml explains every key
    #[arg(long, value_name = "FILE", required_unless_present_any = ["preset", "list_presets", "close_public"])]
    mapping: Option<PathBuf>,
    /// A mapping that is built in, for the schema of well-known software
    #[arg(long, value_name = "NAME", conflicts_with = "mapping")]
    preset: Option<String>,
    /// The engine to write for: postgresql, mysql, mariadb or sqlite. Needed where the mapping is for several
    #[arg(long, value_enum)]
    engine: Option<Engine>,
    /// Give one of the mapping's [parameters] another value
    #[arg(long = "set", value_name = "NAME=VALUE")]
    parameters: Vec<String>,
    /// Leave usernames out, for a connection of Auth0's that has none. Not where a hash is made
    /// with the username
    #[arg(long)]
    without_usernames: bool,
    /// Ask this database about the mapping, with a DBA's URL: types, collations, indexes, and whether
    /// it accepts each expression. Nothing is executed. A URL on the command line can be seen by
    /// others: rather use the environment or --describe-file
    #[arg(
        long,
        value_name = "URL",
        env = "NARROWGATE_MIGRATE_DESCRIBE_URL",
        hide_env_values = true
    )]
    describe: Option<String>,
    /// A file with that URL, alone
    #[arg(long, value_name = "FILE", conflicts_with = "describe")]
    describe_file: Option<PathBuf>,
    /// The authority of that database's certificate, in place of the built-in ones
    #[arg(long, value_name = "FILE")]
    ca_certificate: Option<PathBuf>,
    /// Make the roles of the bulk migration, too: narrowgate_bulk, which reads the view and the marks, and
    /// narrowgate_marker, which may mark a user
    #[arg(long)]
    bulk: bool,
    /// A name for the schema, and for the roles to begin with, where a server has several contracts; tell
    /// the gate by database.contract
    #[arg(long, value_name = "NAME", default_value = "narrowgate")]
    name: Schema,
    /// Do not refuse a contract of this mapping with another `where` (condition); on PostgreSQL a publication FOR
    /// ALL TABLES (publication), or tables with row security (row_security)
    #[arg(long, value_name = "CODE", value_parser = ["condition", "publication", "row_security"])]
    accept: Vec<String>,
    /// Print the script that takes the contract back, and nothing else
    #[arg(long, conflicts_with = "ca_certificate")]
    drop: bool,
    /// PostgreSQL: print a script of its own that takes from PUBLIC what the service's role should not
    /// have either, and gives it to everybody else; with --drop the one that takes that back
    #[arg(long, conflicts_with_all = ["mapping", "preset", "bulk", "parameters", "without_usernames", "describe_file", "ca_certificate", "accept"])]
    close_public: bool,
    /// List the mappings that are built in, and end
    #[arg(long)]
    list_presets: bool,
}

pub(super) async fn run(arguments: &Arguments) -> Ending {
    if arguments.list_presets {
        let lines = presets().map(|(name, about)| format!("{name:<20} {about}\n"));
        return print(&lines.collect::<String>());
    }
    let options = Options {
        schema: arguments.name.clone(),
        bulk: arguments.bulk,
        accepted: arguments.accept.clone(),
    };
    if arguments.close_public {
        if arguments.engine.is_some_and(|engine| engine != Engine::Postgresql) {
            eprintln!("--engine: PUBLIC is PostgreSQL's; leave --close-public out");
            return Ending::Usage;
        }
        return print(&close_public(&options, arguments.drop));
    }
    let (name, text) = match source(arguments) {
        Ok(source) => source,
        Err(fault) => {
            eprintln!("{fault}");
            return Ending::Usage;
        }
    };
    let mut mapping = match Mapping::read(&text, &name, arguments.engine, &arguments.parameters) {
        Ok(mapping) => mapping,
        Err(faults) => return refuse(&name, &faults),
    };
    if arguments.without_usernames
        && let Err(fault) = mapping.leave_out_usernames()
    {
        return refuse(&name, &[fault]);
    }
    if !arguments.drop
        && let Err(ending) = ask(arguments, &mut mapping).await
    {
        return ending;
    }
    if let Some(refusal) = unnamed(&mapping, &options) {
        return refuse(&name, &[refusal]);
    }
    let sql = if arguments.drop { removal(&mapping, &options) } else { script(&mapping, &options) };
    print(&sql)
}

/// What the engine or the mapping keeps from having another name, or roles.
fn unnamed(mapping: &Mapping, options: &Options) -> Option<Fault> {
    let fault = |key: &str, cause: &str, remedy: &str| {
        let [key, cause, remedy] = [key, cause, remedy].map(str::to_owned);
        Some(Fault { line: None, key, cause, remedy })
    };
    let named = options.schema != Schema::default();
    match mapping.engine {
        Engine::Sqlite if named => {
            fault("--name", "is for servers", "a file has one contract; leave it out")
        }
        Engine::Sqlite if options.bulk => {
            fault("--bulk", "is for servers", "a file has no roles; leave it out")
        }
        _ if named && mapping.texts().iter().any(|text| text.contains("narrowgate")) => {
            let cause = "cannot be told from what the mapping itself calls narrowgate";
            let remedy = "call it otherwise in the mapping, and join a text constant of two parts";
            fault("--name", cause, remedy)
        }
        _ => None,
    }
}

/// A script that was cut off must not look like a whole one.
fn print(text: &str) -> Ending {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => Ending::Done,
        Err(error) => {
            eprintln!("the output cannot be written: {error}; use none of it");
            Ending::Fault
        }
    }
}

fn refuse(name: &str, faults: &[Fault]) -> Ending {
    list(&name, faults, "; nothing was printed")
}

/// Completes the mapping by what the database says, if there is one to ask.
async fn ask(arguments: &Arguments, mapping: &mut Mapping) -> Result<(), Ending> {
    let (url, file) = (arguments.describe.clone(), arguments.describe_file.as_deref());
    let target = config::described_database(url, file, arguments.ca_certificate.clone());
    let target = target.map_err(|fault| {
        eprintln!("{fault}");
        Ending::Usage
    })?;
    let Some((target, caution)) = target else { return Ok(()) };
    if let Some(caution) = caution {
        eprintln!("caution: {caution}");
    }
    let option = if arguments.describe.is_some() { "--describe" } else { "--describe-file" };
    let fits = match target {
        DatabaseTarget::Postgresql(..) => mapping.engine == Engine::Postgresql,
        DatabaseTarget::Mysql(..) => mapping.engine.is_mysql(),
        DatabaseTarget::Sqlite(_) => mapping.engine == Engine::Sqlite,
    };
    if !fits {
        let engine = mapping.engine.name();
        eprintln!(
            "{option}: the URL is not one of {engine}; ask the engine that the script is for"
        );
        return Err(Ending::Usage);
    }
    let mut database = Describer::open(target, PATIENCE).await.map_err(|error| {
        eprintln!(
            "{option}: {error}; check the URL, or leave it out and fill in the mapping by hand"
        );
        Ending::Refused
    })?;
    let described = describe(mapping, &arguments.accept, &mut database).await;
    described.map_err(|faults| refuse(&mapping.name, &faults))
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
        Err(error) if error.kind() == std::io::ErrorKind::InvalidData => {
            Err(format!("{name}: is no UTF-8 text; save it as such"))
        }
        Err(error) => Err(format!("{name}: {error}; name the mapping with --mapping FILE")),
    }
}
