//! A few users of each scheme that nothing has proven, before all others, or proven ones alone.

use serde_json::json;

use crate::support::Migration;

const SSHA: &str = "password_hash = '{SSHA}MgytLE4VKWc3ic0GUi+5G8Y7ykpZ5UjSlPyS7Q=='";

#[test]
fn a_canary_stops_before_the_others_and_proven_schemes_alone_are_sent() {
    let migration = Migration::of(20);
    for id in [2, 4, 6, 8] {
        migration.set(
            id,
            "password_hash = '$2y$12$hVQRO3zBKyqbeyCkZgs9dOSZ6WlMQ65Wc38CjDTQ2djzHe9HZnsL.'",
        );
    }
    for id in [1, 3, 5] {
        migration.set(id, "password_hash = '{SSHA}MgytLE4VKWc3ic0GUi+5G8Y7ykpZ5UjSlPyS7Q=='");
    }
    let page = "narrowgate_verified_hashes_total{scheme=\"bcrypt\"} 3\n";
    std::fs::write(migration.folder.path().join("metrics.txt"), page).unwrap();
    let (code, text) = migration.import(&["--canary", "2", "--evidence", "metrics.txt"]);
    assert_eq!(code, Some(10), "{text}");
    assert!(text.contains("canary: 2 users of ldap_salted_sha1"), "{text}");
    let status = migration.status();
    assert_eq!((&status["inserted"], &status["done"]), (&json!(2), &json!(false)), "{status:#}");
    // The same again sends nobody else.
    assert_eq!(migration.import(&["--canary", "2", "--evidence", "metrics.txt"]).0, Some(10));
    assert_eq!(migration.tenant.ids().len(), 2);
    let (code, text) = migration.import(&[]);
    assert_eq!(code, Some(0), "{text}");
    migration.assert_balanced(20);

    // Of each form of a scheme that only a tenant can prove.
    let migration = Migration::of(8);
    for id in [6, 7, 8] {
        migration.set(
            id,
            "password_hash = '$2y$12$hVQRO3zBKyqbeyCkZgs9dOSZ6WlMQ65Wc38CjDTQ2djzHe9HZnsL.'",
        );
    }
    let (code, text) = migration.import(&["--canary", "2"]);
    assert_eq!(code, Some(10), "{text}");
    assert!(text.contains("canary: 4 users of bcrypt"), "{text}");
    let sent = migration.tenant.ids();
    assert_eq!(sent.iter().filter(|id| ["6", "7", "8"].contains(&id.as_str())).count(), 2);

    let migration = Migration::of(6);
    std::fs::write(migration.folder.path().join("metrics.txt"), page).unwrap();
    migration.set(1, "password_hash = '{SSHA}MgytLE4VKWc3ic0GUi+5G8Y7ykpZ5UjSlPyS7Q=='");
    let proven = ["--schemes", "proven", "--evidence", "metrics.txt"];
    let (code, text) = migration.import(&proven);
    assert_eq!(code, Some(10), "{text}");
    migration.assert_balanced(6);
    assert_eq!(migration.held().get("1").map(String::as_str), Some("scheme_not_proven"));
    // Another choice is another run.
    let (code, text) = migration.import(&[]);
    assert_eq!(code, Some(2), "{text}");
    assert!(text.contains("--schemes"), "{text}");
}

#[test]
fn a_scheme_that_is_named_to_stay_stays() {
    let migration = Migration::of(8);
    [2, 7].into_iter().for_each(|id| migration.set(id, SSHA));
    let without = ["--without", "ldap_salted_sha1"];
    // A slip, or another name of a scheme, sends nobody.
    for name in ["ldap_salted_sha", "ssha", "LDAP_SALTED_SHA1", "all", ""] {
        let (code, text) = migration.import(&["--without", name]);
        assert_eq!(code, Some(2), "{text}");
        assert!(text.contains("docs/passwords.md"), "{text}");
    }
    let (code, text) = migration.import(&[&without[..], &["--canary", "3"]].concat());
    assert_eq!(code, Some(10), "{text}");
    assert!(text.contains("canary: 3 users of bcrypt"), "{text}");
    // Neither a slip of the memory nor evidence changes a run that has begun.
    assert_eq!(migration.import(&[]).0, Some(2));
    let (code, text) = migration.import(&without);
    assert_eq!(code, Some(10), "{text}");
    migration.assert_balanced(8);
    let sent = migration.tenant.ids();
    assert!(!sent.contains("2") && !sent.contains("7") && sent.len() == 6, "{sent:?}");
    assert!(migration.held().values().all(|reason| reason == "scheme_left_out"));

    // It stays also where logins have proven it.
    let migration = Migration::of(8);
    [2, 7].into_iter().for_each(|id| migration.set(id, SSHA));
    let line = |scheme| format!("narrowgate_verified_hashes_total{{scheme=\"{scheme}\"}} 1\n");
    let page = ["bcrypt", "ldap_salted_sha1"].map(line).concat();
    std::fs::write(migration.folder.path().join("metrics.txt"), page).unwrap();
    let proven = ["--schemes", "proven", "--evidence", "metrics.txt"];
    let (code, text) = migration.import(&[&proven[..], &without].concat());
    assert_eq!(code, Some(10), "{text}");
    assert_eq!(migration.tenant.ids().len(), 6);
}

#[test]
fn a_canary_leaves_no_scheme_out() {
    // The only user of a scheme comes when the file is full.
    let migration = Migration::of(12);
    migration.set(6, SSHA);
    let (code, text) = migration.import(&["--canary", "5"]);
    assert_eq!(code, Some(10), "{text}");
    assert!(text.contains("canary: 1 users of ldap_salted_sha1"), "{text}");
    assert!(migration.tenant.ids().contains("6"), "{text}");

    // Killed while it picked, behind the first file.
    let migration = Migration::of(12);
    migration.set(12, SSHA);
    migration.tenant.state().refuse = Some((402, "quota_exceeded", "Refused."));
    assert_eq!(migration.import(&["--canary", "8"]).0, Some(1));
    let journal = migration.file("journal.ndjson");
    let first = journal.lines().next().expect("a line").to_owned() + "\n";
    assert!(first.contains("\"event\":\"planned\""), "{first}");
    std::fs::write(migration.run_directory().join("journal.ndjson"), first).unwrap();
    migration.tenant.state().refuse = None;
    let (code, text) = migration.import(&["--canary", "8"]);
    assert_eq!(code, Some(10), "{text}");
    let sent = migration.tenant.ids();
    assert_eq!((sent.len(), sent.contains("12")), (9, true), "{sent:?}");
    // Now it is at its end: whoever logs in and is marked is not made up for.
    migration.mark(1);
    assert_eq!(migration.import(&["--canary", "8"]).0, Some(10));
    assert_eq!(migration.tenant.ids(), sent);
    assert_eq!(migration.import(&[]).0, Some(0));
}

#[test]
fn a_run_keeps_the_schemes_that_it_began_with() {
    let migration = Migration::of(12);
    (9..=12).for_each(|id| migration.set(id, SSHA));
    let page = migration.folder.path().join("metrics.txt");
    let count = |bcrypt: u32, ssha: u32| {
        let line = |scheme: &str, times: u32| {
            format!("narrowgate_verified_hashes_total{{scheme=\"{scheme}\"}} {times}\n")
        };
        std::fs::write(&page, line("bcrypt", bcrypt) + &line("ldap_salted_sha1", ssha)).unwrap();
    };
    let proven = ["--schemes", "proven", "--evidence", "metrics.txt"];
    migration.tenant.state().refuse = Some((402, "quota_exceeded", "Refused."));
    count(3, 0);
    assert_eq!(migration.import(&proven).0, Some(1));
    // Another is proven; the gates begin to count anew; nobody can be asked.
    for change in [|count: &dyn Fn(u32, u32)| count(9, 1), |count: &dyn Fn(u32, u32)| count(0, 0)] {
        change(&count);
        let (code, text) = migration.import(&proven);
        assert_eq!(code, Some(1), "{text}");
        assert!(text.contains("quota_exceeded"), "{text}");
    }
    std::fs::remove_file(&page).unwrap();
    migration.tenant.state().refuse = None;
    let (code, text) = migration.import(&proven);
    assert_eq!(code, Some(10), "{text}");
    migration.assert_balanced(12);
    assert_eq!(migration.held().len(), 4);
    assert!(migration.held().values().all(|reason| reason == "scheme_not_proven"));
}

/// Accounts whose passwords somebody knows go before those that come first.
#[test]
fn ids_that_are_named_go_first() {
    let migration = Migration::of(12);
    [9, 11].into_iter().for_each(|id| migration.set(id, SSHA));
    migration.set(8, "email = NULL");
    let file = migration.folder.path().join("own");
    std::fs::write(&file, "10\n11\n\n8\nnobody@example.com\n").unwrap();
    let named = ["--canary", "1", "--canary-ids", "own"];
    let (code, text) = migration.import(&named);
    assert_eq!(code, Some(10), "{text}");
    assert_eq!(migration.tenant.ids(), ["10".to_owned(), "11".to_owned()].into(), "{text}");
    for (line, told) in [(1, false), (2, false), (3, false), (4, true), (5, true)] {
        assert_eq!(text.contains(&format!("canary: line {line} of")), told, "{line}: {text}");
    }
    assert!(!text.contains("nobody@"), "what it is, nobody knows: {text}");
    // The same again sends nobody else, and the others make up what the named ones leave.
    assert_eq!(migration.import(&named).0, Some(10));
    assert_eq!(migration.tenant.ids().len(), 2);
    let (code, text) = migration.import(&["--canary", "1", "--canary-ids", "no-such"]);
    assert_eq!(code, Some(2), "{text}");
    assert!(text.contains("one id a line"), "{text}");
    let migration = Migration::of(6);
    std::fs::write(migration.folder.path().join("own"), "5\r\n").unwrap();
    migration.import(&["--canary", "2", "--canary-ids", "own"]);
    let sent = migration.tenant.ids();
    assert!(sent.len() == 2 && sent.contains("5"), "{sent:?}");
}
