-- Takes Narrowgate's contract back from this server, and nothing else: what was granted goes with the accounts. Printed by narrowgate-migrate 0.1.0 from mapping.example.toml.
--
--   mysql <remove.sql

-- What is there under our names and was not made by us stops this before anything is touched: the words of the error say what it
-- is. A table of marks of ours has a comment that says so. (It is ours all the same, and has none?
-- ALTER TABLE narrowgate.migrated_user COMMENT = 'Narrowgate''s marks';) An account without rights may have been made for us.
SET @narrowgate_there = CONVERT(COALESCE((SELECT t.table_comment FROM information_schema.tables AS t
  WHERE t.table_schema = 'narrowgate' AND t.table_name = 'migrated_user'
    AND (t.table_comment LIKE 'users of % by %' OR t.table_comment = 'Narrowgate''s marks')), '') USING utf8mb4) COLLATE utf8mb4_bin;
SET @narrowgate_accounts = JSON_ARRAY('''narrowgate_owner''@''localhost''', '''narrowgate_api''@''%''', '''narrowgate_bulk''@''%''', '''narrowgate_marker''@''%''');
-- Rights to routines and roles stand in tables of the server's own, and are read only where nothing is ours yet.
SET @narrowgate_rights = '[]';
SET @narrowgate_step = IF(@narrowgate_there <> '', 'DO 0', 'SET @narrowgate_rights = (SELECT COALESCE(JSON_ARRAYAGG(a.grantee), ''[]'') FROM (
  SELECT CONCAT(QUOTE(p.user), CHAR(64 USING utf8mb4), QUOTE(p.host)) AS grantee FROM mysql.procs_priv AS p WHERE p.db <> ''narrowgate''
  /*M! UNION ALL SELECT CONCAT(QUOTE(p.user), CHAR(64 USING utf8mb4), QUOTE(p.host)) FROM mysql.roles_mapping AS p */
  /*!80000 UNION ALL SELECT CONCAT(QUOTE(p.to_user), CHAR(64 USING utf8mb4), QUOTE(p.to_host)) FROM mysql.role_edges AS p */) AS a)');
PREPARE narrowgate_step FROM @narrowgate_step;
EXECUTE narrowgate_step;
SET @narrowgate_taken = (SELECT MIN(o.what) FROM (
  SELECT CONCAT('table ', t.table_name) AS what FROM information_schema.tables AS t WHERE t.table_schema = 'narrowgate'
  UNION ALL SELECT CONCAT('routine ', r.routine_name) FROM information_schema.routines AS r WHERE r.routine_schema = 'narrowgate'
  UNION ALL SELECT CONCAT('event ', e.event_name) FROM information_schema.events AS e WHERE e.event_schema = 'narrowgate'
  UNION ALL SELECT CONCAT('account ', a.grantee) FROM (
    SELECT p.grantee FROM information_schema.user_privileges AS p WHERE p.privilege_type <> 'USAGE' OR p.is_grantable = 'YES'
    UNION ALL SELECT p.grantee FROM information_schema.schema_privileges AS p
    UNION ALL SELECT p.grantee FROM information_schema.table_privileges AS p WHERE p.table_schema <> 'narrowgate'
    UNION ALL SELECT p.grantee FROM information_schema.column_privileges AS p WHERE p.table_schema <> 'narrowgate'
    UNION ALL SELECT j.grantee FROM JSON_TABLE(@narrowgate_rights, '$[*]' COLUMNS (grantee VARCHAR(500) CHARACTER SET utf8mb4 PATH '$')) AS j
  ) AS a WHERE JSON_CONTAINS(@narrowgate_accounts, JSON_QUOTE(a.grantee))) AS o
  WHERE @narrowgate_there = '');
SET @narrowgate_step = IF(@narrowgate_taken IS NULL, 'DO 0',
  CONCAT('SELECT `--name another: not made by Narrowgate: ', REPLACE(@narrowgate_taken, '`', ''), '`'));
PREPARE narrowgate_step FROM @narrowgate_step;

-- Without it MySQL would refuse what follows, where this was applied before. One that is made here goes again.
SET @narrowgate_there = IF(EXISTS (SELECT 1 FROM information_schema.schemata WHERE schema_name = 'narrowgate'), @narrowgate_there, 'made here');
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
-- The table goes last, and the database with it: while it is there this can be applied once more, and a database without it is
-- not ours.
DROP USER IF EXISTS 'narrowgate_api'@'%', 'narrowgate_bulk'@'%', 'narrowgate_marker'@'%', 'narrowgate_owner'@'localhost';
-- Whatever else somebody has put into the database stays, and the database with it.
SET @narrowgate_step = IF(@narrowgate_there = '', 'DO 0', IF(
  EXISTS (SELECT 1 FROM information_schema.tables WHERE table_schema = 'narrowgate' AND table_name <> 'migrated_user')
    OR EXISTS (SELECT 1 FROM information_schema.routines WHERE routine_schema = 'narrowgate')
    OR EXISTS (SELECT 1 FROM information_schema.events WHERE event_schema = 'narrowgate'),
  'DROP TABLE narrowgate.migrated_user', 'DROP DATABASE narrowgate'));
PREPARE narrowgate_step FROM @narrowgate_step;
EXECUTE narrowgate_step;
DEALLOCATE PREPARE narrowgate_step;
