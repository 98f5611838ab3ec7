-- What an unknown user's answer is made of, so that it looks like everybody's: the form that most stored passwords have, and
-- a secret that keeps each made-up salt the same for ever. Applied again, this looks again; the secret stays.
CREATE TABLE IF NOT EXISTS narrowgate.password_decoy (
  only_row TINYINT NOT NULL PRIMARY KEY DEFAULT 1 CHECK (only_row = 1),
  secret VARBINARY(64) NOT NULL,
  scheme TEXT,
  before_salt VARCHAR(2048) NOT NULL DEFAULT '$2b$10$',
  after_salt VARCHAR(2048) NOT NULL DEFAULT '...............................',
  lead_length INT,                               -- the characters before base64, where the rest is hexadecimal here
  in_column BOOLEAN NOT NULL DEFAULT FALSE,      -- the salt is in the column password_salt
  salt_column TEXT,                              -- what that holds otherwise
  salt_length INT NOT NULL DEFAULT 22,
  alphabet VARCHAR(64) NOT NULL DEFAULT './ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789',
  endings VARCHAR(512) NOT NULL DEFAULT '. O e u'    -- what salts end in: in base64 not every character can be the last
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
INSERT IGNORE INTO narrowgate.password_decoy (secret) VALUES ({{random}});
GRANT SELECT ON narrowgate.password_decoy TO 'narrowgate_owner'@'localhost';
UPDATE narrowgate.password_decoy AS d
JOIN (
  SELECT s.scheme, s.before_salt, s.after_salt, s.lead_length, s.in_column, s.salt_column, COALESCE(CHAR_LENGTH(s.salt), 0) AS salt_length,
    MIN(s.salt REGEXP '^[0-9a-f]*$' AND CAST(LOWER(s.salt) AS BINARY) = CAST(s.salt AS BINARY)) AS is_hex, MIN(s.salt REGEXP '^[0-9A-Za-z]*$') AS is_alphanumeric,
    MIN(s.salt REGEXP '^[./0-9A-Za-z]*$') AS is_crypt,
    MAX(CHAR_LENGTH(s.salt) - CHAR_LENGTH(TRIM(TRAILING '=' FROM s.salt))) AS padding,
    COALESCE(GROUP_CONCAT(DISTINCT RIGHT(s.salt, 1 + CHAR_LENGTH(s.salt) - CHAR_LENGTH(TRIM(TRAILING '=' FROM s.salt))) SEPARATOR ' '), '') AS endings
  FROM (
    SELECT q.scheme, q.before_salt, q.after_salt, q.lead_length, q.own_salt IS NULL AS in_column,
      IF(q.own_salt IS NULL, NULL, q.shown_salt) AS salt_column, COALESCE(q.own_salt, q.shown_salt) AS salt
    FROM (
      SELECT p.scheme, JSON_UNQUOTE(JSON_EXTRACT(p.parts, '$.before_salt')) AS before_salt,
        JSON_UNQUOTE(JSON_EXTRACT(p.parts, '$.after_salt')) AS after_salt, JSON_UNQUOTE(JSON_EXTRACT(p.parts, '$.lead')) AS lead_length,
        JSON_UNQUOTE(JSON_EXTRACT(p.parts, '$.salt')) AS own_salt, JSON_UNQUOTE(JSON_EXTRACT(p.parts, '$.shown_salt')) AS shown_salt
      FROM (
        SELECT u.password_scheme AS scheme, narrowgate.password_parts(u.password_hash, u.password_salt, u.password_scheme) AS parts
        FROM narrowgate.legacy_user AS u WHERE u.password_hash IS NOT NULL LIMIT 10000
      ) AS p
    ) AS q
    WHERE q.before_salt IS NOT NULL
  ) AS s
  GROUP BY s.scheme, s.before_salt, s.after_salt, s.lead_length, s.in_column, s.salt_column, COALESCE(CHAR_LENGTH(s.salt), 0)
  ORDER BY COUNT(*) DESC, s.before_salt LIMIT 1
) AS form
SET d.scheme = form.scheme, d.before_salt = form.before_salt, d.after_salt = form.after_salt, d.lead_length = form.lead_length,
  d.in_column = form.in_column, d.salt_column = form.salt_column,
  d.salt_length = form.salt_length - COALESCE(form.padding, 0), d.endings = form.endings,
  d.alphabet = IF(form.is_hex, '0123456789abcdef', CONCAT('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz',
    IF(form.is_alphanumeric, '', IF(form.is_crypt, './', '+/'))));
