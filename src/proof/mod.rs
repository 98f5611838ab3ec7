//! The proof that the runtime role can ask the contract's questions and do nothing else.
//!
//! It is made as that role: the catalogue is read for everything that the role, or everybody, may
//! do; what must be denied is tried in ways that change nothing; the questions are asked about
//! nobody, and the server counts what they read.

mod answers;
mod difference;
mod finding;
mod fold;
mod grants;
mod known;
mod limits;
mod lookup;
mod mysql;
mod namesake;
mod place;
mod postgresql;
mod remains;
mod role;
mod sqlite;
mod unseen;

pub use finding::{Finding, acceptable};
pub use place::rights_of_others;
pub use role::Role;

use crate::config::{Database as Settings, DatabaseTarget, Transport};
use crate::database::catalog::{Attempt, Catalog, Outcome};
use crate::database::{Database, Error};
use crate::identifier::Identifier;
use crate::schema::Schema;

/// What came of the proof.
#[derive(Default)]
pub struct Proof {
    /// What is not as it should be, blockers first.
    pub findings: Vec<Finding>,
    /// What was looked at and is in order, in a few words each.
    pub proven: Vec<String>,
    /// What whoever steals this credential could still do.
    pub remains: Vec<String>,
    /// What was not looked at, for this role sees nothing of it, and how somebody does.
    pub unseen: Vec<String>,
}

/// Makes the proof, as the role that the settings name. `known` is an identifier that names exactly one
/// user.
///
/// # Errors
/// The database gave no answer.
pub async fn prove(
    database: &Database,
    settings: &Settings,
    role: Role,
    known: Option<&Identifier>,
) -> Result<Proof, Error> {
    let catalog = database.catalog(settings)?;
    let mut proof = match &catalog {
        Catalog::Postgresql(catalog) => postgresql::prove(catalog, settings, role).await?,
        Catalog::Mysql(catalog) => mysql::prove(catalog, settings, role).await?,
        Catalog::Sqlite(catalog) => sqlite::prove(catalog, settings).await?,
    };
    if known.is_none() && matches!(role, Role::Service(_)) {
        proof.unseen.insert(0, unseen::PROBE.to_owned());
    }
    let told = proof.findings.len();
    let routines = role.allowed().routines;
    // A replica's answers are none.
    let replica = proof.findings.iter().any(|finding| finding.code == "read_only_replica");
    if !matches!(catalog, Catalog::Sqlite(_))
        && !replica
        && !routines.is_empty()
        && lookup::judge(&catalog, routines, known, &mut proof).await
    {
        answers::judge(&catalog, routines, known, &mut proof).await;
    }
    if let Some(known) = known.filter(|_| !replica) {
        known::judge((database, &catalog), known, &mut proof.findings).await;
    }
    proof.name(told, &catalog.contract());
    namesake::spare(&mut proof.findings);
    proof.sort();
    Ok(proof)
}

impl Proof {
    /// The service's own questions fail in these words: a blocker, unless it was found already.
    pub fn unanswered(&mut self, words: &str) {
        let same = ["lookup_failed", "collation_mismatch", "read_only_replica"];
        if !self.findings.iter().any(|finding| same.contains(&finding.code.as_str())) {
            self.findings.push(Finding::new("lookup_failed", words, lookup::CALL_IT));
            self.sort();
        }
    }

    /// Marks what is known and lived with.
    pub fn accept(&mut self, codes: &[String]) {
        for finding in &mut self.findings {
            finding.accepted = codes.contains(&finding.code);
        }
    }

    /// Names the contract in what was said about the usual one, from this finding on: those before it are
    /// in the server's words.
    fn name(&mut self, from: usize, contract: &Schema) {
        for finding in self.findings.iter_mut().skip(from) {
            finding.found = contract.named(&finding.found);
            finding.remedy = contract.named(&finding.remedy);
        }
        for words in self.proven.iter_mut().chain(&mut self.remains).chain(&mut self.unseen) {
            *words = contract.named(words);
        }
    }

    /// Blockers first, each finding once.
    pub fn sort(&mut self) {
        self.findings.sort_by(|one, other| {
            (one.level, &one.code, &one.found).cmp(&(other.level, &other.code, &other.found))
        });
        self.findings.dedup();
    }
}

/// How the attempts begin that go through in a database as PostgreSQL makes it.
const EVERYBODYS: [&str; 3] = [
    "DO LANGUAGE plpgsql",
    "SELECT pg_catalog.lo_create",
    "CREATE TEMPORARY TABLE narrowgate_probe (",
];

/// What came of the attempts: a finding for each that went through, and the number of the others.
fn tell(attempts: Vec<Attempt>, proof: &mut Proof) {
    let number = |of: Outcome| attempts.iter().filter(|attempt| attempt.outcome == of).count();
    let other = match number(Outcome::Failed) {
        0 => String::new(),
        failed => format!("; {failed} failed otherwise"),
    };
    proof
        .proven
        .push(format!("denied: {} statements that were tried{other}", number(Outcome::Denied)));
    let allowed = attempts.into_iter().filter(|attempt| attempt.outcome == Outcome::Allowed);
    proof.findings.extend(allowed.map(|attempt| {
        let found = format!("this was tried and not denied: {}", attempt.statement);
        // What PUBLIC may do in a new database, and no more than that.
        if EVERYBODYS.iter().any(|begin| attempt.statement.starts_with(begin)) {
            let remedy = "narrowgate-migrate contract --close-public prints what closes it";
            return Finding::new("public_privilege", found, remedy);
        }
        Finding::new("attempt_succeeded", found, "take the right away that the other findings name")
    }));
}

/// A password that whoever knows the role's name would try first.
fn guessable(settings: &Settings) -> Option<Finding> {
    let server = settings.target.server()?;
    let (name, password) = (server.user.as_deref()?, server.password.as_ref()?.reveal());
    password.eq_ignore_ascii_case(name).then(|| {
        let remedy = "give it another: openssl rand -base64 24";
        Finding::new("password_guessable", "the role's password is the role's name", remedy)
    })
}

/// Whether the server sees TLS where this end speaks it.
fn transport(settings: &Settings, version: &str, proof: &mut Proof) {
    let encrypted = match &settings.target {
        DatabaseTarget::Postgresql(_, transport) | DatabaseTarget::Mysql(_, transport) => {
            *transport != Transport::Plain
        }
        DatabaseTarget::Sqlite(_) => false,
    };
    match (encrypted, version) {
        (false, _) => {
            proof
                .proven
                .push("transport: not encrypted, and does not leave this machine".to_owned());
        }
        (true, "") => proof.findings.push(Finding::new(
            "transport_ends_early",
            "TLS ends before the server: something in between reads the identifiers and the hashes",
            "connect to the server itself, or see that the rest of the way is encrypted too",
        )),
        (true, version) => {
            proof.proven.push(format!("transport: {version}, chain and host name verified"));
        }
    }
}
