//! Each row of the failure table: what the tenant or the network does, and what becomes of the run.

use crate::support::tenant::{Fault, Random};
use crate::support::{Legacy, Migration};

/// Every delivery meets the fault first, then goes well.
fn once(fault: Fault) -> Migration {
    let migration = Migration::of(10);
    migration.tenant.state().faults.planned.push_back(Some(fault));
    let (code, text) = migration.import(&[]);
    assert_eq!(code, Some(0), "{fault:?}: {text}");
    migration.assert_balanced(10);
    migration
}

fn posts(migration: &Migration) -> usize {
    migration.tenant.requests("POST", "/api/v2/jobs/users-imports")
}

#[test]
fn an_answer_that_is_lost_is_looked_up_and_never_sent_again() {
    for fault in [Fault::DropAnswer, Fault::ErrorAfterAccepting] {
        let migration = once(fault);
        assert_eq!(posts(&migration), 2, "{fault:?}");
        assert_eq!(migration.status()["doubts"], 1, "{fault:?}");
        assert_eq!(migration.status()["present"], 5, "{fault:?}");
    }
}

#[test]
fn what_never_arrived_is_looked_up_and_sent_again() {
    for fault in [Fault::ResetUpload, Fault::Unavailable, Fault::Page, Fault::Redirect] {
        let migration = once(fault);
        assert_eq!(posts(&migration), 3, "{fault:?}");
        assert_eq!(migration.status()["doubts"], 1, "{fault:?}");
        assert_eq!(migration.status()["inserted"], 10, "{fault:?}");
    }
}

/// Smaller files would fare no better, and would stay small.
#[test]
fn files_are_not_cut_while_the_tenant_takes_nobody() {
    let migration = Migration::of(10);
    migration.tenant.state().faults.planned.extend([Some(Fault::Unavailable); 14]);
    let (code, text) = migration.import(&[]);
    assert_eq!(code, Some(0), "{text}");
    migration.assert_balanced(10);
    assert_eq!((posts(&migration), migration.status()["inserted"].as_u64()), (16, Some(10)));
}

#[test]
fn what_took_no_effect_is_sent_again_without_a_look() {
    let migration = once(Fault::TooMany);
    assert_eq!(posts(&migration), 3);
    let migration = once(Fault::TooLarge);
    assert_eq!(posts(&migration), 4, "two halves in the place of one");
    assert_eq!(migration.status()["doubts"], 0);
}

/// An answer says nothing of a user who is alone in a file, however often it is no.
#[test]
fn a_user_alone_is_not_given_up_for_attempts_that_were_refused() {
    let bulk = "requests_per_second = 100\nmax_users_per_file = 1";
    let migration = Migration::with(Legacy::sqlite(), 2, bulk);
    migration.tenant.state().refuse = Some((402, "quota_exceeded", "Refused."));
    let has_six = |chunk: u32| {
        let intent = format!("\"event\":\"intent\",\"chunk\":{chunk},");
        migration.file("journal.ndjson").matches(&intent).count() >= 6
    };
    for _ in 0..40 {
        if has_six(1) && has_six(2) {
            break;
        }
        assert_eq!(migration.import(&[]).0, Some(1));
    }
    assert!(has_six(1) && has_six(2), "{}", migration.file("journal.ndjson"));
    migration.tenant.state().refuse = None;
    migration.tenant.state().faults.planned.extend([None, Some(Fault::ResetUpload)]);
    let (code, text) = migration.import(&[]);
    assert_eq!(code, Some(0), "{text} {:?}", migration.quarantined());
    migration.assert_balanced(2);
}

#[test]
fn jobs_that_end_badly_are_settled_user_by_user() {
    let migration = once(Fault::FailHalfWay);
    assert_eq!(migration.status()["present"], 2, "those who were done before it broke off");
    once(Fault::FailSilently);
    let migration = once(Fault::Forget);
    assert_eq!(migration.status()["present"], 5);
    assert_eq!(posts(&migration), 2);
}

#[test]
fn a_list_of_errors_that_is_cut_is_not_believed() {
    let migration = Migration::of(5);
    for id in [1, 2, 3] {
        migration.set(id, "nickname = 'poison'");
    }
    migration.tenant.state().faults.planned.push_back(Some(Fault::CutErrors));
    let (code, text) = migration.import(&[]);
    assert_eq!(code, Some(10), "{text}");
    migration.assert_balanced(5);
    assert_eq!(migration.quarantined().len(), 3);
}

#[test]
fn a_job_that_nobody_knows_takes_a_slot_and_is_waited_for() {
    let migration = Migration::of(20);
    {
        let mut state = migration.tenant.state();
        state.job_time = std::time::Duration::from_millis(200);
        state.faults.planned.extend([Some(Fault::DropAnswer), Some(Fault::DropAnswer)]);
    }
    let (code, text) = migration.import(&[]);
    assert_eq!(code, Some(0), "{text}");
    migration.assert_balanced(20);
}

#[test]
fn questions_that_fail_are_asked_again() {
    let migration = Migration::of(30);
    {
        let mut state = migration.tenant.state();
        state.faults.of_questions = Some((Random(7), 3));
        state.faults.random = Some((Random(11), 4));
    }
    // The connection is asked with a short patience: such a tenant may be given up.
    let mut told = migration.import(&[]);
    for _ in 0..3 {
        if told.0 == Some(1) {
            told = migration.import(&[]);
        }
    }
    assert_eq!(told.0, Some(0), "{}", told.1);
    migration.assert_balanced(30);
}

/// Refused in one line, with nobody quarantined; mended, the same command goes on.
#[track_caller]
fn stops_and_goes_on(migration: &Migration, words: &str, mend: impl FnOnce()) {
    let (code, text) = migration.import(&[]);
    assert_eq!(code, Some(1), "{text}");
    let line = text.lines().find(|line| line.contains(words));
    assert!(line.is_some(), "{words}: {text}");
    assert!(migration.quarantined().is_empty(), "{:?}", migration.quarantined());
    mend();
    let (code, text) = migration.import(&[]);
    assert_eq!(code, Some(0), "{text}");
    migration.assert_balanced(15);
}

#[test]
fn a_refusal_that_every_file_would_hear_stops_the_run() {
    for (status, code, words) in [
        (403, "operation_not_supported", "(status 403, operation_not_supported)"),
        (402, "quota_exceeded", "(status 402, quota_exceeded)"),
        (403, "insufficient_scope", "lacks the scope create:users"),
        (413, "payload_too_large", "not the Management API: status 413 for a user of"),
    ] {
        let migration = Migration::of(15);
        migration.tenant.state().refuse = Some((status, code, "Refused."));
        stops_and_goes_on(&migration, words, || migration.tenant.state().refuse = None);
    }
}

#[test]
fn a_file_of_which_everybody_is_refused_for_one_reason_stops_the_run() {
    let migration = Migration::of(15);
    migration.tenant.state().quota = 5;
    let words = "a whole file was refused for one reason (QUOTA_EXCEEDED, user)";
    stops_and_goes_on(&migration, words, || migration.tenant.state().quota = usize::MAX);
    let migration = Migration::of(15);
    for id in 1..=15 {
        migration.set(id, "nickname = 'poison'");
    }
    let mend = || (1..=15).for_each(|id| migration.set(id, "nickname = NULL"));
    stops_and_goes_on(&migration, "for one reason (PATTERN, nickname)", mend);
}

#[test]
fn jobs_that_break_off_one_after_the_other_stop_the_run() {
    let migration = Migration::of(15);
    migration.tenant.state().faults.planned.extend([Some(Fault::FailSilently); 200]);
    let mend = || migration.tenant.state().faults.planned.clear();
    stops_and_goes_on(&migration, "12 jobs in a row broke off", mend);
}

/// The API refuses to look such users up, and that ends neither an import nor a verification.
#[test]
fn whom_the_tenant_cannot_have_is_missing() {
    let migration = Migration::of(5);
    migration.set(1, "email = 'user1@localhost'");
    {
        let mut state = migration.tenant.state();
        state.no_ids.insert("auth0|3".to_owned());
        state.faults.planned.push_back(Some(Fault::ResetUpload));
    }
    let (code, text) = migration.import(&[]);
    assert_eq!(code, Some(10), "{text}");
    let refused: Vec<_> = migration.quarantined().into_iter().collect();
    let due =
        [("1", "FORMAT"), ("3", "PATTERN")].map(|(id, code)| (id.to_owned(), code.to_owned()));
    assert_eq!(refused, due);
    let (code, text) = migration.verify(&[]);
    assert_eq!((code, text.lines().last()), (Some(10), Some("3 of 5 are there")), "{text}");
    let missing = [("1", "missing"), ("3", "missing")].map(|(id, kind)| (id.into(), kind.into()));
    assert_eq!(migration.differences(), missing.into());
}
