//! `POST /login` on every engine: who gets in, and that everybody else gets one and the same answer.

use crate::support::sample::{PASSWORD, World, named, users};
use crate::support::{Answer, Legacy};

/// Every user by every name with the right password: all schemes of the sample store, all states.
#[test]
fn every_sample_user_gets_the_due_answer() {
    Legacy::each(|legacy| {
        let world = World::on(legacy);
        let users = users();
        assert_eq!(users.len(), 21, "the sample store has changed: look whether all is covered");
        for user in &users {
            // One of the names pays for a hash, the others are looked up by /get_user's tests.
            let mut hashed = false;
            for name in user.names.iter().filter(|name| name.trim() == *name) {
                let one = named(&users, name).len() == 1;
                if one && hashed {
                    continue;
                }
                hashed |= one;
                let answer = world.login(name, PASSWORD);
                match named(&users, name)[..] {
                    [] => answer.expect(403, "invalid_credentials"),
                    [one] if !one.password => answer.expect(403, "invalid_credentials"),
                    [one] if one.blocked => answer.expect(403, "user_blocked"),
                    [one] => {
                        assert_eq!(answer.text(), one.profile, "{name}");
                        answer.expect(200, "")
                    }
                    _ => answer.expect(409, "ambiguous_user"),
                };
            }
        }
        world.gate.assert_calm();
    });
}

/// All that a caller can see of an answer, but for the request's own id and the clock. The order of headers is random.
fn face(answer: &Answer) -> String {
    let id = answer.header("x-request-id").expect("a request id");
    let mut names: Vec<_> = answer.headers.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    let length = answer.header("content-length");
    format!("{} {names:?} {length:?} {}", answer.status, answer.text().replace(id, "<id>"))
}

#[test]
fn refusals_are_one_answer_whatever_the_cause() {
    Legacy::each(|legacy| {
        let world = World::on(legacy);
        world.mark("3").expect(200, "");
        let cases = [
            ("wrong password", "ada", "wrong", "wrong_password"),
            ("wrong password of a blocked user", "mallory", "wrong", "wrong_password"),
            (
                "the right one, then a blank",
                "ada",
                "correct horse battery staple ",
                "wrong_password",
            ),
            (
                "a blank, then the right one",
                "ada",
                " correct horse battery staple",
                "wrong_password",
            ),
            ("in upper case", "ada", "CORRECT HORSE BATTERY STAPLE", "wrong_password"),
            (
                "the hash itself",
                "ada",
                "$2b$10$XJ0.fOgda7DEdq55EOpDdO6MP9At1vsASFJUBPhs9jdBqz2UBe/L6",
                "wrong_password",
            ),
            ("unknown username", "nobody", PASSWORD, "unknown_user"),
            ("unknown address", "nobody@example.com", PASSWORD, "unknown_user"),
            ("never had a password", "margaret", PASSWORD, "no_password"),
            ("password made unusable", "hedy", PASSWORD, "locked_hash"),
            (
                "the unusable text itself",
                "hedy",
                "!Kq3vZ0wYpT7mXc2RbN5sHd8LfJg1AeU4oWi6QyV9",
                "locked_hash",
            ),
            ("already migrated", "alan", PASSWORD, "unknown_user"),
            ("deleted", "deleted@example.com", PASSWORD, "unknown_user"),
        ];
        let expected = face(&world.login("ada", "wrong"));
        for (what, identifier, password, reason) in cases {
            let answer = world.login(identifier, password);
            answer.expect(403, "invalid_credentials");
            assert_eq!(face(&answer), expected, "{what}");
            assert_eq!(world.gate.decision(&answer)["reason"], reason, "{what}");
        }
        // Only who knows the password learns that the user is blocked.
        world.login("mallory", PASSWORD).expect(403, "user_blocked");
        world.login("barbara@example.com", PASSWORD).expect(403, "user_blocked");
        world.gate.assert_calm();
    });
}
