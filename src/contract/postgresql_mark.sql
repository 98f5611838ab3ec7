-- Marks a user by the id, if there is one; the first mark's time stays. Two users of one id are an error. Ids can be counted up,
-- so an id alone tells nothing: the profile is for whoever also knows an identifier of this very user. An error would quote values.
CREATE OR REPLACE FUNCTION narrowgate.mark_migrated(user_id text, identifier text) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
{{variables}}
  found text[];
BEGIN
  BEGIN
{{keys}}
    -- The answer, and whether it can be told: a row that breaks the contract gets no mark.
    found := (
      SELECT ARRAY[CASE WHEN known.by IS NULL THEN json_build_object('user_id', u.user_id)
        ELSE json_build_object('matched', known.by, {{found_as}}{{members}}) END::text,
        CASE WHEN known.by IS NULL OR {{tellable}} THEN 'yes' END]
      FROM narrowgate.legacy_user AS u
      CROSS JOIN LATERAL (SELECT CASE {{known}} END) AS known (by)
      -- The first comparison finds the row by its index; the second is exact, whatever collation the key has.
      WHERE u.user_id = mark_migrated.user_id AND u.user_id = mark_migrated.user_id COLLATE "C"
    );
    -- Where the database has no encoding, bytes that are no UTF-8 cannot be told either.
    PERFORM convert_from(convert_to(found[1], 'UTF8'), 'UTF8');
  EXCEPTION WHEN data_exception THEN
    RAISE EXCEPTION 'this user cannot be read' USING ERRCODE = SQLSTATE;
  END;
  IF found[2] IS NOT NULL AND octet_length(found[1]) <= {{limit}} THEN
    INSERT INTO narrowgate.migrated_user (user_id) VALUES (mark_migrated.user_id) ON CONFLICT DO NOTHING;
  END IF;
  RETURN {{bounded}};
END
$$;
