//! What an export can be: late, stale, cut, damaged, forgotten, or no export at all. None of it makes
//! a wrong verdict.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::json;

use super::{pairs, sentence};
use crate::support::Migration;
use crate::support::tenant::{ExportFault, Random};

fn imported(users: u32) -> Migration {
    let migration = Migration::of(users);
    assert_eq!(migration.import(&[]).0, Some(0));
    migration
}

fn exports(migration: &Migration) -> usize {
    migration.tenant.requests("POST", "/api/v2/jobs/users-exports")
}

#[test]
fn an_export_that_fails_is_asked_for_again() {
    for fault in [ExportFault::Fail, ExportFault::Forget] {
        let migration = imported(8);
        migration.tenant.state().exports.planned.extend([Some(fault), Some(fault)]);
        let (code, text) = migration.verify(&[]);
        assert_eq!((code, sentence(&text)), (Some(0), "8 of 8 are there"), "{fault:?}: {text}");
        assert_eq!(exports(&migration), 3, "{fault:?}");
        migration.tenant.assert_calm();
        migration.tenant.state().exports.planned.extend([Some(fault); 3]);
        let (code, text) = migration.verify(&[]);
        assert_eq!(code, Some(1), "{fault:?}: {text}");
        assert!(text.contains("the tenant's export cannot be used: "), "{text}");
    }
}

#[test]
fn a_file_that_is_not_whole_is_never_believed() {
    for (fault, words) in [
        (ExportFault::Cut, "it is cut short"),
        (ExportFault::Damage, ""),
        (ExportFault::HangUp, ""),
        (ExportFault::Page, ""),
        (ExportFault::Bomb, "far more than a list of users"),
        (ExportFault::NoUser, "a line of it is no user"),
        (ExportFault::Expire, "its address is refused"),
    ] {
        let migration = imported(6);
        migration.tenant.state().exports.planned.push_back(Some(fault));
        let (code, text) = migration.verify(&[]);
        assert_eq!((code, text.lines().count()), (Some(1), 1), "{fault:?}: {text}");
        assert!(text.contains("cannot be used: ") && text.contains(words), "{fault:?}: {text}");
        assert!(!text.contains("canary"), "{text}");
        for name in ["differences.ndjson", "marks.sql"] {
            assert!(!migration.run_directory().join(name).exists(), "{fault:?}: {name}");
        }
        assert_eq!(exports(&migration), 1, "{fault:?}");
        let (code, text) = migration.verify(&[]);
        assert_eq!((code, sentence(&text)), (Some(0), "6 of 6 are there"), "{fault:?}: {text}");
    }
}

#[test]
fn an_address_that_has_expired_is_asked_for_anew() {
    let migration = imported(6);
    migration.tenant.state().exports.address_time = Duration::ZERO;
    let program = migration.start(&["verify", "--run", "run", "--progress", "none"]);
    let asked = || migration.tenant.requests("GET", "/exports/{name}") >= 2;
    crate::support::wait_until("it was too late twice", Duration::from_secs(20), asked);
    migration.tenant.state().exports.address_time = Duration::from_secs(60);
    let (code, text) = program.end_within(Duration::from_secs(60));
    assert_eq!((code, sentence(&text)), (Some(0), "6 of 6 are there"), "{text}");
    assert_eq!(exports(&migration), 1, "one job, several addresses");
    migration.tenant.assert_calm();
}

#[test]
fn plain_lines_without_identities_do_as_well() {
    let migration = imported(6);
    migration.tenant.state().exports.packed = false;
    migration.tenant.state().exports.identities = false;
    let (code, text) = migration.verify(&[]);
    assert_eq!((code, sentence(&text)), (Some(0), "6 of 6 are there"), "{text}");
}

#[test]
fn a_stale_export_is_settled_by_look_ups() {
    let migration = imported(12);
    {
        let mut state = migration.tenant.state();
        state.exports.late.extend(["auth0|1".to_owned(), "auth0|2".to_owned()]);
        state.exports.stale.insert("auth0|3".to_owned(), json!({ "email": "old@example.com" }));
        state.exports.stale.insert("auth0|4".to_owned(), json!({ "name": "Old" }));
    }
    // In the legacy database it changed as well, and in the tenant with it.
    migration.tenant.change("5", "name", json!("New"));
    migration.set(5, "full_name = 'New'");
    migration
        .tenant
        .state()
        .exports
        .stale
        .insert("auth0|5".to_owned(), json!({ "name": "Name 5" }));
    let (code, text) = migration.verify(&[]);
    assert_eq!((code, sentence(&text)), (Some(0), "12 of 12 are there"), "{text}");
    assert_eq!(migration.differences(), BTreeSet::new());
    assert_eq!(migration.tenant.requests("GET", "/api/v2/users/{id}"), 5);
    // Gone since the export: it is still shown there, and differs.
    migration.tenant.state().exports.stale.clear();
    migration.tenant.state().exports.late.clear();
    migration.tenant.change("6", "name", json!("Other"));
    let (code, text) = migration.verify(&[]);
    assert_eq!(code, Some(10), "{text}");
    assert_eq!(migration.differences(), pairs(&[("6", "profile_differs")]));
}

#[test]
fn questions_that_fail_are_asked_again() {
    let migration = imported(20);
    {
        let mut state = migration.tenant.state();
        state.exports.late.extend((1..=10).map(|id| format!("auth0|{id}")));
        state.faults.of_questions = Some((Random(5), 4));
    }
    // The connection is asked with a short patience: such a tenant may be given up.
    let mut told = migration.verify(&[]);
    for _ in 0..3 {
        if told.0 == Some(1) {
            told = migration.verify(&[]);
        }
    }
    assert_eq!((told.0, sentence(&told.1)), (Some(0), "20 of 20 are there"), "{}", told.1);
}
