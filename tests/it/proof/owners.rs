//! PostgreSQL: how the routines run and with whose rights.

use super::{Fault, fault, mended};

/// What makes a routine fail, or hides the others.
pub(super) const ALONE: [Fault; 18] = [
    // It acknowledges, and writes nothing.
    mended(
        "ALTER FUNCTION narrowgate.mark_migrated(text, text) RENAME TO kept; CREATE FUNCTION narrowgate.mark_migrated(user_id text, identifier text) RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ BEGIN RETURN NULL; END $$; ALTER FUNCTION narrowgate.mark_migrated(text, text) OWNER TO narrowgate_owner; REVOKE ALL ON FUNCTION narrowgate.mark_migrated(text, text) FROM PUBLIC; GRANT EXECUTE ON FUNCTION narrowgate.mark_migrated(text, text) TO narrowgate_api",
        "routine_changed",
        "BEGIN RETURN NULL; END",
        "DROP FUNCTION narrowgate.mark_migrated(text, text); ALTER FUNCTION narrowgate.kept(text, text) RENAME TO mark_migrated",
    ),
    fault(
        "ALTER FUNCTION narrowgate.mark_migrated(text, text) SECURITY INVOKER",
        "routine_not_definer",
        "narrowgate.mark_migrated",
    ),
    mended(
        "ALTER FUNCTION narrowgate.mark_migrated(text, text) RENAME TO away",
        "missing_routine",
        "narrowgate.mark_migrated is not there",
        "ALTER FUNCTION narrowgate.away(text, text) RENAME TO mark_migrated",
    ),
    fault(
        "REVOKE EXECUTE ON FUNCTION narrowgate.get_user(text) FROM narrowgate_api",
        "missing_routine",
        "narrowgate.get_user is not granted",
    ),
    mended(
        "ALTER FUNCTION narrowgate.get_user(text) OWNER TO narrowgate_api",
        "object_ownership",
        "narrowgate.get_user(text)",
        "ALTER FUNCTION narrowgate.get_user(text) OWNER TO narrowgate_owner; GRANT EXECUTE ON FUNCTION narrowgate.get_user(text) TO narrowgate_api",
    ),
    mended(
        "ALTER SCHEMA narrowgate OWNER TO narrowgate_api",
        "object_ownership",
        "schema narrowgate",
        "ALTER SCHEMA narrowgate OWNER TO narrowgate_owner; GRANT USAGE ON SCHEMA narrowgate TO narrowgate_api",
    ),
    // A routine of ours in front of the contract's.
    mended(
        "ALTER FUNCTION narrowgate.get_user(text) RENAME TO kept; CREATE FUNCTION narrowgate.get_user(identifier text) RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ BEGIN RETURN CASE WHEN identifier IS NULL THEN '[{\"email\":1}]' ELSE narrowgate.kept(identifier) END; END $$",
        "wildcard_finds_users",
        "narrowgate.get_user(NULL) finds 1 users",
        "DROP FUNCTION narrowgate.get_user(text); ALTER FUNCTION narrowgate.kept(text) RENAME TO get_user",
    ),
    mended(
        "ALTER FUNCTION narrowgate.get_user(text) RENAME TO kept; CREATE FUNCTION narrowgate.get_user(identifier text) RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ BEGIN RETURN replace(narrowgate.kept(identifier), '{', '{\"password_hash\":\"x\",'); END $$",
        "answer_tells_more",
        "narrowgate.get_user answers with password_hash",
        "DROP FUNCTION narrowgate.get_user(text); ALTER FUNCTION narrowgate.kept(text) RENAME TO get_user",
    ),
    mended(
        "CREATE OR REPLACE FUNCTION narrowgate.marks_all(user_id text, identifier text) RETURNS text LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$ INSERT INTO narrowgate.migrated_user SELECT u.user_id FROM narrowgate.legacy_user AS u WHERE u.user_id LIKE $1 OR $1 IS NULL ON CONFLICT DO NOTHING; SELECT NULL::text $$; ALTER FUNCTION narrowgate.marks_all(text, text) OWNER TO narrowgate_owner; ALTER FUNCTION narrowgate.marks_all(text, text) SECURITY DEFINER; REVOKE ALL ON FUNCTION narrowgate.marks_all(text, text) FROM PUBLIC; GRANT EXECUTE ON FUNCTION narrowgate.marks_all(text, text) TO narrowgate_api; ALTER FUNCTION narrowgate.mark_migrated(text, text) RENAME TO kept; ALTER FUNCTION narrowgate.marks_all(text, text) RENAME TO mark_migrated",
        "wildcard_marks_users",
        "mark_migrated('%')",
        "DROP FUNCTION narrowgate.mark_migrated(text, text); ALTER FUNCTION narrowgate.kept(text, text) RENAME TO mark_migrated",
    ),
    // The words of the server, where nothing else tells why.
    mended(
        "ALTER TABLE narrowgate.migrated_user RENAME TO away",
        "lookup_failed",
        "relation \"narrowgate.migrated_user\" does not exist",
        "ALTER TABLE narrowgate.away RENAME TO migrated_user",
    ),
    mended(
        "ALTER ROLE narrowgate_owner SUPERUSER",
        "unsafe_owner",
        "the contract belongs to narrowgate_owner, which is SUPERUSER",
        "ALTER ROLE narrowgate_owner NOSUPERUSER",
    ),
    // A column that [reads] leaves out.
    fault(
        "REVOKE SELECT (nickname) ON sample_shop.customer FROM narrowgate_owner",
        "missing_privilege",
        "may not read sample_shop.customer (nickname), which the view needs",
    ),
    // Marks do not count; NULL is no question; a setting of the function's own.
    mended(
        "DO $$ BEGIN EXECUTE replace(pg_get_functiondef('narrowgate.get_user(text)'::regprocedure), 'AS m WHERE', 'AS m WHERE FALSE AND'); END $$",
        "routine_changed",
        "AS m WHERE FALSE AND",
        "DO $$ BEGIN EXECUTE obj_description('narrowgate.get_user(text)'::regprocedure, 'pg_proc'); END $$",
    ),
    mended(
        "ALTER FUNCTION narrowgate.mark_migrated(text, text) STRICT",
        "routine_changed",
        "+ STRICT SECURITY DEFINER",
        "ALTER FUNCTION narrowgate.mark_migrated(text, text) CALLED ON NULL INPUT",
    ),
    mended(
        "ALTER FUNCTION narrowgate.mark_migrated(text, text) SET session_replication_role = replica",
        "routine_changed",
        "+ SET session_replication_role TO 'replica'",
        "ALTER FUNCTION narrowgate.mark_migrated(text, text) RESET session_replication_role",
    ),
    fault("ALTER ROLE narrowgate_owner CREATEDB BYPASSRLS", "unsafe_owner", "CREATEDB, BYPASSRLS"),
    // A function that reads with others' rights.
    mended(
        "CREATE FUNCTION public.salaries() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT 1::bigint'; REVOKE ALL ON FUNCTION public.salaries() FROM PUBLIC; GRANT EXECUTE ON FUNCTION public.salaries() TO narrowgate_owner",
        "unsafe_owner",
        "may EXECUTE FUNCTION public.salaries()",
        "DROP FUNCTION public.salaries()",
    ),
    fault(
        "GRANT pg_read_all_settings TO narrowgate_owner",
        "unsafe_owner",
        "a member of pg_read_all_settings",
    ),
];

const PATH: &str = "has search_path";

/// What looks like the contract's search_path, or ends like it.
pub(super) const PATHS: [Fault; 4] = [
    fault(
        "ALTER FUNCTION narrowgate.get_user(text) SET search_path = 'pg_catalog, pg_temp'",
        "unsafe_search_path",
        PATH,
    ),
    fault(
        "ALTER FUNCTION narrowgate.get_user(text) SET search_path = \"sample_shop, pg_temp\"",
        "unsafe_search_path",
        PATH,
    ),
    fault(
        "ALTER FUNCTION narrowgate.get_user(text) SET search_path = pg_temp, pg_catalog, pg_temp",
        "unsafe_search_path",
        PATH,
    ),
    fault(
        "ALTER FUNCTION narrowgate.get_user(text) SET search_path = sample_shop, pg_temp",
        "unsafe_search_path",
        PATH,
    ),
];
