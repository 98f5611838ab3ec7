//! No hash, password, address, token or profile is in any file or line that an import or a
//! verification leaves, and the program that faces the network has none of it.

use std::time::Duration;

use crate::support::program::Program;
use crate::support::tenant::{Fault, Random};
use crate::support::{Legacy, Migration, wait_until};

#[test]
fn nothing_of_anybody_is_written_anywhere() {
    let migration = Migration::of(25);
    for id in 1..=25 {
        let canary = format!(
            "full_name = 'kanarie-name-{id}', login = 'kanarie-login-{id}', email = 'kanarie-mail-{id}@example.com', preferences = '{{\"k\": \"kanarie-meta-{id}\"}}'"
        );
        migration.set(id, &canary);
    }
    migration.set(1, "email = 'kanarie-mail'");
    migration.set(2, "nickname = 'kanarie-poison'");
    migration.set(3, "password_hash = 'kanarie-hash'");
    migration.tenant.arrive(
        "auth0|stranger",
        "kanarie-mail-4@example.com",
        crate::support::tenant::CONNECTION,
    );
    {
        let mut state = migration.tenant.state();
        state.faults.planned.extend(Fault::ALL.map(Some));
        state.faults.of_questions = Some((Random(3), 9));
    }
    let mut told = String::new();
    for arguments in [
        &["import", "--run", "run"][..],
        &["import", "--run", "run", "--list-held"],
        &["import", "--run", "run", "--execute", "--progress", "json"],
        &["import", "--run", "run", "--execute", "--progress", "plain", "--format", "json"],
        &["verify", "--run", "run", "--progress", "json"],
        &["verify", "--run", "run", "--progress", "plain", "--format", "json"],
        &["status", "--run", "run"],
    ] {
        let (code, text) = migration.command(arguments);
        assert!(matches!(code, Some(0 | 1 | 10 | 11)), "{code:?}: {text}");
        told.push_str(&text);
    }
    for entry in std::fs::read_dir(migration.run_directory()).expect("a directory") {
        told.push_str(&std::fs::read_to_string(entry.expect("an entry").path()).expect("text"));
    }
    assert!(told.len() > 3_000 && told.contains("settled"), "{told}");
    let place = ["kanarie", "canary-5f1c", "canary-77aa", "canary-link"]
        .iter()
        .find_map(|word| told.find(word))
        .map(|at| &told[at.saturating_sub(100)..(at + 60).min(told.len())]);
    assert_eq!(place, None);
    assert!(!told.contains("$2b$") && !told.contains("@example.com"));
}

/// SQLite would sort in files of its own, and those hold whole rows.
#[test]
fn what_sqlite_sorts_is_in_no_temporary_file() {
    let migration = Migration::with(Legacy::sqlite(), 3_000, "");
    let long = format!("UPDATE customer SET preferences = '{{\"k\": \"{}\"}}'", "x".repeat(1_800));
    migration.legacy.execute(&long.replace("customer", migration.legacy.customers()));
    // Not every store has an index of this kind.
    migration.legacy.execute("DROP INDEX customer_id_text");
    let temporary = migration.folder.path().join("tmp");
    std::fs::create_dir(&temporary).expect("a folder");
    // A file that comes and goes changes its folder.
    let changed = || std::fs::metadata(&temporary).and_then(|it| it.modified()).expect("a time");
    let before = changed();
    for arguments in [
        ["rehearse", "--run", "rehearsal", "--progress", "none"],
        ["export", "--out", "files", "--quiet", "--schemes=all"],
    ] {
        let environment = [("SQLITE_TMPDIR", temporary.to_str().expect("UTF-8"))];
        let program = Program::migrate(migration.folder.path(), &arguments, &environment);
        let (code, text) = program.end_within(Duration::from_secs(120));
        assert_eq!(code, Some(0), "{text}");
        assert_eq!(changed(), before, "{arguments:?} has used a temporary file");
    }
}

#[test]
fn nothing_is_left_of_a_crash() {
    let migration = Migration::of(5);
    migration.tenant.state().job_time = Duration::from_secs(60);
    let program = migration.start(&["import", "--run", "run", "--execute"]);
    wait_until("it is under way", Duration::from_secs(20), || {
        migration.file("journal.ndjson").contains("accepted")
    });
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", program.pid()));
    let limits = limits.expect("its limits");
    let core = limits.lines().find(|line| line.starts_with("Max core file size"));
    let words: Vec<&str> = core.expect("a limit").split_whitespace().collect();
    // Of 0 a pipe in core_pattern takes no notice; at 1 the kernel makes no dump at all.
    assert_eq!(words[4..6], ["1", "1"], "{limits}");
}

#[test]
fn the_gate_links_nothing_of_it() {
    let gate = std::fs::read(env!("CARGO_BIN_EXE_narrowgate")).expect("the gate");
    let migrate = std::fs::read(env!("CARGO_BIN_EXE_narrowgate-migrate")).expect("the program");
    for words in
        ["/api/v2/jobs", "/api/v2/users", "users-imports", "journal.ndjson", "con_rehearsal"]
    {
        let holds = |binary: &[u8]| binary.windows(words.len()).any(|it| it == words.as_bytes());
        assert!(holds(&migrate), "narrowgate-migrate has no {words}: the test looks for nothing");
        assert!(!holds(&gate), "narrowgate holds {words}");
    }
}
