-- Marks a user by the id, if there is one; the first mark's time stays. Ids can be counted up, so an id alone tells nothing: the
-- profile is read, and told, where the identifier is one of this very user.
CREATE DEFINER = 'narrowgate_owner'@'localhost' FUNCTION narrowgate.mark_migrated(
  user_id VARCHAR(255) CHARACTER SET utf8mb4, identifier VARCHAR(320) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
) RETURNS LONGTEXT CHARACTER SET utf8mb4
DETERMINISTIC MODIFIES SQL DATA SQL SECURITY DEFINER
BEGIN
  -- For a number any character set and collation will do, but beyond 2^53 only DECIMAL(65) is exact.
  DECLARE wanted_key {{type}};
{{variables}}
  DECLARE wanted VARBINARY(1280) DEFAULT CAST(LOWER(identifier) AS BINARY);
  DECLARE {{locals}}{{own_local}} LONGTEXT CHARACTER SET utf8mb4;
  DECLARE known VARCHAR(8) CHARACTER SET utf8mb4;
  DECLARE answer LONGTEXT CHARACTER SET utf8mb4;
  DECLARE found, warned, lenient BOOLEAN DEFAULT FALSE;
  DECLARE conditions, code INT DEFAULT 0;
{{session}}
  BEGIN
    DECLARE CONTINUE HANDLER FOR {{no_key}} BEGIN END;
{{keys}}
    BEGIN DECLARE identifier VARCHAR(255) CHARACTER SET utf8mb4 DEFAULT user_id; SET wanted_key = {{equals}}; END;
  END;

  -- The first comparison finds the row by its index. The second is exact: as a number, '1 or junk' is 1.
  reading: LOOP
    BEGIN
{{warnings}}
      SELECT TRUE, CASE {{known}} END
      INTO found, known
      FROM narrowgate.legacy_user AS u
      WHERE u.user_key = wanted_key AND CAST(u.user_id AS BINARY) = CAST(user_id AS BINARY);
      IF known IS NOT NULL THEN
        SELECT {{columns}}{{found_as}}
        INTO {{targets}}{{own_target}}
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
{{members}}), '}');
    -- A row that breaks the contract gets no mark, and an answer that is an error.
    IF LENGTH(answer) > {{limit}} THEN RETURN ''; END IF;
    IF NOT ({{tellable}}) THEN RETURN '{}'; END IF;
  END IF;
  BEGIN
    DECLARE CONTINUE HANDLER FOR 1062 BEGIN END;
    -- The clock itself, which SET timestamp does not change. And so the binary log holds this row, and not the statement with
    -- the identifier (but where binlog_format is STATEMENT).
    INSERT INTO narrowgate.migrated_user (user_id, migrated_at) VALUES (user_id, CONVERT_TZ(SYSDATE(6), @@SESSION.time_zone, '+00:00'));
  END;
  RETURN answer;
END$$
