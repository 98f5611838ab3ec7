-- Narrowgate's contract with this server, for MySQL 8.0 and later. Printed by narrowgate-migrate 0.1.0 from mapping.example.toml.
-- Review it, change what you like, and apply it as an administrator:
--
--   mysql <contract.sql
--
-- Data definition has no transactions here: after a fault put it right and apply it again at any time; each function is away for a moment.
-- No row of a legacy table is changed. docs/database.md explains each part.
--
-- Where the binary log is on (the default in MySQL 8) and you cannot have SUPER (managed servers), set
-- log_bin_trust_function_creators = 1 while you apply this. A function that writes is accepted only as DETERMINISTIC.

SET @narrowgate_sql_mode = @@SESSION.sql_mode, @narrowgate_autocommit = @@SESSION.autocommit,
  @narrowgate_safe_updates = @@SESSION.sql_safe_updates, @narrowgate_big_selects = @@SESSION.sql_big_selects,
  @narrowgate_group_concat = @@SESSION.group_concat_max_len, @narrowgate_lock_wait = @@SESSION.lock_wait_timeout;
-- A function keeps the mode it was created in. Text in double quotes is text, a backslash in it escapes.
SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION', autocommit = 1, sql_safe_updates = 0, sql_big_selects = 1,
  group_concat_max_len = 1048576, lock_wait_timeout = 3;
SET NAMES utf8mb4;

-- What is there under our names and was not made by us stops this before anything is touched: the words of the error say what it
-- is. A table of marks of ours has a comment that says so. (It is ours all the same, and has none?
-- ALTER TABLE narrowgate.migrated_user COMMENT = 'Narrowgate''s marks';) An account without rights may have been made for us.
SET @narrowgate_there = CONVERT(COALESCE((SELECT t.table_comment FROM information_schema.tables AS t
  WHERE t.table_schema = 'narrowgate' AND t.table_name = 'migrated_user'
    AND (t.table_comment LIKE 'users of % by %' OR t.table_comment = 'Narrowgate''s marks')), '') USING utf8mb4) COLLATE utf8mb4_bin;
SET @narrowgate_accounts = JSON_ARRAY('''narrowgate_owner''@''localhost''', '''narrowgate_api''@''%''', '''narrowgate_bulk''@''%''', '''narrowgate_marker''@''%''');
-- Rights to routines and roles stand in tables of the server's own, and are read only where nothing is ours yet.
SET @narrowgate_rights = '[]';
SET @narrowgate_step = IF(@narrowgate_there <> '', 'DO 0', 'SET @narrowgate_rights = (SELECT COALESCE(JSON_ARRAYAGG(a.grantee), ''[]'') FROM (
  SELECT CONCAT(QUOTE(p.user), CHAR(64 USING utf8mb4), QUOTE(p.host)) AS grantee FROM mysql.procs_priv AS p WHERE p.db <> ''narrowgate''
  /*M! UNION ALL SELECT CONCAT(QUOTE(p.user), CHAR(64 USING utf8mb4), QUOTE(p.host)) FROM mysql.roles_mapping AS p */
  /*!80000 UNION ALL SELECT CONCAT(QUOTE(p.to_user), CHAR(64 USING utf8mb4), QUOTE(p.to_host)) FROM mysql.role_edges AS p */) AS a)');
PREPARE narrowgate_step FROM @narrowgate_step;
EXECUTE narrowgate_step;
SET @narrowgate_taken = (SELECT MIN(o.what) FROM (
  SELECT CONCAT('table ', t.table_name) AS what FROM information_schema.tables AS t WHERE t.table_schema = 'narrowgate'
  UNION ALL SELECT CONCAT('routine ', r.routine_name) FROM information_schema.routines AS r WHERE r.routine_schema = 'narrowgate'
  UNION ALL SELECT CONCAT('event ', e.event_name) FROM information_schema.events AS e WHERE e.event_schema = 'narrowgate'
  UNION ALL SELECT CONCAT('account ', a.grantee) FROM (
    SELECT p.grantee FROM information_schema.user_privileges AS p WHERE p.privilege_type <> 'USAGE' OR p.is_grantable = 'YES'
    UNION ALL SELECT p.grantee FROM information_schema.schema_privileges AS p
    UNION ALL SELECT p.grantee FROM information_schema.table_privileges AS p WHERE p.table_schema <> 'narrowgate'
    UNION ALL SELECT p.grantee FROM information_schema.column_privileges AS p WHERE p.table_schema <> 'narrowgate'
    UNION ALL SELECT j.grantee FROM JSON_TABLE(@narrowgate_rights, '$[*]' COLUMNS (grantee VARCHAR(500) CHARACTER SET utf8mb4 PATH '$')) AS j
  ) AS a WHERE JSON_CONTAINS(@narrowgate_accounts, JSON_QUOTE(a.grantee))) AS o
  WHERE @narrowgate_there = '');
SET @narrowgate_step = IF(@narrowgate_taken IS NULL, 'DO 0',
  CONCAT('SELECT `--name another: not made by Narrowgate: ', REPLACE(@narrowgate_taken, '`', ''), '`'));
PREPARE narrowgate_step FROM @narrowgate_step;
-- Another mapping's contract is not replaced: the words of the error say whose it is. Is it this one, with another `where`?
-- Then print this with --accept condition.
SET @narrowgate_step = IF(@narrowgate_there IN ('', 'Narrowgate''s marks') OR @narrowgate_there = 'users of sample_shop.customer by id where c.deleted_at IS NULL', 'DO 0',
  CONCAT('SELECT `--name another: narrowgate is there for ', REPLACE(@narrowgate_there, '`', ''), '`'));
PREPARE narrowgate_step FROM @narrowgate_step;

-- 1. The database, and the accounts. All are locked, for some servers in a way that asks for no password; narrowgate_api is kept
--    as it is where it is there.
--    narrowgate_owner  is never unlocked; the functions and the view read the legacy tables with its rights
--    narrowgate_api    the service. To narrow '%' down to the service's hosts, replace it in this whole file before it is
--                      applied, and in what --drop prints.
CREATE DATABASE IF NOT EXISTS narrowgate CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE USER IF NOT EXISTS 'narrowgate_owner'@'localhost' /*!80018 IDENTIFIED BY RANDOM PASSWORD */ /*M! IDENTIFIED VIA unix_socket */ ACCOUNT LOCK;
CREATE USER IF NOT EXISTS 'narrowgate_api'@'%' /*!80018 IDENTIFIED BY RANDOM PASSWORD */ /*M! IDENTIFIED VIA unix_socket */ ACCOUNT LOCK;
ALTER USER 'narrowgate_owner'@'localhost' /*!80018 IDENTIFIED BY RANDOM PASSWORD */ /*M! IDENTIFIED VIA unix_socket */ ACCOUNT LOCK;

-- 2. The marks: who has moved to Auth0, and when (UTC). By its comment the table is known as ours.
--    To undo one: DELETE FROM narrowgate.migrated_user WHERE user_id = '...';
CREATE TABLE IF NOT EXISTS narrowgate.migrated_user (
  user_id VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL PRIMARY KEY,
  migrated_at DATETIME(6) NOT NULL
) ENGINE = InnoDB COMMENT = 'Narrowgate''s marks';

-- Whoever may not create for another account (error 1227; it takes SET USER, on MySQL SET_ANY_DEFINER, or SUPER) or beside the
-- binary log (1419) is stopped here, before anything that is in use is touched.
DROP FUNCTION IF EXISTS narrowgate.narrowgate_probe;
CREATE DEFINER = 'narrowgate_owner'@'localhost' FUNCTION narrowgate.narrowgate_probe() RETURNS INT DETERMINISTIC NO SQL RETURN 1;
DROP FUNCTION narrowgate.narrowgate_probe;
SET @narrowgate_step = IF(@narrowgate_there = 'users of sample_shop.customer by id where c.deleted_at IS NULL', 'DO 0', CONCAT('ALTER TABLE narrowgate.migrated_user COMMENT = ', QUOTE('users of sample_shop.customer by id where c.deleted_at IS NULL')));
PREPARE narrowgate_step FROM @narrowgate_step;
EXECUTE narrowgate_step;

-- 3. What the view and the functions may read, column by column. They run with the rights of narrowgate_owner, which is locked.
--    What an earlier script granted besides is taken away in section 6, when nothing needs it any more.
GRANT SELECT (customer_id, password_hash) ON sample_shop.credential TO 'narrowgate_owner'@'localhost';
GRANT SELECT (id, login, email, email_confirmed, phone, phone_confirmed, full_name, first_name, last_name, nickname, avatar_url,
  status, preferences, plan, deleted_at) ON sample_shop.customer TO 'narrowgate_owner'@'localhost';
GRANT SELECT (user_id), INSERT (user_id, migrated_at) ON narrowgate.migrated_user TO 'narrowgate_owner'@'localhost';

-- 4. The mapping: your tables in Narrowgate's columns, one row a user. MERGE: a view that has to be built first is never fast,
--    so no DISTINCT, GROUP BY, UNION or LIMIT in it.
--    Narrowgate never guesses: a flag that is neither 1 nor 0, metadata that is no JSON object, an id that cannot be an Auth0
--    id makes the row an invalid one, which is refused and counted. The last columns are what users are looked up by:
--      email_key     c.email
--        needs, if there is none: CREATE INDEX narrowgate_email_key ON sample_shop.customer (email);
--      username_key  c.login
--        needs, if there is none: CREATE INDEX narrowgate_username_key ON sample_shop.customer (login);
--      user_key      c.id
--        needs, if there is none: CREATE UNIQUE INDEX narrowgate_user_key ON sample_shop.customer (id);
CREATE OR REPLACE ALGORITHM = MERGE DEFINER = 'narrowgate_owner'@'localhost' SQL SECURITY DEFINER
VIEW narrowgate.legacy_user AS
SELECT
  CAST(c.id AS CHAR(255) CHARACTER SET utf8mb4) COLLATE utf8mb4_bin AS user_id,
  (c.email) AS email,
  (COALESCE(c.email_confirmed = 'Y', FALSE)) AS email_verified,
  (c.login) AS username,
  (c.phone) AS phone_number,
  (COALESCE(c.phone_confirmed = 'Y', false)) AS phone_verified,
  (c.full_name) AS name,
  (c.first_name) AS given_name,
  (c.last_name) AS family_name,
  (c.nickname) AS nickname,
  (c.avatar_url) AS picture,
  (c.preferences) AS user_metadata,
  (JSON_OBJECT('plan', c.plan)) AS app_metadata,
  (NOT (c.status <=> 1)) AS blocked,
  (k.password_hash) AS password_hash,
  CAST(NULL AS CHAR(255)) AS password_salt,
  CAST(NULL AS CHAR(255)) AS password_scheme,
  (c.id) AS user_key,
  (c.email) AS email_key,
  (c.login) AS username_key
FROM sample_shop.customer AS c
LEFT JOIN sample_shop.credential AS k ON k.customer_id = c.id
WHERE c.deleted_at IS NULL;
GRANT SELECT ON narrowgate.legacy_user TO 'narrowgate_owner'@'localhost';
DROP VIEW IF EXISTS narrowgate.legacy_email, narrowgate.legacy_phone, narrowgate.legacy_username;

-- 5. The questions, run with the rights of narrowgate_owner. What holds for all of them:
--    * CHECK the keys' character sets and collations (DECLARE wanted_...): each must be that of the column in the expression it
--      is compared with. Another character set reads the whole index at each call; another collation is error 1267. To see:
--        SELECT table_schema, table_name, column_name, character_set_name, collation_name FROM information_schema.columns
--        WHERE (table_schema, table_name) IN (('sample_shop', 'credential'), ('sample_shop', 'customer'));
--    * A key stays NULL, and nobody is asked for, where the identifier cannot be of its kind: an e-mail address holds an '@', a
--      phone number is '+' and 7 to 15 digits; nor where it cannot be written as the key is: another character set, no UUID.
--    * A text that is no number or date ('yes' <> 1, a date of '') is a warning in a SELECT of the view, and an error in SELECT ...
--      INTO: the row is then read once more without strict mode, so that everybody gets the value that you see. What else does not
--      fit (bytes that are no text, JSON that is none, a number beyond its type) stays an error.
--    * Two users mean that the identifier is ambiguous, and the service refuses it. SELECT ... INTO takes one row, so no
--      temporary table is needed; a second row ends it with error 1172, and the first is then told twice. Who was found by one
--      kind of identifier is not counted again under another. `matched` says by which, and the service compares that column.
--    * The answer is text, because the two engines disagree about booleans in JSON. NULL is left out. A flag is true for 1, false
--      for 0; anything else ('Y', a BIT) becomes a JSON string, which the service refuses, as it does metadata that is no JSON.
DELIMITER $$

-- One user without the password.
DROP FUNCTION IF EXISTS narrowgate.get_user$$
CREATE DEFINER = 'narrowgate_owner'@'localhost' FUNCTION narrowgate.get_user(
  identifier VARCHAR(320) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
) RETURNS LONGTEXT CHARACTER SET utf8mb4
READS SQL DATA SQL SECURITY DEFINER COMMENT 'keys: email as-is utf8mb4_unicode_ci, username as-is utf8mb4_unicode_ci'
BEGIN
  DECLARE wanted_email VARCHAR(320) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
  DECLARE wanted_username VARCHAR(320) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
  DECLARE wanted VARBINARY(1280) DEFAULT CAST(LOWER(identifier) AS BINARY);
  DECLARE _user_id, _email, _email_verified, _username, _phone_number, _phone_verified, _name, _given_name, _family_name,
    _nickname, _picture, _user_metadata, _app_metadata, _blocked LONGTEXT CHARACTER SET utf8mb4;
  DECLARE answer, seen LONGTEXT CHARACTER SET utf8mb4;
  DECLARE step, conditions, code INT DEFAULT 0;
  DECLARE found, alone, twins, warned, lenient BOOLEAN DEFAULT FALSE;
  DECLARE CONTINUE HANDLER FOR 1172 SET twins = TRUE;
  DECLARE CONTINUE HANDLER FOR 1292, 1411, 1441, SQLWARNING BEGIN
    GET DIAGNOSTICS conditions = NUMBER;
    WHILE conditions > 0 DO
      GET DIAGNOSTICS CONDITION conditions code = MYSQL_ERRNO;
      IF lenient AND code NOT IN (1172, 1260, 1292, 1329, 1411, 1441) THEN
        SIGNAL SQLSTATE '22000' SET MYSQL_ERRNO = 1366, MESSAGE_TEXT = 'a value does not fit';
      END IF;
      SET warned = warned OR code IN (1292, 1411, 1441), conditions = conditions - 1;
    END WHILE;
  END;
  -- Whatever the caller's session says: warnings are seen, expressions match as written, and now is now.
  SET SESSION max_error_count = 64, time_zone = '+00:00' /*M! , default_regex_flags = '', system_versioning_asof = DEFAULT */;
  BEGIN
    -- A server that lets nobody set the time refuses that to us as well. DEFAULT alone would begin with the next statement.
    DECLARE CONTINUE HANDLER FOR 1227, 1290 BEGIN END;
    SET SESSION timestamp = UNIX_TIMESTAMP(SYSDATE(6));
    SET SESSION timestamp = DEFAULT;
  END;
  BEGIN
    DECLARE CONTINUE HANDLER FOR 1264, 1265, 1292, 1366, 1411 BEGIN END;
    IF LOCATE('@', identifier) > 0 THEN SET wanted_email = identifier; END IF;
    SET wanted_username = identifier;
  END;

  question: LOOP
    IF step = 0 AND wanted_email IS NOT NULL THEN
      SELECT TRUE, NOT EXISTS (SELECT 1 FROM narrowgate.legacy_user AS o WHERE o.username_key = wanted_username
          AND NOT (CAST(o.user_id AS BINARY) <=> CAST(u.user_id AS BINARY))),
        u.user_id, u.email, u.email_verified, u.username, u.phone_number, u.phone_verified, u.name, u.given_name,
        u.family_name, u.nickname, u.picture, u.user_metadata, u.app_metadata, u.blocked
      INTO found, alone, _user_id, _email, _email_verified, _username, _phone_number, _phone_verified, _name, _given_name, _family_name,
        _nickname, _picture, _user_metadata, _app_metadata, _blocked
      FROM narrowgate.legacy_user AS u
      LEFT JOIN narrowgate.migrated_user AS m ON m.user_id = u.user_id
      WHERE u.email_key = wanted_email AND CAST(LOWER(CONVERT(u.email USING utf8mb4) COLLATE utf8mb4_bin) AS BINARY) = wanted
        AND m.user_id IS NULL LIMIT 2;
    ELSEIF step = 1 AND wanted_username IS NOT NULL THEN
      SELECT TRUE, FALSE,
        u.user_id, u.email, u.email_verified, u.username, u.phone_number, u.phone_verified, u.name, u.given_name,
        u.family_name, u.nickname, u.picture, u.user_metadata, u.app_metadata, u.blocked
      INTO found, alone, _user_id, _email, _email_verified, _username, _phone_number, _phone_verified, _name, _given_name, _family_name,
        _nickname, _picture, _user_metadata, _app_metadata, _blocked
      FROM narrowgate.legacy_user AS u
      LEFT JOIN narrowgate.migrated_user AS m ON m.user_id = u.user_id
      WHERE u.username_key = wanted_username AND CAST(LOWER(CONVERT(u.username USING utf8mb4) COLLATE utf8mb4_bin) AS BINARY) = wanted
        AND m.user_id IS NULL AND (seen IS NULL OR NOT (CAST(u.user_id AS BINARY) <=> CAST(seen AS BINARY))) LIMIT 2;
    END IF;
    IF warned AND NOT lenient THEN
      SET SESSION sql_mode = 'NO_ENGINE_SUBSTITUTION';
      SET found = FALSE, alone = FALSE, twins = FALSE, lenient = TRUE;
      ITERATE question;
    END IF;
    IF found THEN
      SET answer = CONCAT_WS(',', answer, CONCAT('{', CONCAT_WS(',',
        CONCAT('"matched":', JSON_QUOTE(ELT(step + 1, 'email', 'username'))),
        CONCAT('"user_id":', JSON_QUOTE(_user_id)), CONCAT('"email":', JSON_QUOTE(_email)),
        CONCAT('"email_verified":', ELT(1 + FIELD(_email_verified, '0', '1'), JSON_QUOTE(_email_verified), 'false', 'true')), CONCAT('"username":', JSON_QUOTE(_username)),
        CONCAT('"phone_number":', JSON_QUOTE(_phone_number)), CONCAT('"phone_verified":', ELT(1 + FIELD(_phone_verified, '0', '1'), JSON_QUOTE(_phone_verified), 'false', 'true')),
        CONCAT('"name":', JSON_QUOTE(_name)), CONCAT('"given_name":', JSON_QUOTE(_given_name)),
        CONCAT('"family_name":', JSON_QUOTE(_family_name)), CONCAT('"nickname":', JSON_QUOTE(_nickname)),
        CONCAT('"picture":', JSON_QUOTE(_picture)), CONCAT('"user_metadata":', IF(JSON_VALID(_user_metadata), _user_metadata, JSON_QUOTE(_user_metadata))),
        CONCAT('"app_metadata":', IF(JSON_VALID(_app_metadata), _app_metadata, JSON_QUOTE(_app_metadata))), CONCAT('"blocked":', ELT(1 + FIELD(_blocked, '0', '1'), JSON_QUOTE(_blocked), 'false', 'true'))), '}'));
    END IF;
    IF alone OR twins OR step = 1 THEN LEAVE question; END IF;
    SET seen = _user_id, found = FALSE, step = step + 1;
  END LOOP;
  SET answer = CONCAT('[', CONCAT_WS(',', answer, IF(twins, answer, NULL)), ']');
  RETURN IF(LENGTH(answer) > 1048576, '', answer);
END$$

-- The same with the password columns.
DROP FUNCTION IF EXISTS narrowgate.login_candidate$$
CREATE DEFINER = 'narrowgate_owner'@'localhost' FUNCTION narrowgate.login_candidate(
  identifier VARCHAR(320) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
) RETURNS LONGTEXT CHARACTER SET utf8mb4
READS SQL DATA SQL SECURITY DEFINER COMMENT 'keys: email as-is utf8mb4_unicode_ci, username as-is utf8mb4_unicode_ci'
BEGIN
  DECLARE wanted_email VARCHAR(320) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
  DECLARE wanted_username VARCHAR(320) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
  DECLARE wanted VARBINARY(1280) DEFAULT CAST(LOWER(identifier) AS BINARY);
  DECLARE _user_id, _email, _email_verified, _username, _phone_number, _phone_verified, _name, _given_name, _family_name,
    _nickname, _picture, _user_metadata, _app_metadata, _blocked, _password_hash, _password_salt, _password_scheme LONGTEXT CHARACTER SET utf8mb4;
  DECLARE answer, seen LONGTEXT CHARACTER SET utf8mb4;
  DECLARE step, conditions, code INT DEFAULT 0;
  DECLARE found, alone, twins, warned, lenient BOOLEAN DEFAULT FALSE;
  DECLARE CONTINUE HANDLER FOR 1172 SET twins = TRUE;
  DECLARE CONTINUE HANDLER FOR 1292, 1411, 1441, SQLWARNING BEGIN
    GET DIAGNOSTICS conditions = NUMBER;
    WHILE conditions > 0 DO
      GET DIAGNOSTICS CONDITION conditions code = MYSQL_ERRNO;
      IF lenient AND code NOT IN (1172, 1260, 1292, 1329, 1411, 1441) THEN
        SIGNAL SQLSTATE '22000' SET MYSQL_ERRNO = 1366, MESSAGE_TEXT = 'a value does not fit';
      END IF;
      SET warned = warned OR code IN (1292, 1411, 1441), conditions = conditions - 1;
    END WHILE;
  END;
  -- Whatever the caller's session says: warnings are seen, expressions match as written, and now is now.
  SET SESSION max_error_count = 64, time_zone = '+00:00' /*M! , default_regex_flags = '', system_versioning_asof = DEFAULT */;
  BEGIN
    -- A server that lets nobody set the time refuses that to us as well. DEFAULT alone would begin with the next statement.
    DECLARE CONTINUE HANDLER FOR 1227, 1290 BEGIN END;
    SET SESSION timestamp = UNIX_TIMESTAMP(SYSDATE(6));
    SET SESSION timestamp = DEFAULT;
  END;
  BEGIN
    DECLARE CONTINUE HANDLER FOR 1264, 1265, 1292, 1366, 1411 BEGIN END;
    IF LOCATE('@', identifier) > 0 THEN SET wanted_email = identifier; END IF;
    SET wanted_username = identifier;
  END;

  question: LOOP
    IF step = 0 AND wanted_email IS NOT NULL THEN
      SELECT TRUE, NOT EXISTS (SELECT 1 FROM narrowgate.legacy_user AS o WHERE o.username_key = wanted_username
          AND NOT (CAST(o.user_id AS BINARY) <=> CAST(u.user_id AS BINARY))),
        u.user_id, u.email, u.email_verified, u.username, u.phone_number, u.phone_verified, u.name, u.given_name,
        u.family_name, u.nickname, u.picture, u.user_metadata, u.app_metadata, u.blocked, u.password_hash, u.password_salt,
        u.password_scheme
      INTO found, alone, _user_id, _email, _email_verified, _username, _phone_number, _phone_verified, _name, _given_name, _family_name,
        _nickname, _picture, _user_metadata, _app_metadata, _blocked, _password_hash, _password_salt, _password_scheme
      FROM narrowgate.legacy_user AS u
      LEFT JOIN narrowgate.migrated_user AS m ON m.user_id = u.user_id
      WHERE u.email_key = wanted_email AND CAST(LOWER(CONVERT(u.email USING utf8mb4) COLLATE utf8mb4_bin) AS BINARY) = wanted
        AND m.user_id IS NULL LIMIT 2;
    ELSEIF step = 1 AND wanted_username IS NOT NULL THEN
      SELECT TRUE, FALSE,
        u.user_id, u.email, u.email_verified, u.username, u.phone_number, u.phone_verified, u.name, u.given_name,
        u.family_name, u.nickname, u.picture, u.user_metadata, u.app_metadata, u.blocked, u.password_hash, u.password_salt,
        u.password_scheme
      INTO found, alone, _user_id, _email, _email_verified, _username, _phone_number, _phone_verified, _name, _given_name, _family_name,
        _nickname, _picture, _user_metadata, _app_metadata, _blocked, _password_hash, _password_salt, _password_scheme
      FROM narrowgate.legacy_user AS u
      LEFT JOIN narrowgate.migrated_user AS m ON m.user_id = u.user_id
      WHERE u.username_key = wanted_username AND CAST(LOWER(CONVERT(u.username USING utf8mb4) COLLATE utf8mb4_bin) AS BINARY) = wanted
        AND m.user_id IS NULL AND (seen IS NULL OR NOT (CAST(u.user_id AS BINARY) <=> CAST(seen AS BINARY))) LIMIT 2;
    END IF;
    IF warned AND NOT lenient THEN
      SET SESSION sql_mode = 'NO_ENGINE_SUBSTITUTION';
      SET found = FALSE, alone = FALSE, twins = FALSE, lenient = TRUE;
      ITERATE question;
    END IF;
    IF found THEN
      SET answer = CONCAT_WS(',', answer, CONCAT('{', CONCAT_WS(',',
        CONCAT('"matched":', JSON_QUOTE(ELT(step + 1, 'email', 'username'))),
        CONCAT('"user_id":', JSON_QUOTE(_user_id)), CONCAT('"email":', JSON_QUOTE(_email)),
        CONCAT('"email_verified":', ELT(1 + FIELD(_email_verified, '0', '1'), JSON_QUOTE(_email_verified), 'false', 'true')), CONCAT('"username":', JSON_QUOTE(_username)),
        CONCAT('"phone_number":', JSON_QUOTE(_phone_number)), CONCAT('"phone_verified":', ELT(1 + FIELD(_phone_verified, '0', '1'), JSON_QUOTE(_phone_verified), 'false', 'true')),
        CONCAT('"name":', JSON_QUOTE(_name)), CONCAT('"given_name":', JSON_QUOTE(_given_name)),
        CONCAT('"family_name":', JSON_QUOTE(_family_name)), CONCAT('"nickname":', JSON_QUOTE(_nickname)),
        CONCAT('"picture":', JSON_QUOTE(_picture)), CONCAT('"user_metadata":', IF(JSON_VALID(_user_metadata), _user_metadata, JSON_QUOTE(_user_metadata))),
        CONCAT('"app_metadata":', IF(JSON_VALID(_app_metadata), _app_metadata, JSON_QUOTE(_app_metadata))), CONCAT('"blocked":', ELT(1 + FIELD(_blocked, '0', '1'), JSON_QUOTE(_blocked), 'false', 'true')),
        CONCAT('"password_hash":', JSON_QUOTE(_password_hash)), CONCAT('"password_salt":', JSON_QUOTE(_password_salt)),
        CONCAT('"password_scheme":', JSON_QUOTE(_password_scheme))), '}'));
    END IF;
    IF alone OR twins OR step = 1 THEN LEAVE question; END IF;
    SET seen = _user_id, found = FALSE, step = step + 1;
  END LOOP;
  SET answer = CONCAT('[', CONCAT_WS(',', answer, IF(twins, answer, NULL)), ']');
  RETURN IF(LENGTH(answer) > 1048576, '', answer);
END$$

-- Marks a user by the id, if there is one; the first mark's time stays. Ids can be counted up, so an id alone tells nothing: the
-- profile is read, and told, where the identifier is one of this very user.
DROP FUNCTION IF EXISTS narrowgate.mark_migrated$$
CREATE DEFINER = 'narrowgate_owner'@'localhost' FUNCTION narrowgate.mark_migrated(
  user_id VARCHAR(255) CHARACTER SET utf8mb4, identifier VARCHAR(320) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
) RETURNS LONGTEXT CHARACTER SET utf8mb4
DETERMINISTIC MODIFIES SQL DATA SQL SECURITY DEFINER
BEGIN
  -- For a number any character set and collation will do, but beyond 2^53 only DECIMAL(65) is exact.
  DECLARE wanted_key VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
  DECLARE wanted_email VARCHAR(320) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
  DECLARE wanted_username VARCHAR(320) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
  DECLARE wanted VARBINARY(1280) DEFAULT CAST(LOWER(identifier) AS BINARY);
  DECLARE _user_id, _email, _email_verified, _username, _phone_number, _phone_verified, _name, _given_name, _family_name,
    _nickname, _picture, _user_metadata, _app_metadata, _blocked LONGTEXT CHARACTER SET utf8mb4;
  DECLARE known VARCHAR(8) CHARACTER SET utf8mb4;
  DECLARE answer LONGTEXT CHARACTER SET utf8mb4;
  DECLARE found, warned, lenient BOOLEAN DEFAULT FALSE;
  DECLARE conditions, code INT DEFAULT 0;
  -- Whatever the caller's session says: warnings are seen, expressions match as written, and now is now.
  SET SESSION max_error_count = 64, time_zone = '+00:00' /*M! , default_regex_flags = '', system_versioning_asof = DEFAULT */;
  BEGIN
    -- A server that lets nobody set the time refuses that to us as well. DEFAULT alone would begin with the next statement.
    DECLARE CONTINUE HANDLER FOR 1227, 1290 BEGIN END;
    SET SESSION timestamp = UNIX_TIMESTAMP(SYSDATE(6));
    SET SESSION timestamp = DEFAULT;
  END;
  BEGIN
    DECLARE CONTINUE HANDLER FOR 1264, 1265, 1292, 1366, 1411 BEGIN END;
    IF LOCATE('@', identifier) > 0 THEN SET wanted_email = identifier; END IF;
    SET wanted_username = identifier;
    BEGIN DECLARE identifier VARCHAR(255) CHARACTER SET utf8mb4 DEFAULT user_id; SET wanted_key = identifier; END;
  END;

  -- The first comparison finds the row by its index. The second is exact: as a number, '1 or junk' is 1.
  reading: LOOP
    BEGIN
      DECLARE CONTINUE HANDLER FOR 1292, 1411, 1441, SQLWARNING BEGIN
        GET DIAGNOSTICS conditions = NUMBER;
        WHILE conditions > 0 DO
          GET DIAGNOSTICS CONDITION conditions code = MYSQL_ERRNO;
          IF lenient AND code NOT IN (1172, 1260, 1292, 1329, 1411, 1441) THEN
            SIGNAL SQLSTATE '22000' SET MYSQL_ERRNO = 1366, MESSAGE_TEXT = 'a value does not fit';
          END IF;
          SET warned = warned OR code IN (1292, 1411, 1441), conditions = conditions - 1;
        END WHILE;
      END;
      SELECT TRUE, CASE WHEN u.email_key = wanted_email AND CAST(LOWER(CONVERT(u.email USING utf8mb4) COLLATE utf8mb4_bin) AS BINARY) = wanted THEN 'email' WHEN u.username_key = wanted_username AND CAST(LOWER(CONVERT(u.username USING utf8mb4) COLLATE utf8mb4_bin) AS BINARY) = wanted THEN 'username' END
      INTO found, known
      FROM narrowgate.legacy_user AS u
      WHERE u.user_key = wanted_key AND CAST(u.user_id AS BINARY) = CAST(user_id AS BINARY);
      IF known IS NOT NULL THEN
        SELECT u.user_id, u.email, u.email_verified, u.username, u.phone_number, u.phone_verified, u.name, u.given_name,
      u.family_name, u.nickname, u.picture, u.user_metadata, u.app_metadata, u.blocked
        INTO _user_id, _email, _email_verified, _username, _phone_number, _phone_verified, _name, _given_name, _family_name,
      _nickname, _picture, _user_metadata, _app_metadata, _blocked
        FROM narrowgate.legacy_user AS u
        WHERE u.user_key = wanted_key AND CAST(u.user_id AS BINARY) = CAST(user_id AS BINARY);
      END IF;
    END;
    IF lenient OR NOT warned THEN LEAVE reading; END IF;
    SET SESSION sql_mode = 'NO_ENGINE_SUBSTITUTION';
    SET lenient = TRUE;
  END LOOP;
  IF lenient THEN SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION'; END IF;
  IF NOT found THEN RETURN NULL; END IF;
  SET answer = CONCAT('{"user_id":', JSON_QUOTE(user_id), '}');
  IF known IS NOT NULL THEN
    SET answer = CONCAT('{', CONCAT_WS(',', CONCAT('"matched":', JSON_QUOTE(known)),
      CONCAT('"user_id":', JSON_QUOTE(_user_id)), CONCAT('"email":', JSON_QUOTE(_email)),
      CONCAT('"email_verified":', ELT(1 + FIELD(_email_verified, '0', '1'), JSON_QUOTE(_email_verified), 'false', 'true')), CONCAT('"username":', JSON_QUOTE(_username)),
      CONCAT('"phone_number":', JSON_QUOTE(_phone_number)), CONCAT('"phone_verified":', ELT(1 + FIELD(_phone_verified, '0', '1'), JSON_QUOTE(_phone_verified), 'false', 'true')),
      CONCAT('"name":', JSON_QUOTE(_name)), CONCAT('"given_name":', JSON_QUOTE(_given_name)),
      CONCAT('"family_name":', JSON_QUOTE(_family_name)), CONCAT('"nickname":', JSON_QUOTE(_nickname)),
      CONCAT('"picture":', JSON_QUOTE(_picture)), CONCAT('"user_metadata":', IF(JSON_VALID(_user_metadata), _user_metadata, JSON_QUOTE(_user_metadata))),
      CONCAT('"app_metadata":', IF(JSON_VALID(_app_metadata), _app_metadata, JSON_QUOTE(_app_metadata))), CONCAT('"blocked":', ELT(1 + FIELD(_blocked, '0', '1'), JSON_QUOTE(_blocked), 'false', 'true'))), '}');
    -- A row that breaks the contract gets no mark, and an answer that is an error.
    IF LENGTH(answer) > 1048576 THEN RETURN ''; END IF;
    IF NOT (COALESCE(_email_verified, '0') IN ('0', '1') AND COALESCE(_phone_verified, '0') IN ('0', '1') AND
      (COALESCE(TRIM(_user_metadata), '') IN ('', 'null', '""') OR IF(JSON_VALID(_user_metadata), JSON_TYPE(_user_metadata) = 'OBJECT'
        AND JSON_LENGTH(_user_metadata) = JSON_LENGTH(JSON_KEYS(_user_metadata)),
        _user_metadata REGEXP CONCAT(CHAR(92, 92 USING utf8mb4), 'u[Dd][89A-Fa-f]'))) AND
      (COALESCE(TRIM(_app_metadata), '') IN ('', 'null', '""') OR IF(JSON_VALID(_app_metadata), JSON_TYPE(_app_metadata) = 'OBJECT'
        AND JSON_LENGTH(_app_metadata) = JSON_LENGTH(JSON_KEYS(_app_metadata)),
        _app_metadata REGEXP CONCAT(CHAR(92, 92 USING utf8mb4), 'u[Dd][89A-Fa-f]'))) AND
      COALESCE(_blocked, '0') IN ('0', '1') AND
      COALESCE(IF(JSON_VALID(_app_metadata), CAST(JSON_EXTRACT(_app_metadata, '$.legacy_blocked') AS CHAR), NULL), 'null')
        IN ('null', 'false', 'true', '0', '1')) THEN RETURN '{}'; END IF;
  END IF;
  BEGIN
    DECLARE CONTINUE HANDLER FOR 1062 BEGIN END;
    -- The clock itself, which SET timestamp does not change. And so the binary log holds this row, and not the statement with
    -- the identifier (but where binlog_format is STATEMENT).
    INSERT INTO narrowgate.migrated_user (user_id, migrated_at) VALUES (user_id, CONVERT_TZ(SYSDATE(6), @@SESSION.time_zone, '+00:00'));
  END;
  RETURN answer;
END$$

DELIMITER ;
DROP FUNCTION IF EXISTS narrowgate.password_parameters; DROP FUNCTION IF EXISTS narrowgate.password_matches;
DROP FUNCTION IF EXISTS narrowgate.password_parts; DROP FUNCTION IF EXISTS narrowgate.password_form;
DROP FUNCTION IF EXISTS narrowgate.password_unpacked; DROP FUNCTION IF EXISTS narrowgate.password_packed;
DROP FUNCTION IF EXISTS narrowgate.password_digest; DROP FUNCTION IF EXISTS narrowgate.candidate;

-- 6. Rights. The definer needs EXECUTE on what it defines, too.
GRANT EXECUTE ON FUNCTION narrowgate.login_candidate TO 'narrowgate_owner'@'localhost', 'narrowgate_api'@'%';
GRANT EXECUTE ON FUNCTION narrowgate.get_user TO 'narrowgate_owner'@'localhost', 'narrowgate_api'@'%';
GRANT EXECUTE ON FUNCTION narrowgate.mark_migrated TO 'narrowgate_owner'@'localhost', 'narrowgate_api'@'%';
-- Without --bulk there are no accounts for the bulk half.
DROP USER IF EXISTS 'narrowgate_bulk'@'%', 'narrowgate_marker'@'%';
DROP TABLE IF EXISTS narrowgate.password_decoy;
-- What an earlier script granted the owner besides, table by table.
DROP PROCEDURE IF EXISTS narrowgate.narrowgate_revoke;
DELIMITER $$
CREATE PROCEDURE narrowgate.narrowgate_revoke()
BEGIN
  DECLARE most INT DEFAULT 1000;
  revoking: LOOP
    SET @narrowgate_step = (SELECT CONCAT('REVOKE ', p.privilege_type, ' (', GROUP_CONCAT('`', REPLACE(p.column_name, '`', '``'), '`'), ') ON `',
        REPLACE(p.table_schema, '`', '``'), '`.`', REPLACE(p.table_name, '`', '``'), '` FROM \'narrowgate_owner\'@\'localhost\'')
      FROM information_schema.column_privileges AS p
      WHERE p.grantee = '\'narrowgate_owner\'@\'localhost\'' AND p.table_schema <> 'narrowgate' AND (p.privilege_type <> 'SELECT'
        OR CONVERT(CONCAT_WS('.', p.table_schema, p.table_name, p.column_name) USING utf8mb4) COLLATE utf8mb4_general_ci
          NOT IN ('sample_shop.credential.customer_id', 'sample_shop.credential.password_hash', 'sample_shop.customer.id',
      'sample_shop.customer.login', 'sample_shop.customer.email', 'sample_shop.customer.email_confirmed',
      'sample_shop.customer.phone', 'sample_shop.customer.phone_confirmed', 'sample_shop.customer.full_name',
      'sample_shop.customer.first_name', 'sample_shop.customer.last_name', 'sample_shop.customer.nickname',
      'sample_shop.customer.avatar_url', 'sample_shop.customer.status', 'sample_shop.customer.preferences',
      'sample_shop.customer.plan', 'sample_shop.customer.deleted_at'))
      GROUP BY p.privilege_type, p.table_schema, p.table_name LIMIT 1);
    IF @narrowgate_step IS NULL OR most = 0 THEN LEAVE revoking; END IF;
    PREPARE narrowgate_step FROM @narrowgate_step;
    EXECUTE narrowgate_step;
    SET most = most - 1;
  END LOOP;
END$$
DELIMITER ;
CALL narrowgate.narrowgate_revoke();
DROP PROCEDURE narrowgate.narrowgate_revoke;

-- 7. Questions about nobody, so that a right which is missing in section 3 is found now, and not at the first login.
SELECT narrowgate.login_candidate('narrowgate-probe@nobody.invalid'), narrowgate.login_candidate('narrowgate-probe');
SELECT narrowgate.get_user('narrowgate-probe@nobody.invalid'), narrowgate.get_user('narrowgate-probe');
SELECT narrowgate.mark_migrated('narrowgate-probe', NULL);

SET SESSION sql_mode = @narrowgate_sql_mode, autocommit = @narrowgate_autocommit, sql_safe_updates = @narrowgate_safe_updates,
  sql_big_selects = @narrowgate_big_selects, group_concat_max_len = @narrowgate_group_concat, lock_wait_timeout = @narrowgate_lock_wait;

-- 8. By hand, outside this file:
--    ALTER USER 'narrowgate_api'@'%' IDENTIFIED BY '...' REQUIRE SSL WITH MAX_USER_CONNECTIONS 40 ACCOUNT UNLOCK;
--    (40: the service's pool_size times its instances, and some. Leave REQUIRE SSL out only on the same host.)
--    No anonymous accounts, no rights for everybody: these list none on a clean server
--      SELECT host FROM mysql.user WHERE user = '';
--      SELECT db, user FROM mysql.db WHERE user IN ('', 'PUBLIC');
--    The general and the slow query log would hold e-mail addresses: keep them off, or leave these accounts out.
--    Then, as narrowgate_api: narrowgate check
