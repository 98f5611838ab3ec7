//! Letters that a collation or a locale folds otherwise than the service are told before anybody is
//! nobody by every spelling.

use super::described::{describe, described};
use super::{EXAMPLE, script};
use crate::support::sample::{CHEAP, World};
use crate::support::{Engine, Gate, Legacy};

/// The codes that the proof finds.
fn found(world: &World) -> String {
    let (_, told) = Gate::builder(&world.issuer, &world.legacy).run("check --format json");
    told
}

/// `I` is the capital of another letter there.
fn turkish(legacy: &Legacy) {
    legacy.execute(match legacy.engine {
        Engine::Postgresql => {
            "DROP VIEW narrowgate.legacy_user; \
             ALTER TABLE sample_shop.customer ALTER email TYPE varchar(254) COLLATE \"tr-x-icu\""
        }
        _ => {
            "ALTER TABLE sample_shop.customer MODIFY email VARCHAR(254) \
             CHARACTER SET utf8mb4 COLLATE utf8mb4_turkish_ci"
        }
    });
}

#[test]
fn a_turkish_collation_is_a_blocker() {
    for legacy in [Legacy::postgresql(), Legacy::mysql()].into_iter().flatten() {
        legacy.remove_own_users();
        turkish(&legacy);
        let output = describe(&legacy, EXAMPLE);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{told}");
        assert!(told.contains("lookup.email: folds case otherwise than the service"), "{told}");
        let mapping = EXAMPLE.replace(
            "{ expression = \"c.email\", collation = \"utf8mb4_unicode_ci\"",
            "{ expression = \"c.email\", collation = \"utf8mb4_turkish_ci\"",
        );
        legacy.execute(&script(&mapping, legacy.engine, &[]));
        legacy.add_user(1001, None, Some("INFO@EXAMPLE.COM"), Some(CHEAP));
        let world = World::on(legacy);
        world.get_user("info@example.com").expect(404, "user_not_found");
        let told = found(&world);
        assert!(told.contains("case_folds_otherwise") && told.contains("by email"), "{told}");
        world.legacy.remove_own_users();
    }
}

/// What the remedy says, and what the presets do where the index is not the software's own.
#[test]
fn an_expression_with_a_collation_of_its_own_folds_as_the_service_does() {
    let Some(legacy) = Legacy::postgresql() else { return };
    turkish(&legacy);
    let mapping = EXAMPLE.replace(
        "email = { expression = \"lower(c.email)\", index = \"{schema}.customer (lower(email))\" }",
        "email = { expression = 'lower(c.email COLLATE \"und-x-icu\") COLLATE \"C\"' }",
    );
    assert_ne!(mapping, EXAMPLE);
    legacy.execute(
        "CREATE INDEX ON sample_shop.customer ((lower(email COLLATE \"und-x-icu\") COLLATE \"C\"))",
    );
    let script = described(&legacy, &mapping);
    assert!(
        script.contains("wanted_email := lower(identifier COLLATE \"und-x-icu\");"),
        "{script}"
    );
    assert_eq!(script.matches("is found by an index").count(), 3, "{script}");
    legacy.execute(&script);
    legacy.add_user(1001, None, Some("INFO@EXAMPLE.COM"), Some(CHEAP));
    legacy.add_user(1002, None, Some("ÉMILIE@EXAMPLE.COM"), Some(CHEAP));
    let world = World::on(legacy);
    assert_eq!(world.get_user("info@example.com").expect(200, "").json()["user_id"], "1001");
    assert_eq!(world.get_user("émilie@example.com").expect(200, "").json()["user_id"], "1002");
    assert!(!found(&world).contains("case_folds"));
}

/// Addresses with capitals, of which the catalogue says that nobody finds them.
#[test]
fn a_column_that_minds_case_is_told() {
    Legacy::each(|legacy| {
        if legacy.engine == Engine::Mysql {
            legacy.execute(
                "ALTER TABLE sample_shop.customer MODIFY email VARCHAR(254) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
            );
        }
        assert!(
            legacy.engine == Engine::Mysql || !described(&legacy, EXAMPLE).contains("MINDS CASE")
        );
        let mapping = EXAMPLE
            .replace("\"lower(c.email)\"", "\"c.email\"")
            .replace("\"c.email COLLATE NOCASE\"", "\"c.email\"");
        let script = described(&legacy, &mapping);
        let lines: Vec<_> = script.lines().filter(|line| line.contains("MINDS CASE")).collect();
        assert!(lines.len() == 1 && lines[0].starts_with("--"), "{script}");
        let question = match legacy.engine {
            Engine::Mysql => {
                "WHERE CAST(CONVERT(c.email USING utf8mb4) AS BINARY) <> CAST(LOWER(TRIM(CONVERT(c.email USING utf8mb4))) AS BINARY);"
            }
            _ => "WHERE c.email <> lower(trim(c.email));",
        };
        assert!(script.contains(question), "{script}");
    });
}

/// In the locale C the database folds ASCII alone.
#[test]
fn a_locale_that_folds_ascii_alone_is_told() {
    let Some(legacy) = Legacy::postgresql() else { return };
    legacy.execute(
        "DROP VIEW narrowgate.legacy_user; \
         ALTER TABLE sample_shop.customer ALTER email TYPE varchar(254) COLLATE \"C\"",
    );
    let script = described(&legacy, EXAMPLE);
    assert!(script.contains("folds ASCII alone here"), "{script}");
    legacy.execute(&script);
    let world = World::on(legacy);
    let told = found(&world);
    assert!(
        told.contains("case_folds_ascii_only") && !told.contains("case_folds_otherwise"),
        "{told}"
    );
}
