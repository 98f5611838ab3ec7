-- Takes a stored password apart: all before the digest, and NULL where the two cannot be told apart. Only what begins as
-- hashes do is cut, and only before what can be a digest. A password in plain text may hold a '$', too.
CREATE DEFINER = 'narrowgate_owner'@'localhost' FUNCTION narrowgate.password_prefix(
  stored LONGTEXT CHARACTER SET utf8mb4, salt LONGTEXT CHARACTER SET utf8mb4, scheme LONGTEXT CHARACTER SET utf8mb4
) RETURNS LONGTEXT CHARACTER SET utf8mb4
DETERMINISTIC NO SQL SQL SECURITY DEFINER
RETURN CASE
  WHEN stored REGEXP '^(bcrypt(_sha256)?[$]|[{][A-Za-z0-9._-]+[}])?[$]2[abxy]?[$][0-9]{2}[$][./A-Za-z0-9]{53}$' THEN LEFT(stored, CHAR_LENGTH(stored) - 31)
  WHEN stored REGEXP '^[$][PHS][$][./A-Za-z0-9]{25,}$' THEN LEFT(stored, 12)                -- phpass, and Drupal's
  WHEN stored REGEXP '^:[A-Za-z0-9._-]+:.*:[./A-Za-z0-9+=_-]{16,}$'
    THEN LEFT(stored, CHAR_LENGTH(stored) - CHAR_LENGTH(SUBSTRING_INDEX(stored, ':', -1)))
  WHEN stored REGEXP '^([$][A-Za-z0-9._-]+[$]|[{][A-Za-z0-9._-]+[}]|(pbkdf2|scrypt|bcrypt|argon2|md5|sha1|sha224|sha256|sha384|sha512)[A-Za-z0-9_.:-]*[$]).*[$][./A-Za-z0-9+=_-]{16,}$'
    THEN LEFT(stored, CHAR_LENGTH(stored) - CHAR_LENGTH(SUBSTRING_INDEX(stored, '$', -1)))
  WHEN stored IS NOT NULL AND (salt IS NOT NULL OR scheme IS NOT NULL) THEN ''              -- a digest alone
END$$

-- The part of a prefix that stands before the salt.
CREATE DEFINER = 'narrowgate_owner'@'localhost' FUNCTION narrowgate.password_before_salt(
  prefix LONGTEXT CHARACTER SET utf8mb4
) RETURNS LONGTEXT CHARACTER SET utf8mb4
DETERMINISTIC NO SQL SQL SECURITY DEFINER
RETURN CASE
  WHEN prefix REGEXP '[$]2[abxy]?[$][0-9]{2}[$][./A-Za-z0-9]{22}$' THEN LEFT(prefix, CHAR_LENGTH(prefix) - 22)
  WHEN prefix REGEXP '^[$][PHS][$].{9}$' THEN LEFT(prefix, 4)
  ELSE LEFT(prefix, CHAR_LENGTH(prefix) - 1 - CHAR_LENGTH(SUBSTRING_INDEX(LEFT(prefix, CHAR_LENGTH(prefix) - 1), RIGHT(prefix, 1), -1)))
END$$

CREATE DEFINER = 'narrowgate_owner'@'localhost' FUNCTION narrowgate.password_parameters(
  identifier VARCHAR(320) CHARACTER SET utf8mb4
) RETURNS LONGTEXT CHARACTER SET utf8mb4
READS SQL DATA SQL SECURITY DEFINER
BEGIN
  DECLARE found LONGTEXT CHARACTER SET utf8mb4 DEFAULT narrowgate.candidate(identifier);
  DECLARE _scheme, _prefix, _salt LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
  DECLARE decoy_scheme, decoy_before, decoy_after, decoy_alphabet, decoy_endings, made TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT '';
  DECLARE noise VARBINARY(192);
  DECLARE decoy_in_column BOOLEAN;
  DECLARE decoy_length, n INT DEFAULT 1;
  IF JSON_LENGTH(found) > 1 THEN
    RETURN '{"ambiguous":true}';
  END IF;
  SET _scheme = JSON_UNQUOTE(JSON_EXTRACT(found, '$[0].password_scheme'));
  SET _salt = JSON_UNQUOTE(JSON_EXTRACT(found, '$[0].password_salt'));
  SET _prefix = narrowgate.password_prefix(JSON_UNQUOTE(JSON_EXTRACT(found, '$[0].password_hash')), _salt, _scheme);
  -- Made in any case, so that both answers cost the same.
  SELECT CONCAT(UNHEX(SHA2(CONCAT(d.secret, '1', CAST(LOWER(identifier) AS BINARY)), 256)),
      UNHEX(SHA2(CONCAT(d.secret, '2', CAST(LOWER(identifier) AS BINARY)), 256)),
      UNHEX(SHA2(CONCAT(d.secret, '3', CAST(LOWER(identifier) AS BINARY)), 256))),
    d.scheme, d.before_salt, d.after_salt, d.in_column, d.salt_length, d.alphabet, d.endings
  INTO noise, decoy_scheme, decoy_before, decoy_after, decoy_in_column, decoy_length, decoy_alphabet, decoy_endings
  FROM narrowgate.password_decoy AS d;
  WHILE n < LEAST(decoy_length, 90) DO
    SET made = CONCAT(made, SUBSTRING(decoy_alphabet, 1 + ORD(SUBSTRING(noise, n + 1, 1)) % CHAR_LENGTH(decoy_alphabet), 1)), n = n + 1;
  END WHILE;
  SET n = 1 + CHAR_LENGTH(decoy_endings) - CHAR_LENGTH(REPLACE(decoy_endings, ' ', ''));
  SET made = CONCAT(made, SUBSTRING_INDEX(SUBSTRING_INDEX(decoy_endings, ' ', 1 + ORD(LEFT(noise, 1)) % n), ' ', -1));
  IF _prefix IS NULL THEN
    SET _scheme = decoy_scheme, _prefix = IF(decoy_in_column, '', CONCAT(decoy_before, made, decoy_after)),
      _salt = IF(decoy_in_column AND decoy_length > 0, made, NULL);
  END IF;
  RETURN CONCAT('{', CONCAT_WS(',', CONCAT('"scheme":', COALESCE(JSON_QUOTE(_scheme), 'null')),
    CONCAT('"prefix":', JSON_QUOTE(_prefix)), CONCAT('"salt":', COALESCE(JSON_QUOTE(_salt), 'null'))), '}');
END$$

-- The digest as it is stored after its prefix; without a prefix in hex, and stored in hex or base64. Digests of digests are
-- compared, so that the time taken tells nothing. Less than 16 characters are no digest.
CREATE DEFINER = 'narrowgate_owner'@'localhost' FUNCTION narrowgate.password_matches(
  identifier VARCHAR(320) CHARACTER SET utf8mb4, digest VARCHAR(1024) CHARACTER SET utf8mb4
) RETURNS LONGTEXT CHARACTER SET utf8mb4
READS SQL DATA SQL SECURITY DEFINER
BEGIN
  DECLARE found LONGTEXT CHARACTER SET utf8mb4 DEFAULT narrowgate.candidate(identifier);
  DECLARE stored, prefix LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
  DECLARE other VARCHAR(1400) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
  SET stored = JSON_UNQUOTE(JSON_EXTRACT(found, '$[0].password_hash'));
  SET prefix = narrowgate.password_prefix(stored, JSON_UNQUOTE(JSON_EXTRACT(found, '$[0].password_salt')),
    JSON_UNQUOTE(JSON_EXTRACT(found, '$[0].password_scheme')));
  SET stored = SUBSTRING(stored, CHAR_LENGTH(prefix) + 1), other = digest;
  IF prefix = '' AND digest REGEXP '^([0-9a-f]{2}){8,255}$' THEN
    SET stored = IF(stored REGEXP '^([0-9A-Fa-f]{2})+$', LOWER(stored), TRIM(TRAILING '=' FROM stored));
    SET other = TRIM(TRAILING '=' FROM REPLACE(TO_BASE64(UNHEX(digest)), '\n', ''));
  END IF;
  IF JSON_LENGTH(found) = 1 AND CHAR_LENGTH(stored) >= 16 AND SHA2(stored, 256) IN (SHA2(digest, 256), SHA2(other, 256)) THEN
    RETURN JSON_REMOVE(JSON_REMOVE(JSON_REMOVE(found, '$[0].password_hash'), '$[0].password_salt'), '$[0].password_scheme');
  END IF;
  RETURN '[]';
END$$
