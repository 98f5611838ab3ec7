//! Whoever holds the token of shadow mode learns nothing by it, and takes nothing from real logins.

use std::time::Duration;

use super::{PATIENCE, body, compared, day, expect_nothing, tell, token};
use crate::support::sample::{CHEAP, PASSWORD, World};
use crate::support::twist::{Cell, Twist};
use crate::support::{Legacy, Network, Proxy, Request, wait_until, wire};

/// A guesser gets no answer, and what the counters would tell ends with the user's budget, which is
/// not that of real logins.
#[test]
fn guesses_are_bounded_and_cost_no_real_login() {
    let legacy = Legacy::sqlite();
    legacy.add_user(1000, Some("cheap"), None, Some(CHEAP));
    let world = World::with(legacy, |gate| {
        gate.config("shadow.until", day(1)).config("limits.attempts_per_user", 3)
    });
    for number in 0..5 {
        tell(&world, "cheap", &format!("guess {number}"), true);
    }
    let dropped = "narrowgate_shadow_dropped_total{reason=\"too_many_attempts\"}";
    wait_until("two are dropped", PATIENCE, || world.counter(dropped) == 2);
    compared(&world, 3);
    tell(&world, "cheap", PASSWORD, true);
    wait_until("the right one as well", PATIENCE, || world.counter(dropped) == 3);
    world.login("cheap", PASSWORD).expect(200, "");
}

/// Whatever is the matter with the user, the database or the load.
#[test]
fn the_answer_is_the_same_for_everybody() {
    let Some(legacy) = Legacy::postgresql() else { return };
    let (proxy, url) = Proxy::before(legacy.url());
    let world =
        World::with(legacy, |gate| gate.config("shadow.until", day(1)).config("database.url", url));
    for (name, password) in [("ada", PASSWORD), ("ada", "wrong"), ("nobody", "x"), ("mallory", "x")]
    {
        tell(&world, name, password, true);
    }
    compared(&world, 4);
    let twist = Twist::new(&world.legacy, "email_verified", Cell::Json("\"N\""));
    tell(&world, "ada", PASSWORD, true);
    compared(&world, 5);
    drop(twist);
    // It is there before anything is known: the database has not said a word.
    let dropped = "narrowgate_shadow_dropped_total{reason=\"unavailable\"}";
    proxy.set(Network::Silent);
    tell(&world, "ada", PASSWORD, true);
    assert_eq!((world.counter(dropped), world.counter("narrowgate_shadow_logins_total")), (0, 5));
    proxy.set(Network::Refusing);
    tell(&world, "ada", PASSWORD, true);
    wait_until("both are dropped", PATIENCE, || world.counter(dropped) == 2);
    wait_until("the outage is noticed", PATIENCE, || world.get_user("ada").status == 503);
    tell(&world, "ada", PASSWORD, true);
    world.gate.assert_sound();
}

/// Many at once: real logins and lookups go on, what finds no place is dropped and counted, and what
/// waits does not hold the exit.
#[test]
fn a_flood_takes_nothing_from_logins() {
    let legacy = Legacy::sqlite();
    legacy.add_user(1000, Some("cheap"), None, Some(CHEAP));
    let mut world = World::with(legacy, |gate| {
        gate.config("shadow.until", day(1)).config("server.shutdown_grace", "60s")
    });
    let token = token();
    let told = body("ada", "wrong", false);
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                let request = Request::post("/shadow", told.to_string()).bearer(&token).bytes();
                let mut stream = wire::connect(world.gate.address).expect("a connection");
                for _ in 0..60 {
                    std::io::Write::write_all(&mut stream, &request).expect("taken");
                    expect_nothing(&wire::read_answer(&mut stream).expect("an answer"));
                }
            });
        }
        for _ in 0..20 {
            world.login("cheap", PASSWORD).expect(200, "");
            world.get_user("grace").expect(200, "");
        }
    });
    let dropped = world.counter("narrowgate_shadow_dropped_total{reason=\"busy\"}");
    assert!(dropped > 100, "{dropped}");
    world.gate.sigterm();
    assert!(world.gate.wait_exit(Duration::from_secs(10)).success());
    world.gate.assert_calm();
}

#[test]
fn nothing_of_a_login_is_printed() {
    let legacy = Legacy::sqlite();
    legacy.add_user(1000, Some("canary-user"), None, Some(CHEAP));
    let world = World::with(legacy, |gate| {
        gate.config("shadow.until", day(1)).config("log.level", "trace")
    });
    let token = token();
    for (name, password, accepted) in [
        ("canary-user", PASSWORD, false),
        ("canary-user", "canary-password", true),
        ("canary-nobody@example.com", "canary-password", true),
    ] {
        tell(&world, name, password, accepted);
    }
    compared(&world, 3);
    world
        .gate
        .send(&Request::post("/shadow", r#"{"identifier":"canary"}"#).bearer(&token))
        .expect(400, "invalid_request");
    wait_until("all is logged", PATIENCE, || {
        let lines = world.gate.log().join("\n");
        lines.contains("false accept") && lines.matches("false refusal").count() == 2
    });
    let said = world.gate.log().join("\n") + &world.gate.manage("/metrics").text();
    for secret in ["canary", "Canary", PASSWORD, &CHEAP[21..], &token[..40]] {
        assert!(!said.contains(secret), "{secret} is printed");
    }
}
