-- The view stands on the tables themselves, so PostgreSQL keeps your application from changing or dropping the columns below. For a
-- migration that has to, in one transaction: the next line; the migration; and this script again.
--    DROP VIEW IF EXISTS narrowgate.legacy_user, narrowgate.legacy_email, narrowgate.legacy_phone, narrowgate.legacy_username;
CREATE VIEW narrowgate.legacy_user_new AS
SELECT
{{columns}}
FROM {{from}}{{where}};
{{own}}
-- A view takes the old one's place only where it is another: no lock where nothing has changed.
DO $$
DECLARE
  name text;
  before regclass;
  after regclass;
BEGIN
  FOREACH name IN ARRAY ARRAY['legacy_user', 'legacy_email', 'legacy_phone', 'legacy_username'] LOOP
    before := to_regclass('narrowgate.' || name);
    after := to_regclass('narrowgate.' || name || '_new');
    IF name = 'legacy_user' AND EXISTS (SELECT FROM pg_rewrite AS w WHERE w.ev_class = after
      AND w.ev_action::text ~ '^[(]{QUERY [^{}]*:has(Aggs|WindowFuncs|TargetSRFs) true')
    THEN
      RAISE EXCEPTION 'narrowgate.% would not have one row a user', name
        USING HINT = 'An expression is of several rows: an aggregate, a window (OVER), or a set such as unnest(...). Put it into a subquery of this one user.';
    END IF;
    IF pg_get_viewdef(before) = pg_get_viewdef(after) THEN
      EXECUTE format('DROP VIEW %s', after);
      CONTINUE;
    END IF;
    IF before IS NOT NULL THEN
      EXECUTE format('DROP VIEW %s', before);
    END IF;
    IF after IS NOT NULL THEN
      EXECUTE format('ALTER VIEW %s RENAME TO %s', after, name);
    END IF;
  END LOOP;
EXCEPTION WHEN lock_not_available THEN
  RAISE EXCEPTION 'narrowgate.% is being read, perhaps by a dump: nothing was changed', name USING HINT = 'Apply this again later.';
END
$$;
