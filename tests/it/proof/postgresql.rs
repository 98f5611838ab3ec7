//! PostgreSQL: rights, routines and settings that are not the contract's.

use super::marks::MARKS;
use super::owners::{ALONE, PATHS};
use super::rights::RIGHTS;
use super::{Bench, Fault, fault, mended, settled};

/// What the throw-away server leaves out for speed, and the databases that come with a server.
const DURABLE: [&str; 5] = [
    "ALTER SYSTEM SET fsync = on",
    "ALTER SYSTEM SET full_page_writes = on",
    "ALTER SYSTEM SET synchronous_commit = on",
    "SELECT pg_reload_conf()",
    "REVOKE ALL ON DATABASE template1 FROM PUBLIC",
];

const ROUTINES: [Fault; 7] = [
    // The grant to whoever calls it goes with it.
    fault(
        "CREATE FUNCTION narrowgate.mark_migrated(user_id text) RETURNS text LANGUAGE sql AS 'SELECT NULL::text'; REVOKE ALL ON FUNCTION narrowgate.mark_migrated(text) FROM PUBLIC",
        "older_contract",
        "narrowgate.mark_migrated(text) gives a whole profile for a bare id",
    ),
    fault(
        "ALTER FUNCTION narrowgate.mark_migrated(text, text) RESET search_path",
        "unsafe_search_path",
        "mark_migrated(user_id text, identifier text) has search_path (none)",
    ),
    fault(
        "ALTER FUNCTION narrowgate.get_user(text) SET search_path = pg_catalog",
        "unsafe_search_path",
        "get_user(identifier text) has search_path pg_catalog",
    ),
    fault(
        "ALTER FUNCTION narrowgate.get_user(text) OWNER TO postgres",
        "unsafe_owner",
        "get_user(identifier text) belongs to postgres, which is SUPERUSER",
    ),
    fault("ALTER ROLE narrowgate_owner LOGIN", "owner_can_log_in", "narrowgate_owner"),
    fault(
        "GRANT EXECUTE ON FUNCTION narrowgate.login_candidate(text) TO PUBLIC",
        "public_may_execute",
        "login_candidate",
    ),
    mended(
        "DROP INDEX sample_shop.customer_lower_email",
        "lookup_without_index",
        "narrowgate.login_candidate reads 21 rows",
        "CREATE INDEX customer_lower_email ON sample_shop.customer (lower(email))",
    ),
];

const CAUTIONS: [Fault; 15] = [
    fault(
        "CREATE TABLE public.payroll (id int, salary int); GRANT SELECT (salary) ON public.payroll TO narrowgate_owner",
        "owner_reads_more",
        "may read columns of public.payroll that no view of the contract reads: salary",
    ),
    fault(
        "GRANT TEMPORARY ON DATABASE postgres TO PUBLIC",
        "public_privilege",
        "TEMPORARY on database postgres",
    ),
    fault(
        "GRANT EXECUTE ON FUNCTION lo_from_bytea(oid, bytea) TO PUBLIC",
        "large_object_creation",
        "lo_from_bytea",
    ),
    mended(
        "DROP INDEX sample_shop.customer_lower_email; ALTER ROLE narrowgate_api SET track_counts = off",
        "lookup_not_measured",
        "track_counts = off",
        "ALTER ROLE narrowgate_api RESET track_counts; CREATE INDEX customer_lower_email ON sample_shop.customer (lower(email))",
    ),
    fault(
        "ALTER TABLE narrowgate.migrated_user SET UNLOGGED",
        "durability_off",
        "narrowgate.migrated_user is UNLOGGED",
    ),
    mended(
        "ALTER ROLE narrowgate_api SET log_transaction_sample_rate = 1",
        "log_leaks_identifiers",
        "log_transaction_sample_rate = 1",
        "ALTER ROLE narrowgate_api RESET log_transaction_sample_rate",
    ),
    mended(
        "ALTER ROLE narrowgate_api SET session_preload_libraries = 'auto_explain'; ALTER ROLE narrowgate_api SET auto_explain.log_min_duration = 0; ALTER ROLE narrowgate_api SET auto_explain.log_nested_statements = on",
        "log_leaks_identifiers",
        "auto_explain.log_nested_statements = on",
        "ALTER ROLE narrowgate_api RESET session_preload_libraries; ALTER ROLE narrowgate_api RESET auto_explain.log_min_duration; ALTER ROLE narrowgate_api RESET auto_explain.log_nested_statements",
    ),
    mended(
        "CREATE ROLE narrowgate_test_member LOGIN; GRANT narrowgate_api TO narrowgate_test_member",
        "others_may_execute",
        "narrowgate_test_member is a member of narrowgate_api",
        "DROP ROLE narrowgate_test_member",
    ),
    mended(
        "CREATE ROLE narrowgate_test_owner; ALTER VIEW narrowgate.legacy_user OWNER TO narrowgate_test_owner; GRANT SELECT (customer_id, password_hash) ON sample_shop.credential TO narrowgate_test_owner; GRANT SELECT (id, login, email, email_confirmed, phone, phone_confirmed, full_name, first_name, last_name, nickname, avatar_url, status, preferences, plan, deleted_at) ON sample_shop.customer TO narrowgate_test_owner; GRANT USAGE ON SCHEMA sample_shop TO narrowgate_test_owner; GRANT SELECT ON narrowgate.legacy_user TO narrowgate_owner",
        "owner_unknown",
        "narrowgate.legacy_user belongs to narrowgate_test_owner, not to narrowgate_owner",
        "ALTER VIEW narrowgate.legacy_user OWNER TO narrowgate_owner; DROP OWNED BY narrowgate_test_owner; DROP ROLE narrowgate_test_owner",
    ),
    fault(
        "ALTER ROLE narrowgate_api SET synchronous_commit = off",
        "durability_off",
        "synchronous_commit = off",
    ),
    mended(
        "ALTER ROLE narrowgate_api SET log_min_duration_statement = 0; ALTER ROLE narrowgate_api IN DATABASE postgres SET log_parameter_max_length = -1",
        "log_leaks_identifiers",
        "log_min_duration_statement = 0",
        "ALTER ROLE narrowgate_api RESET log_min_duration_statement; ALTER ROLE narrowgate_api IN DATABASE postgres RESET log_parameter_max_length",
    ),
    fault(
        "GRANT DELETE ON narrowgate.migrated_user TO pg_monitor",
        "others_may_access",
        "pg_monitor may DELETE narrowgate.migrated_user",
    ),
    fault(
        "GRANT SELECT (password_hash) ON narrowgate.legacy_user TO pg_monitor",
        "others_may_access",
        "pg_monitor may SELECT (password_hash) narrowgate.legacy_user",
    ),
    fault("GRANT CONNECT ON DATABASE template1 TO PUBLIC", "other_database_open", "template1"),
    fault(
        "GRANT EXECUTE ON FUNCTION narrowgate.get_user(text) TO pg_monitor",
        "others_may_execute",
        "pg_monitor",
    ),
];

pub(super) fn prove(bench: &Bench<'_>) {
    // What everybody may do is no fault of the contract; a script of its own closes it.
    bench.expect_only(&[
        "durability_off",
        "large_object_creation",
        "other_database_open",
        "public_privilege",
    ]);
    let possible = |what: &str| bench.check("").1["still_possible"].to_string().contains(what);
    let open = ["advisory locks", "pg_logical_emit_message"];
    assert!(open.into_iter().all(&possible));
    let close = crate::contract::run(&["--close-public"]);
    let close = String::from_utf8(close.stdout).expect("UTF-8");
    bench.cluster.execute(bench.engine, &close);
    assert!(!open.into_iter().any(&possible));
    bench.expect_unseen("FROM pg_hba_file_rules");
    for statement in DURABLE {
        bench.cluster.execute(bench.engine, statement);
    }
    bench.expect_only(&[]);
    // It changes how the catalogue writes names, and nothing else.
    let set = "ALTER ROLE narrowgate_api SET quote_all_identifiers = on";
    let reset = "ALTER ROLE narrowgate_api RESET quote_all_identifiers";
    bench.cluster.execute(bench.engine, set);
    bench.expect_only(&["role_setting"]);
    bench.cluster.execute(bench.engine, reset);
    bench.plant(&RIGHTS, "blocker");
    let rest = "ALTER ROLE narrowgate_api NOCREATEROLE NOREPLICATION NOBYPASSRLS; DROP ROLE narrowgate_test_readers; DROP SEQUENCE sample_shop.\"My Seq\"";
    bench.cluster.execute(bench.engine, rest);
    bench.expect_only(&[]);
    bench.plant(&ROUTINES, "blocker");
    bench.expect_only(&[]);
    bench.alone(&ALONE, "blocker");
    bench.expect_only(&[]);
    bench.alone(&PATHS, "blocker");
    bench.plant(&MARKS, "blocker");
    bench.expect_only(&[]);
    bench.plant(&CAUTIONS, "caution");
    bench.expect_only(&[]);
    bench.alone(&settled::POSTGRESQL, "blocker");
    bench.plant(&settled::POSTGRESQL_CAUTIONS, "caution");
    bench.expect_only(&[]);
    settled::managed(bench);
    settled::guessed(bench);
    everything_of_a_superuser_is_found(bench);
}

fn everything_of_a_superuser_is_found(bench: &Bench<'_>) {
    bench.cluster.execute(bench.engine, "ALTER ROLE narrowgate_api SUPERUSER");
    let (code, report) = bench.check("");
    assert_eq!(code, Some(10), "{report:#}");
    let tried =
        super::findings(&report).iter().filter(|f| f["code"] == "attempt_succeeded").count();
    assert!(tried > 15, "attempts went through: {tried}: {report:#}");
    let marks = "SELECT 1 / (count(*) = 0)::int FROM narrowgate.migrated_user";
    bench.cluster.execute(bench.engine, marks);
    bench.cluster.execute(bench.engine, "ALTER ROLE narrowgate_api NOSUPERUSER");
    bench.expect_only(&[]);
}
