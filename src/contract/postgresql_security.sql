DO $$
DECLARE
  what regclass;
BEGIN
  -- Whom row security hides is nobody, and that address free for a stranger.
  FOR what IN
    SELECT c.oid FROM pg_class AS c
    WHERE c.relrowsecurity AND c.oid = ANY (ARRAY[{{tables}}]::regclass[])
      AND (SELECT bool_or(pg_get_expr(p.polqual, c.oid) = 'true') AND bool_and(p.polpermissive) FROM pg_policy AS p
        WHERE p.polrelid = c.oid AND p.polcmd IN ('r', '*') AND p.polroles && ARRAY[0, 'narrowgate_owner'::regrole::oid]) IS NOT TRUE
  LOOP
    RAISE EXCEPTION 'row security of % hides users from narrowgate_owner', what USING HINT =
      format('CREATE ROLE narrowgate_owner; CREATE POLICY narrowgate ON %s FOR SELECT TO narrowgate_owner USING (true);', what);
  END LOOP;
END
$$;
