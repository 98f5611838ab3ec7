-- Bytes that are stored in base64, as hexadecimal behind what stands before them; NULL where they are none.
CREATE DEFINER = 'narrowgate_owner'@'localhost' FUNCTION narrowgate.password_unpacked(
  stored_text LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin, lead_part TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
) RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
DETERMINISTIC NO SQL SQL SECURITY DEFINER
BEGIN
  DECLARE before_it, body, padded LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
  SET before_it = REGEXP_SUBSTR(stored_text, lead_part);
  SET body = TRIM(TRAILING '=' FROM SUBSTRING(stored_text, CHAR_LENGTH(before_it) + 1));
  SET padded = CONCAT(body, REPEAT('=', (4 - CHAR_LENGTH(body) % 4) % 4));
  IF body REGEXP '^[+/0-9A-Za-z]+$' AND CHAR_LENGTH(body) % 4 <> 1 AND stored_text IN (CONCAT(before_it, body), CONCAT(before_it, padded))
    AND REPLACE(TO_BASE64(FROM_BASE64(padded)), '\n', '') = padded
  THEN
    RETURN CONCAT(before_it, LOWER(HEX(FROM_BASE64(padded))));
  END IF;
  RETURN NULL;
END$$

-- The way back: bytes as they were stored.
CREATE DEFINER = 'narrowgate_owner'@'localhost' FUNCTION narrowgate.password_packed(
  shown LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin, lead_length INT
) RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
DETERMINISTIC NO SQL SQL SECURITY DEFINER
BEGIN
  RETURN IF(lead_length IS NULL, shown,
    CONCAT(LEFT(shown, lead_length), REPLACE(TO_BASE64(UNHEX(SUBSTRING(shown, lead_length + 1))), '\n', '')));
END$$

-- One writing for what is the same digest.
CREATE DEFINER = 'narrowgate_owner'@'localhost' FUNCTION narrowgate.password_digest(
  digest LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin, filler CHAR(1) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
) RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
DETERMINISTIC NO SQL SQL SECURITY DEFINER
RETURN CASE
  WHEN filler IN ('0', 'f') THEN LOWER(digest)
  WHEN filler = 'Q' THEN REPLACE(REPLACE(REPLACE(TRIM(TRAILING '=' FROM digest), '.', '+'), '-', '+'), '_', '/')
  ELSE digest END$$

-- Where the digest is in each form in which passwords are stored, as regular expressions; NULL for what is of no form, of which
-- nothing is given away. In order: what is shown, for a mark, which has no more than that; what stands before base64, where
-- the form is one of bytes and the rest about their hexadecimal; all before what must not be known, and that itself; all
-- before the part of it that is compared, and that; all before the salt, and that; what stands in the place of what must not
-- be known; '1' where a name in braces may stand before it; '1' where password_salt belongs to it; '1' where it is, but for
-- the salt, the same for many users.
CREATE DEFINER = 'narrowgate_owner'@'localhost' FUNCTION narrowgate.password_form(
  written LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin, rest LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
  scheme TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
) RETURNS TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
DETERMINISTIC NO SQL SQL SECURITY DEFINER
BEGIN
  DECLARE low VARCHAR(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT LOWER(LEFT(written, 40));
  DECLARE rest_low VARCHAR(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT LOWER(LEFT(rest, 40));
  DECLARE name TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT CONCAT(' ', SUBSTRING_INDEX(scheme, '(', 1), ' ');
  DECLARE mentions_salt BOOLEAN DEFAULT LOCATE('salt', scheme) > 0;
  IF written IN ('*', '**', '*0', '*1', 'x', 'X', 'NP') THEN RETURN '["*"]'; END IF;   -- locked
{{forms}}
  RETURN NULL;
END$$

-- Takes a stored password apart: a JSON object of what is shown, with fillers where the digest was ('?' where nothing may be
-- shown), the digest, and what a decoy is made of.
CREATE DEFINER = 'narrowgate_owner'@'localhost' FUNCTION narrowgate.password_parts(
  stored_text LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin, salt_text LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
  scheme TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
) RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
DETERMINISTIC NO SQL SQL SECURITY DEFINER
BEGIN
  DECLARE written, found, masked, own_salt, before_salt, after_salt LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
  DECLARE form, brace, _lead, _salt, _filler TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
  DECLARE place, lead_length INT;
  DECLARE blank VARCHAR(1) CHARACTER SET utf8mb4 DEFAULT '';
  -- Whatever the session says, expressions match as written: another way shows a part of a digest.
  /*M! SET SESSION default_regex_flags = ''; */
  -- Blanks of a CHAR column, and the end of a line.
  SET written = REGEXP_REPLACE(stored_text, CONCAT('[ ', CHAR(9, 10, 13 USING utf8mb4), ']+$'), '');
  SET blank = IF(CHAR_LENGTH(written) < CHAR_LENGTH(stored_text), ' ', '');
  -- Dumps of bytes: of a text, or of the digest. (SQL Server's own hashes begin so, and Sybase's.)
  IF LEFT(written, 2) IN (CONCAT(CHAR(92), 'x'), '0x') AND written REGEXP '^..(?:[0-9A-Fa-f]{2})+$'
    AND written NOT REGEXP '^0x(?:0100(?:.{48}|.{88})|0200.{136}|c007.{80})$'
  THEN
    SET written = CASE WHEN written REGEXP '^..(?:[2-6][0-9A-Fa-f]|7[0-9A-Ea-e]){13,}$'
        THEN TRIM(TRAILING ' ' FROM CONVERT(UNHEX(SUBSTRING(written, 3)) USING utf8mb4))
      WHEN CHAR_LENGTH(written) >= 18 THEN SUBSTRING(written, 3) ELSE written END;
  END IF;
  IF LENGTH(stored_text) > 4096 OR written REGEXP '[[:cntrl:]]' THEN
    RETURN '{"shown":"?"}';
  END IF;
  SET brace = IF(LEFT(written, 1) = '{', COALESCE(REGEXP_SUBSTR(written, {{braces}}), ''), '');
  SET form = narrowgate.password_form(written, SUBSTRING(written, CHAR_LENGTH(brace) + 1), scheme);
  IF form IS NULL OR JSON_LENGTH(form) = 1 THEN
    RETURN CONCAT('{"shown":', JSON_QUOTE(CONCAT(COALESCE(JSON_UNQUOTE(JSON_EXTRACT(form, '$[0]')), '?'), blank)), '}');
  END IF;

  SET brace = IF(JSON_EXTRACT(form, '$[9]') = '1', brace, ''), _lead = JSON_UNQUOTE(JSON_EXTRACT(form, '$[1]')),
    _salt = JSON_UNQUOTE(JSON_EXTRACT(form, '$[7]')), _filler = JSON_UNQUOTE(JSON_EXTRACT(form, '$[8]'));
  SET written = SUBSTRING(written, CHAR_LENGTH(brace) + 1);
  IF _lead <> '' THEN
    SET lead_length = CHAR_LENGTH(REGEXP_SUBSTR(written, _lead)), written = narrowgate.password_unpacked(written, _lead);
  END IF;
  SET place = CHAR_LENGTH(REGEXP_SUBSTR(written, JSON_UNQUOTE(JSON_EXTRACT(form, '$[4]'))));
  SET found = REGEXP_SUBSTR(SUBSTRING(written, place + 1), JSON_UNQUOTE(JSON_EXTRACT(form, '$[5]')));
  SET place = CHAR_LENGTH(REGEXP_SUBSTR(written, JSON_UNQUOTE(JSON_EXTRACT(form, '$[2]'))));
  SET masked = REGEXP_SUBSTR(SUBSTRING(written, place + 1), JSON_UNQUOTE(JSON_EXTRACT(form, '$[3]')));
  SET masked = CONCAT(brace, LEFT(written, place), REGEXP_REPLACE(masked, '[./0-9A-Za-z+_-]', _filler),
    SUBSTRING(written, place + CHAR_LENGTH(masked) + 1));
  SET salt_text = IF(JSON_EXTRACT(form, '$[10]') = '1', salt_text, NULL);
  -- Whoever stores the digest a second time, in whatever column.
  IF COALESCE(found, '') = '' OR LOCATE(LOWER(found), LOWER(CONCAT_WS(' ', masked, salt_text, scheme))) > 0 THEN
    RETURN '{"shown":"?"}';
  END IF;

  IF JSON_EXTRACT(form, '$[11]') = '1' AND _salt <> '' THEN
    SET place = CHAR_LENGTH(brace) + CHAR_LENGTH(REGEXP_SUBSTR(written, JSON_UNQUOTE(JSON_EXTRACT(form, '$[6]'))));
    SET own_salt = REGEXP_SUBSTR(SUBSTRING(masked, place + 1), _salt);
    SET before_salt = LEFT(masked, place), after_salt = SUBSTRING(masked, place + CHAR_LENGTH(own_salt) + 1);
  ELSEIF JSON_EXTRACT(form, '$[11]') = '1' THEN
    SET before_salt = masked, after_salt = '';
  END IF;
  RETURN CONCAT('{', CONCAT_WS(',', CONCAT('"shown":', JSON_QUOTE(CONCAT(narrowgate.password_packed(masked, lead_length), blank))),
    CONCAT('"shown_salt":', JSON_QUOTE(salt_text)), CONCAT('"digest":', JSON_QUOTE(narrowgate.password_digest(found, _filler))),
    CONCAT('"filler":', JSON_QUOTE(_filler)), CONCAT('"before_salt":', JSON_QUOTE(before_salt)),
    CONCAT('"salt":', JSON_QUOTE(own_salt)), CONCAT('"after_salt":', JSON_QUOTE(after_salt)),
    CONCAT('"lead":', lead_length)), '}');
END$$

CREATE DEFINER = 'narrowgate_owner'@'localhost' FUNCTION narrowgate.password_parameters(
  identifier VARCHAR(320) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
) RETURNS LONGTEXT CHARACTER SET utf8mb4
READS SQL DATA SQL SECURITY DEFINER
BEGIN
  DECLARE found LONGTEXT CHARACTER SET utf8mb4 DEFAULT narrowgate.candidate(identifier);
  DECLARE parts, _hash, _salt, _scheme, _username, _email, made_hash LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
  DECLARE decoy_before, decoy_after, decoy_salt, decoy_alphabet, decoy_endings, decoy_scheme, made TEXT
    CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT '';
  DECLARE noise VARBINARY(192);
  DECLARE decoy_in_column BOOLEAN;
  DECLARE decoy_length, n INT DEFAULT 1;
  DECLARE decoy_lead INT;
  IF JSON_LENGTH(found) > 1 THEN
    RETURN '{"ambiguous":true}';
  END IF;
  SET _hash = JSON_UNQUOTE(JSON_EXTRACT(found, '$[0].password_hash'));
  SET _scheme = JSON_UNQUOTE(JSON_EXTRACT(found, '$[0].password_scheme'));
  -- Both are made in any case, so that both answers cost the same.
  SELECT CONCAT(UNHEX(SHA2(CONCAT(d.secret, '1', CAST(LOWER(identifier) AS BINARY)), 256)),
      UNHEX(SHA2(CONCAT(d.secret, '2', CAST(LOWER(identifier) AS BINARY)), 256)),
      UNHEX(SHA2(CONCAT(d.secret, '3', CAST(LOWER(identifier) AS BINARY)), 256)),
      UNHEX(SHA2(CONCAT(d.secret, '4', CAST(LOWER(identifier) AS BINARY)), 256)),
      UNHEX(SHA2(CONCAT(d.secret, '5', CAST(LOWER(identifier) AS BINARY)), 256)),
      UNHEX(SHA2(CONCAT(d.secret, '6', CAST(LOWER(identifier) AS BINARY)), 256))),
    d.scheme, d.before_salt, d.after_salt, d.lead_length, d.in_column, d.salt_column, d.salt_length, d.alphabet, d.endings
  INTO noise, decoy_scheme, decoy_before, decoy_after, decoy_lead, decoy_in_column, decoy_salt, decoy_length, decoy_alphabet,
    decoy_endings
  FROM narrowgate.password_decoy AS d;
  WHILE n < LEAST(decoy_length, 190) DO
    SET made = CONCAT(made, SUBSTRING(decoy_alphabet, 1 + ORD(SUBSTRING(noise, n + 1, 1)) % CHAR_LENGTH(decoy_alphabet), 1)), n = n + 1;
  END WHILE;
  SET n = 1 + CHAR_LENGTH(decoy_endings) - CHAR_LENGTH(REPLACE(decoy_endings, ' ', ''));
  SET made = CONCAT(made, SUBSTRING_INDEX(SUBSTRING_INDEX(decoy_endings, ' ', 1 + ORD(LEFT(noise, 1)) % n), ' ', -1));
  SET made_hash = narrowgate.password_packed(CONCAT(decoy_before, IF(decoy_in_column, '', made), decoy_after), decoy_lead);
  SET parts = narrowgate.password_parts(COALESCE(_hash, made_hash), JSON_UNQUOTE(JSON_EXTRACT(found, '$[0].password_salt')),
    IF(JSON_LENGTH(found) = 1, _scheme, decoy_scheme));
  IF JSON_LENGTH(found) = 1 THEN
    SET _hash = IF(COALESCE(_hash, '') = '', '', JSON_UNQUOTE(JSON_EXTRACT(parts, '$.shown'))),
      _salt = JSON_UNQUOTE(JSON_EXTRACT(parts, '$.shown_salt')),
      _username = JSON_UNQUOTE(JSON_EXTRACT(found, '$[0].username')), _email = JSON_UNQUOTE(JSON_EXTRACT(found, '$[0].email'));
  ELSE
    SET _scheme = decoy_scheme, _username = SUBSTRING_INDEX(identifier, '@', 1), _email = identifier,
      _hash = made_hash,
      _salt = IF(NOT decoy_in_column, decoy_salt, IF(decoy_length > 0, made, NULL));
  END IF;
  RETURN CONCAT('{', CONCAT_WS(',', CONCAT('"hash":', JSON_QUOTE(_hash)), CONCAT('"scheme":', JSON_QUOTE(_scheme)),
    CONCAT('"salt":', JSON_QUOTE(_salt)), CONCAT('"username":', JSON_QUOTE(_username)), CONCAT('"email":', JSON_QUOTE(_email))), '}');
END$$

-- The digest as it is stored; in hexadecimal where it stands among other bytes. Digests of digests are compared, so that the
-- time taken tells nothing. Less than 11 characters are no digest. NULL for nobody; '[]' where it is not the user's.
CREATE DEFINER = 'narrowgate_owner'@'localhost' FUNCTION narrowgate.password_matches(
  identifier VARCHAR(320) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin, digest VARCHAR(2100) CHARACTER SET utf8mb4
) RETURNS LONGTEXT CHARACTER SET utf8mb4
READS SQL DATA SQL SECURITY DEFINER
BEGIN
  DECLARE found LONGTEXT CHARACTER SET utf8mb4 DEFAULT narrowgate.candidate(identifier);
  DECLARE parts, stored_digest, decoy_scheme, made_hash LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
  SELECT d.scheme, narrowgate.password_packed(CONCAT(d.before_salt, REPEAT('0', d.salt_length), d.after_salt), d.lead_length)
  INTO decoy_scheme, made_hash FROM narrowgate.password_decoy AS d;
  SET parts = narrowgate.password_parts(COALESCE(JSON_UNQUOTE(JSON_EXTRACT(found, '$[0].password_hash')), made_hash),
    JSON_UNQUOTE(JSON_EXTRACT(found, '$[0].password_salt')),
    IF(JSON_LENGTH(found) = 1, JSON_UNQUOTE(JSON_EXTRACT(found, '$[0].password_scheme')), decoy_scheme));
  SET stored_digest = JSON_UNQUOTE(JSON_EXTRACT(parts, '$.digest'));
  IF JSON_LENGTH(found) = 1 AND CHAR_LENGTH(stored_digest) >= 11
    AND SHA2(stored_digest, 256) = SHA2(narrowgate.password_digest(digest, JSON_UNQUOTE(JSON_EXTRACT(parts, '$.filler'))), 256)
  THEN
    RETURN JSON_REMOVE(JSON_REMOVE(JSON_REMOVE(found, '$[0].password_hash'), '$[0].password_salt'), '$[0].password_scheme');
  END IF;
  RETURN IF(JSON_LENGTH(found) > 0, '[]', NULL);
END$$
