//! Real servers, really restarted, under a stream of requests.

use std::thread;
use std::time::Duration;

use serde_json::json;

use super::outage::ask_all_the_while;
use super::{RECOVERY, SOON, await_recovery, defaults, expect_unavailable, knows_outage};
use crate::support::cluster::Cluster;
use crate::support::sample::World;
use crate::support::{Engine, Legacy, wait_until};

/// Stops the server as an administrator would, and as a crash would.
fn restart_under_requests(cluster: &Cluster, engine: Engine, signals: &[&str]) {
    let world = World::with(Legacy::sqlite(), |gate| {
        defaults(gate).config("database.url", cluster.url(engine))
    });
    await_recovery(&world);
    for signal in signals {
        ask_all_the_while(&world, 4, || {
            let stopped = cluster.stop(engine, signal);
            expect_all_unavailable(&world);
            wait_until("the outage is known", SOON, || knows_outage(&world));
            expect_all_unavailable(&world);
            stopped.start();
            wait_until("the outage is over", RECOVERY, || !knows_outage(&world));
            // Long enough for every worker to meet all of its old connections.
            thread::sleep(Duration::from_millis(300));
        });
        // Whatever a connection met, it is over: not one more refusal.
        for _ in 0..20 {
            world.get_user("ada").expect(200, "");
        }
        world.login("ada", crate::support::sample::PASSWORD).expect(200, "");
        world.mark("2").expect(200, "");
    }
    world.gate.assert_sound();
}

/// Nobody is said to be absent or to have a wrong password, whichever endpoint is asked.
#[track_caller]
fn expect_all_unavailable(world: &World) {
    for (path, body) in [
        ("/login", json!({ "identifier": "ada", "password": "wrong" })),
        ("/get_user", json!({ "identifier": "nobody" })),
        ("/mark_migrated", json!({ "user_id": "no-such-user" })),
    ] {
        expect_unavailable(&world.gate.ask(path, &world.token, &body));
    }
}

#[test]
fn a_restart_is_survived_without_a_hand() {
    let Some(cluster) = Cluster::start() else { return };
    thread::scope(|scope| {
        let runs = [
            // Fast shutdown, which tells every session, and a crash.
            scope.spawn(|| restart_under_requests(&cluster, Engine::Postgresql, &["INT", "QUIT"])),
            scope.spawn(|| restart_under_requests(&cluster, Engine::Mysql, &["TERM", "KILL"])),
        ];
        let fates = runs.map(thread::ScopedJoinHandle::join);
        assert!(fates.iter().all(Result::is_ok), "PostgreSQL or MariaDB failed, see above");
    });
}
