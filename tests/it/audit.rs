//! The log as evidence: its lines form a chain, and `narrowgate audit` finds what was done to it.

use std::path::Path;
use std::time::Duration;

use tempfile::TempDir;

use crate::support::program::Program;
use crate::support::sample::World;
use crate::support::{Legacy, wait_until};

fn audit(folder: &Path, lines: &[String]) -> (Option<i32>, String) {
    std::fs::write(folder.join("log"), lines.join("\n") + "\n").expect("written");
    Program::run(folder, &["audit", "log"], &[])
}

#[test]
fn a_log_is_evidence_of_itself() {
    let mut world = World::on(Legacy::sqlite());
    for name in ["ada", "nobody", "grace", "ada"] {
        world.get_user(name);
    }
    let gauges = || {
        let page = world.gate.manage("/metrics").text();
        page.contains("narrowgate_audit_seq") && page.contains("narrowgate_audit_head")
    };
    wait_until("the end is told as a metric", Duration::from_secs(10), gauges);
    world.gate.sigterm();
    assert!(world.gate.wait_exit(Duration::from_secs(20)).success());
    let lines = world.gate.log();
    let folder = TempDir::new().expect("a folder");
    let (code, told) = audit(folder.path(), &lines);
    assert_eq!(code, Some(0), "{told}");
    assert!(told.contains("ended") && told.contains("0 break(s), 0 remark(s)"), "{told}");
    let changed = |change: &dyn Fn(&mut Vec<String>)| {
        let mut lines = lines.clone();
        change(&mut lines);
        audit(folder.path(), &lines)
    };
    let decision =
        lines.iter().position(|line| line.contains("user_not_found")).expect("a decision");
    for (what, (code, told)) in [
        ("left out", changed(&|lines| drop(lines.remove(decision)))),
        ("changed", changed(&|lines| lines[decision] = lines[decision].replace("404", "200"))),
        ("twice", changed(&|lines| lines.insert(decision, lines[decision].clone()))),
        ("moved", changed(&|lines| lines.swap(decision, decision - 1))),
        ("put in", changed(&|lines| lines.insert(decision, lines[0].clone()))),
    ] {
        assert_eq!(code, Some(10), "{what}: {told}");
        assert!(told.contains("NO  log:"), "{what}: {told}");
    }
    let (code, told) = changed(&|lines| lines.truncate(decision));
    assert_eq!(code, Some(11), "cut off: {told}");
    let (code, told) = changed(&|lines| lines.clear());
    assert_eq!(code, Some(11), "nothing: {told}");
    let (code, _) = Program::run(folder.path(), &["audit", "nowhere"], &[]);
    assert_eq!(code, Some(2));
}
