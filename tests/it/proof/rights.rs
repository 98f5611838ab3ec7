//! A right too many on each kind of object that PostgreSQL has.

use super::{Fault, fault, mended};

pub(super) const RIGHTS: [Fault; 38] = [
    fault(
        "GRANT SELECT ON sample_shop.customer TO narrowgate_api",
        "excess_table_privilege",
        "SELECT on table sample_shop.customer, granted to narrowgate_api",
    ),
    fault(
        "GRANT INSERT, TRUNCATE ON narrowgate.migrated_user TO PUBLIC",
        "excess_table_privilege",
        "INSERT, TRUNCATE on table narrowgate.migrated_user, granted to PUBLIC",
    ),
    fault(
        "GRANT SELECT (email), UPDATE (login) ON sample_shop.customer TO narrowgate_api",
        "excess_column_privilege",
        "SELECT (email), UPDATE (login) on table sample_shop.customer",
    ),
    fault(
        "GRANT SELECT ON narrowgate.legacy_user TO narrowgate_api WITH GRANT OPTION",
        "excess_view_privilege",
        "SELECT WITH GRANT OPTION on view narrowgate.legacy_user",
    ),
    fault(
        "CREATE MATERIALIZED VIEW sample_shop.copy AS SELECT 1 AS one; GRANT SELECT ON sample_shop.copy TO PUBLIC",
        "excess_view_privilege",
        "sample_shop.copy",
    ),
    fault(
        "CREATE SEQUENCE sample_shop.\"My Seq\"; GRANT USAGE ON SEQUENCE sample_shop.\"My Seq\" TO narrowgate_api",
        "excess_sequence_privilege",
        "USAGE on sequence sample_shop.\"My Seq\"",
    ),
    fault(
        "GRANT SELECT ON pg_catalog.pg_authid TO narrowgate_api",
        "excess_table_privilege",
        "pg_catalog.pg_authid",
    ),
    fault(
        "GRANT EXECUTE ON FUNCTION pg_catalog.pg_read_file(text) TO narrowgate_api",
        "excess_routine_privilege",
        "pg_catalog.pg_read_file(text)",
    ),
    fault(
        "GRANT EXECUTE ON FUNCTION pg_catalog.pg_ls_dir(text) TO PUBLIC",
        "excess_routine_privilege",
        "pg_catalog.pg_ls_dir(text), granted to PUBLIC",
    ),
    fault(
        "CREATE FUNCTION sample_shop.one() RETURNS int LANGUAGE sql AS 'SELECT 1'; REVOKE ALL ON FUNCTION sample_shop.one() FROM PUBLIC; GRANT EXECUTE ON FUNCTION sample_shop.one() TO narrowgate_api",
        "excess_routine_privilege",
        "sample_shop.one()",
    ),
    fault(
        "CREATE PROCEDURE sample_shop.two() LANGUAGE sql AS ''; REVOKE ALL ON PROCEDURE sample_shop.two() FROM PUBLIC; GRANT EXECUTE ON PROCEDURE sample_shop.two() TO narrowgate_api",
        "excess_routine_privilege",
        "sample_shop.two()",
    ),
    // New routines are everybody's, also a namesake of ours and one in pg_catalog itself.
    mended(
        "CREATE FUNCTION narrowgate.get_user(identifier text, everyone boolean) RETURNS text LANGUAGE sql AS 'SELECT identifier'",
        "excess_routine_privilege",
        "narrowgate.get_user(identifier text, everyone boolean)",
        "DROP FUNCTION narrowgate.get_user(text, boolean)",
    ),
    mended(
        "SET allow_system_table_mods = on; CREATE FUNCTION pg_catalog.narrowgate_three() RETURNS int LANGUAGE sql AS 'SELECT 3'",
        "excess_routine_privilege",
        "pg_catalog.narrowgate_three()",
        "DROP FUNCTION pg_catalog.narrowgate_three()",
    ),
    // What the contract gives, with the right to pass it on; mended, the gate still opens.
    fault(
        "GRANT EXECUTE ON FUNCTION narrowgate.get_user(text) TO narrowgate_api WITH GRANT OPTION",
        "excess_routine_privilege",
        "EXECUTE on narrowgate.get_user(identifier text) WITH GRANT OPTION",
    ),
    fault(
        "GRANT USAGE ON SCHEMA narrowgate TO narrowgate_api WITH GRANT OPTION",
        "excess_schema_privilege",
        "USAGE WITH GRANT OPTION on schema narrowgate",
    ),
    fault(
        "GRANT USAGE ON SCHEMA narrowgate TO PUBLIC",
        "excess_schema_privilege",
        "USAGE on schema narrowgate, granted to PUBLIC",
    ),
    fault(
        "GRANT CONNECT ON DATABASE postgres TO narrowgate_api WITH GRANT OPTION",
        "excess_database_privilege",
        "CONNECT WITH GRANT OPTION on database postgres",
    ),
    mended(
        "CREATE DOMAIN sample_shop.town AS text; ALTER DOMAIN sample_shop.town OWNER TO narrowgate_api",
        "object_ownership",
        "owns type sample_shop.town",
        "DROP DOMAIN sample_shop.town",
    ),
    mended(
        "CREATE TYPE sample_shop.pair AS (one int, two int); ALTER TYPE sample_shop.pair OWNER TO narrowgate_api",
        "object_ownership",
        "sample_shop.pair",
        "DROP TYPE sample_shop.pair",
    ),
    fault(
        "GRANT USAGE ON SCHEMA sample_shop TO narrowgate_api",
        "excess_schema_privilege",
        "USAGE on schema sample_shop",
    ),
    fault(
        "GRANT CREATE ON SCHEMA narrowgate TO narrowgate_api",
        "excess_schema_privilege",
        "CREATE on schema narrowgate",
    ),
    fault(
        "GRANT CREATE ON SCHEMA public TO PUBLIC",
        "excess_schema_privilege",
        "CREATE on schema public",
    ),
    fault(
        "GRANT CREATE ON DATABASE postgres TO narrowgate_api",
        "excess_database_privilege",
        "CREATE on database postgres",
    ),
    fault(
        "GRANT CREATE ON DATABASE template1 TO narrowgate_api",
        "excess_database_privilege",
        "CREATE on database template1",
    ),
    fault(
        "GRANT USAGE ON LANGUAGE plpgsql TO narrowgate_api",
        "excess_language_privilege",
        "plpgsql",
    ),
    mended(
        "CREATE FOREIGN DATA WRAPPER far; GRANT USAGE ON FOREIGN DATA WRAPPER far TO narrowgate_api",
        "excess_foreign_server_privilege",
        "foreign data wrapper far",
        "DROP FOREIGN DATA WRAPPER far CASCADE",
    ),
    mended(
        "CREATE SERVER away FOREIGN DATA WRAPPER far; GRANT USAGE ON FOREIGN SERVER away TO narrowgate_api",
        "excess_foreign_server_privilege",
        "foreign server away",
        "DROP SERVER away CASCADE",
    ),
    fault(
        "CREATE USER MAPPING FOR narrowgate_api SERVER away",
        "user_mapping",
        "foreign server away has a user mapping for narrowgate_api",
    ),
    mended(
        "CREATE FOREIGN TABLE sample_shop.remote (a int) SERVER away; GRANT SELECT ON sample_shop.remote TO narrowgate_api",
        "excess_table_privilege",
        "sample_shop.remote",
        "SELECT 1",
    ),
    fault(
        "SELECT lo_create(4711); GRANT SELECT ON LARGE OBJECT 4711 TO narrowgate_api",
        "excess_large_object_privilege",
        "SELECT on large object 4711",
    ),
    fault(
        "GRANT CREATE ON TABLESPACE pg_default TO narrowgate_api",
        "excess_tablespace_privilege",
        "pg_default",
    ),
    fault(
        "CREATE TYPE sample_shop.mood AS ENUM ('good'); GRANT USAGE ON TYPE sample_shop.mood TO narrowgate_api",
        "excess_type_privilege",
        "sample_shop.mood",
    ),
    fault(
        "ALTER DEFAULT PRIVILEGES IN SCHEMA sample_shop GRANT SELECT ON TABLES TO PUBLIC",
        "default_privilege",
        "SELECT on tables",
    ),
    fault(
        "ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON ROUTINES TO narrowgate_api",
        "default_privilege",
        "EXECUTE on routines",
    ),
    mended(
        "CREATE TABLE sample_shop.mine (); ALTER TABLE sample_shop.mine OWNER TO narrowgate_api",
        "object_ownership",
        "owns table sample_shop.mine",
        "DROP TABLE sample_shop.mine",
    ),
    fault(
        "CREATE ROLE narrowgate_test_readers; GRANT narrowgate_test_readers TO narrowgate_api",
        "role_membership",
        "narrowgate_test_readers",
    ),
    fault(
        "GRANT pg_read_server_files TO narrowgate_api",
        "role_membership",
        "pg_read_server_files",
    ),
    fault(
        "ALTER ROLE narrowgate_api CREATEDB CREATEROLE REPLICATION BYPASSRLS",
        "role_attribute",
        "CREATEDB",
    ),
];
