//! A replica may not know a user or a mark yet: it is never asked who is there.

use serde_json::json;

use super::{Bench, findings, text};
use crate::support::{Engine, Gate, Token};

/// Who is there is found, and who is not is nobody; but not where that is a replica's word.
#[track_caller]
fn expect(gate: &Gate, token: &str, found: u16, missed: u16) {
    for (name, status) in [("ada", found), ("nobody-of-this-name", missed)] {
        let answer = gate.ask("/get_user", token, &json!({ "identifier": name }));
        assert_eq!(answer.status, status, "{name}: {answer:?}");
    }
}

/// Finds it, and starts no service.
#[track_caller]
fn refused(bench: &Bench<'_>) {
    let (code, report) = bench.check("");
    assert_eq!(code, Some(10), "{report:#}");
    let is_it = |f: &&serde_json::Value| text(f, "code") == "read_only_replica";
    assert!(findings(&report).iter().any(|f| is_it(&f)), "{report:#}");
    let failed = |f: &serde_json::Value| text(f, "code") == "lookup_failed";
    assert!(!findings(&report).iter().any(failed), "{report:#}");
    let (code, told) = gate(bench).run("serve");
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("read-only replica"), "{told}");
}

fn gate(bench: &Bench<'_>) -> crate::support::GateBuilder {
    let url = bench.cluster.url(bench.engine);
    Gate::builder(&bench.issuer, &bench.nobody).config("database.url", url)
}

pub(super) fn prove(bench: &Bench<'_>) {
    let token = Token::auth0().sign();
    let running = gate(bench).start();
    expect(&running, &token, 200, 404);
    if bench.engine == Engine::Mysql {
        // The server that was the primary, demoted while the service is connected to it.
        bench.cluster.execute(bench.engine, "SET GLOBAL read_only = ON");
        expect(&running, &token, 503, 503);
        refused(bench);
        bench.cluster.execute(bench.engine, "SET GLOBAL read_only = OFF");
    } else {
        bench.cluster.stop(bench.engine, "INT").following().start();
        expect(&running, &token, 503, 503);
        refused(bench);
        bench.cluster.execute(bench.engine, "SELECT pg_promote()");
    }
    crate::support::wait_until("the primary answers", std::time::Duration::from_secs(20), || {
        running.ask("/get_user", &token, &json!({ "identifier": "ada" })).status == 200
    });
    expect(&running, &token, 200, 404);
}
