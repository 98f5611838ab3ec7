//! Failed logins: one budget a user, whatever name is used, and one answer for users who do not exist.

use std::io::Write;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::sample::{CHEAP, PASSWORD, World};
use crate::support::{Answer, Engine, Gate, Issuer, Legacy, Request, Token, wire};

const LIMIT: usize = 3;

fn limited(legacy: Legacy, limit: usize, password_check: &str) -> World {
    World::with(legacy, |gate| {
        gate.config("limits.attempts_per_user", limit)
            .config("limits.attempts_window", "1h")
            .config("database.password_check", password_check)
    })
}

/// Each engine with the hash outside, and each server with the hash inside.
fn each(test: impl Fn(World)) {
    Legacy::each(|legacy| test(limited(legacy, LIMIT, "outside")));
    for engine in [Engine::Postgresql, Engine::Mysql] {
        let Some(legacy) = Legacy::inside(engine) else { return };
        test(limited(legacy, LIMIT, "inside"));
    }
}

#[track_caller]
fn expect_locked(answer: &Answer) {
    answer.expect(429, "too_many_attempts");
    let wait = answer.header("retry-after").expect("Retry-After");
    let wait: u32 = wait.parse().expect("seconds");
    assert!((3500..=3600).contains(&wait), "{wait}");
}

#[test]
fn all_names_of_a_user_share_one_budget() {
    each(|world| {
        for name in ["katherine", "Katherine@Example.com", "KATHERINE"] {
            world.login(name, "wrong").expect(403, "invalid_credentials");
        }
        for name in ["katherine", "katherine@example.com", "KATHERINE@example.com", "KATHERINE"] {
            for password in ["wrong", PASSWORD] {
                expect_locked(&world.login(name, password));
            }
        }
        world.login("ada@example.com", PASSWORD).expect(200, "");
        world.gate.assert_calm();
    });
}

/// Neither before the lock nor behind it does an answer tell who exists.
#[test]
fn whoever_does_not_exist_is_locked_in_the_same_way() {
    each(|world| {
        for (name, others) in [
            ("ada@example.com", ["ADA@example.com", "Ada@Example.Com"]),
            ("nobody@example.com", ["NOBODY@example.com", "Nobody@Example.Com"]),
            ("grace", ["GRACE", "Grace"]),
            ("nobody", ["NOBODY", "Nobody"]),
        ] {
            let tries = [name, others[0], others[1]];
            for name in tries {
                world.login(name, "wrong").expect(403, "invalid_credentials");
            }
            for name in tries {
                expect_locked(&world.login(name, "wrong"));
            }
        }
        world.gate.assert_calm();
    });
}

#[test]
fn the_right_password_gives_its_attempt_back() {
    let world = limited(Legacy::sqlite(), LIMIT, "outside");
    world.legacy.add_user(1000, Some("cheap"), None, Some(CHEAP));
    for _ in 0..2 * LIMIT {
        world.login("cheap", PASSWORD).expect(200, "");
    }
    for _ in 1..LIMIT {
        world.login("cheap", "wrong").expect(403, "invalid_credentials");
    }
    world.login("cheap", PASSWORD).expect(200, "");
    world.login("cheap", "wrong").expect(403, "invalid_credentials");
    expect_locked(&world.login("cheap", PASSWORD));
}

/// Auth0's script tells a block as it tells a wrong password, so the number of tries must tell nothing more.
#[test]
fn the_right_password_of_a_blocked_user_spends_its_attempt() {
    each(|world| {
        for _ in 0..LIMIT {
            world.login("mallory", PASSWORD).expect(403, "user_blocked");
        }
        expect_locked(&world.login("mallory", PASSWORD));
    });
}

/// Through Auth0's login page time is all that tells a block from a wrong password.
#[test]
fn the_right_password_of_a_blocked_user_is_answered_as_late_as_a_wrong_one() {
    let world = World::with(Legacy::sqlite(), |gate| gate.config("passwords.min_response", "2s"));
    let asked = Instant::now();
    world.login("mallory", PASSWORD).expect(403, "user_blocked");
    assert!(asked.elapsed() >= Duration::from_secs(2));
}

/// Not a fault of the gate's, and no way to guess without end.
#[test]
fn a_password_that_the_preparation_cannot_read_is_a_wrong_one() {
    for pre_hash in ["latin1($pass)", "saslprep($pass)", "unhex($pass)"] {
        let world = World::with(Legacy::sqlite(), |gate| {
            gate.config("limits.attempts_per_user", LIMIT).config("passwords.pre_hash", pre_hash)
        });
        world.legacy.add_user(1000, Some("cheap"), None, Some(CHEAP));
        for name in ["cheap", "nobody"] {
            for _ in 0..LIMIT {
                world.login(name, "\u{5bc6}\u{7}").expect(403, "invalid_credentials");
            }
            world.login(name, "\u{5bc6}\u{7}").expect(429, "too_many_attempts");
        }
        world.gate.assert_calm();
    }
}

/// An attempt is taken before its hash begins, so that guesses at once are no more than in turn.
#[test]
fn many_guesses_at_once_get_no_more_verdicts() {
    let world = limited(Legacy::sqlite(), 20, "outside");
    world.legacy.add_user(1000, Some("cheap"), None, Some(CHEAP));
    let guess = &|number: usize| {
        let answer = world.login("cheap", &format!("wrong {number}"));
        assert!(matches!(answer.status, 403 | 429 | 503), "{}", answer.text());
        usize::from(answer.status == 403)
    };
    let guesses = &|who: usize| (0..30).map(|number| guess(30 * who + number)).sum::<usize>();
    let verdicts: usize = thread::scope(|scope| {
        let callers: Vec<_> = (0..20).map(|who| scope.spawn(move || guesses(who))).collect();
        callers.into_iter().map(|caller| caller.join().expect("answers")).sum()
    });
    assert_eq!(verdicts, 20);
}

/// A caller that hangs up as soon as it knows that the answer is not "yes" has used its attempt.
#[test]
fn hanging_up_before_the_refusal_gives_nothing_back() {
    let (issuer, legacy) = (Issuer::start(), Legacy::sqlite());
    legacy.add_user(1000, Some("cheap"), None, Some(CHEAP));
    let gate = Gate::builder(&issuer, &legacy).config("limits.attempts_per_user", LIMIT);
    let gate = gate.config("passwords.min_response", "1s").start();
    let token = Token::auth0().sign();
    let wrong = json!({ "identifier": "cheap", "password": "wrong" });
    let request = Request::post("/login", wrong.to_string()).bearer(&token);
    for _ in 0..LIMIT {
        let mut stream = wire::connect(gate.address).expect("a connection");
        stream.write_all(&request.bytes()).expect("taken");
        thread::sleep(Duration::from_millis(300));
    }
    gate.ask("/login", &token, &wrong).expect(429, "too_many_attempts");
}

#[test]
fn several_services_share_the_limits() {
    let world = World::with(Legacy::sqlite(), |gate| {
        gate.config("limits.attempts_per_user", 7).config("limits.instances", 3)
    });
    world.legacy.add_user(1000, Some("cheap"), None, Some(CHEAP));
    for _ in 0..2 {
        world.login("cheap", "wrong").expect(403, "invalid_credentials");
    }
    world.login("cheap", "wrong").expect(429, "too_many_attempts");
}

/// Counts what is asked of a routine, but for the service's own questions about nobody.
fn count(legacy: &Legacy, routine: &str) {
    let real = format!("real_{routine}");
    legacy.execute(&format!(
        "CREATE SEQUENCE IF NOT EXISTS narrowgate.asked; ALTER FUNCTION narrowgate.{routine}(text) RENAME TO {real};
         CREATE FUNCTION narrowgate.{routine}(identifier text) RETURNS text LANGUAGE plpgsql SECURITY DEFINER AS $$
         BEGIN
           IF identifier <> 'narrowgate-probe' THEN PERFORM nextval('narrowgate.asked'); END IF;
           RETURN narrowgate.{real}(identifier);
         END $$;
         REVOKE ALL ON FUNCTION narrowgate.{routine}(text) FROM PUBLIC;
         GRANT EXECUTE ON FUNCTION narrowgate.{routine}(text) TO narrowgate_api"
    ));
}

/// What a refusal shows: questions to the database, and the answer without what is drawn by lot or tells the time.
fn refusal(world: &World, name: &str) -> (i64, String) {
    let asked = || -> i64 {
        let value =
            "SELECT (CASE WHEN is_called THEN last_value ELSE 0 END)::text FROM narrowgate.asked";
        world.legacy.column(value).concat().parse().expect("a number")
    };
    let before = asked();
    let answer = world.login(name, PASSWORD);
    expect_locked(&answer);
    let request = answer.header("x-request-id").expect("an id").to_owned();
    let told = |(name, value): &(String, String)| {
        let varies = ["date", "retry-after"].contains(&name.as_str());
        format!("{name}: {}\n", if varies { "" } else { value })
    };
    let headers = answer.headers.iter().map(told).collect::<String>();
    (asked() - before, format!("{headers}{}", answer.text()).replace(&request, "ID"))
}

/// Whoever is locked out is asked for like any other, and waits for the same floor: the answer tells nobody from somebody.
#[test]
fn a_refusal_is_the_same_whoever_exists() {
    let Some(outside) = Legacy::postgresql() else { return };
    let Some(inside) = Legacy::inside(Engine::Postgresql) else { return };
    for (legacy, mode) in [(outside, "outside"), (inside, "inside")] {
        let routines: &[&str] = if mode == "inside" {
            &["password_parameters", "get_user"]
        } else {
            &["login_candidate"]
        };
        routines.iter().for_each(|routine| count(&legacy, routine));
        legacy.add_user(1000, Some("zoe"), Some("zoe@bücher.example"), Some(CHEAP));
        let world = limited(legacy, 1, mode);
        for (pair, questions) in [
            (["katherine", "nobody"], 1),
            (["ada@example.com", "nobody@example.com"], 1),
            // In both forms of the domain; inside, to find the form that leads to a user, too.
            (["zoe@bücher.example", "nobody@bücher.example"], if mode == "inside" { 3 } else { 2 }),
        ] {
            let [known, unknown] = pair.map(|name| {
                world.login(name, "wrong").expect(403, "invalid_credentials");
                refusal(&world, name)
            });
            assert_eq!(known, unknown, "{pair:?} {mode}");
            assert_eq!(known.0, questions, "{pair:?} {mode}");
        }
        world.gate.assert_calm();
    }
}
