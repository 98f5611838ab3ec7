//! What a rehearsal leaves behind, and whom it speaks to.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempDir;

use super::{PATIENCE, is_empty, start};
use crate::support::program::Program;
use crate::support::{Migration, wait_until};

#[test]
fn a_proxy_of_the_environment_is_passed_by_and_nothing_listens_off_loopback() {
    let folder = TempDir::new().unwrap();
    let proxy = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    proxy.set_nonblocking(true).unwrap();
    let address = format!("http://{}", proxy.local_addr().unwrap());
    let names = ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"];
    let environment: Vec<(&str, &str)> = names.iter().map(|name| (*name, &*address)).collect();
    let arguments = ["rehearse", "--sample", "4000", "--run", "run", "--progress", "none"];
    let program = Program::migrate(folder.path(), &arguments, &environment);
    program.wait_for("Who there is");
    let sockets = listening(program.pid());
    assert_eq!(sockets.len(), 1, "{sockets:?}");
    // 127.0.0.1, as the kernel writes it.
    assert!(sockets[0].starts_with("0100007F:"), "{sockets:?}");
    let (code, text) = program.end_within(PATIENCE);
    assert_eq!(code, Some(10), "{text}");
    assert!(proxy.accept().is_err(), "the proxy was asked");
}

/// Local addresses at which a process listens.
fn listening(pid: u32) -> Vec<String> {
    let mut inodes = vec![];
    for entry in std::fs::read_dir(format!("/proc/{pid}/fd")).unwrap().flatten() {
        let target = std::fs::read_link(entry.path()).unwrap_or_default();
        let target = target.to_string_lossy().into_owned();
        inodes.extend(
            target.strip_prefix("socket:[").map(|rest| rest.trim_end_matches(']').to_owned()),
        );
    }
    let mut sockets = vec![];
    for table in ["tcp", "tcp6"] {
        let text = std::fs::read_to_string(format!("/proc/{pid}/net/{table}")).unwrap_or_default();
        for line in text.lines().skip(1) {
            let columns: Vec<&str> = line.split_whitespace().collect();
            if columns[3] == "0A" && inodes.iter().any(|inode| inode == columns[9]) {
                sockets.push(columns[1].to_owned());
            }
        }
    }
    sockets
}

#[test]
fn an_interruption_removes_what_is_temporary_and_a_kill_leaves_no_secret() {
    let folder = TempDir::new().unwrap();
    let temporary = folder.path().join("tmp");
    let program = start(folder.path(), &["--sample", "20000", "--run", "run"]);
    program.wait_for("The plan");
    assert!(!is_empty(&temporary));
    program.signal("INT");
    let (code, text) = program.end();
    assert_eq!(code, Some(130), "{text}");
    assert!(text.contains("nothing left this machine"), "{text}");
    assert!(is_empty(&temporary));

    let migration = Migration::of(2_000);
    let program = Program::migrate(
        migration.folder.path(),
        &["rehearse", "--run", "rehearsal", "--progress", "none"],
        &[("TMPDIR", migration.folder.path().to_str().unwrap())],
    );
    let journal = migration.folder.path().join("rehearsal/journal.ndjson");
    wait_until("it sends", Duration::from_secs(30), || {
        std::fs::read_to_string(&journal).is_ok_and(|text| text.contains("accepted"))
    });
    program.signal("KILL");
    program.end();
    for file in files(migration.folder.path()) {
        let bytes = std::fs::read(&file).unwrap();
        for secret in ["$2b$10$", "@example.com", "client_secret\""] {
            let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!found, "{secret} in {}", file.display());
        }
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut all = vec![];
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() { all.extend(files(&path)) } else { all.push(path) }
    }
    all
}
