-- What an unknown user's answer is made of, so that it looks like everybody's: the form that most stored passwords have, and
-- a secret that keeps each made-up salt the same for ever. Applied again, this looks again; the secret stays.
CREATE TABLE IF NOT EXISTS narrowgate.password_decoy (
  only_row TINYINT NOT NULL PRIMARY KEY DEFAULT 1 CHECK (only_row = 1),
  secret VARBINARY(64) NOT NULL,
  scheme VARCHAR(255),
  before_salt VARCHAR(255) NOT NULL DEFAULT '$2b$10$',
  after_salt VARCHAR(1) NOT NULL DEFAULT '',
  in_column BOOLEAN NOT NULL DEFAULT FALSE,      -- the salt is in the column password_salt
  salt_length INT NOT NULL DEFAULT 22,
  alphabet VARCHAR(64) NOT NULL DEFAULT './ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789',
  endings VARCHAR(512) NOT NULL DEFAULT '. O e u'    -- what salts end in: in base64 not every character can be the last
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
INSERT IGNORE INTO narrowgate.password_decoy (secret) VALUES ({{random}});
GRANT SELECT ON narrowgate.password_decoy TO 'narrowgate_owner'@'localhost';
UPDATE narrowgate.password_decoy AS d
JOIN (
  SELECT s.scheme, s.before_salt, s.after_salt, s.in_column, COALESCE(CHAR_LENGTH(s.salt), 0) AS salt_length,
    MIN(s.salt REGEXP '^[0-9a-f]*$' AND CAST(LOWER(s.salt) AS BINARY) = CAST(s.salt AS BINARY)) AS is_hex, MIN(s.salt REGEXP '^[0-9A-Za-z]*$') AS is_alphanumeric,
    MIN(s.salt REGEXP '^[./0-9A-Za-z]*$') AS is_crypt,
    MAX(CHAR_LENGTH(s.salt) - CHAR_LENGTH(TRIM(TRAILING '=' FROM s.salt))) AS padding,
    COALESCE(GROUP_CONCAT(DISTINCT RIGHT(s.salt, 1 + CHAR_LENGTH(s.salt) - CHAR_LENGTH(TRIM(TRAILING '=' FROM s.salt))) SEPARATOR ' '), '') AS endings
  FROM (
    SELECT p.scheme, p.prefix = '' AS in_column, COALESCE(narrowgate.password_before_salt(NULLIF(p.prefix, '')), '') AS before_salt,
      IF(p.prefix = '' OR p.prefix REGEXP '[$]2[abxy]?[$][0-9]{2}[$][./A-Za-z0-9]{22}$' OR p.prefix REGEXP '^[$][PHS][$].{9}$', '', RIGHT(p.prefix, 1)) AS after_salt,
      IF(p.prefix = '', p.salt, SUBSTRING(
        IF(p.prefix REGEXP '[$]2[abxy]?[$][0-9]{2}[$][./A-Za-z0-9]{22}$' OR p.prefix REGEXP '^[$][PHS][$].{9}$', p.prefix, LEFT(p.prefix, CHAR_LENGTH(p.prefix) - 1)),
        CHAR_LENGTH(narrowgate.password_before_salt(p.prefix)) + 1)) COLLATE utf8mb4_bin AS salt
    FROM (
      SELECT u.password_scheme AS scheme, u.password_salt AS salt,
        narrowgate.password_prefix(u.password_hash, u.password_salt, u.password_scheme) AS prefix
      FROM narrowgate.legacy_user AS u WHERE u.password_hash IS NOT NULL LIMIT 10000
    ) AS p
    WHERE p.prefix IS NOT NULL
  ) AS s
  GROUP BY s.scheme, s.before_salt, s.after_salt, s.in_column, COALESCE(CHAR_LENGTH(s.salt), 0)
  ORDER BY COUNT(*) DESC, s.before_salt LIMIT 1
) AS form
SET d.scheme = form.scheme, d.before_salt = form.before_salt, d.after_salt = form.after_salt, d.in_column = form.in_column,
  d.salt_length = form.salt_length - COALESCE(form.padding, 0), d.endings = form.endings,
  d.alphabet = IF(form.is_hex, '0123456789abcdef', CONCAT('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz',
    IF(form.is_alphanumeric, '', IF(form.is_crypt, './', '+/'))));
