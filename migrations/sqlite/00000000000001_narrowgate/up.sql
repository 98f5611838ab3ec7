-- Narrowgate's fixed object for SQLite 3.38 and later: the table of marks. It is also part of every script that
-- `narrowgate-migrate contract` prints, and need not be applied apart from it.
--
--   sqlite3 -bail legacy.db <up.sql
--   or: diesel migration run --migration-dir migrations/sqlite

-- 1. The marks: who has moved to Auth0, and when (UTC). To undo one: DELETE FROM migrated_user WHERE user_id = '...';
--    Neither STRICT nor newer features: every program that opens the file has to understand its whole schema.
CREATE TABLE IF NOT EXISTS migrated_user ( -- Narrowgate's
  user_id TEXT NOT NULL PRIMARY KEY CHECK (typeof(user_id) = 'text'),
  migrated_at TIMESTAMP NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now'))
) WITHOUT ROWID;
