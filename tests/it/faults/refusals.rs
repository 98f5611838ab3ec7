//! What waiting will not mend: the far side says no. At the start that ends the process with one
//! line; later it is one more reason to be unavailable.

use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::{
    RECOVERY, await_recovery, defaults, expect_unavailable, knows_outage, promptly, ready, servers,
    without_deadlines,
};
use crate::support::sample::World;
use crate::support::{Engine, Gate, Issuer, Legacy, Proxy, wait_until};

/// Part of each credential that is tried here.
const SECRET: &str = "only-for-";
/// The design's own limit.
const AT_ONCE: Duration = Duration::from_secs(5);

/// `serve` ends with code 1 and one line that holds these words, a remedy and no password.
#[track_caller]
fn expect_refused(legacy: &Legacy, url: &str, words: &[&str]) {
    let issuer = Issuer::start();
    let gate = Gate::builder(&issuer, legacy).config("database.url", url);
    let start = Instant::now();
    let (code, output) = gate.run("serve");
    let took = start.elapsed();
    assert_eq!(code, Some(1), "{output}");
    assert!(took < AT_ONCE, "after {took:?}: {output}");
    let said: Vec<_> =
        output.lines().filter(|line| serde_json::from_str::<Value>(line).is_err()).collect();
    let [line] = said[..] else { panic!("not one line: {output}") };
    let (lower, remedy) = (line.to_lowercase(), "; check ");
    for word in words.iter().copied().chain(["database", remedy]) {
        assert!(lower.contains(&word.to_lowercase()), "{word:?} is not in: {line}");
    }
    assert!(!output.contains(SECRET), "a password: {output}");

    let (code, output) = gate.run("check");
    // What a server that lets it in lacks is a finding.
    let expected = if output.contains("missing_routine") { 10 } else { 1 };
    assert_eq!(code, Some(expected), "{output}");
    assert!(output.contains("NO  database") && !output.contains(SECRET), "{output}");
}

#[test]
fn wrong_credentials_end_the_start() {
    servers(|legacy| {
        let right = legacy.url();
        let (place, database) = right.rsplit_once('/').expect("a database");
        let refused = match legacy.engine {
            Engine::Postgresql => "password authentication failed",
            _ => "access denied",
        };
        expect_refused(&legacy, &right.replace("only-for-tests", "only-for-others"), &[refused]);
        // MySQL keeps it a secret who is there.
        let unknown = if legacy.engine == Engine::Mysql { "" } else { refused };
        expect_refused(&legacy, &right.replace("narrowgate_api", "nobody_known"), &[unknown]);
        let other = format!("{place}/not_{database}");
        expect_refused(&legacy, &other, &[&format!("not_{database}")]);
    });
}

/// As the contract leaves it: the account is locked until the administrator opens it.
#[test]
fn a_locked_account_ends_the_start() {
    let Some(legacy) = Legacy::mysql() else { return };
    legacy.execute("ALTER USER 'narrowgate_api'@'%' ACCOUNT LOCK");
    expect_refused(&legacy, legacy.url(), &["locked"]);
}

const ROUTINES: [&str; 3] = ["login_candidate", "get_user", "mark_migrated"];

fn revoke(legacy: &Legacy, routine: &str) {
    legacy.execute(&match legacy.engine {
        Engine::Postgresql => {
            format!("REVOKE EXECUTE ON FUNCTION narrowgate.{routine} FROM narrowgate_api")
        }
        _ => format!("REVOKE EXECUTE ON FUNCTION narrowgate.{routine} FROM 'narrowgate_api'@'%'"),
    });
}

fn grant(legacy: &Legacy, routine: &str) {
    legacy.execute(&match legacy.engine {
        Engine::Postgresql => {
            format!("GRANT EXECUTE ON FUNCTION narrowgate.{routine} TO narrowgate_api")
        }
        _ => format!("GRANT EXECUTE ON FUNCTION narrowgate.{routine} TO 'narrowgate_api'@'%'"),
    });
}

#[test]
fn a_missing_grant_ends_the_start() {
    servers(|legacy| {
        for routine in ROUTINES {
            println!("{routine}");
            revoke(&legacy, routine);
            expect_refused(&legacy, legacy.url(), &[routine, "denied"]);
            grant(&legacy, routine);
        }
    });
}

#[test]
fn a_missing_routine_ends_the_start() {
    servers(|legacy| {
        for routine in ROUTINES.into_iter().rev() {
            println!("{routine}");
            legacy.execute(&format!("DROP FUNCTION narrowgate.{routine}"));
            // With its last right in it, MySQL hides the database as a whole.
            let hidden = routine == ROUTINES[0] && legacy.engine == Engine::Mysql;
            let word = if hidden { "access denied" } else { routine };
            expect_refused(&legacy, legacy.url(), &[word]);
        }
    });
}

#[test]
fn a_missing_file_or_view_ends_the_start() {
    let legacy = Legacy::sqlite();
    let missing = legacy.url().replace("legacy.db", "other.db");
    expect_refused(&legacy, &missing, &["unable to open"]);
    for routine in ROUTINES.into_iter().rev() {
        println!("{routine}");
        legacy.execute(&format!("DROP VIEW {routine}"));
        expect_refused(&legacy, legacy.url(), &[routine]);
    }
}

/// A host that no name server knows today may be known tomorrow: the process stays, and says why.
#[test]
fn an_unknown_host_is_an_outage() {
    for scheme in ["postgres", "mysql"] {
        let url = format!("{scheme}://narrowgate_api:only-for-tests@database.invalid/narrowgate");
        let world =
            World::with(Legacy::sqlite(), |gate| defaults(gate).config("database.url", &*url));
        assert_eq!(world.gate.manage("/live").status, 200);
        assert_eq!(ready(&world), 503);
        expect_unavailable(&promptly(|| world.get_user("ada")));
        let told = world.gate.entries().into_iter().find(|e| e["message"] == "database down");
        let told = told.expect("the cause is logged");
        assert!(told["cause"].is_string() && told["remedy"].is_string(), "{told}");
        assert!(!world.gate.log().concat().contains(SECRET));
        let gate = Gate::builder(&world.issuer, &world.legacy).config("database.url", url);
        let (code, output) = gate.run("check");
        assert_eq!(code, Some(1), "{output}");
        assert!(output.contains("NO  database") && !output.contains(SECRET), "{output}");
    }
}

/// Rights that are taken away while the service runs: it does not end, and recovers with them.
#[test]
fn rights_that_go_and_come_back() {
    servers(|legacy| {
        let world = World::with(legacy, defaults);
        await_recovery(&world);
        revoke(&world.legacy, "get_user");
        wait_until("the revocation is noticed", RECOVERY, || {
            let answer = promptly(|| world.get_user("ada"));
            if answer.status != 200 {
                expect_unavailable(&answer);
            }
            knows_outage(&world)
        });
        expect_unavailable(&promptly(|| world.get_user("ada")));
        assert_eq!(world.gate.manage("/live").status, 200);
        grant(&world.legacy, "get_user");
        wait_until("the outage is over", RECOVERY, || !knows_outage(&world));
        await_recovery(&world);
        world.gate.assert_sound();
    });
}

/// A server that lets nobody else in is not asked again at every question: those that are there have to do.
#[test]
fn connections_that_are_refused_are_not_tried_without_pause() {
    let Some(legacy) = Legacy::postgresql() else { return };
    legacy.execute(
        "CREATE OR REPLACE FUNCTION narrowgate.get_user(identifier text) RETURNS text LANGUAGE plpgsql AS $$
         BEGIN PERFORM pg_sleep(0.1); RETURN '[]'; END $$",
    );
    let (proxy, url) = Proxy::before(legacy.url());
    let world = World::with(legacy, |gate| {
        without_deadlines(gate).config("database.url", url).config("database.pool_size", 20)
    });
    world.get_user("ada").expect(404, "user_not_found");
    world.legacy.execute(
        "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I CONNECTION LIMIT 2', current_database()); END $$",
    );
    let (begun, before) = (Instant::now(), proxy.accepted());
    thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                for _ in 0..5 {
                    world.get_user("ada").expect(404, "user_not_found");
                }
            });
        }
    });
    let tried = proxy.accepted() - before;
    let seconds = usize::try_from(begun.elapsed().as_secs()).expect("a number");
    assert!(tried <= seconds + 3, "{tried} tries in {seconds} seconds");
    world.gate.assert_sound();
}
