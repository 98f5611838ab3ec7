//! `narrowgate check` as the proof: the sample contract is clean, and a right too many on any kind
//! of object is found, told with what mends it, and gone once that was done.
//!
//! Rights on roles, databases and large objects are the whole server's: these tests have servers of
//! their own.

mod accept;
mod marks;
mod mysql;
mod owners;
mod postgresql;
mod replicas;
mod rights;
mod roles;
mod settled;
mod sqlite;
mod telltales;
mod transport;
mod unanswered;

use serde_json::Value;

use crate::support::cluster::Cluster;
use crate::support::{Engine, Gate, Issuer, Legacy};

/// What is planted, what must be found, and what mends it: the remedy of the finding unless another
/// statement is given.
struct Fault {
    plant: &'static str,
    code: &'static str,
    found: &'static str,
    mend: Option<&'static str>,
}

const fn fault(plant: &'static str, code: &'static str, found: &'static str) -> Fault {
    Fault { plant, code, found, mend: None }
}

/// Where the remedy leaves something to choose, or what was planted should go altogether.
const fn mended(
    plant: &'static str,
    code: &'static str,
    found: &'static str,
    mend: &'static str,
) -> Fault {
    Fault { plant, code, found, mend: Some(mend) }
}

/// One engine of a cluster, its key set, and how `check` is run on it.
struct Bench<'a> {
    cluster: &'a Cluster,
    engine: Engine,
    issuer: Issuer,
    nobody: Legacy,
}

impl<'a> Bench<'a> {
    fn new(cluster: &'a Cluster, engine: Engine) -> Self {
        Self { cluster, engine, issuer: Issuer::start(), nobody: Legacy::sqlite() }
    }

    #[track_caller]
    fn check(&self, options: &str) -> (Option<i32>, Value) {
        let gate = Gate::builder(&self.issuer, &self.nobody)
            .config("database.url", self.cluster.url(self.engine))
            .config("database.statement_timeout", "20s");
        let (code, text) = gate.run(&format!("check --format json{options}"));
        let report = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {text}"));
        (code, report)
    }

    /// Nothing but these codes, and the exit status that goes with them.
    #[track_caller]
    fn expect_only(&self, codes: &[&str]) {
        let (code, report) = self.check("");
        let mut found: Vec<_> = findings(&report).iter().map(|f| text(f, "code")).collect();
        found.dedup();
        assert_eq!(found, codes, "{report:#}");
        assert_eq!(code, Some(if codes.is_empty() { 0 } else { 11 }), "{report:#}");
    }

    /// What the role cannot see is told, with the statement by which a DBA sees it.
    #[track_caller]
    fn expect_unseen(&self, statement: &str) {
        let (_, report) = self.check("");
        assert!(report["not_seen"].to_string().contains(statement), "{report:#}");
    }

    /// One after the other, where each hides others, and asking for one who is there.
    #[track_caller]
    fn alone(&self, faults: &[Fault], level: &str) {
        let probe = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(probe.path(), "ada@example.com").expect("written");
        for fault in faults {
            let options = format!(" --probe {}", probe.path().display());
            self.plant_and_check(std::slice::from_ref(fault), level, &options);
        }
    }

    /// Plants all, finds each, mends each by its remedy.
    #[track_caller]
    fn plant(&self, faults: &[Fault], level: &str) {
        self.plant_and_check(faults, level, "");
    }

    #[track_caller]
    fn plant_and_check(&self, faults: &[Fault], level: &str, options: &str) {
        for fault in faults {
            self.cluster.execute(self.engine, fault.plant);
        }
        let (code, report) = self.check(options);
        assert_eq!(code, Some(if level == "blocker" { 10 } else { 11 }), "{report:#}");
        let all = findings(&report);
        let mut mends = vec![];
        for fault in faults {
            let is_it = |f: &&Value| {
                let told = format!("{} {}", text(f, "found"), f["difference"]);
                text(f, "code") == fault.code && told.contains(fault.found)
            };
            let found = all.iter().find(is_it);
            let found = found.unwrap_or_else(|| panic!("{}: not in {report:#}", fault.plant));
            assert_eq!(text(found, "level"), level, "{found}");
            mends.push(fault.mend.unwrap_or(text(found, "remedy")));
        }
        // Backwards: what was planted last may stand on what was planted first.
        for mend in mends.into_iter().rev() {
            self.cluster.execute(self.engine, mend);
        }
    }
}

fn findings(report: &Value) -> &[Value] {
    report["findings"].as_array().expect("a list")
}

fn text<'v>(value: &'v Value, member: &str) -> &'v str {
    value[member].as_str().expect("text")
}

/// The exit status and the report.
fn check(legacy: &Legacy) -> (Option<i32>, Value) {
    let (code, told) = Gate::builder(&Issuer::start(), legacy).run("check --format json");
    let report = serde_json::from_str(&told).unwrap_or_else(|e| panic!("{e}: {told}"));
    (code, report)
}

#[test]
fn each_planted_fault_is_found_and_mended() {
    let Some(cluster) = Cluster::start() else { return };
    for (engine, prove) in
        [(Engine::Postgresql, postgresql::prove as fn(&Bench<'_>)), (Engine::Mysql, mysql::prove)]
    {
        let bench = Bench::new(&cluster, engine);
        prove(&bench);
        replicas::prove(&bench);
    }
}

/// On SQLite there is nothing to prove, and the report says so.
#[test]
fn sqlite_promises_nothing() {
    let (issuer, legacy) = (Issuer::start(), Legacy::sqlite());
    let (code, told) = Gate::builder(&issuer, &legacy).run("check");
    assert_eq!(code, Some(0), "{told}");
    assert!(told.contains("SQLite has no roles"), "{told}");
    assert!(told.contains("read every row of the file, hashes included"), "{told}");
}

/// Its tables are on another server, for all that this one can count.
const ELSEWHERE: &str = r#"
engine = "postgresql"
from = "(VALUES ('1', 'ada@example.com')) AS v (id, email)"
[columns]
user_id = "v.id"
email = "v.email"
[reads]
"sample_shop.customer" = ["id"]
[lookup]
email = "lower(v.email)"
"#;

/// Where no reading was counted, none is taken for one by an index.
#[test]
fn lookups_that_read_no_table_are_not_measured() {
    let Some(legacy) = Legacy::postgresql() else { return };
    // Another mapping's contract is replaced on purpose alone.
    legacy.execute("COMMENT ON SCHEMA narrowgate IS 'Narrowgate''s marks'");
    legacy.execute(&crate::contract::script(ELSEWHERE, Engine::Postgresql, &[]));
    let (_, report) = check(&legacy);
    let uncounted = |f: &Value| text(f, "found").starts_with("the server counted no reading");
    assert!(findings(&report).iter().any(uncounted), "{report:#}");
    assert!(!report["proven"].to_string().contains("lookups"), "{report:#}");
}
