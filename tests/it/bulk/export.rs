//! Files for sites that must hand files over.

use std::os::unix::fs::PermissionsExt;

use serde_json::Value;

use crate::support::{Legacy, Migration};

#[test]
fn the_files_are_what_an_import_sends() {
    Legacy::each(|legacy| {
        let migration =
            Migration::with(legacy, 23, "requests_per_second = 100\nmax_users_per_file = 10");
        migration.set(5, "email = NULL");
        migration.mark(7);
        let (code, text) = migration.command(&["export", "--out", "files", "--quiet"]);
        assert_eq!(code, Some(10), "{text}");
        assert!(
            text.contains("21 users in 3 files, 1 held back")
                && text.contains("hand them over encrypted"),
            "{text}"
        );
        migration.import(&[]);
        let folder = migration.folder.path().join("files");
        assert_eq!(std::fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
        let read = |name: &str| {
            let path = folder.join(name);
            assert_eq!(
                std::fs::metadata(&path).unwrap().permissions().mode() & 0o777,
                0o600,
                "{name}"
            );
            std::fs::read(path).unwrap()
        };
        let manifest: Value = serde_json::from_slice(&read("manifest.json")).unwrap();
        assert_eq!((manifest["users"].as_u64(), manifest["held"].as_u64()), (Some(21), Some(1)));
        let state = migration.tenant.state();
        for number in 0..3 {
            let name = format!("users-{:05}.json", number + 1);
            let users: Vec<Value> = serde_json::from_slice(&read(&name)).unwrap();
            let chunk = format!("-{}-1", number + 1);
            let job = state.jobs.values().find(|job| job.external_id.ends_with(&chunk));
            assert_eq!(users, job.expect("a job of that chunk").users, "{name}");
            let entry = &manifest["files"][number];
            assert_eq!(entry["name"], name);
            assert_eq!(entry["sha256"].as_str().map(str::len), Some(64));
            assert_eq!(entry["bytes"].as_u64(), Some(read(&name).len() as u64));
        }
        let held = String::from_utf8(read("held.ndjson")).unwrap();
        assert_eq!(held, "{\"user_id\":\"5\",\"reason\":\"no_email\"}\n");
        drop(state);
        let (code, text) = migration.command(&["export", "--out", "files", "--quiet"]);
        assert_eq!(code, Some(2), "{text}");
        assert!(text.contains("it is not empty: it holds a whole export"), "{text}");
    });
}

/// Killed at any instant, it leaves what nobody takes for whole, and says so to whoever comes next.
#[test]
fn what_broke_off_is_never_taken_for_whole() {
    let migration = Migration::of(60);
    let (mut whole, mut broken) = (0, 0);
    for run in 0..40_u32 {
        let out = format!("files-{run}");
        let folder = migration.folder.path().join(&out);
        let program = migration.start(&["export", "--out", &out, "--quiet"]);
        std::thread::sleep(std::time::Duration::from_micros(u64::from(run) * 4_000));
        program.signal("KILL");
        program.end();
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        let mut users = 0;
        for entry in entries {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|end| end == "json") {
                let value: Value = serde_json::from_slice(&std::fs::read(&path).unwrap())
                    .unwrap_or_else(|error| panic!("{} is cut: {error}", path.display()));
                users += value.as_array().map_or(0, Vec::len);
            }
        }
        let is_whole = folder.join("manifest.json").exists();
        assert!(!is_whole || users == 60, "{users} users and a manifest");
        let is_empty = std::fs::read_dir(&folder).unwrap().next().is_none();
        let (code, text) = migration.command(&["export", "--out", &out, "--quiet"]);
        if is_empty {
            assert_eq!(code, Some(0), "{text}");
            continue;
        }
        whole += u32::from(is_whole);
        broken += u32::from(!is_whole);
        let said = if is_whole { "holds a whole export" } else { "broke off" };
        assert!(code == Some(2) && text.contains(said), "{text}");
    }
    assert!(broken > 0, "{whole} whole, none broken");
}

#[test]
fn a_folder_that_it_never_touched_is_not_to_be_removed() {
    let migration = Migration::of(5);
    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a listener");
    let page = format!("http://{}/metrics", silent.local_addr().expect("an address"));
    let arguments = ["export", "--out", "precious", "--schemes", "proven", "--evidence", &page];
    std::fs::create_dir(migration.folder.path().join("precious")).unwrap();
    let program = migration.start(&arguments);
    std::thread::sleep(std::time::Duration::from_millis(700));
    program.signal("INT");
    let (code, text) = program.end();
    assert!(code == Some(130) && text.contains("stopped"), "{code:?} {text}");
    assert!(!text.contains("remove"), "{text}");
}

/// A wrong database, or one that is done: both look like a success.
#[test]
fn a_view_that_shows_nobody_is_told() {
    let migration = Migration::of(0);
    for command in
        [&["export", "--out", "files", "--quiet"][..], &["rehearse", "--progress", "none"]]
    {
        let (code, text) = migration.command(command);
        assert_eq!(code, Some(11), "{command:?}: {text}");
        assert!(text.contains("look whether this is the right database"), "{command:?}: {text}");
    }
}
