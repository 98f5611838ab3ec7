-- Marks a user, if there is one, and answers with it. The first mark's time stays. Two users of one id are an error.
CREATE OR REPLACE FUNCTION narrowgate.mark_migrated(user_id text) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  answer text;
BEGIN
  answer := (SELECT row_to_json(candidate)::text FROM (
    SELECT {{columns}}
    FROM narrowgate.legacy_user AS u
    -- The first comparison finds the row by its index; the second is exact, whatever collation the key has.
    WHERE u.user_id = mark_migrated.user_id AND u.user_id = mark_migrated.user_id COLLATE "C"
  ) AS candidate);
  IF answer IS NOT NULL THEN
    INSERT INTO narrowgate.migrated_user (user_id) VALUES (mark_migrated.user_id) ON CONFLICT DO NOTHING;
  END IF;
  RETURN answer;
END
$$;
