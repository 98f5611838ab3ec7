-- Digests are compared in here and never leave: the gate is told how a password was hashed, hashes what was typed, and asks
-- whether that is right. narrowgate.candidate, above, is for these two functions alone.

-- What an unknown user's answer is made of, so that it looks like everybody's: the form that most stored passwords have, and
-- a secret that keeps each made-up salt the same for ever. It is filled below.
CREATE TABLE IF NOT EXISTS narrowgate.password_decoy (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  secret bytea NOT NULL DEFAULT sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())),
  scheme text,
  before_salt text NOT NULL DEFAULT '$2b$10$',
  after_salt text NOT NULL DEFAULT '',
  in_column boolean NOT NULL DEFAULT false,      -- the salt is in the column password_salt
  salt_length integer NOT NULL DEFAULT 22,
  alphabet text NOT NULL DEFAULT './ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789',
  endings text[] NOT NULL DEFAULT '{.,O,e,u}'    -- what salts end in: in base64 not every character can be the last
);
ALTER TABLE narrowgate.password_decoy OWNER TO narrowgate_owner;

-- Takes a stored password apart. The prefix is all before the digest, and NULL where the two cannot be told apart: only
-- what begins as hashes do is cut, and only before what can be a digest. A password in plain text may hold a '$', too.
CREATE OR REPLACE FUNCTION narrowgate.password_parts(stored text, salt_column text, scheme text,
  OUT prefix text, OUT digest text, OUT before_salt text, OUT salt text, OUT after_salt text)
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  separator text := CASE WHEN left(stored, 1) = ':' THEN ':' ELSE '$' END;
BEGIN
  before_salt := '';
  after_salt := '';
  IF stored ~ '^(bcrypt(_sha256)?\$|\{[A-Za-z0-9._-]+\})?\$2[abxy]?\$[0-9]{2}\$[./A-Za-z0-9]{53}$' THEN
    prefix := left(stored, -31);
    before_salt := left(stored, -53);
  ELSIF stored ~ '^\$[PHS]\$[./A-Za-z0-9]{25,}$' THEN           -- phpass, and Drupal's
    prefix := left(stored, 12);
    before_salt := left(stored, 4);
  ELSIF stored ~ '^:[A-Za-z0-9._-]+:.*:[./A-Za-z0-9+=_-]{16,}$' -- ...$SALT$DIGEST
    OR stored ~ ('^(\$[A-Za-z0-9._-]+\$|\{[A-Za-z0-9._-]+\}|(pbkdf2|scrypt|bcrypt|argon2|md5|sha1|sha224|sha256|sha384|sha512)'
      || '[A-Za-z0-9_.:-]*\$).*\$[./A-Za-z0-9+=_-]{16,}$')
  THEN
    prefix := left(stored, length(stored) - strpos(reverse(stored), separator) + 1);
    after_salt := separator;
    before_salt := left(prefix, -1);
    before_salt := left(before_salt, length(before_salt) - strpos(reverse(before_salt), separator) + 1);
  ELSIF stored IS NOT NULL AND (salt_column IS NOT NULL OR scheme IS NOT NULL) THEN -- a digest alone
    prefix := '';
  END IF;
  digest := substr(stored, length(prefix) + 1);
  salt := CASE prefix
    WHEN '' THEN salt_column
    ELSE substr(prefix, length(before_salt) + 1, length(prefix) - length(before_salt) - length(after_salt)) END;
END
$$;

CREATE OR REPLACE FUNCTION narrowgate.password_parameters(identifier text) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  found json := narrowgate.candidate(identifier);
  parts record;
  decoy narrowgate.password_decoy;
  noise bytea;
  salt text;
BEGIN
  IF json_array_length(found) > 1 THEN
    RETURN json_build_object('ambiguous', true);
  END IF;
  parts := narrowgate.password_parts(found -> 0 ->> 'password_hash', found -> 0 ->> 'password_salt', found -> 0 ->> 'password_scheme');
  -- Made in any case, so that both answers cost the same.
  SELECT * INTO decoy FROM narrowgate.password_decoy;
  noise := sha256(decoy.secret || convert_to('1' || lower(identifier), 'UTF8'))
    || sha256(decoy.secret || convert_to('2' || lower(identifier), 'UTF8'))
    || sha256(decoy.secret || convert_to('3' || lower(identifier), 'UTF8'));
  salt := '';
  FOR n IN 1 .. least(decoy.salt_length, 90) - 1 LOOP
    salt := salt || substr(decoy.alphabet, 1 + get_byte(noise, n) % length(decoy.alphabet), 1);
  END LOOP;
  salt := salt || COALESCE(decoy.endings[1 + get_byte(noise, 0) % cardinality(decoy.endings)], '');
  IF parts.prefix IS NOT NULL THEN
    RETURN json_build_object('scheme', found -> 0 ->> 'password_scheme', 'prefix', parts.prefix, 'salt', found -> 0 ->> 'password_salt');
  END IF;
  RETURN json_build_object('scheme', decoy.scheme,
    'prefix', CASE WHEN decoy.in_column THEN '' ELSE decoy.before_salt || salt || decoy.after_salt END,
    'salt', CASE WHEN decoy.in_column AND decoy.salt_length > 0 THEN salt END);
END
$$;

-- The digest as it is stored after its prefix; without a prefix in hex, and stored in hex or base64. Digests of digests are
-- compared, so that the time taken tells nothing. Less than 16 characters are no digest.
CREATE OR REPLACE FUNCTION narrowgate.password_matches(identifier text, digest text) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  found json := narrowgate.candidate(identifier);
  parts record;
  forms text[] := ARRAY[digest];
BEGIN
  parts := narrowgate.password_parts(found -> 0 ->> 'password_hash', found -> 0 ->> 'password_salt', found -> 0 ->> 'password_scheme');
  IF parts.prefix = '' AND digest ~ '^([0-9a-f]{2}){8,255}$' THEN
    parts.digest := CASE WHEN parts.digest ~ '^([0-9A-Fa-f]{2})+$' THEN lower(parts.digest) ELSE rtrim(parts.digest, '=') END;
    forms := forms || rtrim(translate(encode(decode(digest, 'hex'), 'base64'), E'\n', ''), '=');
  END IF;
  IF json_array_length(found) = 1 AND length(parts.digest) >= 16
    AND sha256(convert_to(parts.digest, 'UTF8')) IN (SELECT sha256(convert_to(f.form, 'UTF8')) FROM unnest(forms) AS f (form))
  THEN
    RETURN jsonb_build_array((found -> 0)::jsonb - ARRAY['password_hash', 'password_salt', 'password_scheme']);
  END IF;
  RETURN '[]';
END
$$;
DROP FUNCTION IF EXISTS narrowgate.login_candidate(text);

-- The form that most of some thousand stored passwords have. Applied again, this looks again; the secret stays.
INSERT INTO narrowgate.password_decoy DEFAULT VALUES ON CONFLICT DO NOTHING;
WITH form AS (
  SELECT p.before_salt, p.after_salt, p.prefix = '' AS in_column, u.password_scheme AS scheme,
    COALESCE(length(p.salt), 0) AS salt_length, bool_and(p.salt ~ '^[0-9a-f]*$') AS is_hex,
    bool_and(p.salt ~ '^[0-9A-Za-z]*$') AS is_alphanumeric, bool_and(p.salt ~ '^[./0-9A-Za-z]*$') AS is_crypt,
    array_agg(DISTINCT COALESCE(substring(p.salt FROM '.=*$'), '')) AS endings
  FROM (SELECT * FROM narrowgate.legacy_user WHERE password_hash IS NOT NULL LIMIT 10000) AS u,
    narrowgate.password_parts(u.password_hash, u.password_salt, u.password_scheme) AS p
  WHERE p.prefix IS NOT NULL
  GROUP BY 1, 2, 3, 4, 5 ORDER BY count(*) DESC, 1, 2, 3, 4, 5 LIMIT 1
)
UPDATE narrowgate.password_decoy AS d
SET scheme = form.scheme, before_salt = form.before_salt, after_salt = form.after_salt, in_column = form.in_column,
  salt_length = form.salt_length - greatest(length(form.endings[1]), 1) + 1, endings = form.endings,
  alphabet = CASE WHEN form.is_hex THEN '0123456789abcdef'
    ELSE '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
      || CASE WHEN form.is_alphanumeric THEN '' WHEN form.is_crypt THEN './' ELSE '+/' END END
FROM form;
