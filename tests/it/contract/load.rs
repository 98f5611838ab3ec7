//! What those who are at work on the same server lose while the contract is applied, applied again, changed
//! and taken back. docs/database.md shows the figures.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use serde_json::json;

use super::applied::refusal;
use super::{EXAMPLE, script};
use crate::support::servers::{self, heard};
use crate::support::{Engine, Gate, Issuer, Legacy, Token, wait_until};

/// Answers that were lost, of how many.
#[derive(Debug, Default, Clone, Copy)]
struct Lost(usize, usize);

/// One that asks until it is told to end, and what it lost.
fn asking(done: &AtomicBool, ask: impl Fn() -> bool) -> Lost {
    let mut lost = Lost::default();
    while !done.load(Ordering::SeqCst) {
        lost.0 += usize::from(!ask());
        lost.1 += 1;
    }
    lost
}

/// What the service and the application lose while this is done.
fn beside(legacy: &Legacy, gate: Option<&Gate>, work: impl FnOnce()) -> (Lost, Lost) {
    let (done, token) = (AtomicBool::new(false), Token::auth0().sign());
    let lookup = |gate: &Gate| {
        gate.ask("/get_user", &token, &json!({ "identifier": "ada@example.com" })).status == 200
    };
    let owner = legacy.owner_url();
    let change = "UPDATE sample_shop.customer SET nickname = nickname WHERE login = 'ada'";
    thread::scope(|scope| {
        let service = gate.map(|gate| scope.spawn(|| asking(&done, || lookup(gate))));
        let application =
            scope.spawn(|| asking(&done, || !heard(&owner, change).contains("Error")));
        work();
        done.store(true, Ordering::SeqCst);
        let lost = |thread: thread::ScopedJoinHandle<'_, Lost>| thread.join().expect("a count");
        (service.map(lost).unwrap_or_default(), lost(application))
    })
}

/// As often as it takes for many to ask meanwhile.
const TIMES: usize = 5;

#[test]
fn nobody_loses_an_answer_to_the_contract() {
    let mapping =
        |name: &str| EXAMPLE.replace("\nname = \"c.full_name\"", &format!("\nname = \"{name}\""));
    for legacy in [Legacy::postgresql(), Legacy::mysql()].into_iter().flatten() {
        let engine = legacy.engine;
        let apply = |name: &str| legacy.execute(&script(&mapping(name), engine, &[]));
        let drop = || legacy.execute(&script(EXAMPLE, engine, &["--drop"]));
        let told = |step: &str, (service, application): (Lost, Lost), gate_counts: bool| {
            println!("{engine:?} {step}: service {service:?}, application {application:?}");
            assert!(application.1 > 0 && application.0 == 0, "{engine:?} {step}: {application:?}");
            assert!(
                !gate_counts || service.1 > 0 && service.0 == 0,
                "{engine:?} {step}: {service:?}"
            );
        };
        let first = beside(&legacy, None, || {
            for _ in 0..TIMES {
                drop();
                apply("c.full_name");
            }
        });
        told("apply and drop", first, false);
        if engine == Engine::Mysql {
            legacy.execute(
                "ALTER USER 'narrowgate_api'@'%' IDENTIFIED BY 'only-for-tests' ACCOUNT UNLOCK",
            );
        }
        let issuer = Issuer::start();
        let gate = Gate::start(&issuer, &legacy);
        let again = beside(&legacy, Some(&gate), || (0..TIMES).for_each(|_| apply("c.full_name")));
        told("unchanged", again, true);
        let changed = beside(&legacy, Some(&gate), || {
            for _ in 0..TIMES {
                apply("c.nickname");
                apply("c.full_name");
            }
        });
        told("changed", changed, true);
        let fewer = mapping("c.full_name")
            .replace("\"last_name\", \"nickname\",", "\"last_name\",")
            .replace("\nnickname = \"c.nickname\"\n", "\n");
        assert!(!fewer.contains("nickname\""), "{fewer}");
        let columns = beside(&legacy, Some(&gate), || {
            for _ in 0..TIMES {
                legacy.execute(&script(&fewer, engine, &[]));
                apply("c.full_name");
            }
        });
        told("other columns", columns, true);
        legacy.execute(&script(&fewer, engine, &[]));
        assert!(!nickname_is_read(&legacy), "{engine:?}: the right that is not needed stays");
        // A script that fails takes nothing away.
        let wrong =
            mapping("c.full_name").replace("\"last_name\",", "\"last_name\", \"no_such_column\",");
        let failed = beside(&legacy, Some(&gate), || {
            refusal(&legacy, &script(&wrong, engine, &[]));
            thread::sleep(Duration::from_millis(300));
        });
        told("a script that fails", failed, true);
        apply("c.full_name");
        told("drop", beside(&legacy, Some(&gate), drop), false);
    }
}

/// Whether the owner may read a column that only one of the mappings has.
fn nickname_is_read(legacy: &Legacy) -> bool {
    let question = match legacy.engine {
        Engine::Mysql => {
            "SELECT IF(COUNT(*) > 0, 'yes', 'no') FROM information_schema.column_privileges WHERE column_name = 'nickname' AND table_schema = 'sample_shop' AND grantee LIKE '%narrowgate_owner%'"
        }
        _ => {
            "SELECT CASE WHEN has_column_privilege('narrowgate_owner', 'sample_shop.customer', 'nickname', 'SELECT') THEN 'yes' ELSE 'no' END"
        }
    };
    legacy.column(question).concat() == "yes"
}

/// The locks on what is others' and on what lookups read, at the end of each script.
#[test]
fn the_locks_are_those_of_the_page() {
    let Some(legacy) = Legacy::postgresql() else { return };
    let changed = EXAMPLE.replace("\nname = \"c.full_name\"", "\nname = \"c.nickname\"");
    let print = |mapping: &str, further: &[&str]| script(mapping, Engine::Postgresql, further);
    legacy.execute(&print(EXAMPLE, &["--drop"]));
    let page = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/database.md"));
    for (step, script) in [
        ("apply", print(EXAMPLE, &[])),
        ("apply again, unchanged", print(EXAMPLE, &[])),
        ("apply again, changed", print(&changed, &[])),
        ("take back", print(EXAMPLE, &["--drop"])),
    ] {
        let known = "DROP TABLE IF EXISTS public.known, public.seen; CREATE TABLE public.known AS SELECT c.oid, n.nspname, c.relname
            FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE n.nspname IN ('narrowgate', 'sample_shop') AND c.relkind IN ('r', 'v')";
        legacy.execute(known);
        let note = "\nCREATE TABLE public.seen AS SELECT k.*, l.mode FROM pg_locks AS l JOIN public.known AS k ON k.oid = l.relation WHERE l.pid = pg_backend_pid();\nCOMMIT;";
        legacy.execute(&script.replace("\nCOMMIT;", note));
        let modes = |of: &str| {
            let modes = legacy.column(&format!(
                "SELECT DISTINCT upper(regexp_replace(replace(mode, 'Lock', ''), '([a-z])([A-Z])', '\\1 \\2', 'g')) FROM public.seen WHERE {of} ORDER BY 1"
            ));
            if modes.is_empty() { "none".to_owned() } else { modes.join(", ") }
        };
        let [tables, view, marks] =
            ["nspname = 'sample_shop'", "relname = 'legacy_user'", "relname = 'migrated_user'"]
                .map(modes);
        let row = format!("| PostgreSQL: {step} | {tables} | {view} | {marks} |");
        assert!(page.contains(&row), "docs/database.md lacks: {row}");
    }
}

/// A transaction of the application that has read and written its tables stops no script of the contract's, so
/// that none takes a lock on them that a writer does not share.
#[test]
fn no_script_waits_for_the_applications_transactions() {
    let Some(legacy) = Legacy::mysql() else { return };
    let changed = EXAMPLE.replace("\nname = \"c.full_name\"", "\nname = \"c.nickname\"");
    legacy.execute("CREATE DATABASE IF NOT EXISTS narrowgate_test; CREATE OR REPLACE TABLE narrowgate_test.step (name VARCHAR(9))");
    let owner = legacy.owner_url();
    let wait = "BEGIN NOT ATOMIC DECLARE turns INT DEFAULT 0; WHILE turns < 2400 AND NOT EXISTS (SELECT 1 FROM narrowgate_test.step WHERE name = 'done') DO SET turns = turns + 1; DO SLEEP(0.05); END WHILE; END";
    let transaction = [
        "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
        "START TRANSACTION",
        "UPDATE sample_shop.customer SET nickname = 'changed' WHERE login = 'ada'",
        "SELECT COUNT(*) FROM sample_shop.credential FOR UPDATE",
        wait,
        "ROLLBACK",
        "SELECT 'rolled back'",
    ];
    thread::scope(|scope| {
        let application = scope.spawn(|| servers::heard_in_turn(&owner, &transaction));
        let open = "SELECT CAST(COUNT(*) AS CHAR) FROM information_schema.innodb_trx WHERE trx_rows_modified > 0";
        // Who asks for transactions ten times a second is told what was there at first.
        let waits = "SELECT DISTINCT 'yes' FROM information_schema.processlist WHERE info = 'DO SLEEP(0.05)'";
        wait_until("the transaction is open", Duration::from_secs(20), || {
            legacy.column(waits) == ["yes"]
        });
        for (mapping, further) in
            [(EXAMPLE, &[][..]), (&changed, &[]), (EXAMPLE, &["--drop"]), (EXAMPLE, &[])]
        {
            legacy.execute(&script(mapping, Engine::Mysql, further));
        }
        assert_eq!(legacy.column(open), ["1"], "the transaction is still open");
        legacy.execute("INSERT INTO narrowgate_test.step VALUES ('done')");
        let heard = application.join().expect("an answer");
        assert!(heard.contains("rolled back"), "{heard}");
    });
    legacy.execute("DROP DATABASE narrowgate_test");
}
