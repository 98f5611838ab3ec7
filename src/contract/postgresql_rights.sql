    SELECT format(rights.what, a.privilege_type)
    FROM (
      SELECT '%s ON DATABASE ' || replace(quote_ident(d.datname), '%', '%%'), COALESCE(d.datacl, acldefault('d', d.datdba)), d.datdba
      FROM pg_database AS d WHERE d.datname = current_database()
      UNION ALL
      SELECT '%s ON SCHEMA public', COALESCE(n.nspacl, acldefault('n', n.nspowner)), n.nspowner
      FROM pg_namespace AS n WHERE n.nspname = 'public'
      UNION ALL
      SELECT '%s ON LANGUAGE ' || replace(quote_ident(l.lanname), '%', '%%'), COALESCE(l.lanacl, acldefault('l', l.lanowner)), l.lanowner
      FROM pg_language AS l WHERE l.lanpltrusted AND l.lanname <> 'sql'
      UNION ALL
      SELECT '%s ON FUNCTION ' || f.oid::regprocedure, COALESCE(f.proacl, acldefault('f', f.proowner)), f.proowner
      FROM pg_proc AS f
      WHERE f.pronamespace = 'pg_catalog'::regnamespace
        AND f.proname ~ '^(lo_creat|lo_create|lo_from_bytea|pg_logical_emit_message|pg_(try_)?advisory_(xact_)?lock(_shared)?)$'
    ) AS rights (what, acl, owner), aclexplode(rights.acl) AS a
    WHERE a.privilege_type <> 'CONNECT' AND pg_has_role(rights.owner, 'USAGE') AND a.grantee = {{grantee}}
