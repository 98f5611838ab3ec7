//! Something between the gate and its database that gives each question to whichever of the server's
//! processes is free: every answer is right, and nothing of one client reaches another.

mod bounds;
mod commands;

use std::sync::Barrier;
use std::thread;

use crate::support::sample::{CHEAP, PASSWORD};
use crate::support::servers::heard;
use crate::support::twist::{Cell, Twist};
use crate::support::{Gate, GateBuilder, Issuer, Legacy, Pooler, Token};

/// Users of the test's own, by number.
const FIRST: usize = 1000;
const USERS: usize = 90;

fn name(number: usize) -> String {
    format!("pooled-{number}@example.com")
}

fn legacy_with_users() -> Option<Legacy> {
    let legacy = Legacy::postgresql()?;
    let last = FIRST + USERS - 1;
    legacy.execute(&format!(
        "INSERT INTO sample_shop.customer (id, email) SELECT n, 'pooled-' || n || '@example.com' FROM generate_series({FIRST}, {last}) AS n; \
         INSERT INTO sample_shop.credential SELECT n, '{CHEAP}' FROM generate_series({FIRST}, {last}) AS n"
    ));
    Some(legacy)
}

fn gate(issuer: &Issuer, legacy: &Legacy, pooler: &Pooler) -> GateBuilder {
    Gate::builder(issuer, legacy)
        .config("database.url", pooler.url())
        .config("limits.attempts_per_user", 0)
        .config("passwords.max_wait", "20s")
        .config("server.request_timeout", "30s")
        .config("database.statement_timeout", "10s")
        .config("database.acquire_timeout", "10s")
}

/// What clients of the pool find set on the server's processes, and what was left behind there.
fn left_behind(pooler: &Pooler) -> Vec<String> {
    let question = "BEGIN; SELECT pg_sleep(0.2); \
        SELECT name, setting FROM pg_settings WHERE source = 'session' AND name <> 'application_name' ORDER BY name; \
        SELECT setting FROM pg_settings WHERE name = 'statement_timeout'; \
        SELECT name, statement FROM pg_prepared_statements; COMMIT";
    let heard = |_| {
        let url = pooler.url().to_owned();
        thread::spawn(move || heard(&url, question))
    };
    let mut all: Vec<_> = (0..4).map(heard).collect();
    all.drain(..).map(|one| one.join().expect("an answer")).collect()
}

/// Asks each of three gates, all at once, about users of whom each third is only read, logs in, or is
/// marked.
fn mixed_traffic(gates: &[Gate], token: &str) {
    let start = Barrier::new(gates.len() * 3);
    let ask = |gate: &Gate, kind: usize| {
        start.wait();
        for number in (FIRST..FIRST + USERS).filter(|number| number % 3 == kind) {
            let identifier = name(number);
            let (path, body) = match kind {
                0 => ("/get_user", serde_json::json!({ "identifier": identifier })),
                1 => (
                    "/login",
                    serde_json::json!({ "identifier": identifier, "password": PASSWORD }),
                ),
                _ => ("/mark_migrated", serde_json::json!({ "user_id": number.to_string() })),
            };
            let answer = gate.ask(path, token, &body);
            let answer = answer.expect(200, "");
            assert_eq!(answer.json()["user_id"], number.to_string(), "{path}");
        }
    };
    thread::scope(|scope| {
        for gate in gates {
            for kind in 0..3 {
                let ask = &ask;
                scope.spawn(move || ask(gate, kind));
            }
        }
    });
}

fn expect_right_answers(mode: &str, connections: usize, more: &str) {
    let Some(legacy) = legacy_with_users() else { return };
    let (issuer, token) = (Issuer::start(), Token::auth0().sign());
    let pooler = Pooler::before(legacy.url(), mode, connections, more);
    let untouched = (mode == "transaction").then(|| left_behind(&pooler));
    let start = || gate(&issuer, &legacy, &pooler).start();
    let mut gates = vec![start(), start()];
    mixed_traffic(&gates, &token);
    // One that is started again, while the statements of the others are on the server.
    gates[0] = start();
    mixed_traffic(&gates, &token);
    let asked: Vec<_> =
        (FIRST..FIRST + USERS).filter(|n| n % 3 == 2).map(|n| n.to_string()).collect();
    assert_eq!(legacy.marks(), asked, "{mode}: what was asked for, and nothing else");
    if let Some(untouched) = untouched {
        assert_eq!(left_behind(&pooler), untouched, "what others of the pool find");
    }
    gates.iter().for_each(Gate::assert_sound);
}

#[test]
fn every_answer_is_right_behind_a_pooler_in_transaction_mode() {
    expect_right_answers("transaction", 3, "");
}

#[test]
fn every_answer_is_right_behind_a_pooler_that_drops_what_is_said_at_connecting() {
    expect_right_answers("transaction", 3, "ignore_startup_parameters = options");
}

#[test]
fn every_answer_is_right_behind_a_pooler_in_statement_or_session_mode() {
    expect_right_answers("statement", 3, "");
    expect_right_answers("session", 60, "");
}

/// A pooler that looks like none leaves another program's statement under a name of ours: in place of
/// a question of the gate stands one that marks. Nothing of it is run.
#[test]
fn a_statement_of_another_is_never_taken_for_ours() {
    let Some(legacy) = Legacy::postgresql() else { return };
    let prepare = |parameters: &str, call: &str| {
        format!("EXECUTE format('PREPARE %I ({parameters}) AS SELECT {call}', given);")
    };
    let others = [
        // As this version of the program has it, of another connection.
        prepare(
            "bigint, text",
            "narrowgate.mark_migrated(''2'', NULL) WHERE $1 = 1 AND $2 IS NOT NULL",
        ),
        // As others have theirs.
        prepare("text", "narrowgate.mark_migrated(''2'', NULL) WHERE $1 IS NOT NULL"),
        prepare("text, text", "narrowgate.mark_migrated($1, NULL) WHERE $2 IS NOT NULL"),
        // Gone.
        String::new(),
    ];
    let issuer = Issuer::start();
    for text in others {
        legacy.execute(&format!(
            "CREATE OR REPLACE FUNCTION narrowgate.swap() RETURNS text LANGUAGE plpgsql AS $$
             DECLARE given text;
             BEGIN
               FOR given IN SELECT p.name FROM pg_catalog.pg_prepared_statements AS p LOOP
                 EXECUTE format('DEALLOCATE %I', given);
                 {text}
               END LOOP;
               RETURN 'swapped';
             END $$"
        ));
        // It is called when Ada is looked up.
        let _twist = Twist::new(&legacy, "nickname", Cell::Sql("narrowgate.swap()"));
        let gate = Gate::builder(&issuer, &legacy)
            .config("server.workers", 1)
            .config("database.pool_size", 1)
            .config("database.connect_timeout", "20s")
            .start();
        let token = Token::auth0().sign();
        let get_user = |identifier: &str| {
            gate.ask("/get_user", &token, &serde_json::json!({ "identifier": identifier }))
        };
        for (name, id) in [("ada", "1"), ("grace", "2"), ("ada", "1"), ("grace", "2")] {
            assert_eq!(get_user(name).expect(200, "").json()["user_id"], id, "{text}");
        }
        get_user("nobody-at-all").expect(404, "user_not_found");
        assert_eq!(legacy.marks(), Vec::<String>::new(), "{text}");
        gate.assert_sound();
    }
}
