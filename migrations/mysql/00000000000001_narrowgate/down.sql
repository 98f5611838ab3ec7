-- Removes what up.sql has made, with the database and all that is in it. `narrowgate-migrate contract --drop` prints it, too.
--
--   mariadb <down.sql      or  mysql <down.sql
--   or: diesel migration revert --migration-dir migrations/mysql

-- THE MARKS GO WITH THE DATABASE. Without them nobody can tell any more who has moved to Auth0. To keep them:
--   mariadb-dump narrowgate migrated_user >migrated_user.sql
DROP DATABASE IF EXISTS narrowgate;
DROP USER IF EXISTS 'narrowgate_api'@'%', 'narrowgate_bulk'@'%', 'narrowgate_owner'@'localhost';
