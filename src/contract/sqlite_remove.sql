-- Takes Narrowgate's contract back from this file, and nothing else. {{origin}} All or nothing:
--
--   sqlite3 -bail legacy.db <remove.sql

BEGIN;
{{guard}}
DROP VIEW IF EXISTS mark_migrated;
DROP VIEW IF EXISTS login_candidate;
DROP VIEW IF EXISTS get_user;
DROP VIEW IF EXISTS legacy_user;
{{drop_own}}
DROP TABLE IF EXISTS narrowgate_applied;

{{fixed}}
COMMIT;
