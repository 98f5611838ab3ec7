-- Digests are compared in here and never leave: the gate is told how a password was hashed, hashes what was typed, and asks
-- whether that is right. narrowgate.candidate, above, is for these functions alone.

-- What an unknown user's answer is made of, so that it looks like everybody's: the form that most stored passwords have, and
-- a secret that keeps each made-up salt the same for ever. It is filled below.
CREATE TABLE IF NOT EXISTS narrowgate.password_decoy (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  secret bytea NOT NULL DEFAULT sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())),
  scheme text,
  before_salt text NOT NULL DEFAULT '$2b$10$',
  after_salt text NOT NULL DEFAULT '...............................',
  lead integer,                                  -- the characters before base64, where the rest is hexadecimal here
  in_column boolean NOT NULL DEFAULT false,      -- the salt is in the column password_salt
  salt_column text,                              -- what that holds otherwise
  salt_length integer NOT NULL DEFAULT 22,
  alphabet text NOT NULL DEFAULT './ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789',
  endings text[] NOT NULL DEFAULT '{.,O,e,u}'    -- what salts end in: in base64 not every character can be the last
);

-- Bytes that are stored in base64, as hexadecimal behind what stands before them; NULL where they are none.
CREATE OR REPLACE FUNCTION narrowgate.password_unpacked(stored text, lead text) RETURNS text
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  before text := substring(stored FROM lead);
  body text := rtrim(substr(stored, length(before) + 1), '=');
  padded text := body || repeat('=', (4 - length(body) % 4) % 4);
BEGIN
  IF body ~ '^[+/0-9A-Za-z]+$' AND length(body) % 4 <> 1 AND stored IN (before || body, before || padded)
    AND translate(encode(decode(padded, 'base64'), 'base64'), E'\n', '') = padded
  THEN
    RETURN before || encode(decode(padded, 'base64'), 'hex');
  END IF;
  RETURN NULL;
END
$$;

-- One writing for what is the same digest.
CREATE OR REPLACE FUNCTION narrowgate.password_digest(digest text, filler text) RETURNS text
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN CASE
    WHEN filler IN ('0', 'f') THEN lower(digest)
    WHEN filler = 'Q' THEN translate(rtrim(digest, '='), '.-_', '++/')
    ELSE digest END;
END
$$;

-- Where the digest is in each form in which passwords are stored, as regular expressions; NULL for what is of no form, of which
-- nothing is given away. In order: what is shown, for a mark, which has no more than that; what stands before base64, where
-- the form is one of bytes and the rest about their hexadecimal; all before what must not be known, and that itself; all
-- before the part of it that is compared, and that; all before the salt, and that; what stands in the place of what must not
-- be known; '1' where a name in braces may stand before it; '1' where password_salt belongs to it; '1' where it is, but for
-- the salt, the same for many users.
CREATE OR REPLACE FUNCTION narrowgate.password_form(written text, rest text, scheme text) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $form$
DECLARE
  low text := lower(written COLLATE "C");
  rest_low text := lower(rest COLLATE "C");
  name text := ' ' || split_part(scheme, '(', 1) || ' ';
  mentions_salt boolean := strpos(scheme, 'salt') > 0;
BEGIN
  RETURN CASE
    WHEN written IN ('*', '**', '*0', '*1', 'x', 'X', 'NP') THEN ARRAY['*']   -- locked
{{forms}}
    END;
END
$form$;

-- Takes a stored password apart. What is shown has fillers where the digest was, and is '?' where nothing may be shown.
CREATE OR REPLACE FUNCTION narrowgate.password_parts(stored text, salt_column text, scheme text,
  OUT shown text, OUT shown_salt text, OUT digest text, OUT filler text,
  OUT before_salt text, OUT salt text, OUT after_salt text, OUT lead integer)
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  written text := rtrim(stored, E' \t\r\n');
  blank text := CASE WHEN length(written) < length(stored) THEN ' ' ELSE '' END;
  brace text;
  form text[];
  place integer;
  masked text;
BEGIN
  shown := '?' || blank;
  -- Dumps of bytes: of a text, or of the digest. (SQL Server's own hashes begin so, and Sybase's.)
  IF left(written, 2) IN (chr(92) || 'x', '0x') AND written ~ '^..(?:[0-9A-Fa-f]{2})+$'
    AND written !~ '^0x(?:0100(?:.{48}|.{88})|0200.{136}|c007.{80})$'
  THEN
    written := CASE WHEN written ~ '^..(?:[2-6][0-9A-Fa-f]|7[0-9A-Ea-e]){13,}$'
        THEN rtrim(convert_from(decode(substr(written, 3), 'hex'), 'UTF8'), ' ')
      WHEN length(written) >= 18 THEN substr(written, 3) ELSE written END;
  END IF;
  IF octet_length(stored) > 4096 OR written ~ '[[:cntrl:]]' THEN
    RETURN;
  END IF;
  brace := CASE WHEN left(written, 1) = '{' THEN substring(written FROM {{braces}}) END;
  form := narrowgate.password_form(written, substr(written, 1 + COALESCE(length(brace), 0)), scheme);
  IF form IS NULL OR form[1] <> '' THEN
    shown := COALESCE(form[1], '?') || blank;
    RETURN;
  END IF;

  brace := CASE WHEN form[10] = '1' THEN brace END;
  written := substr(written, 1 + COALESCE(length(brace), 0));
  IF form[2] <> '' THEN
    lead := length(substring(written FROM form[2]));
    written := narrowgate.password_unpacked(written, form[2]);
  END IF;
  digest := substring(substr(written, length(substring(written FROM form[5])) + 1) FROM form[6]);
  place := length(substring(written FROM form[3]));
  masked := substring(substr(written, place + 1) FROM form[4]);
  masked := concat(brace, left(written, place)) || regexp_replace(masked, '[./0-9A-Za-z+_-]', form[9], 'g')
    || substr(written, place + length(masked) + 1);
  shown_salt := CASE WHEN form[11] = '1' THEN salt_column END;
  -- Whoever stores the digest a second time, in whatever column.
  IF digest IS NULL OR strpos(lower(concat_ws(' ', masked, shown_salt, scheme)), lower(digest)) > 0 THEN
    digest := NULL;
    shown_salt := NULL;
    RETURN;
  END IF;

  filler := form[9];
  digest := narrowgate.password_digest(digest, filler);
  shown := narrowgate.password_packed(masked, lead) || blank;
  IF form[12] = '1' AND form[8] <> '' THEN
    place := length(concat(brace, substring(written FROM form[7])));
    salt := substring(substr(masked, place + 1) FROM form[8]);
    before_salt := left(masked, place);
    after_salt := substr(masked, place + length(salt) + 1);
  ELSIF form[12] = '1' THEN
    salt := shown_salt;
    before_salt := masked;
    after_salt := '';
  END IF;
END
$$;

-- Bytes from hexadecimal, as they were stored.
CREATE OR REPLACE FUNCTION narrowgate.password_packed(shown text, lead integer) RETURNS text
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN CASE WHEN lead IS NULL THEN shown
    ELSE left(shown, lead) || translate(encode(decode(substr(shown, lead + 1), 'hex'), 'base64'), E'\n', '') END;
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
  made text;
BEGIN
  IF json_array_length(found) > 1 THEN
    RETURN json_build_object('ambiguous', true);
  END IF;
  -- Both are made in any case, so that both answers cost the same.
  SELECT * INTO decoy FROM narrowgate.password_decoy;
  -- The secret is read where it is used: a variable's value would be part of the plan, which debug_print_plan shows.
  SELECT string_agg(sha256(d.secret || convert_to(n || lower(identifier), 'UTF8')), '' ORDER BY n) INTO noise
  FROM narrowgate.password_decoy AS d, generate_series(1, 6) AS n;
  salt := '';
  FOR n IN 1 .. least(decoy.salt_length, 190) - 1 LOOP
    salt := salt || substr(decoy.alphabet, 1 + get_byte(noise, n) % length(decoy.alphabet), 1);
  END LOOP;
  salt := salt || COALESCE(decoy.endings[1 + get_byte(noise, 0) % cardinality(decoy.endings)], '');
  made := narrowgate.password_packed(decoy.before_salt
    || CASE WHEN decoy.in_column THEN '' ELSE salt END || decoy.after_salt, decoy.lead);
  parts := narrowgate.password_parts(COALESCE(found -> 0 ->> 'password_hash', made), found -> 0 ->> 'password_salt',
    CASE json_array_length(found) WHEN 1 THEN found -> 0 ->> 'password_scheme' ELSE decoy.scheme END);
  IF json_array_length(found) = 1 THEN
    RETURN json_build_object('scheme', found -> 0 ->> 'password_scheme',
      'hash', CASE WHEN COALESCE(found -> 0 ->> 'password_hash', '') = '' THEN '' ELSE parts.shown END,
      'salt', parts.shown_salt, 'username', found -> 0 ->> 'username', 'email', found -> 0 ->> 'email');
  END IF;
  RETURN json_build_object('scheme', decoy.scheme, 'hash', made,
    'salt', CASE WHEN NOT decoy.in_column THEN decoy.salt_column WHEN decoy.salt_length > 0 THEN salt END,
    'username', split_part(identifier, '@', 1), 'email', identifier);
END
$$;

-- The digest as it is stored; in hexadecimal where it stands among other bytes. Digests of digests are compared, so that the
-- time taken tells nothing. Less than 11 characters are no digest. NULL for nobody; '[]' where it is not the user's.
CREATE OR REPLACE FUNCTION narrowgate.password_matches(identifier text, digest text) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  found json := narrowgate.candidate(identifier);
  parts record;
  decoy narrowgate.password_decoy;
BEGIN
  SELECT * INTO decoy FROM narrowgate.password_decoy;
  parts := narrowgate.password_parts(COALESCE(found -> 0 ->> 'password_hash',
      narrowgate.password_packed(decoy.before_salt || repeat('0', decoy.salt_length) || decoy.after_salt, decoy.lead)),
    found -> 0 ->> 'password_salt', CASE json_array_length(found) WHEN 1 THEN found -> 0 ->> 'password_scheme' ELSE decoy.scheme END);
  IF json_array_length(found) = 1 AND length(parts.digest) >= 11
    AND sha256(convert_to(parts.digest, 'UTF8')) = sha256(convert_to(narrowgate.password_digest(digest, parts.filler), 'UTF8'))
  THEN
    RETURN jsonb_build_array((found -> 0)::jsonb - ARRAY['password_hash', 'password_salt', 'password_scheme']);
  END IF;
  RETURN CASE WHEN json_array_length(found) > 0 THEN '[]' END;
END
$$;

-- The form that most of some thousand stored passwords have. Applied again, this looks again; the secret stays.
INSERT INTO narrowgate.password_decoy DEFAULT VALUES ON CONFLICT DO NOTHING;
WITH form AS (
  SELECT p.before_salt, p.after_salt, p.lead, p.salt IS NOT DISTINCT FROM p.shown_salt AS in_column,
    CASE WHEN p.salt IS DISTINCT FROM p.shown_salt THEN p.shown_salt END AS salt_column, u.password_scheme AS scheme,
    COALESCE(length(p.salt), 0) AS salt_length, bool_and(p.salt ~ '^[0-9a-f]*$') AS is_hex,
    bool_and(p.salt ~ '^[0-9A-Za-z]*$') AS is_alphanumeric, bool_and(p.salt ~ '^[./0-9A-Za-z]*$') AS is_crypt,
    array_agg(DISTINCT COALESCE(substring(p.salt FROM '.=*$'), '')) AS endings
  FROM (SELECT * FROM narrowgate.legacy_user WHERE password_hash IS NOT NULL LIMIT 10000) AS u,
    narrowgate.password_parts(u.password_hash, u.password_salt, u.password_scheme) AS p
  WHERE p.before_salt IS NOT NULL
  GROUP BY 1, 2, 3, 4, 5, 6, 7 ORDER BY count(*) DESC, 1, 2, 3, 4, 5, 6, 7 LIMIT 1
)
UPDATE narrowgate.password_decoy AS d
SET scheme = form.scheme, before_salt = form.before_salt, after_salt = form.after_salt, lead = form.lead,
  in_column = form.in_column, salt_column = form.salt_column,
  salt_length = form.salt_length - greatest(length(form.endings[1]), 1) + 1, endings = form.endings,
  alphabet = CASE WHEN form.is_hex THEN '0123456789abcdef'
    ELSE '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
      || CASE WHEN form.is_alphanumeric THEN '' WHEN form.is_crypt THEN './' ELSE '+/' END END
FROM form;
