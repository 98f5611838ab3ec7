//! J23–J27: keys come and go, and nobody can make the gate flood the issuer.

use std::time::{Duration, Instant};

use super::{ask, await_status, by, expect_accepted, expect_refused, hasty, main_token};
use crate::support::keys::key;
use crate::support::{Behaviour, Gate, Issuer, Legacy, Token};

/// J23: the cooldown is ours, whatever the issuer says about caching.
#[test]
fn j23_max_age_zero() {
    let (issuer, legacy) = (Issuer::start(), Legacy::sqlite());
    issuer.cache_control("no-store, max-age=0");
    let gate = Gate::start(&issuer, &legacy);
    expect_accepted(&gate, &main_token());
    for _ in 0..50 {
        expect_accepted(&gate, &main_token());
    }
    assert_eq!(issuer.fetches(), 1, "good tokens caused fetches");
    gate.assert_calm();
}

/// J24: a year of caching does not keep a revoked key alive.
#[test]
fn j24_max_age_a_year() {
    let (issuer, legacy) = (Issuer::start(), Legacy::sqlite());
    issuer.cache_control("public, immutable, max-age=31536000");
    let gate = hasty(&issuer, &legacy).start();
    expect_accepted(&gate, &main_token());
    issuer.publish(vec![key("second").public("second")]);
    await_status(&gate, &main_token(), 401, Duration::from_secs(5));
    gate.assert_calm();
}

/// J25 with the default refresh of minutes: the unknown kid itself brings the new key, for the
/// first caller too.
#[test]
fn j25_rotation() {
    let (issuer, legacy) = (Issuer::start(), Legacy::sqlite());
    let gate = Gate::builder(&issuer, &legacy).config("auth.jwks_cooldown", "1s").start();
    expect_accepted(&gate, &main_token());
    std::thread::sleep(Duration::from_millis(1_200));
    issuer.publish(vec![key("second").public("second"), key("main").public("main")]);
    expect_accepted(&gate, &by("second", "second"));
    expect_accepted(&gate, &main_token());
    gate.assert_calm();
}

/// The same kid with other key material is a rotation as well; the refresh finds it.
#[test]
fn rotation_under_the_same_kid() {
    let (issuer, legacy) = (Issuer::start(), Legacy::sqlite());
    let gate = hasty(&issuer, &legacy).start();
    expect_accepted(&gate, &main_token());
    issuer.publish(vec![key("second").public("main")]);
    await_status(&gate, &by("main", "second"), 404, Duration::from_secs(5));
    expect_refused(&gate, &main_token());
    gate.assert_calm();
}

/// J26: a good refresh without the key drops it, at once and for good.
#[test]
fn j26_revocation() {
    let (issuer, legacy) = (Issuer::start(), Legacy::sqlite());
    issuer.publish(vec![key("main").public("main"), key("second").public("second")]);
    let gate = hasty(&issuer, &legacy).start();
    let stolen = by("second", "second");
    expect_accepted(&gate, &stolen);
    issuer.publish(vec![key("main").public("main")]);
    await_status(&gate, &stolen, 401, Duration::from_secs(5));
    for _ in 0..20 {
        expect_refused(&gate, &stolen);
    }
    expect_accepted(&gate, &main_token());
    gate.assert_calm();
}

/// J27: ten thousand unknown kids cause at most one fetch within the default cooldown, and 401
/// each.
#[tokio::test(flavor = "multi_thread")]
async fn j27_ten_thousand_unknown_kids() {
    let (issuer, legacy) = (Issuer::start(), Legacy::sqlite());
    let gate = std::sync::Arc::new(Gate::start(&issuer, &legacy));
    expect_accepted(&gate, &main_token());
    let (before, start) = (issuer.fetches(), Instant::now());
    // Signed once for all: the kid is looked up before any signature is checked.
    let token = Token::auth0().header("kid", "unknown-00000").sign();
    let (header, rest) = token.split_once('.').expect("segments");
    let header = String::from_utf8(crate::support::keys::unb64(header)).expect("text");
    let body = serde_json::json!({ "identifier": "nobody@example.test" });
    let mut senders = Vec::new();
    for lane in 0..16 {
        let (gate, header, rest, body) =
            (gate.clone(), header.clone(), rest.to_owned(), body.clone());
        senders.push(tokio::spawn(async move {
            for n in (lane..10_000).step_by(16) {
                let header = header.replace("unknown-00000", &format!("unknown-{n:05}"));
                let token = format!("{}.{rest}", crate::support::keys::b64(header));
                gate.post("/get_user", &token, &body).await.expect(401, "invalid_token");
            }
        }));
    }
    for sender in senders {
        sender.await.expect("all refused");
    }
    let windows = 1 + usize::try_from(start.elapsed().as_secs() / 30).expect("a short test");
    assert!(issuer.fetches() - before <= windows, "{} fetches", issuer.fetches() - before);
    expect_accepted(&gate, &main_token());
    gate.assert_calm();
}

/// Single flight: many callers with the same new key wait for one fetch, and all pass.
#[tokio::test(flavor = "multi_thread")]
async fn callers_share_one_refetch() {
    let (issuer, legacy) = (Issuer::start(), Legacy::sqlite());
    let gate = Gate::builder(&issuer, &legacy).config("auth.jwks_cooldown", "1s").start();
    expect_accepted(&gate, &main_token());
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    issuer.publish(vec![key("main").public("main"), key("second").public("second")]);
    issuer.behave(Behaviour::Slow(Duration::from_millis(400)));
    let before = issuer.fetches();
    let (token, body) =
        (by("second", "second"), serde_json::json!({ "identifier": "nobody@example.test" }));
    let answers =
        futures_util::future::join_all((0..20).map(|_| gate.post("/get_user", &token, &body)))
            .await;
    for answer in answers {
        answer.expect(404, "user_not_found");
    }
    assert_eq!(issuer.fetches() - before, 1);
    gate.assert_calm();
}

/// The cooldown holds after failures too: a broken issuer is not asked once a token.
#[test]
fn failures_do_not_lift_the_cooldown() {
    let (issuer, legacy) = (Issuer::start(), Legacy::sqlite());
    let gate = Gate::builder(&issuer, &legacy).config("auth.jwks_cooldown", "30s").start();
    expect_accepted(&gate, &main_token());
    issuer.behave(Behaviour::Status(500));
    let before = issuer.fetches();
    for n in 0..200 {
        let answer = ask(&gate, &Token::auth0().header("kid", format!("unknown-{n}")).sign());
        assert!(matches!(answer.status, 401 | 503), "{}", answer.status);
        expect_accepted(&gate, &main_token());
    }
    assert!(issuer.fetches() - before <= 1, "{} fetches", issuer.fetches() - before);
    gate.assert_sound();
}
