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
        assert!(text.contains("it is not empty"), "{text}");
    });
}
