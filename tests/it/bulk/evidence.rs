//! Right passwords are counted by scheme, and the import reads them from the gate itself.

use crate::support::sample::{PASSWORD, World};
use crate::support::{Legacy, Migration};

#[test]
fn a_login_through_the_gate_is_the_evidence() {
    Legacy::each(|legacy| {
        let world = World::on(legacy);
        world.login("ada", "wrong").expect(403, "invalid_credentials");
        let counted = |scheme: &str| {
            world.counter(&format!("narrowgate_verified_hashes_total{{scheme=\"{scheme}\"}}"))
        };
        assert_eq!(counted("bcrypt"), 0);
        assert_eq!(world.login("ada", PASSWORD).status, 200);
        assert_eq!((counted("bcrypt"), counted("argon2id")), (1, 0));
        let migration = Migration::of(3);
        migration.set(2, "password_hash = '$argon2id$v=19$m=19456,t=2,p=1$e61i7Zx1oLVQl6oaLt3+bA$1fchnZBf+A+s/JBlfVYswJVDxxye4UcxHccjDPrz5IQ'");
        let address = world.gate.management.expect("a listener");
        let metrics = format!("http://{address}/metrics");
        let (code, text) = migration.import(&["--schemes", "proven", "--evidence", &metrics]);
        assert_eq!(code, Some(10), "{text}");
        migration.assert_balanced(3);
        let held: Vec<_> = migration.held().into_iter().collect();
        assert_eq!(held, [("2".to_owned(), "scheme_not_proven".to_owned())]);
    });
}

#[test]
fn evidence_that_cannot_be_had_is_told() {
    let migration = Migration::of(1);
    for (more, words) in [
        (&["--schemes", "proven"][..], "nothing says which are"),
        (&["--schemes", "proven", "--evidence", "no-such-file"], "no-such-file"),
        (&["--evidence", "narrowgate.toml"], "holds no counter of a gate"),
        (&["--evidence", "http://127.0.0.1:9/metrics"], "--evidence http://127.0.0.1:9: "),
    ] {
        let (code, text) = migration.import(more);
        assert_eq!(code, Some(2), "{text}");
        assert!(text.contains(words), "{text}");
    }
    // What stands in an address to open it is not told.
    for address in [
        "http://scraper:pw-canary@127.0.0.1:9/m?key=canary",
        "http://u:pw-canary@[/m",
        "HTTP://u:pw-canary@h/m",
        "http://127.0.0.1:9/canary#canary",
        "scraper:pw-canary@gate:9/metrics",
        "//scraper:pw-canary@gate:9/metrics",
    ] {
        for command in
            [&["import", "--run", "run", "--evidence", address][..], &["shadow", address]]
        {
            let (code, text) = migration.command(command);
            assert_eq!(code, Some(2), "{text}");
            assert!(!text.contains("canary"), "{text}");
        }
    }
    assert!(migration.tenant.ids().is_empty());
}

/// A page may say any number.
#[test]
fn numbers_that_no_gate_reaches_are_added_up() {
    let migration = Migration::of(0);
    let line = |gate: &str| {
        let labels = format!("application=\"accepted\",gate=\"{gate}\",scheme=\"bcrypt\"");
        format!("narrowgate_shadow_logins_total{{{labels}}} 1.8e19\n")
    };
    let page = line("wrong_password").repeat(2) + &line("weak_scheme_off");
    std::fs::write(migration.folder.path().join("page"), page).unwrap();
    let (code, text) = migration.command(&["shadow", "page"]);
    assert_eq!(code, Some(11), "{text}");
    assert!(text.contains(&u64::MAX.to_string()), "{text}");
}
