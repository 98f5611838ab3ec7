-- Narrowgate's fixed objects for MariaDB 10.6, MySQL 8.0, and later: a database, three accounts, the table of marks. They are
-- also part of every script that `narrowgate-migrate contract` prints, and need not be applied apart from it. As an
-- administrator:
--
--   mariadb <up.sql      or  mysql <up.sql
--   or: diesel migration run --migration-dir migrations/mysql

-- 1. The database.
CREATE DATABASE IF NOT EXISTS narrowgate CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- 2. Accounts. All are locked; one that is already there is kept as it is.
--    narrowgate_owner  is never unlocked; the functions and the view read the legacy tables with its rights
--    narrowgate_api    the service. To narrow '%' down to the service's hosts, replace it in this whole file before it is
--                      applied, and in what --drop prints. To open it:
--                      ALTER USER 'narrowgate_api'@'%' IDENTIFIED BY '...' REQUIRE SSL
--                        WITH MAX_USER_CONNECTIONS 40 ACCOUNT UNLOCK;
--    narrowgate_bulk   the bulk migration; the same, only while it runs
CREATE USER IF NOT EXISTS 'narrowgate_owner'@'localhost' ACCOUNT LOCK;
CREATE USER IF NOT EXISTS 'narrowgate_api'@'%' ACCOUNT LOCK;
CREATE USER IF NOT EXISTS 'narrowgate_bulk'@'%' ACCOUNT LOCK;

-- 3. The marks: who has moved to Auth0, and when (UTC).
--    To undo one: DELETE FROM narrowgate.migrated_user WHERE user_id = '...';
CREATE TABLE IF NOT EXISTS narrowgate.migrated_user (
  user_id VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL PRIMARY KEY,
  migrated_at DATETIME(6) NOT NULL
) ENGINE = InnoDB;
GRANT SELECT ON narrowgate.migrated_user TO 'narrowgate_bulk'@'%';
