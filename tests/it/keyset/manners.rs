//! How the issuer is asked: no more often in trouble than in health, when it wants to be, and by the
//! way that the environment names. What it must not publish is told.

use std::time::Duration;

use serde_json::{Value, json};

use super::{ask, by, expect_accepted, expect_refused, expect_unavailable, hasty, main_token};
use crate::support::keys::key;
use crate::support::sample::World;
use crate::support::{Behaviour, Gate, Issuer, Legacy, wait_until};

const WINDOW: Duration = Duration::from_secs(3);

fn fetches_in_the_window(issuer: &Issuer) -> usize {
    let before = issuer.fetches();
    std::thread::sleep(WINDOW);
    issuer.fetches() - before
}

/// With keys at hand and without, whatever callers bring.
#[test]
fn a_failing_issuer_is_asked_no_more_often_than_a_healthy_one() {
    for starts_well in [true, false] {
        let (issuer, legacy) = (Issuer::start(), Legacy::sqlite());
        if !starts_well {
            issuer.behave(Behaviour::Refuse(500, ""));
        }
        let gate = hasty(&issuer, &legacy).start();
        let healthy = if starts_well {
            expect_accepted(&gate, &main_token());
            fetches_in_the_window(&issuer)
        } else {
            // One each 270 to 324 ms, as `hasty` has it.
            9
        };
        issuer.behave(Behaviour::Refuse(500, ""));
        let failing = fetches_in_the_window(&issuer);
        assert!(failing <= healthy + 2, "{failing} fetches in trouble, {healthy} in health");
        assert!(failing > 0, "never asked again");
        gate.assert_sound();
    }
}

#[test]
fn retry_after_is_heeded() {
    let later = "Retry-After: 600\r\n";
    let date = "Retry-After: Thu, 31 Dec 2099 23:59:59 GMT\r\n";
    for headers in [later, date] {
        let (issuer, legacy) = (Issuer::start(), Legacy::sqlite());
        let gate = hasty(&issuer, &legacy).start();
        expect_accepted(&gate, &main_token());
        issuer.behave(Behaviour::Refuse(429, headers));
        issuer.wait_for_fetches(1);
        let before = issuer.fetches();
        let until = std::time::Instant::now() + Duration::from_millis(1500);
        while std::time::Instant::now() < until {
            ask(&gate, &by("second", "second")).expect(503, "unavailable");
            expect_accepted(&gate, &main_token());
        }
        assert_eq!(issuer.fetches(), before, "asked although it said {headers}");
    }
    // Without keys nobody can log in: an hour is too much to ask.
    let (issuer, legacy) = (Issuer::start(), Legacy::sqlite());
    issuer.behave(Behaviour::Refuse(429, later));
    let gate = hasty(&issuer, &legacy).start();
    issuer.wait_for_fetches(1);
    issuer.behave(Behaviour::Serve);
    wait_until("keys", WINDOW, || ask(&gate, &main_token()).status == 404);
    // What is no time is no wish.
    let (issuer, legacy) = (Issuer::start(), Legacy::sqlite());
    let _gate = hasty(&issuer, &legacy).start();
    issuer.behave(Behaviour::Refuse(503, "Retry-After: soon\r\n"));
    issuer.wait_for_fetches(3);
}

fn with_member(name: &str) -> Value {
    let mut published = key("main").public("main");
    published[name] = json!("AQAB");
    published
}

#[test]
fn a_key_with_private_parts_is_told() {
    let second = || key("second").public("second");
    for name in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] {
        let (issuer, legacy) = (Issuer::start(), Legacy::sqlite());
        issuer.publish(vec![with_member(name), second()]);
        let gate = Gate::start(&issuer, &legacy);
        expect_accepted(&gate, &by("second", "second"));
        expect_refused(&gate, &main_token());
        let told = |entry: &Value| {
            entry["message"] == "private parts of a key are published" && entry["key"] == 1
        };
        wait_until(name, Duration::from_secs(5), || gate.entries().iter().any(told));
        let quoted = |line: &String| line.contains("AQAB") || line.contains("\"main\"");
        assert!(!gate.log().iter().any(quoted), "{name}");
        if name == "p" {
            let (_, output) = Gate::builder(&issuer, &legacy).run("check");
            assert!(output.contains("private parts of key 1"), "{output}");
        }
    }
    let (issuer, legacy) = (Issuer::start(), Legacy::sqlite());
    issuer.publish(vec![with_member("q")]);
    let (code, output) = Gate::builder(&issuer, &legacy).run("check");
    assert_eq!(code, Some(1), "{output}");
    assert!(output.contains("private parts of key 1"), "{output}");
}

/// Whoever reads the set has that key, under whatever id, and also where it stood there before.
#[test]
fn a_key_with_private_parts_is_no_key_anywhere() {
    let second = || key("second").public("second");
    let by_its_modulus = json!({ "kty": "RSA", "n": key("main").public("main")["n"], "d": "AQAB" });
    let padded = json!({ "kty": "RSA", "kid": "other", "n": format!("{}==", key("main").public("main")["n"].as_str().unwrap()), "q": "AQAB" });
    let by_its_name = json!({ "kty": "RSA", "kid": "main", "d": "AQAB" });
    for keys in [
        vec![second(), with_member("d"), key("main").public("main")],
        vec![key("main").public("main"), second(), by_its_modulus],
        vec![key("main").public("main"), padded, second()],
        vec![key("main").public("main"), by_its_name, second()],
    ] {
        let (issuer, legacy) = (Issuer::start(), Legacy::sqlite());
        issuer.publish(keys);
        let gate = Gate::start(&issuer, &legacy);
        expect_accepted(&gate, &by("second", "second"));
        expect_refused(&gate, &main_token());
        gate.assert_sound();
    }
    // Keys that were known before: another one outlives the trouble.
    let (issuer, legacy) = (Issuer::start(), Legacy::sqlite());
    issuer.publish(vec![key("main").public("main"), second()]);
    let gate = hasty(&issuer, &legacy).start();
    expect_accepted(&gate, &main_token());
    issuer.publish(vec![with_member("d")]);
    issuer.wait_for_fetches(2);
    expect_unavailable(&gate, &main_token());
    expect_accepted(&gate, &by("second", "second"));
    // It stays everybody's, whatever the set says later.
    issuer.publish(vec![second(), key("main").public("main")]);
    issuer.wait_for_fetches(2);
    expect_accepted(&gate, &by("second", "second"));
    expect_refused(&gate, &main_token());
    gate.assert_sound();
}

/// A set that has nothing but such a key brings no key: what was there stays.
#[test]
fn a_set_of_keys_that_everybody_has_drops_no_good_one() {
    let second = || key("second").public("second");
    let (issuer, legacy) = (Issuer::start(), Legacy::sqlite());
    issuer.publish(vec![key("main").public("main"), second()]);
    let gate = hasty(&issuer, &legacy).start();
    expect_accepted(&gate, &main_token());
    issuer.publish(vec![with_member("d"), second()]);
    issuer.wait_for_fetches(2);
    expect_accepted(&gate, &by("second", "second"));
    issuer.publish(vec![key("main").public("main")]);
    issuer.wait_for_fetches(2);
    expect_accepted(&gate, &by("second", "second"));
    expect_unavailable(&gate, &main_token());
    let told = |line: &String| line.contains("keys are in use whose private parts were published");
    assert!(gate.log().iter().any(told));
}

/// Loopback is asked directly, whatever the environment says; elsewhere the proxy is named, without
/// its credentials.
#[test]
fn proxies_of_the_environment() {
    let names =
        ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
    let nowhere = "http://user:canary-secret@127.0.0.1:9";
    let world = World::with(Legacy::sqlite(), |gate| {
        names.iter().fold(gate, |gate, name| gate.env(name, nowhere))
    });
    world.get_user("ada").expect(200, "");
    let far = Gate::builder(&world.issuer, &world.legacy)
        .config("auth.jwks_uri", "https://tenant.test/.well-known/jwks.json");
    for name in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"] {
        let (code, output) = far.clone().env(name, nowhere).run("check");
        assert_eq!(code, Some(1), "{output}");
        assert!(output.contains("through the proxy 127.0.0.1:9"), "{name}: {output}");
        assert!(!output.contains("canary"), "{output}");
        let spared = far.clone().env(name, nowhere).env("NO_PROXY", "tenant.test");
        let (_, output) = spared.run("check");
        assert!(!output.contains("through the proxy"), "{output}");
    }
    let gate = far.env("HTTPS_PROXY", nowhere).start();
    let told = |entry: &Value| entry["proxy"] == "127.0.0.1:9";
    wait_until("the proxy is told", Duration::from_secs(5), || gate.entries().iter().any(told));
    assert!(gate.log().iter().all(|line| !line.contains("canary")));
}

/// What an operator is told to look at is what is at fault.
#[test]
fn the_remedy_of_a_hanging_issuer_is_the_issuers() {
    let (issuer, legacy) = (Issuer::start(), Legacy::sqlite());
    let gate = hasty(&issuer, &legacy)
        .config("auth.jwks_timeout", "20s")
        .config("server.request_timeout", "1s")
        .start();
    expect_accepted(&gate, &main_token());
    issuer.behave(Behaviour::Hang);
    issuer.wait_for_fetches(1);
    let answer = ask(&gate, &by("second", "second"));
    answer.expect(503, "unavailable");
    let told = |entry: &Value| entry["message"] == "fault";
    wait_until("the fault is told", Duration::from_secs(5), || gate.entries().iter().any(told));
    let fault = gate.entries().into_iter().find(told).expect("just seen");
    let remedy = fault["remedy"].as_str().expect("a remedy");
    assert!(remedy.contains("auth.jwks_uri") && !remedy.contains("database"), "{fault}");
    expect_accepted(&gate, &main_token());
}
