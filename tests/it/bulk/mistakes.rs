//! What is wrong with the tenant, the client or the way to it is told in one line, before anybody is
//! sent.

use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use serde_json::json;

use crate::support::Migration;
use crate::support::tenant::State;

#[test]
fn the_tenant_is_asked_before_anybody_is_sent() {
    /// What is wrong, what is said of it, and how the tenant comes to be so.
    type Case = (&'static str, &'static str, fn(&mut State));
    let cases: [Case; 12] = [
        ("wrong secret", "tenant.client_secret", |it| it.token_status = 401),
        ("no grant", "authorize the client", |it| it.token_status = 403),
        ("no create:users", "lacks the scope create:users", |it| {
            it.scopes = "read:users read:connections".to_owned();
        }),
        ("no read:users", "lacks the scope read:users", |it| {
            it.scopes = "create:users read:connections".to_owned();
        }),
        ("no read:connections", "lacks the scope read:connections", |it| {
            it.scopes = "create:users read:users".to_owned();
        }),
        ("another connection", "no such connection", |it| it.connection["name"] = json!("other")),
        ("social", "no database connection", |it| {
            it.connection["strategy"] = json!("google-oauth2")
        }),
        ("import mode", "import mode is off", |it| {
            it.connection["options"]["import_mode"] = json!(false)
        }),
        ("clients", "enabled for no application", |it| it.clients.clear()),
        ("proxy", "not the Management API", |it| {
            it.page = Some((200, "<html>Sign in to the network</html>".to_owned()));
        }),
        ("proxy 403", "not the Management API", |it| {
            it.page = Some((403, "<html>canary</html>".to_owned()))
        }),
        ("redirect", "not the Management API", |it| it.page = Some((302, String::new()))),
    ];
    for (name, words, break_it) in cases {
        for execute in [false, true] {
            let migration = Migration::of(3);
            break_it(&mut migration.tenant.state());
            let more = if execute { &["--execute"][..] } else { &[] };
            let (code, text) = migration.command(&[&["import", "--run", "run"], more].concat());
            assert_eq!(code, Some(1), "{name}: {text}");
            assert_eq!(text.lines().count(), 1, "{name}: {text}");
            assert!(text.contains(words) && !text.contains("canary"), "{name}: {text}");
            assert!(
                migration.tenant.ids().is_empty() && !migration.run_directory().exists(),
                "{name}"
            );
        }
    }
}

#[test]
fn a_tenant_that_has_no_request_left_is_told_as_such() {
    let migration = Migration::of(3);
    migration.tenant.state().faults.too_many = true;
    let (code, text) = migration.import(&[]);
    assert_eq!((code, text.lines().count()), (Some(1), 1), "{text}");
    assert!(text.contains("no request left for us (429)"), "{text}");
}

/// Who listens may have gone, and the disk behind an output may be full.
#[test]
fn an_output_that_is_closed_or_full_ends_no_run() {
    let outcome = |migration: &Migration, arguments: &[&str], full: bool| {
        let output = || {
            if !full {
                return Stdio::piped();
            }
            Stdio::from(std::fs::File::options().write(true).open("/dev/full").unwrap())
        };
        let mut program = Command::new(env!("CARGO_BIN_EXE_narrowgate-migrate"))
            .args([arguments, &["--run", "run"]].concat())
            .current_dir(migration.folder.path())
            .stdout(output())
            .stderr(output())
            .spawn()
            .expect("it starts");
        drop((program.stdout.take(), program.stderr.take()));
        program.wait().expect("it ends").code()
    };
    for (full, due) in [(false, 0), (true, 3)] {
        let migration = Migration::of(3);
        let import = &["import", "--execute", "--progress", "plain"];
        assert_eq!(outcome(&migration, import, full), Some(due));
        migration.assert_balanced(3);
        let report = &["report", "--quiet", "--out", "-"];
        for arguments in [&["verify"][..], &["status"], &["import", "--format", "json"], report] {
            assert_eq!(outcome(&migration, arguments, full), Some(due), "{arguments:?}");
        }
    }
}

#[test]
fn nobody_at_the_domain() {
    let migration = Migration::of(3);
    let file = migration.folder.path().join("narrowgate-migrate.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace(&migration.tenant.domain(), "127.0.0.1:9")).unwrap();
    let (code, text) = migration.import(&[]);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("cannot reach the tenant"), "{text}");
    // A certificate of nobody we know.
    std::fs::write(
        &file,
        std::fs::read_to_string(&file).unwrap().replace("127.0.0.1:9", &migration.tenant.domain()),
    )
    .unwrap();
    let other = crate::support::certificates::Authority::new("another");
    std::fs::write(migration.folder.path().join("tenant-ca.pem"), other.pem).unwrap();
    let (code, text) = migration.import(&[]);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("tenant.ca_certificate"), "{text}");
}

#[test]
fn what_the_connection_does_not_tell_is_a_caution() {
    let migration = Migration::of(3);
    migration.tenant.state().connection["options"] = json!({});
    let plan = || migration.command(&["import", "--run", "run", "--progress", "none"]);
    let (code, text) = plan();
    assert_eq!(code, Some(11), "{text}");
    assert!(text.contains("has no scripts") && !text.contains("scope"), "{text}");
    migration.tenant.state().scopes = "create:users read:users read:connections".to_owned();
    let (code, text) = plan();
    assert_eq!(code, Some(11), "{text}");
    assert!(text.contains("the scope read:connections_options"), "{text}");
    assert!(!text.contains("has no scripts"), "{text}");
    assert_eq!(migration.import(&[]).0, Some(0));
}

#[test]
fn the_database_is_asked_with_the_bulk_role_alone() {
    let migration = Migration::of(3);
    migration.legacy.execute("DROP VIEW legacy_user");
    let (code, text) = migration.import(&[]);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("legacy_user"), "{text}");
}

/// What is told names the file that is wrong, and a remedy that mends it.
#[test]
fn a_wrong_file_is_named() {
    let migration = Migration::of(1);
    let path = |name: &str| migration.folder.path().join(name);
    let url = migration.legacy.bulk_url();
    let write = |name: &str, text: &str| {
        std::fs::write(path(name), text).expect("written");
        std::fs::set_permissions(path(name), PermissionsExt::from_mode(0o600)).expect("its mode");
    };
    write("broken.toml", "[passwords\n");
    write("no.db", "this is no database, and longer than the head of one would be: 0123456789");
    write("no-database", &format!("sqlite://{}\n", path("no.db").display()));
    write("nul", &format!("{url}\0\n"));
    write("two", &format!("{url}\n{url}\n"));
    write("marked", &format!("\u{feff}{url}\n"));
    write("quoted", &format!("\"{url}\"\n"));
    write("blank", &format!(" {url}\n"));
    write("page", "narrowgate_shadow_logins_total{application=\"refused\",gate=\"acc");
    let report = ["report", "--quiet", "--out", "-"];
    let with = |more: [&'static str; 2]| [&report[..], &more].concat();
    for (arguments, status, words) in [
        (with(["--gate", "nope.toml"]), 2, &["nope.toml", "--gate FILE"][..]),
        (with(["--gate", "broken.toml"]), 2, &["broken.toml: ", "line 1"]),
        (with(["--config", "broken.toml"]), 2, &["broken.toml: ", "line 1"]),
        (with(["--run", "no-run"]), 2, &["--run no-run", "name the directory of a run"]),
        (vec!["status", "--run", "no-run"], 2, &["--run no-run", "name the directory of a run"]),
        (with(["--database-url-file", "no-database"]), 1, &["no.db: ", "not a database"]),
        (with(["--database-url-file", "nul"]), 2, &["control character"]),
        (with(["--database-url-file", "two"]), 2, &["control character"]),
        (with(["--database-url-file", "marked"]), 2, &["marked holds something around the URL"]),
        (with(["--database-url-file", "quoted"]), 2, &["quoted holds something around the URL"]),
        (with(["--database-url-file", "blank"]), 2, &["blank holds something around the URL"]),
        (vec!["shadow", "page"], 2, &["page: line 1 is damaged"]),
        (vec!["shadow", "/dev/zero"], 2, &["/dev/zero: the page is too large"]),
    ] {
        let (code, text) = migration.command(&arguments);
        assert_eq!(code, Some(status), "{arguments:?}: {text}");
        assert_eq!(text.lines().count(), 1, "{arguments:?}: {text}");
        for words in words {
            assert!(text.contains(words), "{arguments:?}: no {words:?} in {text}");
        }
    }
}

/// What is no run is not to be made the account's own.
#[test]
fn a_folder_of_something_else_is_told_as_such() {
    let migration = Migration::of(1);
    let folder = migration.folder.path().join("etc");
    std::fs::create_dir(&folder).unwrap();
    std::fs::set_permissions(&folder, PermissionsExt::from_mode(0o755)).unwrap();
    std::fs::write(folder.join("hosts"), "").unwrap();
    let (code, text) = migration.command(&["import", "--run", "etc", "--execute"]);
    assert_eq!(code, Some(2), "{text}");
    assert!(text.contains("something else than a run") && !text.contains("chmod"), "{text}");
}

#[test]
fn a_tenant_that_is_suspended_lacks_no_scope() {
    let migration = Migration::of(1);
    migration.tenant.state().refuse_questions =
        Some((403, "tenant_suspended", "The tenant is suspended"));
    let (code, text) = migration.import(&[]);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("(status 403, tenant_suspended)") && !text.contains("scope"), "{text}");
}
