-- Takes Narrowgate's contract back from this server, and nothing else: what was granted goes with the accounts. Printed by narrowgate-migrate 0.1.0 from mapping.example.toml.
--
--   mysql <remove.sql

-- Without it MySQL would refuse what follows, where this was applied before.
CREATE DATABASE IF NOT EXISTS narrowgate;
DROP FUNCTION IF EXISTS narrowgate.login_candidate; DROP FUNCTION IF EXISTS narrowgate.password_parameters;
DROP FUNCTION IF EXISTS narrowgate.password_matches; DROP FUNCTION IF EXISTS narrowgate.password_parts;
DROP FUNCTION IF EXISTS narrowgate.password_form; DROP FUNCTION IF EXISTS narrowgate.password_unpacked;
DROP FUNCTION IF EXISTS narrowgate.password_packed; DROP FUNCTION IF EXISTS narrowgate.password_digest;
DROP FUNCTION IF EXISTS narrowgate.candidate; DROP FUNCTION IF EXISTS narrowgate.get_user;
DROP FUNCTION IF EXISTS narrowgate.mark_migrated;
DROP VIEW IF EXISTS narrowgate.legacy_user;
DROP VIEW IF EXISTS narrowgate.legacy_email, narrowgate.legacy_phone, narrowgate.legacy_username;
DROP TABLE IF EXISTS narrowgate.password_decoy;

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
