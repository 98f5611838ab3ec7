-- The contract between a legacy database and Narrowgate, worked out for sample-sqlite-legacy.sql. Copy it, put your own
-- tables in, and apply it after migrations/sqlite/*/up.sql:
--
--   sqlite3 -bail legacy.db <sample-sqlite.sql
--
-- All of it or nothing is done. sample-sqlite-remove.sql takes it back. No row of a legacy table is changed.

BEGIN;

-- 1. Indexes. Narrowgate asks by these three expressions; without its index each question reads the whole table.
--      email, login   COLLATE NOCASE: upper and lower case of ASCII letters are the same, as in the service
--      CAST(id AS TEXT)   the expression behind user_id below, written exactly so: for marks, and for the bulk export's
--                         pages. UNIQUE also proves that no two users share a user_id. Not needed for a key of type TEXT.
CREATE INDEX IF NOT EXISTS customer_email_nocase ON customer (email COLLATE NOCASE);
CREATE INDEX IF NOT EXISTS customer_login_nocase ON customer (login COLLATE NOCASE);
CREATE UNIQUE INDEX IF NOT EXISTS customer_id_text ON customer (CAST(id AS TEXT));

-- 2. The mapping: your tables in Narrowgate's columns, one row a user. What you do not have is NULL.
--    Narrowgate never guesses: a flag that is neither 1 nor 0, an id that is no text, metadata that is no JSON object makes
--    the row an invalid one, which is refused and counted.
CREATE VIEW legacy_user AS
SELECT
  -- The key as text: stable for ever, unique, without white space or '|'. It becomes the Auth0 user id.
  CAST(c.id AS TEXT) AS user_id,
  -- As stored, in any case. The service compares once more.
  c.email AS email,
  -- 1 only where the address was confirmed. Not known means no.
  COALESCE(c.email_confirmed = 'Y', 0) AS email_verified,
  c.login AS username,
  c.phone AS phone_number,
  COALESCE(c.phone_confirmed = 'Y', 0) AS phone_verified,
  c.full_name AS name,
  c.first_name AS given_name,
  c.last_name AS family_name,
  c.nickname AS nickname,
  c.avatar_url AS picture,
  -- JSON objects, or NULL. The user may change the first in Auth0, only the tenant the second.
  c.preferences AS user_metadata,
  json_object('plan', c."plan") AS app_metadata,
  -- Everybody is blocked but those who are known to be active: a status that is added later must not open the door.
  c.status IS NOT 1 AS blocked,
  -- As stored. NULL for those without a password: they exist, but cannot log in with one.
  c.password_hash AS password_hash,
  -- Only for hashes that do not carry their salt and their scheme in themselves, as all of these do.
  NULL AS password_salt,
  NULL AS password_scheme
FROM customer AS c
-- Leave out only those whose address may be taken by somebody else from now on.
WHERE c.deleted_at IS NULL;

COMMIT;

-- 3. By hand: the service's own system user, the file 0640 in a folder of 0750, and write access for the service only to
--    the file and its folder (SQLite's journal lies beside it). Then, as that user: narrowgate check
