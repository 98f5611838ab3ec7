//! `narrowgate audit`

use std::fs::File;
use std::io::BufReader;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use super::Ending;
use crate::audit::{Audit, Stream};

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// The logs, in the order of time; /dev/stdin will do
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// The table's marks by the hour, as the statement in docs/audit.md prints them
    #[arg(long, value_name = "FILE")]
    marks: Option<PathBuf>,
    /// How many gates wrote them: of each, the oldest lines that are here may begin in the middle
    #[arg(long, value_name = "NUMBER", default_value_t = NonZeroUsize::MIN)]
    gates: NonZeroUsize,
}

pub(super) fn run(arguments: &Arguments) -> Ending {
    let mut audit = Audit::of(arguments.gates.get());
    for file in &arguments.files {
        let name = file.display().to_string();
        let read = File::open(file).and_then(|log| audit.read(&name, BufReader::new(log)));
        if let Err(error) = read {
            eprintln!("{name}: {error}; name a log of the service");
            return Ending::Usage;
        }
    }
    audit.finish();
    let compared = match arguments.marks.as_deref().map(|file| compare(&mut audit, file)) {
        Some(Err(ending)) => return ending,
        Some(Ok(hours)) => format!(", marks of {hours} hour(s) compared"),
        None => String::new(),
    };
    for stream in &audit.streams {
        println!("ok  {}", told(stream));
    }
    for finding in &audit.findings {
        let mark = if finding.is_break { "NO" } else { "--" };
        println!("{mark}  {}: {}", finding.place, finding.text);
    }
    let breaks = audit.findings.iter().filter(|finding| finding.is_break).count();
    let others = audit.findings.len() - breaks;
    println!(
        "\n{breaks} break(s), {others} remark(s), {} line(s) of no chain{compared}",
        audit.others
    );
    if audit.streams.is_empty() {
        println!("no line here is part of a chain; log.format has to be \"json\"");
    }
    match (breaks, others, audit.streams.len()) {
        (1.., ..) => Ending::Blockers,
        (0, 0, 1..) => Ending::Done,
        _ => Ending::Cautions,
    }
}

/// Holds the marks against the counts of this file.
fn compare(audit: &mut Audit, file: &Path) -> Result<usize, Ending> {
    let name = file.display().to_string();
    let usage = |cause: String| {
        eprintln!("{name}: {cause}; make it by the statement in docs/audit.md");
        Ending::Usage
    };
    let counts = std::fs::read_to_string(file).map_err(|error| usage(error.to_string()))?;
    let wrong = |line| usage(format!("line {line} is no hour with its marks, or is there twice"));
    audit.compare(&name, &counts).map_err(wrong)
}

fn told(stream: &Stream) -> String {
    let Stream { name, lines, from, to, head, ended, .. } = stream;
    let name = name.as_deref().unwrap_or("without its beginning");
    let end = if *ended { "ended" } else { "not ended" };
    format!(
        "{name}: {lines} lines, {from} to {to}, {end}; narrowgate_audit_seq {} and narrowgate_audit_head {}",
        head.seq, head.number
    )
}
