//! What is sent, what is held back, and what becomes of each user.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::migration::BCRYPT;
use crate::support::tenant::{CONNECTION, Fault};
use crate::support::{Legacy, Migration, wait_until};

#[test]
fn everybody_is_sent_on_every_engine_and_nobody_who_is_marked() {
    Legacy::each(|legacy| {
        let bulk = "requests_per_second = 100\nmax_users_per_file = 7";
        let migration = Migration::with(legacy, 40, bulk);
        migration.mark(3);
        migration.mark(40);
        let (code, text) = migration.import(&[]);
        assert_eq!(code, Some(0), "{text}");
        migration.assert_balanced(38);
        assert_eq!(migration.tenant.ids().len(), 38);
        assert_eq!(migration.legacy.marks(), ["3", "40"], "marks are not touched");
        // Six files, a look or two at each.
        let posts = migration.tenant.requests("POST", "/api/v2/jobs/users-imports");
        assert_eq!(posts, 6);
        assert_eq!(migration.tenant.requests("GET", "/api/v2/users/{id}"), 0);
        // Once more: nothing is left to do, and nothing is sent.
        assert_eq!(migration.import(&[]).0, Some(0));
        assert_eq!(migration.tenant.requests("POST", "/api/v2/jobs/users-imports"), 6);
    });
}

#[test]
fn a_record_is_the_profile_with_the_password() {
    Legacy::each(|legacy| {
        let migration = Migration::with(legacy, 1, "requests_per_second = 100");
        migration.set(1, "phone = '+441234567890', phone_confirmed = 'N', preferences = '{\"theme\": \"dark\"}', plan = 'pro', nickname = 'ada', status = 2");
        let (code, text) = migration.import(&[]);
        assert_eq!(code, Some(0), "{text}");
        let state = migration.tenant.state();
        let record = &state.users["auth0|1"].record;
        let mut due = json!({
            "user_id": "1", "email": "User1@example.com", "email_verified": true, "username": "user1",
            "phone_number": "+441234567890", "phone_verified": false, "name": "Name 1", "nickname": "ada",
            "user_metadata": { "theme": "dark" }, "app_metadata": { "plan": "pro" }, "blocked": true,
            "password_hash": BCRYPT,
        });
        // The gate tells of a block in metadata as well.
        if record["app_metadata"]["legacy_blocked"] == Value::Bool(true) {
            due["app_metadata"]["legacy_blocked"] = json!(true);
        }
        assert_eq!(*record, due);
    });
}

#[test]
fn who_cannot_be_sent_is_held_back_with_the_reason() {
    let migration = Migration::of(14);
    let hash = |text: &str| format!("password_hash = '{text}'");
    migration.set(1, "email = NULL");
    migration.set(2, "email = 'nobody'");
    migration.set(3, "login = 'ada lovelace'");
    migration.set(4, "phone = '0123'");
    migration.set(5, &format!("first_name = '{}'", "x".repeat(151)));
    migration.set(6, "preferences = '{\"a.b\": 1}'");
    migration.set(7, &format!("preferences = '{{\"a\": \"{}\"}}'", "x".repeat(11_000)));
    migration.set(8, "preferences = '[1]'");
    migration.set(9, &hash("$P$B9mrCkvTfnpZCFRDEStBeGgGqFPK6u0"));
    migration.set(10, &hash("what is this?"));
    migration.set(11, "email = 'user12@EXAMPLE.com'");
    migration.set(13, "password_hash = NULL");
    let (code, text) = migration.import(&[]);
    assert_eq!(code, Some(10), "{text}");
    migration.assert_balanced(14);
    let held = migration.held();
    for (id, reason) in [
        ("1", "no_email"),
        ("2", "email_is_no_address"),
        ("3", "username_not_allowed"),
        ("4", "phone_number_not_e164"),
        ("5", "field_too_long"),
        ("6", "metadata_not_allowed"),
        ("7", "profile_too_large"),
        ("8", "invalid_user_record"),
        ("9", "function_not_offered"),
        ("10", "unknown_scheme"),
        ("12", "duplicate_email"),
    ] {
        assert_eq!(held.get(id).map(String::as_str), Some(reason), "user {id}: {held:?}");
    }
    assert_eq!(held.len(), 11, "{held:?}");
}

#[test]
fn what_the_tenant_refuses_is_settled_user_by_user() {
    let migration = Migration::of(12);
    migration.set(2, "nickname = 'poison'");
    // There by a login, in another connection, somebody else with the address, a shadow.
    migration.tenant.arrive("auth0|3", "user3@example.com", CONNECTION);
    migration.tenant.arrive("auth0|4", "user4@example.com", "another");
    migration.tenant.state().ghosts.insert("auth0|6".to_owned());
    migration.tenant.arrive("auth0|stranger", "user5@example.com", CONNECTION);
    let (code, text) = migration.import(&[]);
    assert_eq!(code, Some(10), "{text}");
    migration.assert_balanced(12);
    let refused = migration.quarantined();
    let due = [("2", "PATTERN"), ("4", "id_collision"), ("5", "address_taken"), ("6", "ghost")];
    let due = due.map(|(id, code)| (id.to_owned(), code.to_owned()));
    assert_eq!(refused.into_iter().collect::<Vec<_>>(), due);
    let status = migration.status();
    assert_eq!((status["inserted"].as_u64(), status["present"].as_u64()), (Some(7), Some(1)));
    let line = migration.file("quarantine.ndjson");
    assert!(line.contains("\"path\":\"nickname\"") && line.contains("\"chunk\":"), "{line}");
}

#[test]
fn a_poisonous_record_is_found_by_halves() {
    let migration = Migration::of(10);
    {
        let mut state = migration.tenant.state();
        let silent = Some(Fault::FailSilently);
        // The first chunk fails as a whole, again and again; then all goes well.
        state.faults.planned.extend([silent, None, silent, silent, silent, None]);
    }
    let (code, text) = migration.import(&[]);
    assert_eq!(code, Some(0), "{text}");
    migration.assert_balanced(10);
}

#[test]
fn who_was_linked_to_another_account_is_present() {
    let migration = Migration::of(3);
    migration.tenant.state().ghosts.insert("auth0|2".to_owned());
    migration.tenant.arrive("google-oauth2|7", "user2@example.com", "google-oauth2");
    migration.tenant.state().users.get_mut("google-oauth2|7").expect("just made").record = json!({
        "name": "Somebody", "identities": [
            { "connection": "google-oauth2", "provider": "google-oauth2", "user_id": "7" },
            { "connection": CONNECTION, "provider": "auth0", "user_id": "2" },
        ],
    });
    let (code, text) = migration.import(&[]);
    assert_eq!(code, Some(0), "{text} {:?}", migration.quarantined());
    let status = migration.status();
    assert_eq!((&status["inserted"], &status["present"]), (&json!(2), &json!(1)));
}

#[test]
fn whose_username_or_number_is_taken_is_told_as_such() {
    let migration = Migration::of(5);
    migration.set(3, "phone = '+441234567890', phone_confirmed = 'Y'");
    migration.tenant.arrive("auth0|stranger", "stranger@example.com", CONNECTION);
    migration.tenant.change("stranger", "username", json!("user2"));
    migration.tenant.change("stranger", "phone_number", json!("+441234567890"));
    assert_eq!(migration.import(&[]).0, Some(10));
    migration.assert_balanced(5);
    let refused: Vec<_> = migration.quarantined().into_iter().collect();
    let due = [("2", "username_taken"), ("3", "phone_number_taken")];
    assert_eq!(refused, due.map(|(id, code)| (id.to_owned(), code.to_owned())));
}

/// What is linked to somebody of another connection is ours by its own id alone.
#[test]
fn an_id_of_another_connection_is_not_ours_by_an_account_linked_to_it() {
    let migration = Migration::of(3);
    migration.tenant.arrive("auth0|2", "somebody@example.com", "another");
    migration.tenant.state().users.get_mut("auth0|2").expect("just made").record = json!({
        "identities": [
            { "connection": "another", "provider": "auth0", "user_id": "2" },
            { "connection": CONNECTION, "provider": "auth0", "user_id": "77" },
        ],
    });
    let (code, text) = migration.import(&[]);
    assert_eq!(code, Some(10), "{text}");
    let refused: Vec<_> = migration.quarantined().into_iter().collect();
    assert_eq!(refused, [("2".to_owned(), "id_collision".to_owned())]);
}

/// An attempt that was lost may have arrived, and its users are not as they were.
#[test]
fn nobody_is_held_back_who_is_there() {
    let migration = Migration::of(5);
    migration.tenant.state().refuse = Some((402, "quota_exceeded", "Refused."));
    assert_eq!(migration.import(&[]).0, Some(1));
    migration.tenant.state().refuse = None;
    migration.tenant.arrive("auth0|3", "user3@example.com", CONNECTION);
    migration.set(3, "email = NULL");
    migration.set(4, "email = NULL");
    let (code, text) = migration.import(&[]);
    assert_eq!(code, Some(10), "{text}");
    migration.assert_balanced(5);
    let held: Vec<_> = migration.held().into_iter().collect();
    assert_eq!(held, [("4".to_owned(), "no_email".to_owned())]);
    assert_eq!(migration.status()["present"], 1);
}

/// What need not be in an answer, and is of another form, ends no run.
#[test]
fn an_odd_member_of_a_job_is_passed_over() {
    for odd in
        [json!({ "time_left_seconds": 1.5 }), json!({ "time_left_seconds": -1, "summary": "none" })]
    {
        let migration = Migration::of(5);
        migration.tenant.state().job_members = odd;
        migration.tenant.state().job_time = Duration::from_millis(800);
        let (code, text) = migration.import(&[]);
        assert_eq!(code, Some(0), "{text}");
        migration.assert_balanced(5);
    }
}

#[test]
fn an_interruption_saves_the_run_and_the_same_command_goes_on() {
    let migration = Migration::of(40);
    migration.tenant.state().job_time = Duration::from_millis(300);
    let program = migration.start(&["import", "--run", "run", "--execute", "--progress", "json"]);
    wait_until("some are in", Duration::from_secs(20), || migration.tenant.ids().len() >= 5);
    program.signal("INT");
    let (code, text) = program.end();
    assert_eq!(code, Some(130), "{text}");
    assert!(text.contains("to go on: the same command"), "{text}");
    migration.tenant.state().job_time = Duration::from_millis(20);
    assert_eq!(migration.import(&[]).0, Some(0));
    migration.assert_balanced(40);
    let posts = migration.tenant.requests("POST", "/api/v2/jobs/users-imports");
    assert_eq!(posts, 8, "nothing was sent twice");
}
