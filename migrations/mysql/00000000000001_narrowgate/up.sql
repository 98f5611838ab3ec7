-- Narrowgate's fixed objects for MariaDB 10.6, MySQL 8.0, and later. Apply as an administrator:
--
--   mariadb --delimiter=//EOF// <up.sql      or  mysql --delimiter=//EOF// <up.sql
--   or: diesel migration run --migration-dir migrations/mysql
--
-- The delimiter is one that no statement holds: the client sends the file whole, and the server, which knows where a
-- function ends, takes it apart. Data definition has no transactions here: after a fault run the file again, or down.sql.
--
-- It makes a database, three accounts, one table, three functions; it touches no legacy table. The other half of the
-- contract, the view narrowgate.legacy_user over your own tables, is yours: see deploy/contract/sample-mysql.sql.
-- The functions find the view when they are called, so the view may come after this file.
--
-- CHECK BEFORE YOU RUN IT the three places marked "Copy character set and collation". A key in another character set than
-- the column it is compared with reads the whole index at each call; one in another collation is error 1267.
--
-- Binary log: where it is on (the default in MySQL 8), only an account with SUPER may create functions. Where you cannot
-- have it (managed servers), set log_bin_trust_function_creators = 1 while you run this file. A function that writes is
-- accepted only as DETERMINISTIC; mark_migrated is, since its statement is logged with its clock.

SET @narrowgate_sql_mode = @@SESSION.sql_mode;
-- A function keeps the mode it was created in.
SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION';

-- 1. The database.
CREATE DATABASE IF NOT EXISTS narrowgate CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- 2. Accounts. All are locked; one that is already there is kept as it is.
--    narrowgate_owner  is never unlocked; the functions and the view read the legacy tables with its rights
--    narrowgate_api    the service. To open it (RENAME USER narrows '%' down to the service's hosts):
--                      ALTER USER 'narrowgate_api'@'%' IDENTIFIED BY '...' REQUIRE SSL
--                        WITH MAX_USER_CONNECTIONS 40 ACCOUNT UNLOCK;
--    narrowgate_bulk   the bulk migration; the same, only while it runs
CREATE USER IF NOT EXISTS 'narrowgate_owner'@'localhost' ACCOUNT LOCK;
CREATE USER IF NOT EXISTS 'narrowgate_api'@'%' ACCOUNT LOCK;
CREATE USER IF NOT EXISTS 'narrowgate_bulk'@'%' ACCOUNT LOCK;

-- 3. The marks: who has moved to Auth0, and when (UTC).
--    To undo one: DELETE FROM narrowgate.migrated_user WHERE user_id = '...';
CREATE TABLE IF NOT EXISTS narrowgate.migrated_user (
  user_id VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL PRIMARY KEY,
  migrated_at DATETIME(6) NOT NULL
) ENGINE = InnoDB;

-- 4. The three questions, run with the rights of narrowgate_owner. What holds for all of them:
--    * The answer is put together as text, because the two engines disagree about booleans and arrays in JSON. NULL is
--      left out. A flag is true for 1, false for 0; anything else ('Y', a BIT) becomes a JSON string, which the service
--      refuses, and so does metadata that is not valid JSON.
--    * A collation finds more than it should (accents, spaces at the end): what the index finds is compared again.
--    * At most two users: two means ambiguous. SELECT ... INTO takes one row; a second row ends it with error 1172, and
--      only then the loop asks again. So no temporary table is needed.
--    * An identifier with '@' may be an e-mail or a username, so both are asked. Without '@' it can only be a username.
--    * Error 1366: the identifier cannot be written in the column's character set. The key stays NULL and finds nobody.
--    * Marks are joined: NOT EXISTS costs MariaDB as much as the rest of the question.
DROP FUNCTION IF EXISTS narrowgate.login_candidate;
DROP FUNCTION IF EXISTS narrowgate.get_user;
DROP FUNCTION IF EXISTS narrowgate.mark_migrated;

CREATE DEFINER = 'narrowgate_owner'@'localhost' FUNCTION narrowgate.get_user(
  identifier VARCHAR(320) CHARACTER SET utf8mb4
) RETURNS LONGTEXT CHARACTER SET utf8mb4
READS SQL DATA SQL SECURITY DEFINER
BEGIN
  -- Copy character set and collation from the columns behind u.email and u.username.
  DECLARE email_key VARCHAR(320) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
  DECLARE username_key VARCHAR(320) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
  DECLARE _user_id, _email, _email_verified, _username, _phone_number, _phone_verified, _name, _given_name, _family_name,
    _nickname, _picture, _user_metadata, _app_metadata, _blocked LONGTEXT CHARACTER SET utf8mb4;
  DECLARE answer, seen LONGTEXT CHARACTER SET utf8mb4;
  DECLARE found, matches INT DEFAULT 0;
  DECLARE by_email, more BOOLEAN DEFAULT LOCATE('@', identifier) > 0;
  DECLARE CONTINUE HANDLER FOR 1172 SET more = TRUE;
  BEGIN
    DECLARE CONTINUE HANDLER FOR 1366 BEGIN END;
    SET email_key = identifier;
    SET username_key = identifier;
  END;

  question: LOOP
    SET more = FALSE, found = FALSE;
    IF by_email THEN
      SELECT TRUE, u.user_id, u.email, u.email_verified, u.username, u.phone_number, u.phone_verified, u.name,
        u.given_name, u.family_name, u.nickname, u.picture, u.user_metadata, u.app_metadata, u.blocked
      INTO found, _user_id, _email, _email_verified, _username, _phone_number, _phone_verified, _name, _given_name,
        _family_name, _nickname, _picture, _user_metadata, _app_metadata, _blocked
      FROM narrowgate.legacy_user AS u
      LEFT JOIN narrowgate.migrated_user AS m
        ON m.user_id = CAST(u.user_id AS CHAR(255) CHARACTER SET utf8mb4) COLLATE utf8mb4_bin
      WHERE u.email = email_key AND CAST(LOWER(u.email) AS BINARY) = CAST(LOWER(email_key) AS BINARY)
        AND m.user_id IS NULL AND (matches = 0 OR NOT (CAST(u.user_id AS BINARY) <=> CAST(seen AS BINARY)))
      LIMIT 2;
    ELSE
      SELECT TRUE, u.user_id, u.email, u.email_verified, u.username, u.phone_number, u.phone_verified, u.name,
        u.given_name, u.family_name, u.nickname, u.picture, u.user_metadata, u.app_metadata, u.blocked
      INTO found, _user_id, _email, _email_verified, _username, _phone_number, _phone_verified, _name, _given_name,
        _family_name, _nickname, _picture, _user_metadata, _app_metadata, _blocked
      FROM narrowgate.legacy_user AS u
      LEFT JOIN narrowgate.migrated_user AS m
        ON m.user_id = CAST(u.user_id AS CHAR(255) CHARACTER SET utf8mb4) COLLATE utf8mb4_bin
      WHERE u.username = username_key AND CAST(LOWER(u.username) AS BINARY) = CAST(LOWER(username_key) AS BINARY)
        AND m.user_id IS NULL AND (matches = 0 OR NOT (CAST(u.user_id AS BINARY) <=> CAST(seen AS BINARY)))
      LIMIT 2;
    END IF;
    IF found THEN
      SET seen = _user_id, matches = matches + 1, answer = CONCAT_WS(',', answer, CONCAT('{', CONCAT_WS(',',
        CONCAT('"user_id":', JSON_QUOTE(_user_id)), CONCAT('"email":', JSON_QUOTE(_email)),
        CONCAT('"email_verified":', ELT(1 + FIELD(_email_verified, '0', '1'), JSON_QUOTE(_email_verified), 'false', 'true')),
        CONCAT('"username":', JSON_QUOTE(_username)), CONCAT('"phone_number":', JSON_QUOTE(_phone_number)),
        CONCAT('"phone_verified":', ELT(1 + FIELD(_phone_verified, '0', '1'), JSON_QUOTE(_phone_verified), 'false', 'true')),
        CONCAT('"name":', JSON_QUOTE(_name)), CONCAT('"given_name":', JSON_QUOTE(_given_name)),
        CONCAT('"family_name":', JSON_QUOTE(_family_name)), CONCAT('"nickname":', JSON_QUOTE(_nickname)),
        CONCAT('"picture":', JSON_QUOTE(_picture)),
        CONCAT('"user_metadata":', IF(JSON_VALID(_user_metadata), _user_metadata, JSON_QUOTE(_user_metadata))),
        CONCAT('"app_metadata":', IF(JSON_VALID(_app_metadata), _app_metadata, JSON_QUOTE(_app_metadata))),
        CONCAT('"blocked":', ELT(1 + FIELD(_blocked, '0', '1'), JSON_QUOTE(_blocked), 'false', 'true'))), '}'));
    END IF;
    IF matches = 2 OR NOT (more OR by_email) THEN
      LEAVE question;
    END IF;
    SET by_email = by_email AND more;
  END LOOP;
  RETURN CONCAT('[', COALESCE(answer, ''), ']');
END;

-- The same with the password columns.
CREATE DEFINER = 'narrowgate_owner'@'localhost' FUNCTION narrowgate.login_candidate(
  identifier VARCHAR(320) CHARACTER SET utf8mb4
) RETURNS LONGTEXT CHARACTER SET utf8mb4
READS SQL DATA SQL SECURITY DEFINER
BEGIN
  -- Copy character set and collation from the columns behind u.email and u.username.
  DECLARE email_key VARCHAR(320) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
  DECLARE username_key VARCHAR(320) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
  DECLARE _user_id, _email, _email_verified, _username, _phone_number, _phone_verified, _name, _given_name, _family_name,
    _nickname, _picture, _user_metadata, _app_metadata, _blocked, _password_hash, _password_salt,
    _password_scheme LONGTEXT CHARACTER SET utf8mb4;
  DECLARE answer, seen LONGTEXT CHARACTER SET utf8mb4;
  DECLARE found, matches INT DEFAULT 0;
  DECLARE by_email, more BOOLEAN DEFAULT LOCATE('@', identifier) > 0;
  DECLARE CONTINUE HANDLER FOR 1172 SET more = TRUE;
  BEGIN
    DECLARE CONTINUE HANDLER FOR 1366 BEGIN END;
    SET email_key = identifier;
    SET username_key = identifier;
  END;

  question: LOOP
    SET more = FALSE, found = FALSE;
    IF by_email THEN
      SELECT TRUE, u.user_id, u.email, u.email_verified, u.username, u.phone_number, u.phone_verified, u.name,
        u.given_name, u.family_name, u.nickname, u.picture, u.user_metadata, u.app_metadata, u.blocked,
        u.password_hash, u.password_salt, u.password_scheme
      INTO found, _user_id, _email, _email_verified, _username, _phone_number, _phone_verified, _name, _given_name,
        _family_name, _nickname, _picture, _user_metadata, _app_metadata, _blocked, _password_hash, _password_salt,
        _password_scheme
      FROM narrowgate.legacy_user AS u
      LEFT JOIN narrowgate.migrated_user AS m
        ON m.user_id = CAST(u.user_id AS CHAR(255) CHARACTER SET utf8mb4) COLLATE utf8mb4_bin
      WHERE u.email = email_key AND CAST(LOWER(u.email) AS BINARY) = CAST(LOWER(email_key) AS BINARY)
        AND m.user_id IS NULL AND (matches = 0 OR NOT (CAST(u.user_id AS BINARY) <=> CAST(seen AS BINARY)))
      LIMIT 2;
    ELSE
      SELECT TRUE, u.user_id, u.email, u.email_verified, u.username, u.phone_number, u.phone_verified, u.name,
        u.given_name, u.family_name, u.nickname, u.picture, u.user_metadata, u.app_metadata, u.blocked,
        u.password_hash, u.password_salt, u.password_scheme
      INTO found, _user_id, _email, _email_verified, _username, _phone_number, _phone_verified, _name, _given_name,
        _family_name, _nickname, _picture, _user_metadata, _app_metadata, _blocked, _password_hash, _password_salt,
        _password_scheme
      FROM narrowgate.legacy_user AS u
      LEFT JOIN narrowgate.migrated_user AS m
        ON m.user_id = CAST(u.user_id AS CHAR(255) CHARACTER SET utf8mb4) COLLATE utf8mb4_bin
      WHERE u.username = username_key AND CAST(LOWER(u.username) AS BINARY) = CAST(LOWER(username_key) AS BINARY)
        AND m.user_id IS NULL AND (matches = 0 OR NOT (CAST(u.user_id AS BINARY) <=> CAST(seen AS BINARY)))
      LIMIT 2;
    END IF;
    IF found THEN
      SET seen = _user_id, matches = matches + 1, answer = CONCAT_WS(',', answer, CONCAT('{', CONCAT_WS(',',
        CONCAT('"user_id":', JSON_QUOTE(_user_id)), CONCAT('"email":', JSON_QUOTE(_email)),
        CONCAT('"email_verified":', ELT(1 + FIELD(_email_verified, '0', '1'), JSON_QUOTE(_email_verified), 'false', 'true')),
        CONCAT('"username":', JSON_QUOTE(_username)), CONCAT('"phone_number":', JSON_QUOTE(_phone_number)),
        CONCAT('"phone_verified":', ELT(1 + FIELD(_phone_verified, '0', '1'), JSON_QUOTE(_phone_verified), 'false', 'true')),
        CONCAT('"name":', JSON_QUOTE(_name)), CONCAT('"given_name":', JSON_QUOTE(_given_name)),
        CONCAT('"family_name":', JSON_QUOTE(_family_name)), CONCAT('"nickname":', JSON_QUOTE(_nickname)),
        CONCAT('"picture":', JSON_QUOTE(_picture)),
        CONCAT('"user_metadata":', IF(JSON_VALID(_user_metadata), _user_metadata, JSON_QUOTE(_user_metadata))),
        CONCAT('"app_metadata":', IF(JSON_VALID(_app_metadata), _app_metadata, JSON_QUOTE(_app_metadata))),
        CONCAT('"blocked":', ELT(1 + FIELD(_blocked, '0', '1'), JSON_QUOTE(_blocked), 'false', 'true')),
        CONCAT('"password_hash":', JSON_QUOTE(_password_hash)), CONCAT('"password_salt":', JSON_QUOTE(_password_salt)),
        CONCAT('"password_scheme":', JSON_QUOTE(_password_scheme))), '}'));
    END IF;
    IF matches = 2 OR NOT (more OR by_email) THEN
      LEAVE question;
    END IF;
    SET by_email = by_email AND more;
  END LOOP;
  RETURN CONCAT('[', COALESCE(answer, ''), ']');
END;

-- Marks a user, if there is one, and answers with it. The first mark's time stays.
CREATE DEFINER = 'narrowgate_owner'@'localhost' FUNCTION narrowgate.mark_migrated(
  wanted VARCHAR(255) CHARACTER SET utf8mb4
) RETURNS LONGTEXT CHARACTER SET utf8mb4
DETERMINISTIC MODIFIES SQL DATA SQL SECURITY DEFINER
BEGIN
  -- Copy character set and collation from the column behind u.user_key; for a number any will do.
  DECLARE wanted_key VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
  DECLARE _user_id, _email, _email_verified, _username, _phone_number, _phone_verified, _name, _given_name, _family_name,
    _nickname, _picture, _user_metadata, _app_metadata, _blocked LONGTEXT CHARACTER SET utf8mb4;
  DECLARE found BOOLEAN DEFAULT FALSE;
  BEGIN
    DECLARE CONTINUE HANDLER FOR 1366 BEGIN END;
    SET wanted_key = wanted;
  END;

  -- The first comparison finds the row by its index. The second is exact: as a number, '1 or junk' is 1.
  SELECT TRUE, u.user_id, u.email, u.email_verified, u.username, u.phone_number, u.phone_verified, u.name, u.given_name,
    u.family_name, u.nickname, u.picture, u.user_metadata, u.app_metadata, u.blocked
  INTO found, _user_id, _email, _email_verified, _username, _phone_number, _phone_verified, _name, _given_name,
    _family_name, _nickname, _picture, _user_metadata, _app_metadata, _blocked
  FROM narrowgate.legacy_user AS u
  WHERE u.user_key = wanted_key AND CAST(u.user_id AS BINARY) = CAST(wanted AS BINARY);
  IF NOT found THEN
    RETURN NULL;
  END IF;
  BEGIN
    DECLARE CONTINUE HANDLER FOR 1062 BEGIN END;
    INSERT INTO narrowgate.migrated_user (user_id, migrated_at) VALUES (wanted, UTC_TIMESTAMP(6));
  END;
  RETURN CONCAT('{', CONCAT_WS(',',
    CONCAT('"user_id":', JSON_QUOTE(_user_id)), CONCAT('"email":', JSON_QUOTE(_email)),
    CONCAT('"email_verified":', ELT(1 + FIELD(_email_verified, '0', '1'), JSON_QUOTE(_email_verified), 'false', 'true')),
    CONCAT('"username":', JSON_QUOTE(_username)), CONCAT('"phone_number":', JSON_QUOTE(_phone_number)),
    CONCAT('"phone_verified":', ELT(1 + FIELD(_phone_verified, '0', '1'), JSON_QUOTE(_phone_verified), 'false', 'true')),
    CONCAT('"name":', JSON_QUOTE(_name)), CONCAT('"given_name":', JSON_QUOTE(_given_name)),
    CONCAT('"family_name":', JSON_QUOTE(_family_name)), CONCAT('"nickname":', JSON_QUOTE(_nickname)),
    CONCAT('"picture":', JSON_QUOTE(_picture)),
    CONCAT('"user_metadata":', IF(JSON_VALID(_user_metadata), _user_metadata, JSON_QUOTE(_user_metadata))),
    CONCAT('"app_metadata":', IF(JSON_VALID(_app_metadata), _app_metadata, JSON_QUOTE(_app_metadata))),
    CONCAT('"blocked":', ELT(1 + FIELD(_blocked, '0', '1'), JSON_QUOTE(_blocked), 'false', 'true'))), '}');
END;

-- 5. Rights. The definer needs EXECUTE on what it defines, too.
GRANT EXECUTE ON FUNCTION narrowgate.login_candidate TO 'narrowgate_owner'@'localhost', 'narrowgate_api'@'%';
GRANT EXECUTE ON FUNCTION narrowgate.get_user TO 'narrowgate_owner'@'localhost', 'narrowgate_api'@'%';
GRANT EXECUTE ON FUNCTION narrowgate.mark_migrated TO 'narrowgate_owner'@'localhost', 'narrowgate_api'@'%';
GRANT SELECT (user_id), INSERT (user_id, migrated_at) ON narrowgate.migrated_user TO 'narrowgate_owner'@'localhost';
GRANT SELECT ON narrowgate.migrated_user TO 'narrowgate_bulk'@'%';

SET SESSION sql_mode = @narrowgate_sql_mode;
