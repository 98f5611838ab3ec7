-- Narrowgate's fixed objects for MariaDB 10.6, MySQL 8.0, and later: a database, two accounts, the table of marks. They are
-- also part of every script that `narrowgate-migrate contract` prints, and need not be applied apart from it. As an
-- administrator:
--
--   mariadb <up.sql      or  mysql <up.sql
--   or: diesel migration run --migration-dir migrations/mysql

-- 1. The database, and the accounts. All are locked, for some servers in a way that asks for no password; narrowgate_api is kept
--    as it is where it is there.
--    narrowgate_owner  is never unlocked; the functions and the view read the legacy tables with its rights
--    narrowgate_api    the service. To narrow '%' down to the service's hosts, replace it in this whole file before it is
--                      applied, and in what --drop prints.
CREATE DATABASE IF NOT EXISTS narrowgate CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE USER IF NOT EXISTS 'narrowgate_owner'@'localhost' /*!80018 IDENTIFIED BY RANDOM PASSWORD */ /*M! IDENTIFIED VIA unix_socket */ ACCOUNT LOCK;
CREATE USER IF NOT EXISTS 'narrowgate_api'@'%' /*!80018 IDENTIFIED BY RANDOM PASSWORD */ /*M! IDENTIFIED VIA unix_socket */ ACCOUNT LOCK;
ALTER USER 'narrowgate_owner'@'localhost' /*!80018 IDENTIFIED BY RANDOM PASSWORD */ /*M! IDENTIFIED VIA unix_socket */ ACCOUNT LOCK;

-- 2. The marks: who has moved to Auth0, and when (UTC). By its comment the table is known as ours.
--    To undo one: DELETE FROM narrowgate.migrated_user WHERE user_id = '...';
CREATE TABLE IF NOT EXISTS narrowgate.migrated_user (
  user_id VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL PRIMARY KEY,
  migrated_at DATETIME(6) NOT NULL
) ENGINE = InnoDB COMMENT = 'Narrowgate''s marks';
