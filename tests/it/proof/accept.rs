//! `--accept`: what an operator knows of and lives with.

use super::{findings, text};
use crate::support::{Gate, Issuer, Legacy};

#[test]
fn what_is_accepted_stays_in_the_report_and_out_of_the_exit_status() {
    let (issuer, legacy) = (Issuer::start(), Legacy::sqlite());
    legacy.execute("DROP INDEX customer_id_text");
    let check = |options: &str| Gate::builder(&issuer, &legacy).run(&format!("check{options}"));
    assert_eq!(check("").0, Some(10));
    let (code, told) = check(" --accept durability_off --accept lookup_without_index");
    assert_eq!(code, Some(0), "{told}");
    assert!(told.contains("\nac  lookup_without_index (accepted): "), "{told}");
    assert!(told.ends_with("0 blocker(s), 0 caution(s), 1 accepted"), "{told}");
    let (code, told) = check(" --format json --accept lookup_without_index");
    let report: serde_json::Value = serde_json::from_str(&told).expect("JSON");
    assert_eq!((code, &report["blockers"], &report["accepted"]), (Some(0), &0.into(), &1.into()));
    let [found] = findings(&report) else { panic!("{report:#}") };
    assert_eq!((text(found, "level"), &found["accepted"]), ("blocker", &true.into()));
    // Something else that is found still counts.
    legacy.execute("CREATE TRIGGER swallow BEFORE INSERT ON migrated_user BEGIN SELECT RAISE(ABORT, 'no'); END");
    assert_eq!(check(" --accept lookup_without_index").0, Some(10));
}

#[test]
fn what_nobody_can_live_with_is_refused_with_the_reason() {
    let (issuer, legacy) = (Issuer::start(), Legacy::sqlite());
    for (code, reason) in [
        ("wildcard_finds_users", "another user"),
        ("marks_not_written", "not kept"),
        ("read_only_replica", "free for a stranger"),
        ("no_such_code", "no finding has this code"),
    ] {
        let (status, told) = Gate::builder(&issuer, &legacy).run(&format!("check --accept {code}"));
        assert_eq!(status, Some(2), "{told}");
        assert!(told.contains(reason), "{code}: {told}");
    }
}
