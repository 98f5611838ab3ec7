//! PostgreSQL and MariaDB: what the operator set up, and what the contract's tables have become.

use super::{Bench, Fault, fault, mended};
use crate::support::{Gate, Legacy};

/// Each alone: some hide others.
pub(super) const POSTGRESQL: [Fault; 5] = [
    mended(
        "ALTER TABLE sample_shop.customer ENABLE ROW LEVEL SECURITY",
        "row_security",
        "row security of sample_shop.customer hides users from narrowgate_owner",
        "ALTER TABLE sample_shop.customer DISABLE ROW LEVEL SECURITY",
    ),
    // An upgrade of the system's libraries.
    mended(
        "CREATE INDEX by_name ON sample_shop.customer (full_name COLLATE \"und-x-icu\"); UPDATE pg_collation SET collversion = '1' WHERE collname = 'und-x-icu'",
        "collation_changed",
        "index sample_shop.by_name",
        "DROP INDEX sample_shop.by_name; ALTER COLLATION pg_catalog.\"und-x-icu\" REFRESH VERSION",
    ),
    // An application's migration by swap: the view goes on reading the old table.
    mended(
        "ALTER TABLE sample_shop.customer RENAME TO customer_old; CREATE TABLE sample_shop.customer (LIKE sample_shop.customer_old INCLUDING ALL)",
        "view_changed",
        "sample_shop.customer_old c",
        "DROP TABLE sample_shop.customer; ALTER TABLE sample_shop.customer_old RENAME TO customer",
    ),
    fault(
        "ALTER ROLE narrowgate_api CONNECTION LIMIT 3",
        "connection_limit",
        "lets 3 connections in",
    ),
    mended(
        "CREATE TABLE sample_shop.hba AS SELECT pg_read_file(current_setting('hba_file')) AS line; DO $$ BEGIN EXECUTE format('COPY (SELECT ''host all all all trust'') TO %L', current_setting('hba_file')); END $$; SELECT pg_reload_conf(); SELECT pg_sleep(0.3)",
        "password_not_asked",
        "whatever password it says",
        "DO $$ BEGIN EXECUTE format('COPY (SELECT string_to_table(line, chr(10)) FROM sample_shop.hba) TO %L', current_setting('hba_file')); END $$; DROP TABLE sample_shop.hba; SELECT pg_reload_conf(); SELECT pg_sleep(0.3)",
    ),
];

pub(super) const POSTGRESQL_CAUTIONS: [Fault; 5] = [
    fault(
        "DO $$ BEGIN EXECUTE format('ALTER ROLE narrowgate_api VALID UNTIL %L', now() + interval '1 day'); END $$",
        "password_ends",
        "the password of narrowgate_api ends at",
    ),
    fault(
        "ALTER ROLE narrowgate_api SET debug_print_plan = on",
        "log_leaks_identifiers",
        "debug_print_plan = on",
    ),
    mended(
        "ALTER ROLE narrowgate_api SET jit = on",
        "role_setting",
        "jit is set for narrowgate_api",
        "ALTER ROLE narrowgate_api SET jit = off",
    ),
    mended(
        "ALTER DATABASE postgres SET default_transaction_isolation = serializable",
        "server_setting",
        "default_transaction_isolation = serializable",
        "ALTER DATABASE postgres RESET default_transaction_isolation",
    ),
    // A thief of the credential can do so, and it outlives the session.
    fault(
        "ALTER ROLE narrowgate_api SET work_mem = '1GB'",
        "role_setting",
        "work_mem is set for narrowgate_api",
    ),
];

pub(super) const MYSQL: [Fault; 3] = [
    fault(
        "ALTER USER 'narrowgate_api'@'%' WITH MAX_QUERIES_PER_HOUR 100000",
        "hourly_limit",
        "MAX_QUERIES_PER_HOUR 100000",
    ),
    fault(
        "ALTER USER 'narrowgate_api'@'%' WITH MAX_USER_CONNECTIONS 3",
        "connection_limit",
        "may have 3 connections",
    ),
    // The last: nobody changes anything from then on.
    mended(
        "SET GLOBAL tx_read_only = ON",
        "marks_not_written",
        "tx_read_only = ON on this server",
        "SET SESSION TRANSACTION READ WRITE; SET GLOBAL tx_read_only = OFF",
    ),
];

pub(super) const MYSQL_CAUTIONS: [Fault; 4] = [
    fault(
        "ALTER USER 'narrowgate_api'@'%' PASSWORD EXPIRE INTERVAL 90 DAY",
        "password_ends",
        "ends 90 days after it was set",
    ),
    mended(
        "SET GLOBAL tx_isolation = 'SERIALIZABLE'",
        "server_setting",
        "tx_isolation = SERIALIZABLE on this server",
        "SET GLOBAL tx_isolation = 'REPEATABLE-READ'",
    ),
    fault(
        "SET GLOBAL system_versioning_asof = '2020-01-01 00:00:00'",
        "server_setting",
        "lookups read what was there before",
    ),
    fault("INSTALL SONAME 'sql_errlog'", "log_leaks_identifiers", "SQL_ERROR_LOG"),
];

/// What everybody may do on what belongs to a provider's superuser, nobody there can take away.
pub(super) fn managed(bench: &Bench<'_>) {
    let run = |sql: &str| bench.cluster.execute(bench.engine, sql);
    run("CREATE TABLE sample_shop.own (); GRANT SELECT ON sample_shop.own TO PUBLIC");
    assert_eq!(bench.check("").0, Some(10));
    run("CREATE ROLE rds_superuser");
    bench.expect_only(&["public_privilege"]);
    let (code, report) = bench.check(" --accept public_privilege");
    assert_eq!(code, Some(0), "{report:#}");
    // What is the customer's own is a blocker there as well.
    run(
        "CREATE ROLE narrowgate_test_shop; ALTER TABLE sample_shop.own OWNER TO narrowgate_test_shop",
    );
    assert_eq!(bench.check("").0, Some(10));
    run("DROP TABLE sample_shop.own; DROP ROLE narrowgate_test_shop; DROP ROLE rds_superuser");
    bench.expect_only(&[]);
}

/// Whoever knows the role's name has the credential.
pub(super) fn guessed(bench: &Bench<'_>) {
    let own = bench.cluster.url(bench.engine);
    let password = own.split([':', '@']).nth(2).expect("a password").to_owned();
    let set = |text: &str| {
        bench
            .cluster
            .execute(bench.engine, &format!("ALTER ROLE narrowgate_api PASSWORD '{text}'"));
    };
    set("narrowgate_api");
    let url = own.replace(&password, "narrowgate_api");
    let gate = Gate::builder(&bench.issuer, &bench.nobody).config("database.url", url);
    let (code, told) = gate.run("check");
    set(&password);
    assert!(code == Some(10) && told.contains("password_guessable"), "{told}");
}

/// A configuration with a password, where everybody can get to it.
#[test]
fn a_configuration_that_everybody_reads_is_found() {
    use std::os::unix::fs::PermissionsExt;
    let Some(legacy) = Legacy::postgresql() else { return };
    let folder = tempfile::TempDir::new().expect("a folder");
    let builder = Gate::builder(&crate::support::Issuer::start(), &legacy);
    let file = folder.path().join("narrowgate.toml");
    std::fs::write(&file, builder.toml()).expect("written");
    for (folder_mode, mode, found) in
        [(0o755, 0o644, true), (0o755, 0o640, false), (0o700, 0o644, false)]
    {
        let set = |path: &std::path::Path, mode| {
            std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).expect("a mode");
        };
        set(&file, mode);
        set(folder.path(), folder_mode);
        let (_, told) =
            crate::support::program::Program::start(folder.path(), &["check"], &[]).end();
        assert_eq!(told.contains("configuration_readable"), found, "{mode:o}: {told}");
    }
}
