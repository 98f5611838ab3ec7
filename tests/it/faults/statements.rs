//! Statements that take too long, and a database that only reads.

use std::io::Write;
use std::thread;
use std::time::Duration;

use serde_json::json;

use super::{
    RECOVERY, SHORT, await_recovery, expect_unavailable, promptly, ready, servers,
    without_deadlines,
};
use crate::support::sample::{PASSWORD, World};
use crate::support::wire::connect;
use crate::support::{Engine, Legacy, Request, wait_until};

/// Replaces a question by one that knows `ada` alone, falls asleep over names like `slow`, and takes two
/// seconds over `late`, who is nobody.
pub(crate) fn drowsy(legacy: &Legacy) {
    let answer =
        r#"CASE identifier WHEN 'ada' THEN '[{"user_id":"1","username":"ada"}]' ELSE '[]' END"#;
    legacy.execute(&if legacy.engine == Engine::Postgresql {
        format!(
            "CREATE OR REPLACE FUNCTION narrowgate.get_user(identifier text) RETURNS text LANGUAGE plpgsql AS $$
             BEGIN
               IF identifier LIKE 'slow%' THEN PERFORM pg_sleep(20); END IF;
               IF identifier = 'late' THEN PERFORM pg_sleep(2); END IF;
               RETURN {answer};
             END $$"
        )
    } else {
        format!(
            "DROP FUNCTION narrowgate.get_user;
             CREATE FUNCTION narrowgate.get_user(identifier VARCHAR(320) CHARACTER SET utf8mb4)
             RETURNS LONGTEXT CHARACTER SET utf8mb4 READS SQL DATA
             BEGIN
               IF identifier LIKE 'slow%' THEN DO SLEEP(20); END IF;
               IF identifier = 'late' THEN DO SLEEP(2); END IF;
               RETURN {answer};
             END;
             GRANT EXECUTE ON FUNCTION narrowgate.get_user TO 'narrowgate_api'@'%'"
        )
    });
}

/// The service's statements that run on the server right now.
pub(crate) fn running(legacy: &Legacy) -> Vec<String> {
    legacy.column(if legacy.engine == Engine::Postgresql {
        "SELECT pid::text FROM pg_stat_activity WHERE datname = current_database() \
         AND application_name = 'narrowgate' AND wait_event = 'PgSleep'"
    } else {
        // The user shown there is the routine's definer.
        "SELECT CAST(id AS CHAR) FROM information_schema.processlist \
         WHERE db = 'narrowgate' AND state = 'User sleep'"
    })
}

#[track_caller]
pub(crate) fn await_running(legacy: &Legacy, number: usize, patience: Duration) {
    wait_until(&format!("{number} statements on the server"), patience, || {
        running(legacy).len() == number
    });
}

fn kill(legacy: &Legacy, connection: &str) {
    legacy.execute(&match legacy.engine {
        Engine::Postgresql => format!("SELECT pg_terminate_backend({connection})"),
        // One that has just ended by itself cannot be killed.
        _ => format!(
            "BEGIN NOT ATOMIC DECLARE CONTINUE HANDLER FOR 1094 BEGIN END; KILL {connection}; END"
        ),
    });
}

#[test]
fn a_slow_statement_is_cancelled_on_the_server() {
    servers(|legacy| {
        drowsy(&legacy);
        let world = World::with(legacy, |gate| {
            without_deadlines(gate).config("database.statement_timeout", "1s")
        });
        thread::scope(|scope| {
            let slow = scope.spawn(|| promptly(|| world.get_user("slow")));
            await_running(&world.legacy, 1, RECOVERY);
            expect_unavailable(&slow.join().expect("an answer"));
        });
        await_running(&world.legacy, 0, RECOVERY);
        world.get_user("ada").expect(200, "");
        world.gate.assert_sound();
    });
}

/// The caller's deadline passes, or the caller goes: the server's own deadline ends the statement.
#[test]
fn a_statement_that_nobody_waits_for_ends_on_the_server() {
    servers(|legacy| {
        drowsy(&legacy);
        let world = World::with(legacy, |gate| {
            let gate = without_deadlines(gate).config("server.request_timeout", SHORT);
            gate.config("database.statement_timeout", "2s")
        });
        expect_unavailable(&promptly(|| world.get_user("slow")));
        await_running(&world.legacy, 0, Duration::from_secs(2) + RECOVERY);

        let body = json!({ "identifier": "slow" }).to_string();
        let request = Request::post("/get_user", body).bearer(&world.token).bytes();
        let mut gone = connect(world.gate.address).expect("a connection");
        gone.write_all(&request).expect("the request is taken");
        await_running(&world.legacy, 1, RECOVERY);
        drop(gone);
        await_running(&world.legacy, 0, Duration::from_secs(2) + RECOVERY);
        world.get_user("ada").expect(200, "");
        world.gate.assert_sound();
    });
}

/// Once it has shown that answers take their time, nobody stands behind another.
#[test]
fn slow_statements_run_side_by_side() {
    servers(|legacy| {
        drowsy(&legacy);
        let world = World::with(legacy, |gate| {
            without_deadlines(gate).config("database.statement_timeout", "10s")
        });
        world.get_user("late").expect(404, "user_not_found");
        thread::scope(|scope| {
            let late = [0; 3].map(|_| scope.spawn(|| world.get_user("late")));
            await_running(&world.legacy, 3, RECOVERY);
            for late in late {
                late.join().expect("an answer").expect(404, "user_not_found");
            }
        });
        world.gate.assert_sound();
    });
}

/// One statement after the other takes its connection, until there is none left.
#[test]
fn acquire_timeout_ends_the_wait_for_a_pool_that_is_used_up() {
    servers(|legacy| {
        drowsy(&legacy);
        let world = World::with(legacy, |gate| {
            let gate = without_deadlines(gate).config("database.acquire_timeout", SHORT);
            gate.config("database.pool_size", 4)
        });
        thread::scope(|scope| {
            let slow = [0; 4].map(|_| {
                thread::sleep(Duration::from_millis(200));
                scope.spawn(|| world.get_user("slow"))
            });
            wait_until("the pool is used up", RECOVERY, || {
                promptly(|| world.get_user("ada")).status == 503
            });
            let taken = running(&world.legacy);
            for _ in 0..3 {
                expect_unavailable(&promptly(|| world.get_user("ada")));
            }
            let still = running(&world.legacy);
            assert!(taken.iter().all(|it| still.contains(it)), "a statement ended, not a wait");
            while slow.iter().any(|slow| !slow.is_finished()) {
                running(&world.legacy).iter().for_each(|it| kill(&world.legacy, it));
                thread::sleep(Duration::from_millis(50));
            }
            // A statement that dies with its connection is no answer either.
            for slow in slow {
                expect_unavailable(&slow.join().expect("an answer"));
            }
        });
        await_recovery(&world);
        world.gate.assert_sound();
    });
}

/// A table that is locked while the service starts is weather: it waits, and is not ready.
#[test]
fn a_slow_database_does_not_stop_the_start() {
    servers(|legacy| {
        let lock = match legacy.engine {
            Engine::Postgresql => {
                "BEGIN; LOCK TABLE sample_shop.customer; SELECT pg_sleep(3); COMMIT"
            }
            _ => "LOCK TABLES sample_shop.customer WRITE; DO SLEEP(3); UNLOCK TABLES",
        };
        thread::scope(|scope| {
            let locked = scope.spawn(|| legacy.execute(lock));
            thread::sleep(Duration::from_secs(1));
            let issuer = crate::support::Issuer::start();
            let gate = crate::support::Gate::builder(&issuer, &legacy)
                .config("management.bind", "127.0.0.1:0")
                .config("database.statement_timeout", SHORT)
                .start();
            assert_eq!(gate.manage("/ready").status, 503);
            locked.join().expect("the lock goes");
            wait_until("ready", RECOVERY, || gate.manage("/ready").status == 200);
            gate.assert_sound();
        });
    });
}

/// Lets the runtime role only read, as on a standby. Ends when dropped.
struct ReadOnly<'a>(&'a Legacy);

impl<'a> ReadOnly<'a> {
    fn new(legacy: &'a Legacy) -> Self {
        Self::set(legacy, true);
        Self(legacy)
    }

    fn set(legacy: &Legacy, only: bool) {
        legacy.execute(&match legacy.engine {
            Engine::Postgresql => {
                let name = legacy.column("SELECT current_database()").concat();
                let only = if only { "on" } else { "off" };
                format!("ALTER ROLE narrowgate_api IN DATABASE {name} SET default_transaction_read_only = {only}")
            }
            _ => format!("SET GLOBAL read_only = {only}"),
        });
    }
}

impl Drop for ReadOnly<'_> {
    fn drop(&mut self) {
        Self::set(self.0, false);
    }
}

#[test]
fn a_role_that_only_reads_serves_logins_and_a_replica_nobody() {
    servers(|legacy| {
        let world = World::on(legacy);
        let read_only = ReadOnly::new(&world.legacy);
        for _ in 0..2 {
            expect_unavailable(&promptly(|| world.mark("1")));
            if world.legacy.engine == Engine::Mysql {
                // It may be a replica, which does not know yet who is there.
                expect_unavailable(&promptly(|| world.login("ada", PASSWORD)));
                expect_unavailable(&promptly(|| world.get_user("nobody-at-all")));
                continue;
            }
            world.login("ada", PASSWORD).expect(200, "");
            world.get_user("ada").expect(200, "");
            assert_eq!(ready(&world), 200, "logins work, so the service is of use");
        }
        assert!(world.legacy.marks().is_empty());
        drop(read_only);
        wait_until("marks are possible again", RECOVERY, || world.mark("1").status == 200);
        assert_eq!(world.legacy.marks(), ["1"]);
        world.gate.assert_sound();
    });
}
