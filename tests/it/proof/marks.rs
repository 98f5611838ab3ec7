//! PostgreSQL: whether marks are written, kept and found.

use super::{Fault, fault, mended};

const MARK: &str = "marks_not_written";

/// By which the marks are not written, not kept or not found, and whose rights they are.
pub(super) const MARKS: [Fault; 24] = [
    mended(
        "CREATE FUNCTION sample_shop.undo() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN DELETE FROM narrowgate.migrated_user; RETURN NULL; END'; CREATE TRIGGER undo AFTER INSERT ON narrowgate.migrated_user FOR EACH ROW EXECUTE FUNCTION sample_shop.undo()",
        MARK,
        "trigger undo",
        "DROP FUNCTION sample_shop.undo() CASCADE",
    ),
    fault(
        "ALTER TABLE narrowgate.migrated_user ADD CONSTRAINT never CHECK (user_id = '') NOT VALID",
        MARK,
        "constraint never",
    ),
    mended(
        "ALTER TABLE narrowgate.migrated_user ADD COLUMN reason text NOT NULL",
        MARK,
        "column reason",
        "ALTER TABLE narrowgate.migrated_user DROP COLUMN reason",
    ),
    fault(
        "GRANT UPDATE (password_hash) ON sample_shop.credential TO narrowgate_owner",
        "unsafe_owner",
        "may UPDATE sample_shop.credential (password_hash)",
    ),
    fault(
        "GRANT EXECUTE ON FUNCTION pg_read_file(text) TO narrowgate_owner",
        "unsafe_owner",
        "may EXECUTE FUNCTION pg_read_file(text)",
    ),
    fault(
        "GRANT CREATE ON DATABASE postgres TO narrowgate_owner",
        "unsafe_owner",
        "may CREATE DATABASE postgres",
    ),
    // What ON CONFLICT DO NOTHING takes for a mark that is there already.
    fault("CREATE UNIQUE INDEX once ON narrowgate.migrated_user ((true))", MARK, "INDEX once"),
    fault(
        "CREATE INDEX numbers ON narrowgate.migrated_user ((user_id::bigint))",
        MARK,
        "INDEX numbers",
    ),
    mended(
        "CREATE COLLATION sample_shop.alike (provider = icu, locale = 'und-u-ks-level2', deterministic = false); ALTER TABLE narrowgate.migrated_user ALTER user_id TYPE text COLLATE sample_shop.alike",
        MARK,
        "column user_id text COLLATE sample_shop.alike NOT NULL",
        "ALTER TABLE narrowgate.migrated_user ALTER user_id TYPE text COLLATE \"default\"; DROP COLLATION sample_shop.alike",
    ),
    mended(
        "CREATE TABLE sample_shop.also () INHERITS (narrowgate.migrated_user)",
        MARK,
        "table sample_shop.also whose rows count as marks",
        "DROP TABLE sample_shop.also",
    ),
    mended(
        "ALTER TABLE narrowgate.migrated_user ALTER migrated_at SET DEFAULT '-infinity'",
        MARK,
        "DEFAULT '-infinity'",
        "ALTER TABLE narrowgate.migrated_user ALTER migrated_at SET DEFAULT clock_timestamp()",
    ),
    // A DBA's own, which harms nothing.
    fault(
        "CREATE INDEX by_day ON narrowgate.migrated_user (migrated_at)",
        "marks_changed",
        "by_day",
    ),
    fault("ALTER TABLE narrowgate.migrated_user ADD remark text", "marks_changed", "remark text"),
    fault("ALTER FUNCTION narrowgate.mark_migrated(text, text) STABLE", MARK, "not VOLATILE"),
    fault(
        "REVOKE INSERT ON narrowgate.migrated_user FROM narrowgate_owner",
        MARK,
        "narrowgate_owner, with whose rights narrowgate.mark_migrated(text, text) runs, may not INSERT",
    ),
    fault(
        "ALTER ROLE narrowgate_api SET default_transaction_read_only = on",
        MARK,
        "default_transaction_read_only",
    ),
    mended(
        "CREATE FUNCTION sample_shop.swallow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; CREATE TRIGGER swallow BEFORE INSERT ON narrowgate.migrated_user FOR EACH ROW EXECUTE FUNCTION sample_shop.swallow()",
        MARK,
        "trigger swallow",
        "DROP FUNCTION sample_shop.swallow() CASCADE",
    ),
    fault(
        "CREATE RULE nothing AS ON INSERT TO narrowgate.migrated_user DO INSTEAD NOTHING",
        MARK,
        "rule nothing",
    ),
    fault(
        "ALTER TABLE narrowgate.migrated_user ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY",
        MARK,
        "row security",
    ),
    fault(
        "ALTER TABLE narrowgate.migrated_user DROP CONSTRAINT migrated_user_pkey",
        "lookup_without_index",
        "narrowgate.migrated_user has no valid unique index",
    ),
    fault(
        "ALTER VIEW narrowgate.legacy_user OWNER TO postgres; GRANT SELECT ON narrowgate.legacy_user TO narrowgate_owner",
        "unsafe_owner",
        "narrowgate.legacy_user belongs to postgres",
    ),
    mended(
        "CREATE FUNCTION narrowgate.helper() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'; REVOKE ALL ON FUNCTION narrowgate.helper() FROM PUBLIC",
        "unsafe_owner",
        "narrowgate.helper() belongs to postgres",
        "DROP FUNCTION narrowgate.helper()",
    ),
    fault(
        "GRANT INSERT, UPDATE, DELETE, TRUNCATE ON sample_shop.customer TO narrowgate_owner",
        "unsafe_owner",
        "may DELETE, INSERT, TRUNCATE, UPDATE sample_shop.customer",
    ),
    mended(
        "CREATE ROLE narrowgate_test_shop LOGIN; GRANT narrowgate_owner TO narrowgate_test_shop",
        "owner_has_members",
        "narrowgate_test_shop is a member of narrowgate_owner",
        "DROP ROLE narrowgate_test_shop",
    ),
];
