-- Removes what up.sql has made, all or nothing:
--
--   sqlite3 -bail legacy.db 'BEGIN' '.read down.sql' 'COMMIT'
--   or: diesel migration revert --migration-dir migrations/sqlite
--
-- The view legacy_user is yours: deploy/contract/sample-sqlite-remove.sql.
-- THE MARKS GO WITH THE TABLE. Without them nobody can tell any more who has moved to Auth0. To keep them:
--   sqlite3 -csv legacy.db 'SELECT * FROM migrated_user' >migrated_user.csv

DROP VIEW mark_migrated;
DROP VIEW login_candidate;
DROP VIEW get_user;
DROP TABLE migrated_user;
