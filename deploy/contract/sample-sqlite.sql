-- Narrowgate's contract with this file, for SQLite 3.38 and later. Printed by narrowgate-migrate 0.1.0 from mapping.example.toml.
-- Review it, change what you like, and apply it, all or nothing:
--
--   sqlite3 -bail legacy.db <contract.sql
--
-- It may be applied again: what is there is kept or made anew. No row of a legacy table is changed. docs/database.md explains
-- each part.
--
-- SQLite has neither roles nor routines. Whoever can open the file can read all of it, so what these views leave out, the
-- service could read all the same: guard the file with the system's means (own user, 0640 in a folder of 0750).

BEGIN;
-- Whoever has used one of these names is not harmed: the script ends here.
CREATE TEMPORARY TABLE narrowgate_guard (strangers INTEGER
  CONSTRAINT "legacy_user, get_user, login_candidate, mark_migrated or migrated_user is there and not Narrowgate's" CHECK (strangers = 0));
INSERT INTO narrowgate_guard
SELECT count(*) FROM sqlite_master AS s
WHERE lower(s.name) IN ('legacy_user', 'legacy_email', 'legacy_phone', 'legacy_username', 'get_user', 'login_candidate', 'mark_migrated', 'migrated_user')
  AND s.sql NOT LIKE '%narrowgate%';
DROP TABLE narrowgate_guard;

-- 1. The marks: who has moved to Auth0, and when (UTC). To undo one: DELETE FROM migrated_user WHERE user_id = '...';
--    Neither STRICT nor newer features: every program that opens the file has to understand its whole schema.
CREATE TABLE IF NOT EXISTS migrated_user ( -- Narrowgate's
  user_id TEXT NOT NULL PRIMARY KEY CHECK (typeof(user_id) = 'text'),
  migrated_at TIMESTAMP NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now'))
) WITHOUT ROWID;

DROP VIEW IF EXISTS mark_migrated; DROP VIEW IF EXISTS login_candidate; DROP VIEW IF EXISTS get_user; DROP VIEW IF EXISTS legacy_user;
DROP VIEW IF EXISTS legacy_email; DROP VIEW IF EXISTS legacy_phone; DROP VIEW IF EXISTS legacy_username;

-- 2. The mapping: your tables in Narrowgate's columns, one row a user.
--    Narrowgate never guesses: a flag that is neither 1 nor 0, metadata that is no JSON object, an id that cannot be an Auth0
--    id makes the row an invalid one, which is refused and counted. The last columns are what users are looked up by:
--      email_key     c.email COLLATE NOCASE
--        needs, if there is none: CREATE INDEX narrowgate_email_key ON customer (email COLLATE NOCASE);
--      username_key  c.login COLLATE NOCASE
--        needs, if there is none: CREATE INDEX narrowgate_username_key ON customer (login COLLATE NOCASE);
--      user_id       CAST(c.id AS TEXT)
--        needs, if there is none: CREATE UNIQUE INDEX narrowgate_user_id ON customer (CAST(id AS TEXT));
CREATE VIEW legacy_user AS -- Narrowgate's
SELECT
  CAST(c.id AS TEXT) AS user_id,
  CAST(c.email AS TEXT) AS email,
  (COALESCE(c.email_confirmed = 'Y', 0)) AS email_verified,
  CAST(c.login AS TEXT) AS username,
  CAST(c.phone AS TEXT) AS phone_number,
  (COALESCE(c.phone_confirmed = 'Y', 0)) AS phone_verified,
  CAST(c.full_name AS TEXT) AS name,
  CAST(c.first_name AS TEXT) AS given_name,
  CAST(c.last_name AS TEXT) AS family_name,
  CAST(c.nickname AS TEXT) AS nickname,
  CAST(c.avatar_url AS TEXT) AS picture,
  (c.preferences) AS user_metadata,
  (json_object('plan', c."plan")) AS app_metadata,
  (c.status IS NOT 1) AS blocked,
  CAST(c.password_hash AS TEXT) AS password_hash,
  NULL AS password_salt,
  NULL AS password_scheme,
  c.email COLLATE NOCASE AS email_key,
  c.login COLLATE NOCASE AS username_key
FROM customer AS c
WHERE c.deleted_at IS NULL;

-- 3. The questions, one row a match. The service asks  SELECT answer FROM get_user WHERE identifier = ? LIMIT 3
--    * The condition reaches the indexes of the legacy tables through the views.
--    * An e-mail address holds an '@', a phone number begins with '+' and a digit, a username may be anything. Who is found by
--      one kind of identifier is not found again under another. `matched` says by which, and the service compares that column.
--    * A flag is true for 1, false for 0, null for NULL; anything else stays what it is, as text or number, and the service
--      refuses it, as it does metadata that is not valid JSON.
CREATE VIEW get_user(identifier, answer) AS -- Narrowgate's
  SELECT f.identifier, json_object(
    'matched', f.matched, 'user_id', f.user_id, 'email', f.email,
    'email_verified', json(CASE f.email_verified WHEN 0 THEN 'false' WHEN 1 THEN 'true' ELSE json_quote(CAST(f.email_verified AS TEXT)) END),
    'username', f.username, 'phone_number', f.phone_number,
    'phone_verified', json(CASE f.phone_verified WHEN 0 THEN 'false' WHEN 1 THEN 'true' ELSE json_quote(CAST(f.phone_verified AS TEXT)) END),
    'name', f.name, 'given_name', f.given_name, 'family_name', f.family_name, 'nickname', f.nickname,
    'picture', f.picture,
    'user_metadata', json(CASE WHEN json_valid(f.user_metadata) THEN f.user_metadata ELSE json_quote(f.user_metadata) END),
    'app_metadata', json(CASE WHEN json_valid(f.app_metadata) THEN f.app_metadata ELSE json_quote(f.app_metadata) END),
    'blocked', json(CASE f.blocked WHEN 0 THEN 'false' WHEN 1 THEN 'true' ELSE json_quote(CAST(f.blocked AS TEXT)) END))
  FROM (
    SELECT u.email_key AS identifier, 'email' AS matched, u.* FROM legacy_user AS u
    WHERE COALESCE(instr(u.email_key, '@'), 0) > 0
    UNION ALL
    SELECT u.username_key AS identifier, 'username' AS matched, u.* FROM legacy_user AS u
    WHERE u.username_key IS NOT NULL
      AND NOT (COALESCE(instr(u.email_key, '@'), 0) > 0 AND u.username_key IS u.email_key)
  ) AS f
  WHERE NOT EXISTS (SELECT 1 FROM migrated_user AS m WHERE m.user_id = f.user_id);

-- The same with the password columns.
CREATE VIEW login_candidate(identifier, answer) AS -- Narrowgate's
  SELECT f.identifier, json_object(
    'matched', f.matched, 'user_id', f.user_id, 'email', f.email,
    'email_verified', json(CASE f.email_verified WHEN 0 THEN 'false' WHEN 1 THEN 'true' ELSE json_quote(CAST(f.email_verified AS TEXT)) END),
    'username', f.username, 'phone_number', f.phone_number,
    'phone_verified', json(CASE f.phone_verified WHEN 0 THEN 'false' WHEN 1 THEN 'true' ELSE json_quote(CAST(f.phone_verified AS TEXT)) END),
    'name', f.name, 'given_name', f.given_name, 'family_name', f.family_name, 'nickname', f.nickname,
    'picture', f.picture,
    'user_metadata', json(CASE WHEN json_valid(f.user_metadata) THEN f.user_metadata ELSE json_quote(f.user_metadata) END),
    'app_metadata', json(CASE WHEN json_valid(f.app_metadata) THEN f.app_metadata ELSE json_quote(f.app_metadata) END),
    'blocked', json(CASE f.blocked WHEN 0 THEN 'false' WHEN 1 THEN 'true' ELSE json_quote(CAST(f.blocked AS TEXT)) END),
    'password_hash', f.password_hash, 'password_salt', f.password_salt, 'password_scheme', f.password_scheme)
  FROM (
    SELECT u.email_key AS identifier, 'email' AS matched, u.* FROM legacy_user AS u
    WHERE COALESCE(instr(u.email_key, '@'), 0) > 0
    UNION ALL
    SELECT u.username_key AS identifier, 'username' AS matched, u.* FROM legacy_user AS u
    WHERE u.username_key IS NOT NULL
      AND NOT (COALESCE(instr(u.email_key, '@'), 0) > 0 AND u.username_key IS u.email_key)
  ) AS f
  WHERE NOT EXISTS (SELECT 1 FROM migrated_user AS m WHERE m.user_id = f.user_id);

-- All users, marked or not: by an id and an identifier of this very user the profile, by the id alone no more than that.
-- The service marks one it has found here: INSERT OR IGNORE INTO migrated_user ...
CREATE VIEW mark_migrated(user_id, identifier, answer) AS -- Narrowgate's
  SELECT f.user_id, f.identifier, CASE WHEN f.matched IS NULL THEN json_object('user_id', f.user_id) ELSE json_object(
    'matched', f.matched, 'user_id', f.user_id, 'email', f.email,
    'email_verified', json(CASE f.email_verified WHEN 0 THEN 'false' WHEN 1 THEN 'true' ELSE json_quote(CAST(f.email_verified AS TEXT)) END),
    'username', f.username, 'phone_number', f.phone_number,
    'phone_verified', json(CASE f.phone_verified WHEN 0 THEN 'false' WHEN 1 THEN 'true' ELSE json_quote(CAST(f.phone_verified AS TEXT)) END),
    'name', f.name, 'given_name', f.given_name, 'family_name', f.family_name, 'nickname', f.nickname,
    'picture', f.picture,
    'user_metadata', json(CASE WHEN json_valid(f.user_metadata) THEN f.user_metadata ELSE json_quote(f.user_metadata) END),
    'app_metadata', json(CASE WHEN json_valid(f.app_metadata) THEN f.app_metadata ELSE json_quote(f.app_metadata) END),
    'blocked', json(CASE f.blocked WHEN 0 THEN 'false' WHEN 1 THEN 'true' ELSE json_quote(CAST(f.blocked AS TEXT)) END)) END
  FROM (
    SELECT u.email_key AS identifier, 'email' AS matched, u.* FROM legacy_user AS u
    WHERE COALESCE(instr(u.email_key, '@'), 0) > 0
    UNION ALL
    SELECT u.username_key AS identifier, 'username' AS matched, u.* FROM legacy_user AS u
    WHERE u.username_key IS NOT NULL
      AND NOT (COALESCE(instr(u.email_key, '@'), 0) > 0 AND u.username_key IS u.email_key)
    UNION ALL
    SELECT NULL, NULL, u.* FROM legacy_user AS u
  ) AS f;

-- 4. Questions about nobody, so that a column that is missing is found now, and not at the first login.
SELECT answer FROM get_user WHERE identifier = 'narrowgate-probe@nobody.invalid'; SELECT answer FROM get_user WHERE identifier = 'narrowgate-probe';
SELECT answer FROM login_candidate WHERE identifier = 'narrowgate-probe@nobody.invalid'; SELECT answer FROM login_candidate WHERE identifier = 'narrowgate-probe';
SELECT answer FROM mark_migrated WHERE user_id = 'narrowgate-probe';
-- What was made is noted, so that `narrowgate check` finds changes.
DROP TABLE IF EXISTS narrowgate_applied;
CREATE TABLE narrowgate_applied AS SELECT s.name, s.sql FROM sqlite_master AS s WHERE s.sql LIKE '%-- Narrowgate''s%';

COMMIT;

-- 5. By hand: the service's own system user, the file 0640 in a folder of 0750, and write access for the service only to
--    the file and its folder (SQLite's journal lies beside it). Then, as that user: narrowgate check
