-- Narrowgate's contract with this server, for {{versions}}. {{origin}}
-- Review it, change what you like, and apply it as an administrator:
--
--   {{client}} <contract.sql
--
-- Data definition has no transactions here: after a fault put it right and apply it again at any time; {{again}}
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

{{guard}}
-- Another mapping's contract is not replaced: the words of the error say whose it is. Is it this one, with another `where`?
-- Then print this with --accept condition.
SET @narrowgate_step = IF(@narrowgate_there IN ('', 'Narrowgate''s marks') OR {{same}}, 'DO 0',
  CONCAT('SELECT `--name another: narrowgate is there for ', REPLACE(@narrowgate_there, '`', ''), '`'));
PREPARE narrowgate_step FROM @narrowgate_step;

{{fixed}}
-- Whoever may not create for another account (error 1227; it takes SET USER, on MySQL SET_ANY_DEFINER, or SUPER) or beside the
-- binary log (1419) is stopped here, before anything that is in use is touched.
DROP FUNCTION IF EXISTS narrowgate.narrowgate_probe;
CREATE DEFINER = 'narrowgate_owner'@'localhost' FUNCTION narrowgate.narrowgate_probe() RETURNS INT DETERMINISTIC NO SQL RETURN 1;
DROP FUNCTION narrowgate.narrowgate_probe;
SET @narrowgate_step = IF(@narrowgate_there = {{about}}, 'DO 0', CONCAT('ALTER TABLE narrowgate.migrated_user COMMENT = ', QUOTE({{about}})));
PREPARE narrowgate_step FROM @narrowgate_step;
EXECUTE narrowgate_step;

-- 3. What the view and the functions may read, column by column. They run with the rights of narrowgate_owner, which is locked.
--    What an earlier script granted besides is taken away in section 6, when nothing needs it any more.
{{grants}}
GRANT SELECT (user_id), INSERT (user_id, migrated_at) ON narrowgate.migrated_user TO 'narrowgate_owner'@'localhost';

-- 4. The mapping: your tables in Narrowgate's columns, one row a user. MERGE: a view that has to be built first is never fast,
--    so no DISTINCT, GROUP BY, UNION or LIMIT in it.
--    Narrowgate never guesses: a flag that is neither 1 nor 0, metadata that is no JSON object, an id that cannot be an Auth0
--    id makes the row an invalid one, which is refused and counted. The last columns are what users are looked up by:
{{indexes}}
CREATE OR REPLACE ALGORITHM = MERGE DEFINER = 'narrowgate_owner'@'localhost' SQL SECURITY DEFINER
VIEW narrowgate.legacy_user AS
SELECT
{{columns}}
FROM {{from}}{{where}};
GRANT SELECT ON narrowgate.legacy_user TO 'narrowgate_owner'@'localhost';
{{drop_own}}
{{own}}

-- 5. The questions, run with the rights of narrowgate_owner. What holds for all of them:
--    * CHECK the keys' character sets and collations (DECLARE wanted_...): each must be that of the column in the expression it
--      is compared with. Another character set reads the whole index at each call; another collation is error 1267. To see:
--        SELECT table_schema, table_name, column_name, character_set_name, collation_name FROM information_schema.columns
--        WHERE (table_schema, table_name) IN ({{tables}});
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

{{questions}}

DELIMITER ;
{{drops}}

-- 6. Rights. The definer needs EXECUTE on what it defines, too.
{{rights}}
{{bulk}}
{{decoy}}
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
          NOT IN ({{columns_read}}))
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
{{probes}}

SET SESSION sql_mode = @narrowgate_sql_mode, autocommit = @narrowgate_autocommit, sql_safe_updates = @narrowgate_safe_updates,
  sql_big_selects = @narrowgate_big_selects, group_concat_max_len = @narrowgate_group_concat, lock_wait_timeout = @narrowgate_lock_wait;

-- 8. By hand, outside this file:
--    ALTER USER 'narrowgate_api'@'%' IDENTIFIED BY '...' REQUIRE SSL WITH MAX_USER_CONNECTIONS 40 ACCOUNT UNLOCK;
{{bulk_by_hand}}
--    (40: the service's pool_size times its instances, and some. Leave REQUIRE SSL out only on the same host.)
--    No anonymous accounts, no rights for everybody: these list none on a clean server
--      SELECT host FROM mysql.user WHERE user = '';
--      SELECT db, user FROM mysql.db WHERE user IN ('', 'PUBLIC');
--    The general and the slow query log would hold e-mail addresses: keep them off, or leave these accounts out.
--    Then, as narrowgate_api: narrowgate check
