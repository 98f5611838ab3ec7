-- Removes what up.sql has made. `narrowgate-migrate contract --drop` prints it together with the rest of the contract.
--
--   mariadb <down.sql      or  mysql <down.sql
--   or: diesel migration revert --migration-dir migrations/mysql

-- THE MARKS GO WITH THE TABLE. Without them nobody can tell any more who has moved to Auth0. To keep them:
--   mariadb-dump narrowgate migrated_user >migrated_user.sql
DROP TABLE IF EXISTS narrowgate.migrated_user;
-- Whatever else somebody has put into the database stays, and the database with it.
SET @narrowgate_drop = IF(
  EXISTS (SELECT 1 FROM information_schema.tables WHERE table_schema = 'narrowgate')
    OR EXISTS (SELECT 1 FROM information_schema.routines WHERE routine_schema = 'narrowgate')
    OR EXISTS (SELECT 1 FROM information_schema.events WHERE event_schema = 'narrowgate'),
  'DO 0', 'DROP DATABASE narrowgate');
PREPARE narrowgate_drop FROM @narrowgate_drop;
EXECUTE narrowgate_drop;
DEALLOCATE PREPARE narrowgate_drop;
DROP USER IF EXISTS 'narrowgate_api'@'%', 'narrowgate_bulk'@'%', 'narrowgate_marker'@'%', 'narrowgate_owner'@'localhost';
