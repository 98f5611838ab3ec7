-- Marks a user by the id, if there is one; the first mark's time stays. Two users of one id are an error. Ids can be counted up,
-- so an id alone tells nothing: the profile is for whoever also knows an identifier of this very user. An error would quote values.
CREATE OR REPLACE FUNCTION narrowgate.mark_migrated(user_id text, identifier text) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
{{variables}}
  answer text;
BEGIN
  BEGIN
{{keys}}
    -- A row that breaks the contract gets no mark, and an empty answer, which is an error.
    answer := (
      SELECT CASE WHEN known.by IS NULL THEN json_build_object('user_id', u.user_id)::text
        WHEN {{tellable}} THEN json_build_object('matched', known.by, {{found_as}}{{members}})::text
        ELSE '{}' END
      FROM narrowgate.legacy_user AS u
      CROSS JOIN LATERAL (SELECT CASE {{known}} END) AS known (by)
      -- The first comparison finds the row by its index; the second is exact, whatever collation the key has.
      WHERE u.user_id = mark_migrated.user_id AND u.user_id = mark_migrated.user_id COLLATE "C"
    );
    -- Where the database has no encoding, bytes that are no UTF-8 cannot be told either.
    PERFORM convert_from(convert_to(answer, 'UTF8'), 'UTF8');
  EXCEPTION WHEN data_exception THEN
    RAISE EXCEPTION 'this user cannot be read' USING ERRCODE = SQLSTATE;
  END;
  IF answer <> '{}' AND octet_length(answer) <= {{limit}} THEN
    INSERT INTO narrowgate.migrated_user (user_id) VALUES (mark_migrated.user_id) ON CONFLICT DO NOTHING;
  END IF;
  RETURN {{bounded}};
END
$$;
