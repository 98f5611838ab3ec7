//! `narrowgate-migrate check`: the two roles of the bulk half.

use std::os::unix::fs::PermissionsExt;

use serde_json::Value;
use tempfile::TempDir;

use super::text;
use crate::support::program::{Program, write_secret};
use crate::support::{Engine, Legacy};

/// What is planted, whose it is, and the code that must be found; then what takes it away again.
const FAULTS: [(Engine, &str, &str, &str, &str); 9] = [
    (
        Engine::Postgresql,
        "GRANT EXECUTE ON FUNCTION narrowgate.get_user(text) TO narrowgate_bulk",
        "narrowgate_bulk",
        "excess_routine_privilege",
        "REVOKE EXECUTE ON FUNCTION narrowgate.get_user(text) FROM narrowgate_bulk",
    ),
    (
        Engine::Postgresql,
        "GRANT INSERT ON narrowgate.migrated_user TO narrowgate_bulk",
        "narrowgate_bulk",
        "excess_table_privilege",
        "REVOKE INSERT ON narrowgate.migrated_user FROM narrowgate_bulk",
    ),
    (
        Engine::Postgresql,
        "REVOKE SELECT ON narrowgate.migrated_user FROM narrowgate_bulk",
        "narrowgate_bulk",
        "missing_privilege",
        "GRANT SELECT ON narrowgate.migrated_user TO narrowgate_bulk",
    ),
    (
        Engine::Postgresql,
        "GRANT SELECT ON narrowgate.legacy_user TO narrowgate_marker",
        "narrowgate_marker",
        "excess_view_privilege",
        "REVOKE SELECT ON narrowgate.legacy_user FROM narrowgate_marker",
    ),
    (
        Engine::Postgresql,
        "GRANT EXECUTE ON FUNCTION narrowgate.login_candidate(text) TO narrowgate_marker",
        "narrowgate_marker",
        "excess_routine_privilege",
        "REVOKE EXECUTE ON FUNCTION narrowgate.login_candidate(text) FROM narrowgate_marker",
    ),
    (
        Engine::Mysql,
        "GRANT EXECUTE ON FUNCTION narrowgate.get_user TO 'narrowgate_bulk'@'%'",
        "narrowgate_bulk",
        "excess_routine_privilege",
        "REVOKE EXECUTE ON FUNCTION narrowgate.get_user FROM 'narrowgate_bulk'@'%'",
    ),
    (
        Engine::Mysql,
        "GRANT DELETE ON narrowgate.migrated_user TO 'narrowgate_bulk'@'%'",
        "narrowgate_bulk",
        "excess_table_privilege",
        "REVOKE DELETE ON narrowgate.migrated_user FROM 'narrowgate_bulk'@'%'",
    ),
    (
        Engine::Mysql,
        "REVOKE SELECT ON narrowgate.legacy_user FROM 'narrowgate_bulk'@'%'",
        "narrowgate_bulk",
        "missing_privilege",
        "GRANT SELECT ON narrowgate.legacy_user TO 'narrowgate_bulk'@'%'",
    ),
    (
        Engine::Mysql,
        "GRANT SELECT ON sample_shop.customer TO 'narrowgate_marker'@'%'",
        "narrowgate_marker",
        "excess_table_privilege",
        "REVOKE SELECT ON sample_shop.customer FROM 'narrowgate_marker'@'%'",
    ),
];

fn check(folder: &TempDir) -> (Option<i32>, Value) {
    let (code, told) = Program::migrate(folder.path(), &["check", "--format", "json"], &[]).end();
    let report = told.lines().find_map(|line| serde_json::from_str(line).ok());
    (code, report.unwrap_or_else(|| panic!("no report: {told}")))
}

/// Codes of what breaks the contract, by role.
fn blockers(report: &Value, role: &str) -> Vec<String> {
    let roles = report["roles"].as_array().expect("a list");
    let it = roles.iter().find(|told| told["role"] == role).expect("the role");
    assert_eq!(it["database"]["ok"], true, "{report:#}");
    let findings = it["findings"].as_array().expect("a list").iter();
    findings.filter(|f| f["level"] == "blocker").map(|f| text(f, "code").to_owned()).collect()
}

#[test]
fn each_role_of_the_bulk_half_does_its_task_and_no_other() {
    for legacy in [Legacy::postgresql(), Legacy::mysql()].into_iter().flatten() {
        let folder = TempDir::new().expect("a folder");
        let (bulk, marker) = (legacy.bulk_url(), legacy.marker_url());
        let file = format!("[database]\nurl = \"{bulk}\"\n[marker]\nurl = \"{marker}\"\n");
        write_secret(&folder.path().join("narrowgate-migrate.toml"), &file);
        // What everybody may do on the server of the tests is a caution.
        let (code, report) = check(&folder);
        assert_eq!(code, Some(11), "{report:#}");
        let open = folder.path().join("narrowgate-migrate.toml");
        std::fs::set_permissions(&open, PermissionsExt::from_mode(0o644)).expect("a mode");
        let (code, told) = check(&folder);
        assert_eq!(code, Some(10), "{told:#}");
        assert!(told.to_string().contains("configuration_readable"), "{told:#}");
        std::fs::set_permissions(&open, PermissionsExt::from_mode(0o600)).expect("a mode");
        let others = |report: &Value| report.to_string().contains("others_may_execute");
        assert!(!others(&report), "{report:#}");
        for (engine, plant, role, wanted, mend) in FAULTS {
            if engine != legacy.engine {
                continue;
            }
            legacy.execute(plant);
            let (code, report) = check(&folder);
            assert_eq!(code, Some(10), "{plant}: {report:#}");
            let found = blockers(&report, role);
            assert!(found.iter().any(|code| code == wanted), "{plant}: {report:#}");
            let other =
                if role == "narrowgate_bulk" { "narrowgate_marker" } else { "narrowgate_bulk" };
            assert!(blockers(&report, other).is_empty(), "{plant}: {report:#}");
            legacy.execute(mend);
        }
        let (code, report) = check(&folder);
        assert_eq!(code, Some(11), "{report:#}");
        assert_eq!(legacy.marks(), Vec::<String>::new(), "nothing is written");
        let wrong = marker.replace("only-for-tests", "only-for-others");
        let file = format!("[database]\nurl = \"{bulk}\"\n[marker]\nurl = \"{wrong}\"\n");
        write_secret(&folder.path().join("narrowgate-migrate.toml"), &file);
        let (_, report) = check(&folder);
        let told = report["roles"][1]["database"].to_string();
        assert!(told.contains("check marker.url") && !told.contains("database.url"), "{told}");
    }
}
