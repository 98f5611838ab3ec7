//! The log as evidence: its lines form a chain, and `narrowgate audit` finds what was done to it.

use std::path::Path;
use std::time::Duration;

use base64::Engine as _;
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use crate::support::issuer::free_port;
use crate::support::program::Program;
use crate::support::sample::World;
use crate::support::{Engine, Gate, Issuer, Legacy, Token, wait_until};

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

/// The statement that docs/audit.md gives for this engine.
fn statement(engine: Engine) -> String {
    let guide = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/audit.md");
    let guide = std::fs::read_to_string(guide).expect("the guide");
    let statements: Vec<_> = guide
        .split("\"SELECT ")
        .skip(1)
        .filter_map(|rest| Some(format!("SELECT {}", rest.split_once("\" >marks")?.0)))
        .collect();
    let number = match engine {
        Engine::Postgresql => 0,
        Engine::Mysql => 1,
        Engine::Sqlite => 2,
    };
    statements[number].replace("\\\"", "\"")
}

/// What a DBA gets from it.
fn counts(legacy: &Legacy) -> String {
    let line = match legacy.engine {
        Engine::Mysql => "CONCAT(t.hour, ' ', t.marks)",
        _ => "t.hour || ' ' || t.marks",
    };
    let statement = statement(legacy.engine);
    legacy.column(&format!("WITH t (hour, marks) AS ({statement}) SELECT {line} FROM t")).join("\n")
}

/// The same lines as a run of many hours: the first two hours earlier, the last two hours later.
fn stretched(lines: &[String]) -> Vec<String> {
    let (mut prev, mut out) = (String::from("null"), vec![]);
    for (seq, line) in lines.iter().enumerate() {
        let time = &line[14..41];
        let at = humantime::parse_rfc3339(time).expect("a time");
        let moved = match seq {
            0 => at - Duration::from_secs(7200),
            _ if seq + 1 == lines.len() => at + Duration::from_secs(7200),
            _ => at,
        };
        let moved = humantime::format_rfc3339_micros(moved).to_string();
        let body = line.replace(time, &moved);
        let body = body.split(",\"seq\":").next().expect("a line");
        let line = format!("{body},\"seq\":{seq},\"prev\":{prev}}}");
        let digest = base64::engine::general_purpose::STANDARD_NO_PAD.encode(Sha256::digest(&line));
        prev = format!("\"{}\"", &digest[..22]);
        out.push(line);
    }
    out
}

#[test]
fn every_level_has_the_decisions_and_the_chain() {
    for level in ["error", "warn"] {
        let (issuer, legacy) = (Issuer::start(), Legacy::sqlite());
        let builder = Gate::builder(&issuer, &legacy).config("log.level", level);
        let gate = builder.start_at(([127, 0, 0, 1], free_port()).into());
        let mut world = World { gate, token: Token::auth0().sign(), issuer, legacy };
        wait_until("it has keys", Duration::from_secs(20), || world.get_user("ada").status == 200);
        world.mark("1").expect(200, "");
        world.gate.sigterm();
        assert!(world.gate.wait_exit(Duration::from_secs(20)).success());
        let (lines, entries) = (world.gate.log(), world.gate.entries());
        let of_life = entries.iter().filter(|entry| {
            entry["level"] == "INFO" && entry["message"] != "decision" && entry["audit"].is_null()
        });
        assert_eq!(of_life.count(), 0, "{level}: {lines:#?}");
        let marks = entries.iter().filter(|entry| {
            entry["message"] == "decision" && entry["endpoint"] == "/mark_migrated"
        });
        assert_eq!(marks.count(), 1, "{level}: {lines:#?}");
        let folder = TempDir::new().expect("a folder");
        let (code, told) = audit(folder.path(), &lines);
        assert_eq!(code, Some(0), "{level}: {told}");
        std::fs::write(folder.path().join("log"), stretched(&lines).join("\n") + "\n")
            .expect("written");
        std::fs::write(folder.path().join("marks"), counts(&world.legacy)).expect("written");
        let arguments = ["audit", "--marks", "marks", "log"];
        let (code, told) = Program::run(folder.path(), &arguments, &[]);
        assert_eq!(code, Some(0), "{level}: {told}");
    }
}

#[test]
fn marks_are_held_against_the_table() {
    Legacy::each(|legacy| {
        let mut world = World::on(legacy);
        world.mark("1").expect(200, "");
        world.mark("2").expect(200, "");
        world.mark("no-such-user").expect(404, "user_not_found");
        world.gate.sigterm();
        assert!(world.gate.wait_exit(Duration::from_secs(20)).success());
        let (lines, folder) = (world.gate.log(), TempDir::new().expect("a folder"));
        let compare = |lines: &[String], counts: &str| {
            std::fs::write(folder.path().join("marks"), counts).expect("written");
            std::fs::write(folder.path().join("log"), lines.join("\n") + "\n").expect("written");
            Program::run(folder.path(), &["audit", "--marks", "marks", "log"], &[])
        };
        let (honest, long) = (counts(&world.legacy), stretched(&lines));
        for lines in [&lines, &long] {
            let (code, told) = compare(lines, &honest);
            assert_eq!(code, Some(0), "{told}");
            assert!(told.contains("marks of ") && !told.contains("marks of 0"), "{told}");
        }
        // One that was set past the gate.
        let table = if world.legacy.engine == Engine::Sqlite {
            "migrated_user"
        } else {
            "narrowgate.migrated_user"
        };
        world.legacy.execute(&format!(
            "INSERT INTO {table} (user_id, migrated_at) SELECT '3', max(migrated_at) FROM {table}"
        ));
        let planted = counts(&world.legacy);
        let (code, told) = compare(&long, &planted);
        assert_eq!(code, Some(10), "{told}");
        assert!(
            told.contains("NO  marks: ") && told.contains("1 mark(s) that no line tells of"),
            "{told}"
        );
        let (code, told) = compare(&lines, &planted);
        assert_eq!(code, Some(11), "the hour is not whole: {told}");
        // One that was taken away, and what is no count.
        world.legacy.execute(&format!("DELETE FROM {table} WHERE user_id <> '1'"));
        let (code, told) = compare(&long, &counts(&world.legacy));
        assert_eq!(code, Some(11), "{told}");
        assert!(
            told.contains("of 1 user(s) a line tells a mark that the table does not have"),
            "{told}"
        );
        let (code, told) = compare(&long, "hour | marks");
        assert_eq!(code, Some(2), "{told}");
        assert!(told.contains("line 1") && told.contains("docs/audit.md"), "{told}");
    });
}
