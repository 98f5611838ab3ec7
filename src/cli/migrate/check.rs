//! `narrowgate-migrate check`

use clap::Args;
use serde_json::{Value, json};

use super::location::Location;
use super::{CONNECT_TIMEOUT, Format};
use crate::cli::Ending;
use crate::cli::check::{readable, report, unproven};
use crate::config::{Database as Settings, DatabaseTarget};
use crate::database::{Budget, Database, Error};
use crate::proof::{self, Proof, Role};

/// Whose proof, and what is known.
#[derive(Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    location: Location,
    /// How to print what was found
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// The code of a kind of finding that you know of and live with: it stays in the report and does
    /// not count for the exit status. May be given several times
    #[arg(long = "accept", value_name = "CODE", value_parser = proof::acceptable)]
    accepted: Vec<String>,
}

/// One role: whether it was reached, and what was found.
struct Told {
    role: String,
    reached: Result<(), String>,
    proof: Proof,
}

const REACHED: &str = "the server answers";

pub(super) async fn run(arguments: &Arguments) -> Ending {
    let migration = match arguments.location.load() {
        Ok(migration) => migration,
        Err(ending) => return ending,
    };
    let targets = [(Role::Bulk, Some(migration.database)), (Role::Marker, migration.marker)];
    let mut all = vec![];
    for (role, target) in targets {
        let Some(target) = target else { continue };
        let mut told = prove(role, target).await;
        if all.is_empty() {
            told.proof.findings.extend(readable(arguments.location.config_file()));
            told.proof.sort();
        }
        told.proof.accept(&arguments.accepted);
        all.push(told);
    }
    tell(all, arguments.format)
}

async fn prove(role: Role, target: DatabaseTarget) -> Told {
    let name = target.contract().named(role.name());
    let key = if role == Role::Marker { "marker.url" } else { "database.url" };
    let settings = Settings::of_role(target, 1, CONNECT_TIMEOUT, CONNECT_TIMEOUT);
    let proven = async {
        let database = Database::open(&settings, 1, &Budget::new(1))?;
        let asked = if role == Role::Marker { database.probe_marks().await } else { Ok(()) };
        let mut proof = proof::prove(&database, &settings, role, None).await?;
        if let Err(cause) = asked {
            proof.unanswered(&cause.words());
        }
        Ok::<_, Error>(proof)
    };
    match proven.await {
        Ok(proof) => Told { role: name, reached: Ok(()), proof },
        Err(cause) => {
            Told { role: name, reached: Err(unproven(&cause, key)), proof: Proof::default() }
        }
    }
}

fn tell(all: Vec<Told>, format: Format) -> Ending {
    let refused = all.iter().any(|told| told.reached.is_err());
    let (mut text, mut roles, mut proofs) = (String::new(), vec![], vec![]);
    for Told { role, reached, proof } in all {
        let reached = reached.as_ref().map(|()| REACHED);
        text += &report::told(&role, reached);
        text += &report::text(&proof);
        text.push('\n');
        let mut object = json!({ "role": role, "database": report::outcome(reached) });
        report::add(&mut object, &report::proof(&proof));
        roles.push(object);
        proofs.push(proof);
    }
    match format {
        Format::Text => print!("{}{}", text.trim_end(), report::totals(&proofs)),
        Format::Json => {
            let mut object = json!({ "roles": Value::from(roles) });
            report::add(&mut object, &report::counts(&proofs));
            println!("{object}");
        }
    }
    report::ending(refused, &proofs)
}
