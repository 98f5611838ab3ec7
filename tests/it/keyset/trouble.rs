//! J01–J14, J32, J33, J35: the endpoint fails, lies, stalls or is gone.

use std::time::{Duration, Instant};

use super::{
    ask, await_status, by, expect_accepted, expect_refused, expect_unavailable, hasty, main_token,
};
use crate::support::keys::key;
use crate::support::{Behaviour, Gate, Issuer, Legacy};

/// 10 MB of white space round a good set, as gzip: a client that inflates without a cap would
/// swallow it.
const BOMB: &[u8] = include_bytes!("../../fixtures/keyset/bomb.json.gz");

const RECOVERY: Duration = Duration::from_secs(10);

/// Good keys first, then the trouble: the cached key goes on serving, a new key cannot be known
/// (503, or 401 where the answer was a well-formed set without it), and once the endpoint behaves
/// again the new key works.
#[track_caller]
fn keeps_serving(name: &str, trouble: Behaviour, empty: bool) {
    let (issuer, legacy) = (Issuer::start(), Legacy::sqlite());
    let gate = hasty(&issuer, &legacy).start();
    expect_accepted(&gate, &main_token());
    let stalls = matches!(trouble, Behaviour::Hang | Behaviour::Drip | Behaviour::Endless);
    issuer.behave(trouble);
    issuer.wait_for_fetches(2);
    // The second of two troubled fetches has begun, so the first has ended. A stall takes a while
    // to time out.
    let window = Duration::from_millis(if stalls { 1_000 } else { 400 });
    let (start, mut passed) = (Instant::now(), 0);
    while start.elapsed() < window {
        expect_accepted(&gate, &main_token());
        passed += 1;
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(passed >= 4, "{name}: good tokens wait for the issuer: {passed} in {window:?}");
    let unknown = ask(&gate, &by("second", "second"));
    assert!(
        unknown.status == 503 || empty && unknown.status == 401,
        "{name}: unknown kid gets {}",
        unknown.status
    );
    issuer.publish(vec![key("main").public("main"), key("second").public("second")]);
    await_status(&gate, &by("second", "second"), 404, RECOVERY);
    expect_accepted(&gate, &main_token());
    gate.assert_sound();
}

#[test]
fn j01_to_j03_error_statuses() {
    for status in [500, 429, 404] {
        keeps_serving(&status.to_string(), Behaviour::Status(status), false);
    }
}

#[test]
fn j04_refused_connections() {
    let (issuer, legacy) = (Issuer::start(), Legacy::sqlite());
    let gate = hasty(&issuer, &legacy).start();
    expect_accepted(&gate, &main_token());
    issuer.go_down();
    std::thread::sleep(Duration::from_secs(2));
    expect_accepted(&gate, &main_token());
    expect_unavailable(&gate, &by("second", "second"));
    issuer.come_up();
    issuer.publish(vec![key("second").public("second")]);
    await_status(&gate, &by("second", "second"), 404, RECOVERY);
    gate.assert_sound();
}

#[test]
fn j05_a_hanging_endpoint() {
    keeps_serving("hang", Behaviour::Hang, false);
}

#[test]
fn j06_a_dripping_endpoint() {
    keeps_serving("drip", Behaviour::Drip, false);
}

#[test]
fn j07_an_endless_answer() {
    keeps_serving("endless", Behaviour::Endless, false);
}

#[test]
fn j08_a_gzip_bomb() {
    keeps_serving(
        "gzip bomb",
        Behaviour::Bytes(BOMB.to_vec(), "Content-Encoding: gzip\r\n"),
        false,
    );
}

#[test]
fn j09_a_redirect_is_not_followed() {
    let elsewhere = Issuer::start();
    elsewhere.publish(vec![key("stranger").public("second")]);
    let before = elsewhere.fetches();
    keeps_serving("redirect", Behaviour::Redirect(elsewhere.jwks_uri()), false);
    assert_eq!(elsewhere.fetches(), before, "the redirect was followed");
}

#[test]
fn j10_plain_http_is_refused_as_configuration() {
    let (issuer, legacy) = (Issuer::start(), Legacy::sqlite());
    for uri in [
        "http://tenant.test/.well-known/jwks.json",
        "http://192.0.2.1/jwks.json",
        "http://127.0.0.1.evil.test/jwks.json",
    ] {
        let (code, output) =
            Gate::builder(&issuer, &legacy).config("auth.jwks_uri", uri).run("serve");
        assert_eq!(code, Some(2), "{uri}: {output}");
        assert!(output.contains("auth.jwks_uri"), "{uri}: {output}");
    }
}

#[test]
fn j11_html() {
    let html = b"<!doctype html><title>Sorry</title><p>Back soon".to_vec();
    keeps_serving("HTML", Behaviour::Bytes(html, ""), false);
}

#[test]
fn j12_a_truncated_set() {
    keeps_serving("truncated", Behaviour::Truncated, false);
    keeps_serving(
        "truncated text of full length",
        Behaviour::Bytes(b"{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"se".to_vec(), ""),
        false,
    );
}

#[test]
fn j13_j14_an_empty_set_drops_no_key() {
    keeps_serving("{}", Behaviour::Bytes(b"{}".to_vec(), ""), true);
    keeps_serving("empty list", Behaviour::Bytes(b"{\"keys\":[]}".to_vec(), ""), true);
    keeps_serving(
        "unusable keys alone",
        Behaviour::Bytes(b"{\"keys\":[{\"kty\":\"AKP\",\"kid\":\"x\"}]}".to_vec(), ""),
        true,
    );
}

/// The catalogue counts 35 and names 33; the last two are ours, J34 in `contents` and this one.
#[test]
fn j35_other_json_than_a_set() {
    for body in [
        "null",
        "[]",
        "\"keys\"",
        "{\"keys\":{}}",
        "{\"keys\":null}",
        "{\"keys\":[1,null,\"x\",[]]}",
    ] {
        keeps_serving(body, Behaviour::Bytes(body.into(), ""), true);
    }
}

/// J32, eight hours scaled down: `jwks_max_stale` is the limit, and until then nobody notices.
#[test]
fn j32_an_outage_as_long_as_keys_may_be_stale() {
    let (issuer, legacy) = (Issuer::start(), Legacy::sqlite());
    let gate = hasty(&issuer, &legacy).config("auth.jwks_max_stale", "4s").start();
    expect_accepted(&gate, &main_token());
    issuer.go_down();
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(2) {
        expect_accepted(&gate, &main_token());
        std::thread::sleep(Duration::from_millis(100));
    }
    await_status(&gate, &main_token(), 503, Duration::from_secs(8));
    expect_unavailable(&gate, &main_token());
    issuer.come_up();
    await_status(&gate, &main_token(), 404, RECOVERY);
    gate.assert_sound();
}

/// J33 with the default cooldown: a start before the issuer is up is weather, and it ends by
/// itself.
#[test]
fn j33_down_at_start() {
    let (issuer, legacy) = (Issuer::start_down(), Legacy::sqlite());
    let gate = Gate::start(&issuer, &legacy);
    for _ in 0..5 {
        expect_unavailable(&gate, &main_token());
        expect_unavailable(&gate, &by("second", "second"));
    }
    // What is wrong with the request itself is still the caller's fault.
    let bare = crate::support::Request::post("/get_user", "{}");
    gate.send(&bare).expect(401, "missing_token");
    issuer.come_up();
    await_status(&gate, &main_token(), 404, RECOVERY);
    expect_refused(&gate, &by("second", "second"));
    gate.assert_sound();
}

/// An issuer that is up but troubled at the start is asked again after the cooldown.
#[test]
fn a_troubled_first_fetch_is_repeated() {
    let (issuer, legacy) = (Issuer::start(), Legacy::sqlite());
    issuer.behave(Behaviour::Status(500));
    let gate = hasty(&issuer, &legacy).start();
    expect_unavailable(&gate, &main_token());
    issuer.behave(Behaviour::Serve);
    await_status(&gate, &main_token(), 404, RECOVERY);
    gate.assert_sound();
}
