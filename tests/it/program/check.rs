//! `narrowgate check`: exit 0 when all is well, 1 when somebody refuses, 2 for the configuration. What it proves is
//! in `proof`.

use std::time::{Duration, Instant};

use crate::faults::servers;
use crate::support::{Behaviour, Gate, GateBuilder, Issuer, Legacy};

const SECRET: &str = "canary-secret";

fn check(builder: &GateBuilder) -> (Option<i32>, String) {
    let told = builder.run("check");
    assert!(!told.1.contains(SECRET), "a secret is told: {}", told.1);
    told
}

#[track_caller]
fn expect(told: &(Option<i32>, String), code: i32, lines: &[&str]) {
    assert_eq!(told.0, Some(code), "{}", told.1);
    for line in lines {
        assert!(told.1.lines().any(|said| said.starts_with(line)), "no line {line:?}:\n{}", told.1);
    }
}

/// The tests' servers sync nothing to the disk, and the check says so; a server of one's own may.
fn clean(told: &(Option<i32>, String)) -> i32 {
    if told.1.contains("durability_off") { 11 } else { 0 }
}

#[test]
fn all_is_well() {
    Legacy::each(|legacy| {
        let issuer = Issuer::start();
        let told = check(&Gate::builder(&issuer, &legacy));
        expect(
            &told,
            clean(&told),
            &["ok  configuration", "ok  key set: 1 usable key", "ok  database"],
        );
        assert!(!told.1.contains("NO  "), "{}", told.1);
        let cautions = told.1.lines().filter_map(|line| line.strip_prefix("--  "));
        for caution in cautions {
            // What everybody may do is the server's, and not the contract's to take away.
            let known = [
                "durability_off: ",
                "large_object_creation: ",
                "other_database_open: ",
                "public_privilege: ",
            ];
            assert!(known.iter().any(|code| caution.starts_with(code)), "{caution}");
        }
        assert!(told.1.contains("What a thief of this credential could still do"), "{}", told.1);
        assert_eq!(legacy.marks(), Vec::<String>::new(), "check writes nothing");
    });
}

#[test]
fn the_key_set_is_missing_or_useless() {
    let (issuer, legacy) = (Issuer::start(), Legacy::sqlite());
    let builder = Gate::builder(&issuer, &legacy).config("auth.jwks_timeout", "1s");
    for behaviour in [
        Behaviour::Hang,
        Behaviour::Drip,
        Behaviour::Endless,
        Behaviour::Truncated,
        Behaviour::Status(500),
        Behaviour::Status(404),
        Behaviour::Redirect(issuer.jwks_uri()),
        Behaviour::Bytes(b"<html>canary-secret</html>".to_vec(), ""),
        Behaviour::Bytes(
            b"{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"a\",\"n\":5,\"d\":\"canary-secret\"}]}"
                .to_vec(),
            "",
        ),
        Behaviour::Bytes(b"{\"keys\":[\"canary-secret\"]}".to_vec(), ""),
        Behaviour::Bytes(b"{\"keys\":[]}".to_vec(), ""),
    ] {
        let what = format!("{behaviour:?}");
        issuer.behave(behaviour);
        let told = check(&builder);
        expect(&told, 1, &["ok  configuration", "NO  key set: ", "ok  database"]);
        assert!(told.1.contains("auth.jwks_uri"), "{what}: {}", told.1);
    }
    issuer.go_down();
    expect(&check(&builder), 1, &["NO  key set: ", "ok  database"]);
}

#[test]
fn nobody_answers_at_the_database() {
    let (issuer, legacy) = (Issuer::start(), Legacy::sqlite());
    for url in [
        "postgres://narrowgate_api:canary-secret@127.0.0.1:9/app",
        "mysql://narrowgate_api:canary-secret@127.0.0.1:9/narrowgate",
        "sqlite:///nonexistent/canary.db",
    ] {
        let builder = Gate::builder(&issuer, &legacy).config("database.url", url);
        let told = check(&builder);
        expect(&told, 1, &["ok  configuration", "ok  key set", "NO  database: "]);
        assert!(told.1.contains("database.url"), "{}", told.1);
    }
    // Both are told, not only the first.
    let builder = Gate::builder(&issuer, &legacy)
        .config("auth.jwks_uri", "http://127.0.0.1:9/")
        .config("database.url", "postgres://u:canary-secret@127.0.0.1:9/app");
    expect(&check(&builder), 1, &["NO  key set: ", "NO  database: "]);
}

/// What waiting will not mend ends `serve` too, within five seconds and with the same code.
#[test]
fn the_database_refuses() {
    Legacy::each(|legacy| {
        let Ok(url) = url::Url::parse(legacy.url()) else { return };
        if url.scheme() == "sqlite" {
            return; // nobody there to refuse
        }
        let issuer = Issuer::start();
        let with = |change: &dyn Fn(&mut url::Url)| {
            let mut url = url.clone();
            change(&mut url);
            Gate::builder(&issuer, &legacy).config("database.url", url.as_str())
        };
        for builder in [
            with(&|url| url.set_password(Some(SECRET)).expect("a password")),
            with(&|url| url.set_username("nobody_at_all").expect("a name")),
            with(&|url| url.set_path("/no_such_database")),
        ] {
            expect(&check(&builder), 1, &["ok  configuration", "ok  key set", "NO  database: "]);
            let start = Instant::now();
            let (code, text) = builder.run("serve");
            assert_eq!(code, Some(1), "{text}");
            assert!(start.elapsed() < Duration::from_secs(5), "took {:?}", start.elapsed());
            assert!(text.contains("database.url") && !text.contains(SECRET), "{text}");
        }
    });
}

/// A contract that is not there, or not granted.
#[test]
fn a_routine_is_missing() {
    let (issuer, legacy) = (Issuer::start(), Legacy::sqlite());
    for view in ["get_user", "login_candidate"] {
        legacy.execute(&format!("DROP VIEW {view}"));
        let builder = Gate::builder(&issuer, &legacy);
        let told = check(&builder);
        expect(&told, 1, &["NO  database: "]);
        assert!(told.1.contains("contract"), "{}", told.1);
        assert_eq!(builder.run("serve").0, Some(1));
    }
    let Some(legacy) = Legacy::postgresql() else { return };
    for (statement, back) in [
        (
            "REVOKE EXECUTE ON FUNCTION narrowgate.get_user(text) FROM narrowgate_api",
            "GRANT EXECUTE ON FUNCTION narrowgate.get_user(text) TO narrowgate_api",
        ),
        (
            "ALTER FUNCTION narrowgate.login_candidate(text) RENAME TO away",
            "ALTER FUNCTION narrowgate.away(text) RENAME TO login_candidate",
        ),
        (
            "ALTER FUNCTION narrowgate.mark_migrated(text, text) RENAME TO away",
            "ALTER FUNCTION narrowgate.away(text, text) RENAME TO mark_migrated",
        ),
    ] {
        legacy.execute(statement);
        let builder = Gate::builder(&issuer, &legacy);
        expect(&check(&builder), 10, &["NO  database: ", "NO  missing_routine: "]);
        legacy.execute(back);
    }
    let told = check(&Gate::builder(&issuer, &legacy));
    expect(&told, clean(&told), &["ok  database"]);
}

/// Another name, or another way to compare, than the contract was made with: no remedy takes away the rights to it.
#[test]
fn a_contract_of_another_name_is_not_taken_away() {
    servers(|legacy| {
        let issuer = Issuer::start();
        for (key, value) in
            [("database.contract", "elsewhere"), ("database.password_check", "inside")]
        {
            let (code, told) = Gate::builder(&issuer, &legacy).config(key, value).run("check");
            assert_eq!(code, Some(10), "{told}");
            for hint in ["missing_routine", "excess_routine_privilege", "whether database.contract"]
            {
                assert!(told.contains(hint), "{hint}: {told}");
            }
            let lost = ["get_user", "login_candidate", "mark_migrated", "SCHEMA narrowgate"];
            let takes =
                |line: &str| line.contains("REVOKE") && lost.iter().any(|it| line.contains(it));
            assert!(!told.lines().any(takes), "{told}");
        }
    });
}

/// What `serve` would refuse, `check` must find: files that are there and hold something else.
#[test]
fn files_of_the_wrong_kind_are_found() {
    let (issuer, legacy) = (Issuer::start(), Legacy::sqlite());
    let folder = super::folder();
    let file = folder.path().join("file.pem");
    std::fs::write(&file, "canary-secret\n").expect("written");
    let file = file.to_str().expect("UTF-8");
    for keys in [
        &["server.tls_certificate", "server.tls_private_key"][..],
        &["auth.jwks_ca_certificate"],
        &["database.ca_certificate"],
    ] {
        let builder =
            keys.iter().fold(Gate::builder(&issuer, &legacy), |b, key| b.config(key, file));
        let builder = if keys[0].starts_with("database") {
            builder.config("database.url", "postgres://u:canary-secret@127.0.0.1:9/app")
        } else {
            builder
        };
        for command in ["serve", "check"] {
            let (code, text) = builder.run(command);
            assert!(matches!(code, Some(1 | 2)), "{command} {keys:?}: {code:?} {text}");
            assert!(text.contains(keys[0]) && !text.contains(SECRET), "{command} {keys:?}: {text}");
        }
    }
}

/// A user who is known to be there is found, alone; the identifier is told nowhere.
#[test]
fn a_known_user_is_found() {
    let folder = super::folder();
    let file = folder.path().join("probe");
    let with = |builder: &GateBuilder, probe: &str| {
        std::fs::write(&file, format!("{probe}\n")).expect("written");
        let (code, text) = builder.run(&format!("check --probe {}", file.display()));
        assert!(probe.len() < 2 || !text.contains(probe), "{text}");
        (code, text)
    };
    Legacy::each(|legacy| {
        let issuer = Issuer::start();
        let builder = Gate::builder(&issuer, &legacy);
        for known in ["ada@example.com", "Grace.Hopper@example.com", "alan"] {
            let told = with(&builder, known);
            expect(&told, clean(&told), &["ok  database"]);
        }
        for (unknown, found) in [
            ("nobody@example.com", "login_candidate, asked for the user of --probe: nobody"),
            ("twin@example.com", "get_user, asked for the user of --probe: more than one user"),
        ] {
            let (code, text) = with(&builder, unknown);
            assert!(code == Some(10) && text.contains(found), "{unknown}: {code:?} {text}");
        }
        assert_eq!(with(&builder, "").0, Some(2));
        assert_eq!(builder.run("check --probe /nonexistent/probe").0, Some(2));
        assert_eq!(legacy.marks(), Vec::<String>::new(), "check writes nothing");
    });
}

/// One JSON object, also when the database refuses.
#[test]
fn programs_read_json() {
    let (issuer, legacy) = (Issuer::start(), Legacy::sqlite());
    let report = |builder: &GateBuilder| {
        let (code, text) = builder.run("check --format json");
        let report: serde_json::Value = serde_json::from_str(&text).expect("one JSON object");
        (code, report)
    };
    let (code, clean) = report(&Gate::builder(&issuer, &legacy));
    assert_eq!((code, &clean["blockers"], &clean["cautions"]), (Some(0), &0.into(), &0.into()));
    for room in ["configuration", "key_set", "database"] {
        assert_eq!(clean[room]["ok"], true, "{clean}");
    }
    assert!(clean["findings"].as_array().is_some_and(Vec::is_empty), "{clean}");
    assert!(clean["still_possible"].as_array().is_some_and(|list| !list.is_empty()), "{clean}");
    let (code, refused) = report(
        &Gate::builder(&issuer, &legacy).config("database.url", "sqlite:///nonexistent/canary.db"),
    );
    assert_eq!((code, &refused["database"]["ok"]), (Some(1), &false.into()), "{refused}");
    // A blocker outweighs an issuer that is down.
    legacy.execute("DROP INDEX customer_email_nocase");
    let away = Gate::builder(&issuer, &legacy).config("auth.jwks_uri", "http://127.0.0.1:9/");
    let (code, blocked) = report(&away);
    assert_eq!((code, &blocked["key_set"]["ok"]), (Some(10), &false.into()), "{blocked}");
    // Also before anything can be asked; what is to mend goes to people, too.
    let wrong = Gate::builder(&issuer, &legacy).config("auth.audience", "");
    let (code, told) = wrong.run("check --format json");
    assert!(code == Some(2) && told.contains(r#""ok":false"#), "{told}");
    assert!(told.contains("to mend") && told.contains(r#""faults":["auth.audience"#), "{told}");
    let (code, told) =
        Gate::builder(&issuer, &legacy).run("check --format json --probe /nonexistent/probe");
    assert!(code == Some(2) && told.contains(r#""faults":["--probe: "#), "{told}");
}
