-- Removes what up.sql has made. `narrowgate-migrate contract --drop` prints it together with the rest of the contract.
--
--   sqlite3 -bail legacy.db <down.sql
--   or: diesel migration revert --migration-dir migrations/sqlite

-- THE MARKS GO WITH THE TABLE. Without them nobody can tell any more who has moved to Auth0. To keep them:
--   sqlite3 -csv legacy.db 'SELECT * FROM migrated_user' >migrated_user.csv
DROP TABLE IF EXISTS migrated_user;
