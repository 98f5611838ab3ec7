-- Takes back sample-sqlite.sql. After it, migrations/sqlite/*/down.sql removes the rest (and the marks).
--
--   sqlite3 -bail legacy.db <sample-sqlite-remove.sql

BEGIN;

DROP VIEW legacy_user;

-- Leave out what other programs have come to use.
DROP INDEX IF EXISTS customer_email_nocase;
DROP INDEX IF EXISTS customer_login_nocase;
DROP INDEX IF EXISTS customer_id_text;

COMMIT;
