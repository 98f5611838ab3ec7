-- Takes Narrowgate's contract back from this file, and nothing else. Printed by narrowgate-migrate 0.1.0 from mapping.example.toml. All or nothing:
--
--   sqlite3 -bail legacy.db <remove.sql

BEGIN;
-- Whoever has used one of these names is not harmed: the script ends here.
CREATE TEMPORARY TABLE narrowgate_guard (strangers INTEGER
  CONSTRAINT "legacy_user, get_user, login_candidate, mark_migrated or migrated_user is there and not Narrowgate's" CHECK (strangers = 0));
INSERT INTO narrowgate_guard
SELECT count(*) FROM sqlite_master AS s
WHERE lower(s.name) IN ('legacy_user', 'legacy_email', 'legacy_phone', 'legacy_username', 'get_user', 'login_candidate', 'mark_migrated', 'migrated_user')
  AND s.sql NOT LIKE '%narrowgate%';
DROP TABLE narrowgate_guard;
DROP VIEW IF EXISTS mark_migrated;
DROP VIEW IF EXISTS login_candidate;
DROP VIEW IF EXISTS get_user;
DROP VIEW IF EXISTS legacy_user;
DROP VIEW IF EXISTS legacy_email; DROP VIEW IF EXISTS legacy_phone; DROP VIEW IF EXISTS legacy_username;
DROP TABLE IF EXISTS narrowgate_applied;

-- THE MARKS GO WITH THE TABLE. Without them nobody can tell any more who has moved to Auth0. To keep them:
--   sqlite3 -csv legacy.db 'SELECT * FROM migrated_user' >migrated_user.csv
DROP TABLE IF EXISTS migrated_user;

COMMIT;
