//! Which schemes go: all, or those that real logins have proven, without those that are named to stay.

use std::collections::BTreeSet;

use clap::{Args, ValueEnum};
use url::Url;

use crate::bulk::run::{ALL_SCHEMES, Binding};
use crate::bulk::{SchemeChoice, evidence};
use crate::cli::Ending;
use crate::password::Scheme;

/// Which schemes go, and what is known of them.
#[derive(Args)]
pub(super) struct Choice {
    /// Which users go: all, or those whose scheme a login through the gate has proven
    #[arg(long, value_enum, default_value = "all")]
    schemes: Schemes,
    /// The gate's counters: a saved page, or the address of /metrics; one for each gate
    #[arg(long, value_name = "FILE|URL")]
    evidence: Vec<String>,
    /// A scheme whose users stay, such as one that failed its canary; several times for several
    #[arg(long, value_name = "SCHEME", value_parser = scheme)]
    without: Vec<String>,
}

/// The name by which the plan and the counters tell a scheme. A slip must not send those who should stay.
fn scheme(name: &str) -> Result<String, String> {
    let known = Scheme::all().any(|scheme| scheme.name == name);
    let unknown =
        || "no scheme has this name; the plan tells them, as docs/passwords.md does".to_owned();
    known.then(|| name.to_owned()).ok_or_else(unknown)
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Schemes {
    All,
    Proven,
}

impl Choice {
    /// The schemes that logins have proven. A run that has `begun` keeps those that it began with:
    /// others may have been proven since, or a gate's counters begun anew.
    pub(super) async fn proven(&self, begun: Option<&Binding>) -> Result<BTreeSet<String>, Ending> {
        if self.schemes == Schemes::Proven
            && let Some(schemes) = begun.and_then(Binding::proven)
        {
            return Ok(schemes);
        }
        let evidence = read(&self.evidence, "--evidence ").await?;
        if self.schemes == Schemes::Proven && self.evidence.is_empty() {
            eprintln!(
                "--schemes proven: nothing says which are; name the gate's counters with --evidence"
            );
            return Err(Ending::Usage);
        }
        Ok(evidence.proven())
    }

    /// The schemes that may go.
    pub(super) fn allowed(&self, proven: &BTreeSet<String>) -> SchemeChoice {
        let left_out: BTreeSet<_> = self.without.iter().cloned().collect();
        match self.schemes {
            Schemes::All => SchemeChoice::AllBut(left_out),
            Schemes::Proven => SchemeChoice::Proven(proven - &left_out),
        }
    }

    /// What a run is bound to.
    pub(super) fn binding(&self, proven: &BTreeSet<String>) -> String {
        let list = |schemes: BTreeSet<String>| Vec::from_iter(schemes).join(",");
        match self.allowed(proven) {
            SchemeChoice::AllBut(left_out) if left_out.is_empty() => ALL_SCHEMES.to_owned(),
            SchemeChoice::AllBut(left_out) => format!("{ALL_SCHEMES} but {}", list(left_out)),
            SchemeChoice::Proven(proven) => list(proven),
        }
    }
}

/// What the gates' counters say; `option` stands before the name of one that cannot be read.
pub(super) async fn read(sources: &[String], option: &str) -> Result<evidence::Evidence, Ending> {
    let mut found = evidence::Evidence::default();
    for source in sources {
        match evidence::page(source).await.and_then(|page| found.read(&page)) {
            Ok(()) => {}
            Err(cause) => {
                let source = shown(source);
                eprintln!(
                    "{option}{source}: {cause}; name a saved page of the gate's metrics, or http://HOST:PORT/metrics"
                );
                return Err(Ending::Usage);
            }
        }
    }
    Ok(found)
}

/// A source as it can be told: any part of an address may hold a secret, but for host and port.
fn shown(source: &str) -> String {
    match Url::parse(source) {
        Ok(url) if url.has_host() => url.origin().ascii_serialization(),
        _ if source.contains('@') || source.contains("://") => "the address".to_owned(),
        _ => source.to_owned(),
    }
}
