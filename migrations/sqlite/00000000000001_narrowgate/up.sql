-- Narrowgate's fixed objects for SQLite 3.38 and later. Apply to the legacy file, all or nothing:
--
--   sqlite3 -bail legacy.db 'BEGIN' '.read up.sql' 'COMMIT'
--   or: diesel migration run --migration-dir migrations/sqlite      (Diesel wraps a migration in a transaction)
--
-- It makes one table and three views; it reads and changes no legacy table. The other half of the contract, the view
-- legacy_user over your own tables, is yours: deploy/contract/sample-sqlite.sql is an example. It may come after this file,
-- but not much later: until it is there SQLite refuses ALTER TABLE ... RENAME on any table of the file.
--
-- SQLite has neither roles nor routines. Whoever can open the file can read all of it, so what these views leave out, the
-- service could read all the same: guard the file with the system's means (own user, 0640 in a folder of 0750).

-- 1. The marks: who has moved to Auth0, and when (UTC). To undo one: DELETE FROM migrated_user WHERE user_id = '...';
--    Neither STRICT nor newer features: every program that opens the file has to understand its whole schema.
CREATE TABLE migrated_user (
  user_id TEXT NOT NULL PRIMARY KEY CHECK (typeof(user_id) = 'text'),
  migrated_at TIMESTAMP NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now'))
) WITHOUT ROWID;

-- 2. The questions, one row a match. The service asks  SELECT answer FROM get_user WHERE identifier = ? LIMIT 2
--    * The condition reaches the indexes of the legacy table: e-mail and username need one with COLLATE NOCASE each
--      (ASCII case is ignored, nothing else), user_id one on the expression behind it. See the sample contract.
--    * An identifier with '@' may be an e-mail or a username; the second half leaves out those the first half finds.
--    * A flag is true for 1, false for 0, null for NULL; anything else stays what it is, as text or number, and the service
--      refuses it, as it does metadata that is not valid JSON.

CREATE VIEW get_user(identifier, answer) AS
  SELECT u.email COLLATE NOCASE, json_object(
    'user_id', u.user_id, 'email', u.email,
    'email_verified', json(CASE u.email_verified WHEN 0 THEN 'false' WHEN 1 THEN 'true' ELSE json_quote(u.email_verified) END),
    'username', u.username, 'phone_number', u.phone_number,
    'phone_verified', json(CASE u.phone_verified WHEN 0 THEN 'false' WHEN 1 THEN 'true' ELSE json_quote(u.phone_verified) END),
    'name', u.name, 'given_name', u.given_name, 'family_name', u.family_name, 'nickname', u.nickname,
    'picture', u.picture,
    'user_metadata', json(CASE WHEN json_valid(u.user_metadata) THEN u.user_metadata ELSE json_quote(u.user_metadata) END),
    'app_metadata', json(CASE WHEN json_valid(u.app_metadata) THEN u.app_metadata ELSE json_quote(u.app_metadata) END),
    'blocked', json(CASE u.blocked WHEN 0 THEN 'false' WHEN 1 THEN 'true' ELSE json_quote(u.blocked) END))
  FROM legacy_user AS u
  WHERE instr(u.email, '@') > 0
    AND NOT EXISTS (SELECT 1 FROM migrated_user AS m WHERE m.user_id = u.user_id)
  UNION ALL
  SELECT u.username COLLATE NOCASE, json_object(
    'user_id', u.user_id, 'email', u.email,
    'email_verified', json(CASE u.email_verified WHEN 0 THEN 'false' WHEN 1 THEN 'true' ELSE json_quote(u.email_verified) END),
    'username', u.username, 'phone_number', u.phone_number,
    'phone_verified', json(CASE u.phone_verified WHEN 0 THEN 'false' WHEN 1 THEN 'true' ELSE json_quote(u.phone_verified) END),
    'name', u.name, 'given_name', u.given_name, 'family_name', u.family_name, 'nickname', u.nickname,
    'picture', u.picture,
    'user_metadata', json(CASE WHEN json_valid(u.user_metadata) THEN u.user_metadata ELSE json_quote(u.user_metadata) END),
    'app_metadata', json(CASE WHEN json_valid(u.app_metadata) THEN u.app_metadata ELSE json_quote(u.app_metadata) END),
    'blocked', json(CASE u.blocked WHEN 0 THEN 'false' WHEN 1 THEN 'true' ELSE json_quote(u.blocked) END))
  FROM legacy_user AS u
  WHERE u.username IS NOT NULL AND (instr(u.username, '@') = 0 OR u.username IS NOT u.email COLLATE NOCASE)
    AND NOT EXISTS (SELECT 1 FROM migrated_user AS m WHERE m.user_id = u.user_id);

-- The same with the password columns.
CREATE VIEW login_candidate(identifier, answer) AS
  SELECT u.email COLLATE NOCASE, json_object(
    'user_id', u.user_id, 'email', u.email,
    'email_verified', json(CASE u.email_verified WHEN 0 THEN 'false' WHEN 1 THEN 'true' ELSE json_quote(u.email_verified) END),
    'username', u.username, 'phone_number', u.phone_number,
    'phone_verified', json(CASE u.phone_verified WHEN 0 THEN 'false' WHEN 1 THEN 'true' ELSE json_quote(u.phone_verified) END),
    'name', u.name, 'given_name', u.given_name, 'family_name', u.family_name, 'nickname', u.nickname,
    'picture', u.picture,
    'user_metadata', json(CASE WHEN json_valid(u.user_metadata) THEN u.user_metadata ELSE json_quote(u.user_metadata) END),
    'app_metadata', json(CASE WHEN json_valid(u.app_metadata) THEN u.app_metadata ELSE json_quote(u.app_metadata) END),
    'blocked', json(CASE u.blocked WHEN 0 THEN 'false' WHEN 1 THEN 'true' ELSE json_quote(u.blocked) END),
    'password_hash', u.password_hash, 'password_salt', u.password_salt, 'password_scheme', u.password_scheme)
  FROM legacy_user AS u
  WHERE instr(u.email, '@') > 0
    AND NOT EXISTS (SELECT 1 FROM migrated_user AS m WHERE m.user_id = u.user_id)
  UNION ALL
  SELECT u.username COLLATE NOCASE, json_object(
    'user_id', u.user_id, 'email', u.email,
    'email_verified', json(CASE u.email_verified WHEN 0 THEN 'false' WHEN 1 THEN 'true' ELSE json_quote(u.email_verified) END),
    'username', u.username, 'phone_number', u.phone_number,
    'phone_verified', json(CASE u.phone_verified WHEN 0 THEN 'false' WHEN 1 THEN 'true' ELSE json_quote(u.phone_verified) END),
    'name', u.name, 'given_name', u.given_name, 'family_name', u.family_name, 'nickname', u.nickname,
    'picture', u.picture,
    'user_metadata', json(CASE WHEN json_valid(u.user_metadata) THEN u.user_metadata ELSE json_quote(u.user_metadata) END),
    'app_metadata', json(CASE WHEN json_valid(u.app_metadata) THEN u.app_metadata ELSE json_quote(u.app_metadata) END),
    'blocked', json(CASE u.blocked WHEN 0 THEN 'false' WHEN 1 THEN 'true' ELSE json_quote(u.blocked) END),
    'password_hash', u.password_hash, 'password_salt', u.password_salt, 'password_scheme', u.password_scheme)
  FROM legacy_user AS u
  WHERE u.username IS NOT NULL AND (instr(u.username, '@') = 0 OR u.username IS NOT u.email COLLATE NOCASE)
    AND NOT EXISTS (SELECT 1 FROM migrated_user AS m WHERE m.user_id = u.user_id);

-- All users, marked or not. The service marks one it has found here: INSERT OR IGNORE INTO migrated_user ...
CREATE VIEW mark_migrated(user_id, answer) AS
  SELECT u.user_id, json_object(
    'user_id', u.user_id, 'email', u.email,
    'email_verified', json(CASE u.email_verified WHEN 0 THEN 'false' WHEN 1 THEN 'true' ELSE json_quote(u.email_verified) END),
    'username', u.username, 'phone_number', u.phone_number,
    'phone_verified', json(CASE u.phone_verified WHEN 0 THEN 'false' WHEN 1 THEN 'true' ELSE json_quote(u.phone_verified) END),
    'name', u.name, 'given_name', u.given_name, 'family_name', u.family_name, 'nickname', u.nickname,
    'picture', u.picture,
    'user_metadata', json(CASE WHEN json_valid(u.user_metadata) THEN u.user_metadata ELSE json_quote(u.user_metadata) END),
    'app_metadata', json(CASE WHEN json_valid(u.app_metadata) THEN u.app_metadata ELSE json_quote(u.app_metadata) END),
    'blocked', json(CASE u.blocked WHEN 0 THEN 'false' WHEN 1 THEN 'true' ELSE json_quote(u.blocked) END))
  FROM legacy_user AS u;
