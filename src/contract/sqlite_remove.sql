-- Takes Narrowgate's contract back from this file, and nothing else. {{origin}} All or nothing:
--
--   sqlite3 -bail legacy.db <remove.sql

BEGIN;
DROP VIEW mark_migrated;
DROP VIEW login_candidate;
DROP VIEW get_user;
DROP VIEW legacy_user;

{{fixed}}
COMMIT;
