//! `narrowgate-migrate shadow`

use clap::Args;

use super::evidence;
use crate::bulk::evidence::Evidence;
use crate::cli::Ending;

/// Where the counts are.
#[derive(Args)]
pub(super) struct Arguments {
    /// The gate's counters: a saved page, or the address of /metrics; one for each gate
    #[arg(value_name = "FILE|URL", required = true)]
    pages: Vec<String>,
}

pub(super) async fn run(arguments: &Arguments) -> Ending {
    let evidence = match evidence::read(&arguments.pages, "").await {
        Ok(evidence) => evidence,
        Err(ending) => return ending,
    };
    print!("{}", table(&evidence));
    let (faults, remarks) = findings(&evidence);
    println!();
    for (mark, texts) in [("NO", &faults), ("--", &remarks)] {
        for text in texts {
            println!("{mark}  {text}");
        }
    }
    match (faults.len(), remarks.len()) {
        (1.., _) => Ending::Blockers,
        (0, 1..) => Ending::Cautions,
        (0, 0) => {
            println!("ok  gate and application agree");
            Ending::Done
        }
    }
}

fn table(evidence: &Evidence) -> String {
    let row = |scheme: &str, cells: [&str; 4]| {
        let [accept, refuse, accepts, refuses] = cells;
        format!("  {scheme:<24} {accept:>12} {refuse:>12} {accepts:>20} {refuses:>20}\n")
    };
    let titles = ["both accept", "both refuse", "gate alone accepts", "gate alone refuses"];
    let mut table = row("scheme", titles);
    for (scheme, it) in &evidence.shadow {
        let refusals = it.false_refusals.values().fold(0, |all: u64, it| all.saturating_add(*it));
        let cells = [it.both_accept, it.both_refuse, it.false_accepts, refusals];
        let cells = cells.map(|cell| cell.to_string());
        table += &row(scheme, cells.each_ref().map(String::as_str));
    }
    table
}

/// What must be explained before anybody moves, and what should be known.
fn findings(evidence: &Evidence) -> (Vec<String>, Vec<String>) {
    let (mut faults, mut remarks) = (vec![], vec![]);
    for (scheme, it) in &evidence.shadow {
        if it.false_accepts > 0 {
            faults.push(format!(
                "{scheme}: {} password(s) that the application refused are right to the gate; nobody of this scheme moves before that is explained (docs/shadow.md)",
                it.false_accepts
            ));
        }
        for (reason, times) in &it.false_refusals {
            remarks.push(format!(
                "{scheme}: {times} password(s) that the application accepted are refused by the gate: {reason}"
            ));
        }
    }
    if evidence.shadow.is_empty() {
        remarks.push("nothing was compared; these pages count no login of /shadow".to_owned());
    }
    let dropped: Vec<_> =
        evidence.dropped.iter().map(|(reason, times)| format!("{reason} {times}")).collect();
    if !dropped.is_empty() {
        remarks.push(format!("not compared: {}", dropped.join(", ")));
    }
    (faults, remarks)
}
