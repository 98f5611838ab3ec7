//! Who is there, who is not, and who is marked.

mod exports;
mod kills;
mod marks;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::tenant::CONNECTION;
use crate::support::{Legacy, Migration};

/// The last line that it printed.
fn sentence(text: &str) -> &str {
    text.lines().last().unwrap_or_default()
}

fn pairs(of: &[(&str, &str)]) -> BTreeSet<(String, String)> {
    of.iter().map(|(id, kind)| ((*id).to_owned(), (*kind).to_owned())).collect()
}

#[test]
fn everybody_is_there_on_every_engine() {
    Legacy::each(|legacy| {
        let migration = Migration::with(legacy, 25, "requests_per_second = 100");
        migration.set(1, "phone = '+441234567890', phone_confirmed = 'N', preferences = '{\"theme\": \"dark\", \"n\": 1.0}', plan = 'pro', nickname = 'ada', login = 'Ada'");
        migration.set(2, "status = 2");
        migration.set(3, "first_name = 'Zoë 🦊', avatar_url = 'https://cdn.example.com/1.png', email_confirmed = NULL");
        // Two came by logging in: one has changed everything since.
        migration.tenant.arrive("auth0|4", "user4@example.com", CONNECTION);
        migration.tenant.arrive("auth0|5", "new-address@example.com", CONNECTION);
        migration.mark(4);
        migration.mark(5);
        assert_eq!(migration.import(&[]).0, Some(0));
        let (code, text) = migration.verify(&[]);
        assert_eq!(code, Some(0), "{text}");
        assert_eq!(sentence(&text), "25 of 25 are there");
        assert_eq!(migration.differences(), BTreeSet::new(), "{text}");
        assert_eq!(migration.legacy.marks(), ["4", "5"], "nobody is marked without --execute");
        assert_eq!(migration.tenant.requests("GET", "/api/v2/users/{id}"), 0, "nobody is doubtful");
        migration.tenant.assert_calm();
        let mut names: Vec<String> = std::fs::read_dir(migration.run_directory())
            .expect("a directory")
            .map(|entry| entry.expect("an entry").file_name().into_string().expect("a name"))
            .collect();
        names.sort();
        let due = [
            "differences.ndjson",
            "held.ndjson",
            "journal.ndjson",
            "lock",
            "marks.sql",
            "quarantine.ndjson",
            "run.toml",
        ];
        assert_eq!(names, due);
    });
}

#[test]
fn each_kind_of_difference_is_found_and_nothing_else() {
    Legacy::each(|legacy| {
        let migration = Migration::with(legacy, 40, "requests_per_second = 100");
        migration.set(10, "plan = 'pro'");
        migration.set(12, "plan = 'pro', preferences = '{\"a\": 1}'");
        migration.tenant.state().ghosts.insert("auth0|2".to_owned());
        migration.tenant.arrive("auth0|3", "user3@example.com", "another");
        migration.tenant.arrive("auth0|stranger", "user4@example.com", CONNECTION);
        let (code, text) = migration.import(&[]);
        assert_eq!(code, Some(10), "{text}");
        let tenant = &migration.tenant;
        tenant.remove("1");
        tenant.remove("5");
        tenant.arrive("google-oauth2|5", "user5@example.com", "google-oauth2");
        tenant.change("6", "email", json!("somebody@example.com"));
        tenant.change("7", "email_verified", json!(false));
        tenant.change("8", "blocked", json!(true));
        tenant.change("9", "user_metadata", json!({ "theme": "light" }));
        tenant.change("10", "app_metadata", json!({}));
        tenant.change("11", "name", json!("Somebody"));
        tenant.arrive("auth0|second", "user12@example.com", CONNECTION);
        migration.mark(13);
        tenant.remove("13");
        // They came by logging in, and the gate said that they are blocked.
        migration.mark(14);
        tenant.change("14", "app_metadata", json!({ "legacy_blocked": true }));
        migration.mark(15);
        tenant.change("15", "app_metadata", json!({ "legacy_blocked": true }));
        tenant.change("15", "blocked", json!(true));
        let (code, text) = migration.verify(&[]);
        assert_eq!(code, Some(10), "{text}");
        let due = pairs(&[
            ("1", "missing"),
            ("2", "ghost"),
            ("3", "id_collision"),
            ("4", "address_taken"),
            ("stranger", "not_in_legacy"),
            ("5", "other_connection"),
            ("6", "email_differs"),
            ("7", "email_verified_differs"),
            ("8", "blocked_differs"),
            ("9", "metadata_differs"),
            ("10", "half_made"),
            ("11", "profile_differs"),
            ("12", "twice"),
            ("second", "not_in_legacy"),
            ("13", "marked_missing"),
            ("14", "blocked_by_action"),
        ]);
        assert_eq!(migration.differences(), due, "{text}");
        assert_eq!(sentence(&text), "34 of 40 are there; 7 of them differ");
        for (_, kind) in &due {
            let line = text.lines().find(|line| line.contains(&format!(" {kind}: ")));
            assert!(line.is_some_and(|line| line.len() > 40), "{kind} has a remedy: {text}");
        }
        let script = migration.file("marks.sql");
        assert_eq!(script.matches("\n  (").count(), 25, "{script}");
        let (code, text) = migration.verify(&["--format", "json"]);
        assert_eq!(code, Some(10), "{text}");
        let found: Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(found["differences"]["not_in_legacy"], 2);
        assert_eq!((&found["there"], &found["users"]), (&json!(34), &json!(40)));
        assert_eq!((&found["confirmed"], &found["differing"]), (&json!(25), &json!(7)));
    });
}

#[test]
fn strangers_alone_are_a_caution() {
    let migration = Migration::of(5);
    migration.import(&[]);
    migration.tenant.arrive("auth0|64f0c0ffee", "new@example.com", CONNECTION);
    let (code, text) = migration.verify(&[]);
    assert_eq!((code, sentence(&text)), (Some(11), "5 of 5 are there"), "{text}");
    assert_eq!(migration.differences(), pairs(&[("64f0c0ffee", "not_in_legacy")]));
}

#[test]
fn held_users_are_missing_and_nobody_is_asked_about_them() {
    let migration = Migration::of(12);
    migration.set(1, "email = NULL");
    migration.set(2, "preferences = '[1]'");
    assert_eq!(migration.import(&[]).0, Some(10));
    let (code, text) = migration.verify(&[]);
    assert_eq!((code, sentence(&text)), (Some(10), "10 of 12 are there"), "{text}");
    assert!(text.contains("2 of these were held back by the import"), "{text}");
    assert_eq!(migration.differences(), pairs(&[("1", "missing"), ("2", "missing")]));
    assert_eq!(migration.tenant.requests("GET", "/api/v2/users/{id}"), 0);
    // They log in: one is marked, one not yet. A row that cannot be read is not confirmed.
    migration.tenant.arrive("auth0|1", "user1@example.com", CONNECTION);
    migration.mark(1);
    migration.tenant.arrive("auth0|2", "user2@example.com", CONNECTION);
    let (code, text) = migration.verify(&[]);
    assert_eq!(
        (code, sentence(&text)),
        (Some(10), "12 of 12 are there; 1 of them differs"),
        "{text}"
    );
    assert_eq!(migration.differences(), pairs(&[("2", "profile_differs")]));
}

#[test]
fn a_run_without_an_import_can_be_verified() {
    let migration = Migration::of(6);
    for id in 1..=5 {
        let email = format!("user{id}@example.com");
        migration.tenant.arrive(&format!("auth0|{id}"), &email, CONNECTION);
        migration.mark(id);
    }
    let (code, text) = migration.verify(&[]);
    assert_eq!((code, sentence(&text)), (Some(10), "5 of 6 are there"), "{text}");
    assert_eq!(migration.differences(), pairs(&[("6", "missing")]));
    // The import goes on in the same directory.
    assert_eq!(migration.import(&[]).0, Some(0));
    let (code, text) = migration.verify(&[]);
    assert_eq!((code, sentence(&text)), (Some(0), "6 of 6 are there"), "{text}");
}

#[test]
fn linked_accounts_are_there() {
    let migration = Migration::of(4);
    migration.import(&[]);
    // A user of Google's, to whom two of ours were linked: the profile is Google's.
    migration.tenant.remove("1");
    migration.tenant.remove("2");
    migration.tenant.arrive("google-oauth2|7", "user1@example.com", CONNECTION);
    let mut state = migration.tenant.state();
    state.users.get_mut("google-oauth2|7").expect("just made").record = json!({
        "name": "Somebody", "identities": [
            { "connection": "google-oauth2", "provider": "google-oauth2", "user_id": "7" },
            { "connection": CONNECTION, "provider": "auth0", "user_id": "1" },
            { "connection": CONNECTION, "provider": "auth0", "user_id": "2" },
        ],
    });
    drop(state);
    let (code, text) = migration.verify(&[]);
    assert_eq!((code, sentence(&text)), (Some(0), "4 of 4 are there"), "{text}");
    // The Action keeps whoever has that account out.
    let blocked = json!({ "legacy_blocked": true });
    let mut state = migration.tenant.state();
    state.users.get_mut("google-oauth2|7").expect("there").record["app_metadata"] = blocked;
    drop(state);
    let (code, text) = migration.verify(&[]);
    assert_eq!((code, sentence(&text)), (Some(11), "4 of 4 are there"), "{text}");
    let due = pairs(&[("1", "blocked_by_action"), ("2", "blocked_by_action")]);
    assert_eq!(migration.differences(), due);
    // The export does not show them yet: one is found by the address, one is not.
    migration.tenant.state().exports.late.push("google-oauth2|7".to_owned());
    let (code, text) = migration.verify(&[]);
    assert_eq!((code, sentence(&text)), (Some(10), "3 of 4 are there"), "{text}");
    assert!(migration.differences().is_superset(&pairs(&[("1", "blocked_by_action")])), "{text}");
}

#[test]
fn look_ups_have_an_end() {
    let migration = Migration::of(10);
    migration.import(&[]);
    for id in 1..=10 {
        migration.tenant.state().exports.late.push(format!("auth0|{id}"));
    }
    let (code, text) = migration.verify(&["--look-ups", "4"]);
    assert_eq!((code, sentence(&text)), (Some(10), "4 of 10 are there"), "{text}");
    assert!(text.contains("6 more were judged by the export alone"), "{text}");
    assert_eq!(migration.tenant.requests("GET", "/api/v2/users/{id}"), 4);
    let (code, text) = migration.verify(&[]);
    assert_eq!((code, sentence(&text)), (Some(0), "10 of 10 are there"), "{text}");
}

#[test]
fn what_is_wrong_is_told_in_one_line_and_the_run_is_left_alone() {
    let migration = Migration::of(3);
    migration.import(&[]);
    migration.verify(&[]);
    let before = migration.file("differences.ndjson") + &migration.file("marks.sql");
    let told = |code: i32, words: &str| {
        let (found, text) = migration.verify(&[]);
        assert_eq!((found, text.lines().count()), (Some(code), 1), "{text}");
        assert!(text.contains(words), "{text}");
    };
    migration.tenant.state().scopes = "create:users read:connections".to_owned();
    told(1, "lacks the scope read:users");
    migration.tenant.state().scopes = crate::support::tenant::SCOPES.to_owned();
    migration.tenant.state().page = Some((200, "<html>canary</html>".to_owned()));
    told(1, "not the Management API");
    migration.tenant.state().page = None;
    migration.tenant.state().connection["id"] = json!("con_fedcba9876543210");
    told(2, "it belongs to a run with another connection");
    assert_eq!(before, migration.file("differences.ndjson") + &migration.file("marks.sql"));
}
