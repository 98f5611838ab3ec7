-- Every right that the current role, or PUBLIC and so everybody, holds on any object, less what the contract gives and what
-- initdb gives everybody on the catalogue. Read from the access lists themselves: a kind of privilege that a later version
-- brings is found as well. {routines} stands for the contract's routines and the types of their arguments,
-- {relations} for those of its relations that the role reads.
WITH me AS (SELECT r.oid, r.rolname FROM pg_roles AS r WHERE r.rolname = current_user),
allowed (name, arguments) AS (VALUES {routines}),
readable (name) AS (VALUES {relations}),
reachable AS (SELECT n.oid, n.nspname, has_schema_privilege(n.oid, 'USAGE') AS open FROM pg_namespace AS n),
thing (class, object, part, code, kind, name, suffix, acl, everybody, owner) AS (
  SELECT 'pg_class'::regclass, c.oid, 0,
    CASE c.relkind WHEN 'S' THEN 'excess_sequence_privilege' WHEN 'v' THEN 'excess_view_privilege'
      WHEN 'm' THEN 'excess_view_privilege' ELSE 'excess_table_privilege' END,
    CASE c.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, format('%I.%I', n.nspname, c.relname), '', c.relacl,
    -- What an extension gives everybody counts where it can be reached.
    n.open OR c.oid >= 16384 AND NOT EXISTS (SELECT FROM pg_init_privs AS i WHERE i.objoid = c.oid AND i.privtype = 'e'), c.relowner
  FROM pg_class AS c JOIN reachable AS n ON n.oid = c.relnamespace WHERE c.relacl IS NOT NULL
  UNION ALL
  SELECT 'pg_class'::regclass, c.oid, a.attnum, 'excess_column_privilege', 'TABLE',
    format('%I.%I', n.nspname, c.relname), format(' (%I)', a.attname), a.attacl, true, c.relowner
  FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace
  WHERE a.attacl IS NOT NULL
  UNION ALL
  -- A new routine is everybody's; it counts where its schema can be entered.
  SELECT 'pg_proc'::regclass, p.oid, 0,
    CASE WHEN n.nspname = 'public' AND NOT p.prosecdef THEN 'public' ELSE 'excess_routine_privilege' END, 'ROUTINE',
    format('%I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid)), '',
    coalesce(p.proacl, acldefault('f', p.proowner)), n.open, p.proowner
  FROM pg_proc AS p JOIN reachable AS n ON n.oid = p.pronamespace
  WHERE NOT EXISTS (SELECT FROM allowed AS a
    WHERE n.nspname = 'narrowgate' AND p.proname = a.name AND p.proargtypes::text = a.arguments AND p.prokind = 'f')
  UNION ALL
  SELECT 'pg_namespace'::regclass, n.oid, 0, 'excess_schema_privilege', 'SCHEMA', quote_ident(n.nspname), '', n.nspacl, true, n.nspowner
  FROM pg_namespace AS n WHERE n.nspacl IS NOT NULL
  UNION ALL
  SELECT 'pg_database'::regclass, d.oid, 0, 'excess_database_privilege', 'DATABASE', quote_ident(d.datname), '',
    coalesce(d.datacl, acldefault('d', d.datdba)), d.datname = current_database(), d.datdba
  FROM pg_database AS d WHERE d.datallowconn
  UNION ALL
  SELECT 'pg_language'::regclass, l.oid, 0, 'excess_language_privilege', 'LANGUAGE', quote_ident(l.lanname), '',
    coalesce(l.lanacl, acldefault('l', l.lanowner)), l.lanname <> 'sql', l.lanowner -- which has no DO
  FROM pg_language AS l WHERE l.lanpltrusted
  UNION ALL
  SELECT 'pg_foreign_data_wrapper'::regclass, f.oid, 0, 'excess_foreign_server_privilege', 'FOREIGN DATA WRAPPER',
    quote_ident(f.fdwname), '', f.fdwacl, true, f.fdwowner FROM pg_foreign_data_wrapper AS f
  UNION ALL
  SELECT 'pg_foreign_server'::regclass, s.oid, 0, 'excess_foreign_server_privilege', 'FOREIGN SERVER',
    quote_ident(s.srvname), '', s.srvacl, true, s.srvowner FROM pg_foreign_server AS s
  UNION ALL
  SELECT 'pg_tablespace'::regclass, t.oid, 0, 'excess_tablespace_privilege', 'TABLESPACE', quote_ident(t.spcname), '',
    t.spcacl, true, t.spcowner FROM pg_tablespace AS t
  UNION ALL
  -- Every type may be used by everybody, which opens nothing.
  SELECT 'pg_type'::regclass, t.oid, 0, 'excess_type_privilege', 'TYPE', format('%I.%I', n.nspname, t.typname), '',
    t.typacl, false, t.typowner FROM pg_type AS t JOIN pg_namespace AS n ON n.oid = t.typnamespace
  UNION ALL
  SELECT 'pg_largeobject'::regclass, o.oid, 0, 'excess_large_object_privilege', 'LARGE OBJECT', o.oid::text, '',
    o.lomacl, true, o.lomowner FROM pg_largeobject_metadata AS o
),
given AS (
  SELECT t.code, t.kind, t.name, right_.grantee, ours,
    -- What a provider's superuser owns, the operator of a managed server cannot mend.
    bool_and(owner_.rolsuper AND right_.grantee = 0 AND EXISTS (SELECT FROM pg_roles AS m WHERE m.rolname IN ('rds_superuser', 'cloudsqlsuperuser',
      'alloydbsuperuser', 'azure_pg_admin', 'neon_superuser', 'supabase_admin'))) AS managed,
    string_agg(right_.privilege_type || t.suffix, ', ' ORDER BY right_.privilege_type)
      || CASE WHEN bool_or(right_.is_grantable) THEN ' WITH GRANT OPTION' ELSE '' END AS rights,
    string_agg(right_.privilege_type || t.suffix, ', ' ORDER BY right_.privilege_type) AS taken
  FROM thing AS t JOIN pg_roles AS owner_ ON owner_.oid = t.owner CROSS JOIN me CROSS JOIN LATERAL aclexplode(t.acl) AS right_
  -- What the contract gives. That everybody may connect it leaves as it is.
  CROSS JOIN LATERAL (SELECT t.kind = 'SCHEMA' AND t.name = 'narrowgate' AND right_.privilege_type = 'USAGE' AND right_.grantee = me.oid
    OR t.kind = 'DATABASE' AND t.name = quote_ident(current_database()) AND right_.privilege_type = 'CONNECT'
    OR t.kind = 'TABLE' AND t.part = 0 AND right_.privilege_type = 'SELECT' AND right_.grantee = me.oid
      AND t.name IN (SELECT 'narrowgate.' || r.name FROM readable AS r) AS ours) AS given_
  WHERE (right_.grantee = me.oid OR right_.grantee = 0 AND t.everybody)
    AND (right_.is_grantable OR NOT (ours
      -- Whether another database can be entered is tried, not read.
      OR t.kind = 'DATABASE' AND t.name <> quote_ident(current_database()) AND right_.privilege_type <> 'CREATE'))
    AND NOT EXISTS (
      SELECT FROM pg_init_privs AS i CROSS JOIN LATERAL aclexplode(i.initprivs) AS first_
      WHERE i.classoid = t.class AND i.objoid = t.object AND i.objsubid = t.part AND t.object < 16384 AND t.name <> 'public'
        AND t.kind NOT IN ('LANGUAGE', 'DATABASE')
        AND first_.grantee = right_.grantee AND first_.privilege_type = right_.privilege_type)
    -- The standard's own views keep no such entry.
    AND NOT (t.object < 16384 AND t.name LIKE 'information\_schema%' AND right_.grantee = 0
      AND right_.privilege_type IN ('USAGE', 'SELECT'))
    -- Without an entry, everybody has had a built-in routine from the start.
    AND NOT (t.kind = 'ROUTINE' AND t.object < 16384 AND right_.grantee = 0
      AND NOT EXISTS (SELECT FROM pg_init_privs AS i WHERE i.classoid = t.class AND i.objoid = t.object))
  GROUP BY t.code, t.kind, t.name, right_.grantee, ours
)
SELECT CASE
    -- What everybody has in a database as initdb makes it. It opens no table.
    WHEN g.grantee = 0 AND (g.code = 'public' OR g.kind = 'LANGUAGE' OR g.kind = 'DATABASE' AND g.rights = 'TEMPORARY'
      OR g.kind = 'SCHEMA' AND g.name = 'public' AND (g.rights = 'USAGE' OR current_setting('server_version_num')::int < 150000))
      THEN 'public_privilege'
    WHEN g.managed THEN 'public_privilege'
    WHEN g.code = 'public' THEN 'excess_routine_privilege' ELSE g.code END AS code,
  format('%s on %s %s, granted to %s%s', g.rights, CASE g.code WHEN 'excess_view_privilege' THEN 'view' ELSE lower(g.kind) END, g.name,
    CASE g.grantee WHEN 0 THEN 'PUBLIC, which is everybody' ELSE me.rolname END,
    CASE WHEN g.managed THEN '; it belongs to the provider of this managed server, who alone could take it away' ELSE '' END) AS found,
  format('REVOKE %s%s ON %s %s FROM %s;', CASE WHEN g.ours THEN 'GRANT OPTION FOR ' ELSE '' END, g.taken, g.kind, g.name,
    CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(me.rolname) END) AS remedy
FROM given AS g CROSS JOIN me
ORDER BY 1, 2
