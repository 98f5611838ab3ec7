//! Each configured deadline, alone against something that takes for ever.

use super::{
    Behind, NEVER, RECOVERY, SHORT, await_recovery, expect_unavailable, promptly, questions,
    servers, without_deadlines,
};
use crate::support::keys::key;
use crate::support::sample::World;
use crate::support::{Behaviour, Engine, Legacy, Network, Token, wait_until};

/// The connection of the service's own probe was made before and goes on, so that it is the
/// request's connection that the deadline ends.
#[test]
fn connect_timeout_ends_a_silent_and_a_dripping_handshake() {
    servers(|legacy| {
        let it = Behind::with(legacy, |gate| gate.config("database.connect_timeout", SHORT));
        for network in [Network::SilentToNew, Network::Dripping] {
            it.proxy.set(network);
            expect_unavailable(&promptly(|| it.world.get_user("ada")));
        }
        it.proxy.set(Network::Open);
        await_recovery(&it.world);
        it.world.gate.assert_sound();
    });
}

/// A connection to MySQL is tried before each use, and replaced: there three deadlines take turns.
#[test]
fn statement_timeout_ends_a_silent_and_a_dripping_answer() {
    servers(|legacy| {
        let others = if legacy.engine == Engine::Mysql { SHORT } else { NEVER };
        let it = Behind::with(legacy, |gate| {
            gate.config("database.statement_timeout", SHORT)
                .config("database.acquire_timeout", others)
                .config("database.connect_timeout", others)
        });
        for network in [Network::Silent, Network::Dripping] {
            it.proxy.set(Network::Open);
            await_recovery(&it.world);
            it.proxy.set(network);
            expect_unavailable(&promptly(|| it.world.get_user("ada")));
        }
        it.proxy.set(Network::Open);
        await_recovery(&it.world);
        it.world.gate.assert_sound();
    });
}

#[test]
fn request_timeout_ends_whatever_else_would_wait() {
    servers(|legacy| {
        let it = Behind::with(legacy, |gate| gate.config("server.request_timeout", SHORT));
        // In this order: connections that were silent for a while go on where the network does.
        for network in [Network::SilentToNew, Network::Silent] {
            it.proxy.set(network);
            for (endpoint, answer) in questions(&it.world) {
                println!("{network:?} {endpoint}");
                expect_unavailable(&answer);
            }
        }
        it.proxy.set(Network::Open);
        await_recovery(&it.world);
        it.world.gate.assert_sound();
    });
}

/// A key id that the gate has never seen makes it ask the issuer, and the caller wait.
#[test]
fn jwks_timeout_ends_a_fetch_that_a_caller_waits_for() {
    let world = World::with(Legacy::sqlite(), |gate| {
        let gate = without_deadlines(gate).config("auth.jwks_timeout", SHORT);
        gate.config("auth.jwks_cooldown", "100ms")
    });
    wait_until("the key set is there", RECOVERY, || world.get_user("ada").status == 200);
    let unknown = Token::auth0().by("second", key("second")).sign();
    let body = serde_json::json!({ "identifier": "ada" });
    for behaviour in [Behaviour::Hang, Behaviour::Drip] {
        world.issuer.behave(behaviour);
        std::thread::sleep(std::time::Duration::from_millis(200));
        expect_unavailable(&promptly(|| world.gate.ask("/get_user", &unknown, &body)));
        world.get_user("ada").expect(200, "");
    }
    world.gate.assert_sound();
}

/// The whole request's deadline counts while the caller waits for keys, too.
#[test]
fn request_timeout_ends_the_wait_for_keys() {
    let world = World::with(Legacy::sqlite(), |gate| {
        let gate = without_deadlines(gate).config("server.request_timeout", SHORT);
        gate.config("auth.jwks_cooldown", "100ms").config("auth.jwks_timeout", NEVER)
    });
    wait_until("the key set is there", RECOVERY, || world.get_user("ada").status == 200);
    world.issuer.behave(Behaviour::Hang);
    std::thread::sleep(std::time::Duration::from_millis(200));
    let unknown = Token::auth0().by("second", key("second")).sign();
    let body = serde_json::json!({ "identifier": "ada" });
    expect_unavailable(&promptly(|| world.gate.ask("/get_user", &unknown, &body)));
    world.gate.assert_sound();
}
