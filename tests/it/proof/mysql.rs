//! A right too many on each kind of object that MySQL and MariaDB have.

use super::{Bench, Fault, fault, mended, settled};

const API: &str = "'narrowgate_api'@'%'";

const RIGHTS: [Fault; 18] = [
    fault(
        "GRANT SELECT ON sample_shop.customer TO 'narrowgate_api'@'%'",
        "excess_table_privilege",
        "SELECT on `sample_shop`.`customer`",
    ),
    fault(
        "GRANT SELECT (password_hash), UPDATE (customer_id) ON sample_shop.credential TO 'narrowgate_api'@'%' WITH GRANT OPTION",
        "excess_column_privilege",
        "SELECT (`password_hash`)",
    ),
    fault(
        "GRANT SELECT ON narrowgate.legacy_user TO 'narrowgate_api'@'%'",
        "excess_table_privilege",
        "`narrowgate`.`legacy_user`",
    ),
    fault(
        "GRANT DELETE ON narrowgate.migrated_user TO 'narrowgate_api'@'%'",
        "excess_table_privilege",
        "DELETE on `narrowgate`.`migrated_user`",
    ),
    fault(
        "GRANT CREATE TEMPORARY TABLES ON narrowgate.* TO 'narrowgate_api'@'%'",
        "excess_schema_privilege",
        "CREATE TEMPORARY TABLES on `narrowgate`.*",
    ),
    fault("GRANT FILE, PROCESS ON *.* TO 'narrowgate_api'@'%'", "excess_global_privilege", "FILE"),
    fault(
        "GRANT SELECT ON mysql.global_priv TO 'narrowgate_api'@'%'",
        "excess_table_privilege",
        "`mysql`.`global_priv`",
    ),
    fault(
        "CREATE PROCEDURE sample_shop.two() SELECT 2; GRANT EXECUTE ON PROCEDURE sample_shop.two TO 'narrowgate_api'@'%'",
        "excess_routine_privilege",
        "PROCEDURE `sample_shop`.`two`",
    ),
    fault(
        "GRANT EXECUTE, ALTER ROUTINE ON FUNCTION narrowgate.get_user TO 'narrowgate_api'@'%'",
        "excess_routine_privilege",
        "ALTER ROUTINE",
    ),
    fault(
        "CREATE FUNCTION narrowgate.walk() RETURNS INT DETERMINISTIC RETURN 1; GRANT EXECUTE ON FUNCTION narrowgate.walk TO 'narrowgate_api'@'%'",
        "excess_routine_privilege",
        "FUNCTION `narrowgate`.`walk`",
    ),
    fault("GRANT PROXY ON 'root'@'127.0.0.1' TO 'narrowgate_api'@'%'", "proxy_privilege", "PROXY"),
    fault(
        "CREATE ROLE narrowgate_test_readers; GRANT narrowgate_test_readers TO 'narrowgate_api'@'%'",
        "role_membership",
        "narrowgate_test_readers",
    ),
    // An entry without a user is everybody's, and SHOW GRANTS does not tell of it.
    mended(
        "CREATE DATABASE everybodys; INSERT INTO mysql.db (Host, Db, User, Select_priv) VALUES ('%', 'everybodys', '', 'Y'); FLUSH PRIVILEGES",
        "excess_schema_privilege",
        "some right in database everybodys",
        "DELETE FROM mysql.db WHERE Db = 'everybodys'; FLUSH PRIVILEGES; DROP DATABASE everybodys",
    ),
    mended(
        "INSERT INTO mysql.db (Host, Db, User, Execute_priv, Create_routine_priv) VALUES ('%', 'narrowgate', '', 'Y', 'Y'); FLUSH PRIVILEGES",
        "attempt_succeeded",
        "CREATE FUNCTION narrowgate.get_user",
        "SELECT 1",
    ),
    mended(
        "UPDATE mysql.db SET Alter_routine_priv = 'Y', Event_priv = 'Y' WHERE Db = 'narrowgate' AND User = ''; FLUSH PRIVILEGES",
        "attempt_succeeded",
        "ALTER FUNCTION narrowgate.narrowgate_probe",
        "DELETE FROM mysql.db WHERE Db = 'narrowgate' AND User = ''; FLUSH PRIVILEGES",
    ),
    fault(
        "GRANT EXECUTE ON FUNCTION narrowgate.get_user TO PUBLIC",
        "public_may_execute",
        "FUNCTION `narrowgate`.`get_user`, granted to PUBLIC",
    ),
    fault(
        "CREATE DATABASE others; CREATE TABLE others.t (a INT); GRANT SELECT ON others.* TO 'narrowgate_api'@'%'",
        "excess_schema_privilege",
        "SELECT on `others`.*",
    ),
    mended(
        "GRANT SHOW DATABASES ON *.* TO PUBLIC",
        "excess_global_privilege",
        "SHOW DATABASES on *.*",
        "REVOKE SHOW DATABASES ON *.* FROM PUBLIC",
    ),
];

const ROUTINES: [Fault; 5] = [
    fault(
        "ALTER FUNCTION narrowgate.get_user SQL SECURITY INVOKER",
        "routine_not_definer",
        "get_user",
    ),
    mended(
        "UPDATE mysql.proc SET definer = 'root@127.0.0.1' WHERE db = 'narrowgate' AND name = 'mark_migrated'",
        "unsafe_owner",
        "mark_migrated runs with the rights of root@127.0.0.1",
        "UPDATE mysql.proc SET definer = 'narrowgate_owner@localhost' WHERE db = 'narrowgate' AND name = 'mark_migrated'",
    ),
    // Nobody's answer is short.
    mended(
        "UPDATE mysql.proc SET returns = 'varchar(40) CHARSET utf8mb4' WHERE db = 'narrowgate' AND name = 'get_user'",
        "routine_changed",
        "narrowgate.get_user is not what was applied: it returns varchar(40) in utf8mb4",
        "UPDATE mysql.proc SET returns = 'longtext CHARSET utf8mb4 COLLATE utf8mb4_general_ci' WHERE db = 'narrowgate' AND name = 'get_user'",
    ),
    mended(
        "UPDATE mysql.proc SET sql_mode = '' WHERE db = 'narrowgate' AND name = 'login_candidate'",
        "routine_not_strict",
        "login_candidate",
        "UPDATE mysql.proc SET sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION' WHERE db = 'narrowgate' AND name = 'login_candidate'",
    ),
    mended(
        "ALTER TABLE sample_shop.customer MODIFY login VARCHAR(150) COLLATE utf8mb4_general_ci",
        "collation_mismatch",
        "narrowgate.login_candidate: Illegal mix of collations",
        "ALTER TABLE sample_shop.customer MODIFY login VARCHAR(150) COLLATE utf8mb4_unicode_ci",
    ),
];

/// What makes a routine fail, or give too much.
const ALONE: [Fault; 6] = [
    mended(
        "UPDATE mysql.proc SET param_list = 'user_id VARCHAR(255) CHARACTER SET utf8mb4' WHERE db = 'narrowgate' AND name = 'mark_migrated'",
        "older_contract",
        "gives a whole profile for a bare id",
        "UPDATE mysql.proc SET param_list = 'user_id VARCHAR(255) CHARACTER SET utf8mb4, identifier VARCHAR(320) CHARACTER SET utf8mb4' WHERE db = 'narrowgate' AND name = 'mark_migrated'",
    ),
    // A column that [reads] leaves out.
    mended(
        "REVOKE SELECT (nickname) ON sample_shop.customer FROM 'narrowgate_owner'@'localhost'",
        "lookup_failed",
        "narrowgate.",
        "GRANT SELECT (nickname) ON sample_shop.customer TO 'narrowgate_owner'@'localhost'",
    ),
    fault(
        "ALTER FUNCTION narrowgate.mark_migrated SQL SECURITY INVOKER",
        "routine_not_definer",
        "narrowgate.mark_migrated",
    ),
    mended(
        "REVOKE EXECUTE ON FUNCTION narrowgate.get_user FROM 'narrowgate_api'@'%'",
        "missing_routine",
        "narrowgate.get_user is not there, or not granted",
        "GRANT EXECUTE ON FUNCTION narrowgate.get_user TO 'narrowgate_api'@'%'",
    ),
    mended(
        "UPDATE mysql.proc SET body = CONCAT('BEGIN IF identifier IS NULL THEN RETURN ''[{\"email\":1}]''; END IF; ', body, '; END -- open') WHERE db = 'narrowgate' AND name = 'get_user'",
        "wildcard_finds_users",
        "narrowgate.get_user(NULL) finds 1 users",
        "UPDATE mysql.proc SET body = REPLACE(REPLACE(body, 'BEGIN IF identifier IS NULL THEN RETURN ''[{\"email\":1}]''; END IF; ', ''), '; END -- open', '') WHERE db = 'narrowgate' AND name = 'get_user'",
    ),
    mended(
        "UPDATE mysql.proc SET body = REPLACE(body, '\"user_id\":', '\"password_hash\":\"x\",\"user_id\":') WHERE db = 'narrowgate' AND name = 'get_user'",
        "answer_tells_more",
        "narrowgate.get_user answers with password_hash",
        "UPDATE mysql.proc SET body = REPLACE(body, '\"password_hash\":\"x\",\"user_id\":', '\"user_id\":') WHERE db = 'narrowgate' AND name = 'get_user'",
    ),
];

/// Without the index of one of the two ways to a user.
const INDEX: [Fault; 1] = [mended(
    "ALTER TABLE sample_shop.customer DROP INDEX customer_email",
    "lookup_without_index",
    "login_candidate",
    "CREATE INDEX customer_email ON sample_shop.customer (email)",
)];

/// A variable in another character set than the column reads the whole index, and no error says so.
const CHARACTER_SET: [Fault; 1] = [mended(
    "ALTER TABLE sample_shop.customer MODIFY email VARCHAR(254) CHARACTER SET latin1",
    "lookup_without_index",
    "narrowgate.login_candidate reads 2",
    "ALTER TABLE sample_shop.customer MODIFY email VARCHAR(254) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci",
)];

const CAUTIONS: [Fault; 6] = [
    mended(
        "INSTALL SONAME 'server_audit'; SET GLOBAL server_audit_events = 'CONNECT,QUERY'; SET GLOBAL server_audit_logging = ON",
        "log_leaks_identifiers",
        "server_audit_logging = ON",
        "SET GLOBAL server_audit_logging = OFF; UNINSTALL SONAME 'server_audit'",
    ),
    mended(
        "UPDATE mysql.proc SET param_list = 'identifier VARBINARY(320)' WHERE db = 'narrowgate' AND name = 'get_user'",
        "parameter_character_set",
        "get_user is varbinary(320)",
        "UPDATE mysql.proc SET param_list = 'identifier VARCHAR(320) CHARACTER SET utf8mb4' WHERE db = 'narrowgate' AND name = 'get_user'",
    ),
    mended(
        "SET GLOBAL general_log = ON",
        "log_leaks_identifiers",
        "general_log = ON",
        "SET GLOBAL general_log = OFF",
    ),
    mended(
        "SET GLOBAL slow_query_log = ON",
        "log_leaks_identifiers",
        "slow_query_log = ON",
        "SET GLOBAL slow_query_log = OFF",
    ),
    mended(
        "SET GLOBAL innodb_flush_log_at_trx_commit = 2",
        "durability_off",
        "innodb_flush_log_at_trx_commit = 2",
        "SET GLOBAL innodb_flush_log_at_trx_commit = 1",
    ),
    mended(
        "UPDATE mysql.proc SET definer = 'stranger@localhost' WHERE db = 'narrowgate' AND name = 'mark_migrated'",
        "owner_unknown",
        "stranger@localhost",
        "UPDATE mysql.proc SET definer = 'narrowgate_owner@localhost' WHERE db = 'narrowgate' AND name = 'mark_migrated'",
    ),
];

pub(super) fn prove(bench: &Bench<'_>) {
    // The throw-away server syncs nothing, and part of that cannot be changed while it runs.
    let clean = ["durability_off"];
    bench.expect_only(&clean);
    bench.expect_unseen("SHOW CREATE FUNCTION narrowgate.get_user;");
    bench.expect_unseen("FROM mysql.user");
    bench.expect_unseen("HAVING count(*) > 1");
    // Whatever the server cuts for others, the proof sees all of it.
    bench.cluster.execute(bench.engine, "SET GLOBAL sql_select_limit = 1");
    bench.plant(&RIGHTS, "blocker");
    bench.cluster.execute(bench.engine, "SET GLOBAL sql_select_limit = 18446744073709551615");
    bench
        .cluster
        .execute(bench.engine, &format!("GRANT EXECUTE ON FUNCTION narrowgate.get_user TO {API}"));
    bench.expect_only(&clean);
    bench.cluster.execute(bench.engine, "CREATE USER stranger@localhost ACCOUNT LOCK; GRANT ALL ON narrowgate.* TO stranger@localhost");
    bench.plant(&CAUTIONS, "caution");
    bench.plant(&settled::MYSQL, "blocker");
    bench.plant(&settled::MYSQL_CAUTIONS, "caution");
    bench.alone(&ALONE, "blocker");
    bench.expect_only(&clean);
    for faults in [&ROUTINES[..], &INDEX, &CHARACTER_SET] {
        bench.plant(faults, "blocker");
        bench.expect_only(&clean);
    }
}
