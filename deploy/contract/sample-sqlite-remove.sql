-- Takes Narrowgate's contract back from this file, and nothing else. Printed by narrowgate-migrate 0.1.0 from mapping.example.toml. All or nothing:
--
--   sqlite3 -bail legacy.db <remove.sql

BEGIN;
DROP VIEW IF EXISTS mark_migrated;
DROP VIEW IF EXISTS login_candidate;
DROP VIEW IF EXISTS get_user;
DROP VIEW IF EXISTS legacy_user;

-- THE MARKS GO WITH THE TABLE. Without them nobody can tell any more who has moved to Auth0. To keep them:
--   sqlite3 -csv legacy.db 'SELECT * FROM migrated_user' >migrated_user.csv
DROP TABLE IF EXISTS migrated_user;

COMMIT;
