//! A right too many on each kind of object that MySQL and MariaDB have.

use super::{Bench, Fault, fault, mended};

const API: &str = "'narrowgate_api'@'%'";

const RIGHTS: [Fault; 15] = [
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

const ROUTINES: [Fault; 4] = [
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

const CAUTIONS: [Fault; 4] = [
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
    bench.plant(&RIGHTS, "blocker");
    bench
        .cluster
        .execute(bench.engine, &format!("GRANT EXECUTE ON FUNCTION narrowgate.get_user TO {API}"));
    bench.expect_only(&clean);
    bench.cluster.execute(bench.engine, "CREATE USER stranger@localhost ACCOUNT LOCK; GRANT ALL ON narrowgate.* TO stranger@localhost");
    bench.plant(&CAUTIONS, "caution");
    for faults in [&ROUTINES[..], &INDEX, &CHARACTER_SET] {
        bench.plant(faults, "blocker");
        bench.expect_only(&clean);
    }
}
